package lapidaryprocessor

import (
	"archive/zip"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"golang.org/x/sys/unix"
)

// nobody is a user who may do nothing with the files of a test.
const nobody = 65534

// asNobody does something as a user who is not root looks at files: root is denied
// nothing. Only this thread is that user, and only to file systems.
func asNobody(t *testing.T, do func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		do()
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_, err := unix.SetfsuidRetUid(nobody)
	require.NoError(t, err)
	defer func() {
		_, err := unix.SetfsuidRetUid(0)
		require.NoError(t, err)
	}()
	do()
}

// openFolder is a new one that everybody may look into.
func openFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "denied")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(folder)) })
	require.NoError(t, os.Chmod(folder, 0o755))
	return folder
}

// guarded are files that a plugin is made from, in a folder that everybody may look
// into.
type guarded struct {
	folder string
	config PluginConfig
}

// newGuarded hides none of them.
func newGuarded(t *testing.T) *guarded {
	t.Helper()
	g := &guarded{folder: openFolder(t)}
	wasm, err := os.ReadFile(module(t, misbehaving))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(g.path("plugin.wasm"), wasm, 0o644))
	for name, text := range map[string]string{"rules.yaml": "secret: key\n", "secret": "s3cret"} {
		require.NoError(t, os.WriteFile(g.path(name), []byte(text), 0o644))
	}
	g.config = PluginConfig{Module: g.path("plugin.wasm"), Rules: g.path("rules.yaml"),
		Secrets: map[string]SecretConfig{"key": {File: g.path("secret")}}}
	return g
}

func (g *guarded) path(name string) string { return filepath.Join(g.folder, name) }

// hide takes from everybody what they may do with a file, and returns what gives it
// back.
func (g *guarded) hide(t *testing.T, name string) (show func()) {
	t.Helper()
	require.NoError(t, os.Chmod(g.path(name), 0))
	return func() { require.NoError(t, os.Chmod(g.path(name), 0o644)) }
}

// denied are lines about files that may not be read.
func (g *guarded) denied() map[string]string {
	line := func(name, expected string) string {
		return g.path(name) + ": found permission denied; expected " + expected
	}
	return map[string]string{
		"plugin.wasm": line("plugin.wasm", "the plugin's .wasm file"),
		"rules.yaml":  line("rules.yaml", "a file of rules"),
		"secret":      line("secret", "a file that holds the secret"),
	}
}

// Guarantees: what may not be read is told in a line each, all of them at once, before
// anything runs.
func TestWhatMayNotBeReadIsToldAtOnce(t *testing.T) {
	g := newGuarded(t)
	p := create(t, nil, g.config)
	want := "lapidary: plugins[0] refused:"
	for _, name := range []string{"plugin.wasm", "rules.yaml", "secret"} {
		g.hide(t, name)
		want += "\n" + g.denied()[name]
	}
	asNobody(t, func() {
		_, err := p.loadAll(context.Background())
		assert.EqualError(t, err, want)
	})
}

// Scenario: a file of a running plugin may not be read any more, and may be again.
// Guarantees: one line says which; what runs stays, and is told to be out of date
// until then.
func TestAFileThatMayNoLongerBeReadStopsNothing(t *testing.T) {
	g := newGuarded(t)
	p := &looks{running: start(t, nil, g.config), now: time.Now()}
	first := p.runs(0)
	for name, line := range g.denied() {
		show := g.hide(t, name)
		p.logs.TakeAll()
		asNobody(t, func() {
			for range 3 {
				p.after(settleTime)
			}
		})
		logged := p.logs.TakeAll()
		require.Len(t, logged, 1, line)
		assert.Equal(t, p.stages[0].place+" refused, the running generation stays:\n"+line, logged[0].Message)
		assert.Same(t, first, p.runs(0))
		assert.EqualValues(t, 1, p.sum(t, "out_of_date"))
		require.NoError(t, p.ConsumeTraces(context.Background(), batch("a")))
		show()
		asNobody(t, func() { p.after(settleTime) })
		assert.Zero(t, p.sum(t, "out_of_date"))
	}
	assert.Len(t, p.sink.AllTraces(), 3)
}

