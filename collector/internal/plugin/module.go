package plugin

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// Settings limit what every instance of a module may use.
type Settings struct {
	// Timeout of one tick, flush or look for changes; a batch brings its own.
	Timeout time.Duration
	// StartTimeout of everything that comes before the first batch: rules are
	// compiled then, which takes longer than a batch and happens once. 0 means
	// Timeout.
	StartTimeout time.Duration
	// MemoryLimitMiB of one instance, its code not counted.
	MemoryLimitMiB uint32
	// RoundsPerRefill is how many loop heads and function entries a metered
	// plugin passes before the clock is looked at. 0 means 100,000, which is
	// well under a millisecond; 1 is for tests.
	RoundsPerRefill int32
	// Name is how the module is called where a call of it does not end.
	Name string
	// Watch sees its calls; nil is none.
	Watch *Watch
	// Clock is that of the machine but in tests.
	Clock Clock
	// CacheFolder is where compiled modules are kept besides the memory, by
	// content and version of the engine. Whoever names it has made sure that
	// nobody else writes there. Empty: nowhere.
	CacheFolder string
}

const defaultRoundsPerRefill = 250_000

// Module is a compiled plugin, from which instances are made. It is safe for
// concurrent use; its instances are not.
type Module struct {
	settings Settings
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	metered  metered
	// keepCode is how long the compiled code stays when the module is closed.
	keepCode time.Duration
	ledger   ledger
	closed   atomic.Bool
	// meterFault is why the meter cannot be relied on.
	meterFault string
	// cacheProblem is why the module is kept in memory only.
	cacheProblem string
}

// exportedFunctions are those that every plugin must have.
var exportedFunctions = []struct {
	name    string
	params  []api.ValueType
	results []api.ValueType
}{
	{"describe", nil, []api.ValueType{i32}},
	{"configure", []api.ValueType{i32, i32}, []api.ValueType{i32}},
	{"process", []api.ValueType{i32, i32, i64, i32}, []api.ValueType{i32}},
	{"tick", []api.ValueType{i64}, []api.ValueType{i32}},
	{"flush", []api.ValueType{i64}, []api.ValueType{i32}},
	{"changes", []api.ValueType{i32}, []api.ValueType{i32}},
	{"load", []api.ValueType{i32, i32, i32}, []api.ValueType{i32}},
}

const (
	exportRealloc = "cabi_realloc"
	exportMemory  = "memory"
	prefixPost    = "cabi_post_"
)

// compiledModules is shared by all runtimes of the process: the same module in
// several processors, or with new rules, is compiled once.
var compiledModules = sync.OnceValue(wazero.NewCompilationCache)

// compiledFolders are the same for each folder.
var compiledFolders = struct {
	sync.Mutex
	caches map[string]wazero.CompilationCache
}{caches: map[string]wazero.CompilationCache{}}

func compiledIn(folder string) (wazero.CompilationCache, error) {
	if folder == "" {
		return compiledModules(), nil
	}
	compiledFolders.Lock()
	defer compiledFolders.Unlock()
	if cache, ok := compiledFolders.caches[folder]; ok {
		return cache, nil
	}
	cache, err := wazero.NewCompilationCacheWithDir(folder)
	if err == nil {
		compiledFolders.caches[folder] = cache
	}
	return cache, err
}

// Compile makes a module of a plugin's file. The error is one line that says
// what the file is instead.
func Compile(ctx context.Context, file []byte, settings Settings) (*Module, error) {
	core, err := findCore(file)
	if err != nil {
		return nil, err
	}
	if settings.RoundsPerRefill <= 0 {
		settings.RoundsPerRefill = defaultRoundsPerRefill
	}
	if settings.StartTimeout <= 0 {
		settings.StartTimeout = settings.Timeout
	}
	if settings.Clock.Wall == nil {
		settings.Clock = systemClock
	}
	m, err := compileIn(ctx, core, settings, settings.CacheFolder)
	if err == nil || settings.CacheFolder == "" {
		return m, err
	}
	// The folder may be full, or what stands there damaged: a plugin that can run
	// does.
	problem := firstLine(err)
	if m, err = compileIn(ctx, core, settings, ""); err == nil {
		m.cacheProblem = problem
	}
	return m, err
}

func compileIn(ctx context.Context, core coreModule, settings Settings, folder string) (*Module, error) {
	config, err := compilerConfig()
	if err != nil {
		return nil, err
	}
	cache, err := compiledIn(folder)
	if err != nil {
		return nil, err
	}
	config = config.
		WithCompilationCache(cache).
		WithCloseOnContextDone(core.metered != meteredYes)
	m := &Module{
		settings:   settings,
		runtime:    wazero.NewRuntimeWithConfig(ctx, config),
		metered:    core.metered,
		meterFault: core.fault,
	}
	if err := m.compile(ctx, core.wasm); err != nil {
		return nil, errors.Join(err, m.Close(ctx))
	}
	return m, nil
}

