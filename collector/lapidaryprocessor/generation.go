package lapidaryprocessor

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"

	"go.opentelemetry.io/collector/component"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/lapidary-dev/lapidary/collector/internal/edits"
	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
	"github.com/lapidary-dev/lapidary/collector/internal/view"
	"github.com/lapidary-dev/lapidary/collector/lapidaryprocessor/internal/metadata"
)

// generation is one state of module, rules and secrets of a plugin, loaded and
// found good. It never changes; a swap puts another in its place.
type generation struct {
	// place in the chain, from 0.
	place   int
	sources *sources
	// hashes tell what it is made from.
	hashes   hashes
	module   *plugin.Module
	manifest plugin.Manifest
	policy   plugin.OnFailure
	// shadow says that nothing of what the plugin makes of a batch reaches it.
	shadow bool

	logger    *zap.Logger
	telemetry *pluginTelemetry
	lines     *lines
	instances *pool
	breaker   breaker
	trips     trips
	sample    sample

	// references are the chains that it runs in, and those that it took over from.
	// Once there is none, unused is told.
	references atomic.Int64
	unused     func(*generation)
	// heir has taken over the state. It belongs to whoever holds the lease.
	heir *generation
	// flushes says that it makes its last spans when it goes.
	flushes bool

	// What the plugin reads and changes by its rules, and what is made of it.
	configured plugin.Configured
	viewer     *view.Maker
	editor     *edits.Editor

	// What follows belongs to whoever holds the lease of a plugin with state.

	// entries are the state, as the plugin told it, within so many bytes.
	entries    *plugin.Entries
	stateLimit int
	// earlier are the last that were told of an older state version: the state of
	// whoever goes back to a plugin that cannot read a newer one. Nobody changes them.
	earlier *plugin.Entries
	// untried says that the instance at work has got them, and has ended no call
	// well since.
	untried bool
	// held is what the metrics tell of the entries, to whoever asks.
	held heldState
	// exceeded is how many entries were told that are not kept, and nextSaid from
	// how many on that is said again.
	exceeded, nextSaid int
}

// loader makes generations; all of a processor share one.
type loader struct {
	id        component.ID
	config    *Config
	set       component.TelemetrySettings
	telemetry *metadata.TelemetryBuilder
	clock     *clock
	// watch sees the calls of all.
	watch *plugin.Watch
	// roundsPerRefill and machine are zero but in tests.
	roundsPerRefill int32
	machine         plugin.Clock
}

// startTimeouts is how many timeouts of one call an instance may take to read
// its rules and take over a state.
const startTimeouts = 10

// acquire is the right to use an instance of the generation, or of the one that has
// taken over its state.
func (g *generation) acquire(ctx context.Context) (*generation, lease, error) {
	for {
		lease, err := g.instances.acquire(ctx)
		if err != nil || g.heir == nil {
			return g, lease, err
		}
		heir := g.heir
		lease.release()
		g = heir
	}
}

// refusal is why a generation cannot run: one line for each problem.
type refusal []string

// Error returns all problems, a line each.
func (r refusal) Error() string { return strings.Join(r, "\n") }

// load makes a generation from what was read. The error is a [refusal].
func (l *loader) load(ctx context.Context, config *PluginConfig, place int, read *sources) (*generation, error) {
	if folder := l.config.CacheDir; folder != "" {
		if err := checkCacheFolder(folder); err != nil {
			return nil, refusal{err.Error()}
		}
	}
	module, err := plugin.Compile(ctx, read.module, plugin.Settings{
		Timeout:         l.config.Timeout,
		StartTimeout:    startTimeouts * l.config.Timeout,
		MemoryLimitMiB:  l.config.MemoryLimitMiB,
		RoundsPerRefill: l.roundsPerRefill,
		Name:            read.path,
		Watch:           l.watch,
		Clock:           l.machine,
		CacheFolder:     l.config.CacheDir,
	})
	if err != nil {
		return nil, refusal{read.path + ": " + err.Error()}
	}
	g := &generation{
		place: place, sources: read, hashes: read.hashes(), module: module, shadow: config.Shadow, lines: newLines(l.clock),
		stateLimit: l.config.StateLimitMiB << 20,
	}
	if err := l.prepare(config, g); err != nil {
		_ = module.Close(ctx)
		return nil, err
	}
	return g, nil
}

