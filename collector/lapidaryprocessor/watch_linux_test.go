package lapidaryprocessor

import (
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// later is when nothing that was written now is young any more.
func later() time.Time { return time.Now().Add(tickTime + time.Minute) }

// watched are the files of a plugin in a folder, its rules behind two links.
func watched(t testing.TB, module string) (config *PluginConfig, folder string) {
	t.Helper()
	folder = t.TempDir()
	for _, name := range []string{"a", "b"} {
		require.NoError(t, os.Mkdir(filepath.Join(folder, name), 0o700))
		writeFile(t, filepath.Join(folder, name, "rules.yaml"), "does: "+name)
	}
	require.NoError(t, os.Symlink("a", filepath.Join(folder, "now")))
	require.NoError(t, os.Symlink("now/rules.yaml", filepath.Join(folder, "rules.yaml")))
	writeFile(t, filepath.Join(folder, "plugin.wasm"), module)
	writeFile(t, filepath.Join(folder, "key"), "k")
	return &PluginConfig{Module: filepath.Join(folder, "plugin.wasm"), Rules: []any{filepath.Join(folder, "rules.yaml")},
		Secrets: map[string]SecretConfig{"key": {File: filepath.Join(folder, "key")}}}, folder
}

// Scenario: files are written, replaced, removed, touched, and links turned, in
// any order and with times of change that somebody sets back.
// Guarantees: each look sees what reading everything sees.
func TestALookSeesEveryChange(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	config, folder := watched(t, "wasm")
	path := func(names ...string) string { return filepath.Join(append([]string{folder}, names...)...) }
	old := time.Unix(1_700_000_000, 0)
	var w watch
	kinds := map[bool]int{}
	for range 150 {
		file := path([]string{"a/rules.yaml", "b/rules.yaml", "plugin.wasm", "key"}[random.Intn(4)])
		switch random.Intn(7) {
		case 0, 1:
			writeFile(t, file, strings.Repeat(string(rune('a'+random.Intn(3))), 4))
		case 2:
			_ = os.Remove(file)
		case 3:
			writeFile(t, path("new"), strings.Repeat(string(rune('a'+random.Intn(3))), 4))
			require.NoError(t, os.Rename(path("new"), file))
		case 4:
			require.NoError(t, os.Symlink([]string{"a", "b"}[random.Intn(2)], path("turned")))
			require.NoError(t, os.Rename(path("turned"), path("now")))
		case 5:
			_ = os.Chtimes(file, old, old)
		}
		if random.Intn(2) == 0 {
			_ = os.Chtimes(file, old, old)
		}
		// Longer than a file system's tick: within one, [tickTime] is what helps.
		time.Sleep(15 * time.Millisecond)
		before := w.read
		found, err := w.sources(config, "p", false, later())
		expected, expectedErr := readSources(config, "p")
		require.Equal(t, expected.hash, found.hash)
		require.Equal(t, fmt.Sprint(expectedErr), fmt.Sprint(err))
		kinds[before == w.read]++
	}
	assert.Greater(t, kinds[true], 10, "looks without a change")
	assert.Greater(t, kinds[false], 10, "looks with one")
}

// Scenario: a file is written again within one tick of the file system's clock,
// to the same size.
// Guarantees: that is seen, for what is young is read at each look; and so is
// what a file system over a network tells late.
func TestAChangeWithinATickIsSeen(t *testing.T) {
	config, folder := watched(t, "wasm")
	var w watch
	var hashes [3][32]byte
	for index, text := range []string{"one!", "two!", "six!"} {
		writeFile(t, filepath.Join(folder, "plugin.wasm"), text)
		read, err := w.sources(config, "p", false, time.Now())
		require.NoError(t, err)
		assert.Equal(t, text, string(read.module))
		hashes[index] = read.hash
	}
	assert.NotEqual(t, hashes[0], hashes[1])

	// As if the content had become another and its file's state had not.
	loseHash := func(now time.Time) *sources {
		read, err := w.sources(config, "p", false, now)
		require.NoError(t, err)
		read.hash = [32]byte{}
		return read
	}
	read := loseHash(time.Now())
	again, _ := w.sources(config, "p", false, time.Now())
	assert.NotSame(t, read, again, "young files")
	read = loseHash(later())
	again, _ = w.sources(config, "p", false, later())
	assert.Same(t, read, again)
	again, _ = w.sources(config, "p", false, later().Add(longestTrust))
	assert.NotSame(t, read, again, "states that are believed no longer")
}

// Guarantees: a look at files that stay the same reads none of them.
func TestALookReadsNothingThatStays(t *testing.T) {
	config, _ := watched(t, strings.Repeat("x", 1<<20))
	var w watch
	first, err := w.sources(config, "p", false, later())
	require.NoError(t, err)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	again, err := w.sources(config, "p", false, later())
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	assert.Same(t, first, again)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<18))

	runtime.ReadMemStats(&before)
	again, err = w.sources(config, "p", true, later())
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	assert.Same(t, first, again, "the copy that was just read is let go")
	assert.Greater(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20), "what is waited for is read")
}

// A look at 50 files, as a processor with 16 plugins has it each second.
func BenchmarkLook(b *testing.B) {
	var configs []*PluginConfig
	for range 17 {
		config, _ := watched(b, strings.Repeat("x", 2<<20))
		configs = append(configs, config)
	}
	watches := make([]watch, len(configs))
	now := later()
	look := func() {
		for index, config := range configs {
			if _, err := watches[index].sources(config, "p", false, now); err != nil {
				b.Fatal(err)
			}
		}
	}
	look()
	b.ReportAllocs()
	for b.Loop() {
		look()
	}
}