// compilerConfig answers with an error where wazero cannot compile: it would
// panic, and its interpreter is some 50 times too slow to stand in an export.
func compilerConfig() (config wazero.RuntimeConfig, err error) {
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("plugins cannot be compiled on %s/%s; expected a platform that wazero's compiler supports, such as linux/amd64 or linux/arm64", runtime.GOOS, runtime.GOARCH)
		}
	}()
	return wazero.NewRuntimeConfigCompiler(), nil
}

func (m *Module) compile(ctx context.Context, core []byte) (err error) {
	ctx = experimental.WithCompilationWorkers(ctx, runtime.GOMAXPROCS(0))
	if m.compiled, err = m.runtime.CompileModule(ctx, core); err != nil {
		return notAPlugin(fmt.Sprintf("found a core module that cannot be compiled (%s)", firstLine(err)), "")
	}
	if err := m.checkImports(); err != nil {
		return err
	}
	if err := m.checkExports(); err != nil {
		return err
	}
	return instantiateImports(ctx, m.runtime)
}

func (m *Module) checkImports() error {
	if memories := m.compiled.ImportedMemories(); len(memories) > 0 {
		return errors.New("found an imported memory; expected the plugin's own")
	}
	for _, function := range m.compiled.ImportedFunctions() {
		module, name, _ := function.Import()
		offered := slices.IndexFunc(importedFunctions, func(known importedFunction) bool {
			return known.module == module && known.name == name &&
				slices.Equal(known.params, function.ParamTypes()) && slices.Equal(known.results, function.ResultTypes())
		})
		if offered < 0 {
			return fmt.Errorf("found an import of `%s` from `%s`; expected only what the contract lists", name, module)
		}
	}
	return nil
}

func (m *Module) checkExports() error {
	functions := m.compiled.ExportedFunctions()
	check := func(name string, params, results []api.ValueType) error {
		function, ok := functions[name]
		if !ok {
			return fmt.Errorf("found no export `%s`; expected all that the contract lists", name)
		}
		if !slices.Equal(function.ParamTypes(), params) || !slices.Equal(function.ResultTypes(), results) {
			return fmt.Errorf("found export `%s` with another signature than the contract's", name)
		}
		return nil
	}
	for _, function := range exportedFunctions {
		name := pluginInterface + "#" + function.name
		if err := check(name, function.params, function.results); err != nil {
			return err
		}
		if _, ok := functions[prefixPost+name]; ok {
			if err := check(prefixPost+name, []api.ValueType{i32}, nil); err != nil {
				return err
			}
		}
	}
	if err := check(exportRealloc, []api.ValueType{i32, i32, i32, i32}, []api.ValueType{i32}); err != nil {
		return err
	}
	memory, ok := m.compiled.ExportedMemories()[exportMemory]
	if !ok {
		return fmt.Errorf("found no exported memory `%s`", exportMemory)
	}
	// The allocator cannot refuse what the module starts with.
	if uint64(memory.Min())<<pageBits > m.memoryLimit() {
		return fmt.Errorf("found a module that starts with %d KiB of memory; expected no more than the limit of %d MiB", memory.Min()*64, m.settings.MemoryLimitMiB)
	}
	return nil
}

// pageBits is the size of a page of WebAssembly, as a power of two.
const pageBits = 16

func (m *Module) memoryLimit() uint64 { return uint64(m.settings.MemoryLimitMiB) << 20 }

// memoryAtStart is what every instance has before it runs.
func (m *Module) memoryAtStart() uint64 {
	return uint64(m.compiled.ExportedMemories()[exportMemory].Min()) << pageBits
}

// Warning returns why the plugin runs slower than it could, or nothing.
func (m *Module) Warning() string {
	var what string
	switch m.metered {
	case meteredYes:
		return ""
	case meteredNo:
		what = "found a module without a meter"
	case meteredStale:
		what = "found a module that was changed after it was metered, or metered by another version"
	case meteredWrong:
		what = fmt.Sprintf("found a module that says it is metered and is not (%s)", m.meterFault)
	}
	return what + "; expected one made by `lapidary componentize`; it runs with a slower limit"
}

// CacheProblem returns why the compiled module is not kept in the folder that
// was named, or nothing.
func (m *Module) CacheProblem() string { return m.cacheProblem }

// Close frees the module and its code, unless another has the same; no instance of
// it may be in use.
func (m *Module) Close(ctx context.Context) error {
	if m.closed.Swap(true) {
		return nil
	}
	m.settings.Watch.remove(func(i *Instance) bool { return i.module == m })
	err := m.runtime.Close(ctx)
	if m.compiled == nil {
		return err
	}
	if m.keepCode > 0 {
		time.AfterFunc(m.keepCode, func() { _ = m.compiled.Close(context.Background()) })
		return err
	}
	return errors.Join(err, m.compiled.Close(ctx))
}

// KeepCode has the compiled code stay for so long after the module is closed:
// whoever compiles the same file meanwhile has it at once.
func (m *Module) KeepCode(after time.Duration) { m.keepCode = after }

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
