package lapidaryprocessor

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// looks is a stage that a test has look at its files at times of its own.
type looks struct {
	*running
	now time.Time
}

func (l *looks) after(wait time.Duration) (waits bool) {
	l.now = l.now.Add(wait)
	return l.look(context.Background(), 0, func() time.Time { return l.now })
}

// Scenario: each of the files that a generation is made from is written in
// parts, with looks in between, the last two of which are a second apart.
// Guarantees: nothing is taken before two equal looks a second apart, though
// every part on its own would be good; then the whole is.
func TestNothingIsTakenThatIsStillBeingWritten(t *testing.T) {
	const half = 500 * time.Millisecond
	wasm, err := os.ReadFile(module(t, misbehaving))
	require.NoError(t, err)
	key := strings.Repeat("YWFh", 22)
	for what, c := range map[string]struct {
		file  string
		parts []string
	}{
		"rules":             {"rules.yaml", []string{"does: drop\n", "does: drop\ntick: repeat\n", "does: pass\n\n"}},
		"a module":          {"plugin.wasm", []string{string(wasm[:len(wasm)/2]), string(wasm[:len(wasm)-1]), string(wasm) + "\x00\x01\x00"}},
		"a key":             {"key", []string{key[:44], key[:48], key}},
		"a file made anew":  {"rules.yaml", []string{"", "does: drop\n", "does: pass\n\n"}},
		"there and back":    {"rules.yaml", []string{"does: drop\n", "does: pass\n", "does: drop\n\n"}},
		"a file that is no": {"rules.yaml", []string{"does: dance\n", "does: dan", "does: drop\n\n"}},
	} {
		t.Run(what, func(t *testing.T) {
			folder := t.TempDir()
			path := func(name string) string { return filepath.Join(folder, name) }
			writeFile(t, path("rules.yaml"), "does: pass\n")
			writeFile(t, path("plugin.wasm"), string(wasm))
			writeFile(t, path("key"), "YWFhYQ==")
			p := &looks{running: start(t, nil, PluginConfig{Module: path("plugin.wasm"), Rules: path("rules.yaml"),
				Secrets: map[string]SecretConfig{"key": {File: path("key"), Encoding: EncodingBase64}}}), now: time.Now()}
			first := p.runs(0)
			for _, part := range c.parts {
				require.NoError(t, os.Remove(path(c.file)))
				p.after(half)
				writeFile(t, path(c.file), part)
				p.after(half)
				p.after(settleTime - time.Millisecond)
				require.Same(t, first, p.runs(0))
				require.Zero(t, p.sum(t, "refused_generations"), "half a file is not complained about")
			}
			assert.False(t, p.after(time.Millisecond), "nothing is waited for any more")
			assert.NotSame(t, first, p.runs(0))
			assert.EqualValues(t, 1, p.sum(t, "swaps"))
		})
	}
}

// Scenario: a key is written in parts, neither of which can be decoded.
// Guarantees: one part is not taken for the other, though both are wrong alike.
func TestHalvesOfAKeyAreNotTheSame(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key")
	writeFile(t, key, "YWFhYQ==")
	p := &looks{running: start(t, nil, PluginConfig{Module: module(t, misbehaving),
		Secrets: map[string]SecretConfig{"key": {File: key, Encoding: EncodingBase64}}}), now: time.Now()}
	writeFile(t, key, "Y")
	p.after(0)
	writeFile(t, key, "YWFhY")
	assert.True(t, p.after(settleTime), "waited for")
	require.Zero(t, p.sum(t, "refused_generations"))
	assert.False(t, p.after(settleTime))
	assert.EqualValues(t, 1, p.sum(t, "refused_generations"))
}

// Scenario: a plugin has new rules and a new key, one a little after the other.
// Guarantees: they are taken together.
func TestAChangeOfAnotherFileIsWaitedFor(t *testing.T) {
	folder := t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name) }
	writeFile(t, path("rules.yaml"), "does: pass\n")
	writeFile(t, path("key"), "one")
	p := &looks{running: start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: path("rules.yaml"),
		Secrets: map[string]SecretConfig{"key": {File: path("key")}}}), now: time.Now()}
	first := p.runs(0)
	writeFile(t, path("rules.yaml"), "does: drop\n")
	p.after(0)
	writeFile(t, path("key"), "two")
	p.after(settleTime)
	assert.Same(t, first, p.runs(0))
	p.after(settleTime)
	assert.NotSame(t, first, p.runs(0))
	assert.Equal(t, "two", string(p.runs(0).sources.secrets["key"]))
}

// Scenario: rules that mask are copied with a pause of 0.3 s after each line,
// while the processor looks at them every 20 ms and spans go through.
// Guarantees: half of them never takes over, and all of them does.
func TestASlowWriterIsWaitedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rules.yaml")
	lines := []string{"detectors:\n", "  email: {}\n", "attributes:\n", "  customer.*: mask\n", "mask: '[new]'\n"}
	writeFile(t, path, strings.Replace(strings.Join(lines, ""), "new", "old", 1))
	p := start(t, func(c *Config) { c.ReloadInterval = 20 * time.Millisecond; c.MemoryLimitMiB = 64 },
		PluginConfig{Module: module(t, "redact-pii"), Rules: path})

	written := make(chan struct{})
	go func() {
		defer close(written)
		file, err := os.Create(path)
		if !assert.NoError(t, err) {
			return
		}
		defer file.Close()
		for _, line := range lines {
			_, err := file.WriteString(line)
			assert.NoError(t, err)
			time.Sleep(300 * time.Millisecond)
		}
	}()
	send := func() {
		traces := batch("a")
		traces.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes().PutStr("customer.name", planted)
		require.NoError(t, p.ConsumeTraces(context.Background(), traces))
	}
	for writing := true; writing; {
		select {
		case <-written:
			writing = false
		case <-time.After(10 * time.Millisecond):
			send()
		}
	}
	assert.Eventually(t, func() bool { return p.sum(t, "swaps") == 1 }, 10*time.Second, 10*time.Millisecond)
	send()
	assert.NotContains(t, asJSON(t, p.sink.AllTraces()...), planted)
	assert.Contains(t, asJSON(t, p.sink.AllTraces()[p.sink.SpanCount()-1]), "[new]")
	assert.Zero(t, p.sum(t, "refused_generations"))
	assert.EqualValues(t, 1, p.sum(t, "swaps"))
}

// Protects: the reload interval may be long; then the second look does not
// wait for it.
func TestTheSecondLookComesASecondAfterTheFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rules.yaml")
	writeFile(t, path, "does: pass\n")
	p := start(t, func(c *Config) { c.ReloadInterval = 4 * time.Second }, PluginConfig{Module: module(t, misbehaving), Rules: path})
	began := time.Now()
	writeFile(t, path, "does: drop\n")
	assert.Eventually(t, func() bool { return p.sum(t, "swaps") == 1 }, 7*time.Second, 10*time.Millisecond)
	assert.GreaterOrEqual(t, time.Since(began), p.config.ReloadInterval)
}