// Guarantees: keys and signatures that may not be read are told, and not taken for
// none.
func TestAKeyThatMayNotBeReadTrustsNothing(t *testing.T) {
	g := newGuarded(t)
	newSigner(t, g.path("key.pub")).sign(t, g.path("plugin.wasm"))
	for _, name := range []string{"key.pub", "plugin.wasm.sig"} {
		require.NoError(t, os.Chmod(g.path(name), 0o644))
	}
	g.config.PublicKey = g.path("key.pub")
	for name, expected := range map[string]string{"key.pub": "a public key", "plugin.wasm.sig": "a signature"} {
		show := g.hide(t, name)
		asNobody(t, func() {
			_, err := readSources(&g.config, "")
			assert.EqualError(t, err, g.path(name)+": found permission denied; expected "+expected)
		})
		show()
	}
	_, err := readSources(&g.config, "")
	assert.NoError(t, err)
}

// Guarantees: a folder for compiled modules that may not be made, or is not ours, is
// refused in a line; one that may not be written to costs nothing but the cache.
func TestACacheFolderThatIsDenied(t *testing.T) {
	g := newGuarded(t)
	load := func(folder string) (*running, error) {
		p := create(t, func(c *Config) { c.CacheDir = folder }, g.config)
		var err error
		var generations []*generation
		asNobody(t, func() { generations, err = p.loadAll(context.Background()) })
		if err == nil {
			require.NoError(t, p.closeAll(context.Background(), generations))
		}
		return p, err
	}
	if os.Geteuid() == 0 {
		_, err := load(g.path("cache"))
		assert.EqualError(t, err, "lapidary: plugins[0] refused:\n"+g.path("cache")+": found permission denied; expected a folder for compiled plugins")
	}
	full := g.path("full")
	require.NoError(t, os.Mkdir(full, 0o555))
	p, err := load(full)
	require.NoError(t, err)
	said := p.logs.FilterMessageSnippet("the compiled plugin is kept in memory only: ").All()
	require.Len(t, said, 1)
	assert.Contains(t, said[0].Message, "permission denied")
	assert.NotContains(t, said[0].Message, "\n")
}

// deniedDisk is a storage extension whose folder may not be opened.
type deniedDisk struct{ *disk }

func (deniedDisk) GetClient(context.Context, component.Kind, component.ID, string) (storage.Client, error) {
	return nil, &fs.PathError{Op: "open", Path: "/var/lib/otelcol/processor_lapidary", Err: syscall.EACCES}
}

// Guarantees: a storage that may not be opened is told in one line; one that may not be
// written to any more is a warning.
func TestAStorageThatIsDenied(t *testing.T) {
	p := create(t, storesOn, PluginConfig{Module: module(t, misbehaving)})
	err := p.Start(context.Background(), hostWith{diskID: deniedDisk{newDisk()}})
	assert.EqualError(t, err, "lapidary: storage: `file_storage/state` cannot be opened: open /var/lib/otelcol/processor_lapidary: permission denied")
	assert.True(t, errors.Is(err, fs.ErrPermission))
}

// Guarantees: a file of faults that may not be written to is a warning, and spans go
// their way.
func TestAFileOfFaultsThatIsDenied(t *testing.T) {
	folder := openFolder(t)
	change, _, _ := faultsTo(t)
	path := filepath.Join(folder, "faults.age")
	p := create(t, func(c *Config) { change(c); c.Faults.File = path }, PluginConfig{Module: module(t, misbehaving)})
	require.NoError(t, os.Chmod(folder, 0o555))
	asNobody(t, func() { assert.ErrorIs(t, p.faults.file.Try(), fs.ErrPermission) })
	p.faults.say(1, &fs.PathError{Err: syscall.EACCES})
	assert.Contains(t, p.logText(), "the content of spans at fault is not kept, 1 so far: "+path+": found permission denied; expected a file that can be written to")
}

// Scenario: somebody hands the archive that a module was downloaded in.
// Guarantees: one line says that it is no module, at the start.
func TestAModuleInAnArchiveIsRefused(t *testing.T) {
	wasm, err := os.ReadFile(module(t, misbehaving))
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "misbehaving.wasm")
	file, err := os.Create(path)
	require.NoError(t, err)
	archive := zip.NewWriter(file)
	// Not compressed: the module stands in the file as it is.
	inside, err := archive.CreateHeader(&zip.FileHeader{Name: "misbehaving.wasm", Method: zip.Store})
	require.NoError(t, err)
	_, err = inside.Write(wasm)
	require.NoError(t, err)
	require.NoError(t, errors.Join(archive.Close(), file.Close()))
	p := create(t, nil, PluginConfig{Module: path})
	_, err = p.loadAll(context.Background())
	assert.EqualError(t, err, "lapidary: plugins[0] refused:\n"+path+": found a file that is not WebAssembly; expected a component that exports `lapidary:processor/plugin@0.2.0`")
	assert.Equal(t, 1, strings.Count(err.Error(), "\n"))
}