func (l *loader) prepare(config *PluginConfig, g *generation) error {
	wrong := func(err error) error { return refusal{g.sources.path + ": " + err.Error()} }

	// An instance of its own: what asks who it is must not need its counters.
	anonymous, err := g.module.NewInstance(noHost{})
	if err != nil {
		return wrong(err)
	}
	if g.manifest, err = anonymous.Describe(); err != nil {
		return wrong(fmt.Errorf("found a plugin that %s when asked what it is; expected an answer", plugin.Why(err)))
	}
	if err := anonymous.Close(); err != nil {
		return wrong(err)
	}
	if g.manifest.Name == "" {
		return wrong(errors.New("found a plugin without a name"))
	}
	g.logger = l.set.Logger.With(zap.String("plugin", g.manifest.Name))
	if g.telemetry, err = newPluginTelemetry(l.telemetry, l.id, g.place, &g.manifest, g.shadow); err != nil {
		return wrong(err)
	}
	g.telemetry.info = g.info()
	g.policy = g.manifest.OnFailure
	switch config.OnFailure {
	case onFailureBlock:
		g.policy = plugin.OnFailureBlock
	case onFailurePass:
		g.policy = plugin.OnFailurePass
	}

	g.entries = plugin.NewEntries(g.manifest.StateVersion, g.stateLimit)
	size := 1
	if g.manifest.Sharding == plugin.ShardingNone {
		size = l.config.Instances
		if size == 0 {
			size = runtime.GOMAXPROCS(0)
		}
	}
	g.instances = newPool(size, g.start, g.sayOutgrown)
	first, err := g.start()
	var problems refusal
	if errors.As(err, &problems) {
		return problems
	}
	if err != nil {
		return wrong(fmt.Errorf("found a plugin that, while it read the rules, %s; expected an answer", plugin.Why(err)))
	}
	g.instances.put(first)
	if err := g.checkSight(config); err != nil {
		return err
	}
	g.warn()
	return nil
}

// warn says what the operator should know about a generation that is good.
func (g *generation) warn() {
	if warning := g.module.Warning(); warning != "" {
		g.logger.Warn(g.sources.path + ": " + warning)
	}
	if problem := g.module.CacheProblem(); problem != "" {
		g.logger.Warn("the compiled plugin is kept in memory only: " + problem)
	}
	if g.policy == plugin.OnFailurePass && g.manifest.OnFailure == plugin.OnFailureBlock {
		g.logger.Warn("on_failure is `pass` where the plugin declares `block`: spans that it cannot process go on as they were")
	}
}

// warnOfLoosened says what the generation before protected and this one does
// not.
func (g *generation) warnOfLoosened(before *generation) {
	if before.shadow {
		return // Nothing was protected.
	}
	loosened := before.configured.Loosened(&g.configured)
	if before.policy == plugin.OnFailureBlock && g.policy == plugin.OnFailurePass {
		loosened = append(loosened, "spans that it cannot process, which were blocked and go on from now on")
	}
	for _, text := range loosened {
		g.logger.Warn("no longer protected: "+text, g.hashesSince(before)...)
	}
	more, err := g.configured.Sight.Beyond(&before.configured.Sight)
	if err == nil && len(more) > 0 {
		g.logger.Warn("the plugin sees more than before: "+strings.Join(more, ", "), g.hashesSince(before)...)
	}
}

// hashesSince tell what two generations are made from apart.
func (g *generation) hashesSince(before *generation) []zap.Field {
	return []zap.Field{
		zap.String("rules_hash_before", before.hashes.rules), zap.String("rules_hash", g.hashes.rules),
		zap.String("module_hash_before", before.hashes.module), zap.String("module_hash", g.hashes.module),
	}
}

