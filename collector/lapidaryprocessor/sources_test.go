package lapidaryprocessor

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Scenario: a path goes into a link and out again.
// Guarantees: messages name the file that was read; all other paths are short.
func TestAPathBehindALinkNamesWhatWasRead(t *testing.T) {
	t.Chdir(t.TempDir())
	here, err := os.Getwd()
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Join("far", "inner"), 0o700))
	require.NoError(t, os.Symlink("far/inner", "link"))
	for path, full := range map[string]string{
		"a.yaml":             here + "/a.yaml",
		"./far//../a.yaml":   here + "/a.yaml",
		"far/inner/../r":     here + "/far/r",
		"link/../r":          here + "/link/../r",
		"link/../../r":       here + "/link/../../r",
		"link/../inner/../r": here + "/link/../r",
		"/a/../../b":         "/b",
	} {
		assert.Equal(t, full, fullPath(path))
	}
}

// Scenario: something else stands where a file should be.
// Guarantees: one line says what, and nothing waits for it.
func TestWhatIsNoFileIsRefusedAtOnce(t *testing.T) {
	folder := t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name) }
	require.NoError(t, syscall.Mkfifo(path("pipe"), 0o600))
	require.NoError(t, os.Mkdir(path("folder"), 0o700))
	require.NoError(t, os.Symlink("loop", path("loop")))
	require.NoError(t, os.Symlink("/dev/zero", path("device")))
	writeFile(t, path("long"), "")
	require.NoError(t, os.Truncate(path("long"), longestFile+1))
	writeFile(t, path("file"), "x")
	for name, found := range map[string]string{
		"pipe": "a pipe or a device", "device": "a pipe or a device", "folder": "a folder", "none": "no such file",
		"loop": "too many levels of symbolic links", "long": "more than 256 MiB", "file/below": "not a directory",
	} {
		_, err := readFile(path(name), "a file of rules")
		assert.EqualError(t, err, path(name)+": found "+found+"; expected a file of rules")
	}
}

// Scenario: the files of a running plugin are removed, or give way to something
// else, and come back.
// Guarantees: what runs stays, and each is said once.
func TestAFileThatIsGoneStopsNothing(t *testing.T) {
	folder := t.TempDir()
	wasm, err := os.ReadFile(module(t, misbehaving))
	require.NoError(t, err)
	plugin, rules := filepath.Join(folder, "plugin.wasm"), filepath.Join(folder, "rules.yaml")
	restore := func() {
		writeFile(t, plugin, string(wasm))
		writeFile(t, rules, "does: pass\n")
	}
	restore()
	p := &looks{running: start(t, nil, PluginConfig{Module: plugin, Rules: rules}), now: time.Now()}
	first := p.runs(0)
	for _, c := range []struct {
		breaks func()
		line   string
	}{
		{func() { require.NoError(t, os.Remove(rules)) }, rules + ": found no such file; expected a file of rules"},
		{func() { require.NoError(t, os.Remove(plugin)) }, plugin + ": found no such file; expected the plugin's .wasm file"},
		{func() {
			require.NoError(t, os.Remove(rules))
			require.NoError(t, syscall.Mkfifo(rules, 0o600))
		}, rules + ": found a pipe or a device; expected a file of rules"},
		{func() { writeFile(t, plugin, "PK\x03\x04 is a zip") }, plugin + ": found a file that is not WebAssembly; " +
			"expected a component that exports `lapidary:processor/plugin@0.2.0`"},
		{func() { writeFile(t, plugin, "") }, plugin + ": found a file that is not WebAssembly; " +
			"expected a component that exports `lapidary:processor/plugin@0.2.0`"},
	} {
		c.breaks()
		p.logs.TakeAll()
		for range 3 {
			p.after(settleTime)
		}
		logged := p.logs.TakeAll()
		require.Len(t, logged, 1, c.line)
		assert.Equal(t, p.stages[0].place+" refused, the running generation stays:\n"+c.line, logged[0].Message)
		assert.Same(t, first, p.runs(0))
		require.NoError(t, p.ConsumeTraces(t.Context(), batch("a")))
		_ = os.Remove(rules) // It may be a pipe.
		restore()
		p.after(settleTime)
	}
	assert.Equal(t, 5, len(p.sink.AllTraces()))
}