// begin makes an instance with the rules in it, and no state. The error is a
// [refusal] where the rules are wrong, else a [plugin.Trap] or a [plugin.Failure].
func (g *generation) begin() (*plugin.Instance, error) { return g.beginFor(g) }

// beginFor makes one that reaches this host.
func (g *generation) beginFor(host plugin.Host) (*plugin.Instance, error) {
	instance, err := g.module.NewInstance(host)
	if err != nil {
		return nil, err
	}
	configured, problems, err := instance.Configure(g.sources.documents)
	if err == nil && len(problems) > 0 {
		lines := make(refusal, len(problems))
		for index, problem := range problems {
			if g.sources.inline {
				problem.Line = 0
			}
			if problem.Document == "" {
				problem.Document = g.sources.path
			}
			lines[index] = g.sources.variables.asWritten(problem).String()
		}
		err = lines
	}
	if err == nil {
		err = g.look(configured)
	}
	if err != nil {
		_ = instance.Close()
		return nil, err
	}
	return instance, nil
}

// look takes in what an instance says that it reads and changes: the same as
// every other of the generation.
func (g *generation) look(configured plugin.Configured) error {
	breach := func(detail string) error {
		return &plugin.Trap{Reason: plugin.ReasonContract, Call: "configure", Detail: detail}
	}
	if g.sources.inline {
		for index := range configured.Rules {
			configured.Rules[index].Line = 0
		}
	}
	if g.viewer != nil {
		if !reflect.DeepEqual(configured, g.configured) {
			return breach("`configure` answered otherwise than before")
		}
		return nil
	}
	if err := g.manifest.CheckWrites(&configured.Writes); err != nil {
		return breach(err.Error())
	}
	if err := configured.CheckRules(g.sources.documents); err != nil {
		return breach(err.Error())
	}
	viewer, err := view.New(configured.Sight)
	if err != nil {
		return breach("`configure` answered what cannot be: " + err.Error())
	}
	editor, err := edits.New(configured.Sight, configured.Writes)
	if err != nil {
		return breach("`configure` answered what cannot be: " + err.Error())
	}
	g.configured, g.viewer, g.editor = configured, viewer, editor
	return nil
}

// makesLastSpans says whether the plugin must be flushed when it goes: only one
// that keeps something between batches has spans left to make.
func (g *generation) makesLastSpans() bool {
	return g.manifest.Sharding == plugin.ShardingSingle
}

func (g *generation) close(ctx context.Context) error {
	if left := g.lines.rest(); left != "" {
		g.logger.Warn(left)
	}
	return g.module.Close(ctx)
}

// Log implements [plugin.Host].
func (g *generation) Log(level plugin.Level, message string) {
	// What nobody sees counts for nothing.
	entry := g.logger.Check(zapLevels[min(level, plugin.LevelError)], message)
	if entry == nil {
		return
	}
	left, ok := g.lines.admit()
	if left != "" {
		g.logger.Warn(left)
	}
	if ok {
		entry.Write()
	}
}

// zapLevels are the levels of the contract.
var zapLevels = [...]zapcore.Level{
	plugin.LevelDebug: zap.DebugLevel,
	plugin.LevelInfo:  zap.InfoLevel,
	plugin.LevelWarn:  zap.WarnLevel,
	plugin.LevelError: zap.ErrorLevel,
}

// Secret implements [plugin.Host].
func (g *generation) Secret(name string) ([]byte, bool) {
	value, ok := g.sources.secrets[name]
	return value, ok
}

// Counter implements [plugin.Host].
func (g *generation) Counter(name string, labels []plugin.Label) func(uint64) {
	return g.telemetry.counter(name, labels)
}

// noHost is what a plugin reaches while it is only asked who it is.
type noHost struct{}

func (noHost) Log(plugin.Level, string)                    {}
func (noHost) Secret(string) ([]byte, bool)                { return nil, false }
func (noHost) Counter(string, []plugin.Label) func(uint64) { return nil }
