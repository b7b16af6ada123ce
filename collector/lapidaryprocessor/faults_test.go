package lapidaryprocessor

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// faultsTo keeps spans at fault in a file of a new folder, for whoever has the key.
func faultsTo(t *testing.T) (change func(*Config), path string, key *age.X25519Identity) {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	path = filepath.Join(t.TempDir(), "faults.age")
	return func(c *Config) {
		c.Faults = &FaultsConfig{File: path, Recipients: []string{key.Recipient().String()}, MaxMiB: 1}
	}, path, key
}

// startKeeping starts a processor whose plugin fails over spans that contain `bad`.
func startKeeping(t *testing.T, change func(*Config), more func(*PluginConfig)) *running {
	t.Helper()
	plugin := PluginConfig{Module: module(t, misbehaving), Rules: rules("does: fail", "if-contains: bad")}
	if more != nil {
		more(&plugin)
	}
	p := create(t, change, plugin)
	require.NoError(t, p.Start(context.Background(), componenttest.NewNopHost()))
	return p
}

// openFaults reads a file as its README says: split where entries begin, each opened
// with the key.
func openFaults(t *testing.T, path string, key age.Identity) (all []keptFault) {
	t.Helper()
	folder := t.TempDir()
	split := exec.Command("csplit", "-s", "-z", "-f", "fault-", "-b", "%05d.age", path, "/^-----BEGIN AGE/", "{*}")
	split.Dir = folder
	out, err := split.CombinedOutput()
	require.NoError(t, err, string(out))
	entries, err := filepath.Glob(filepath.Join(folder, "fault-*.age"))
	require.NoError(t, err)
	slices.Sort(entries)
	for _, entry := range entries {
		file, err := os.Open(entry)
		require.NoError(t, err)
		plain, err := age.Decrypt(armor.NewReader(file), key)
		require.NoError(t, err)
		text, err := io.ReadAll(plain)
		require.NoError(t, err)
		require.NoError(t, file.Close())
		var kept keptFault
		require.NoError(t, json.Unmarshal(text, &kept))
		all = append(all, kept)
	}
	return all
}

// Scenario: of a batch two spans are at fault, one of each resource; under `block`,
// under `pass`, and in the shadow.
// Guarantees: the file has both, with what stands around them, bit for bit as the
// plugin got them, and why; only the key opens it, and nobody else may read the file.
func TestSpansAtFaultAreKeptForWhoHasTheKey(t *testing.T) {
	for policy, more := range map[string]func(*PluginConfig){
		"block": nil, "pass": func(c *PluginConfig) { c.OnFailure = "pass" }, "shadow": func(c *PluginConfig) { c.Shadow = true },
	} {
		t.Run(policy, func(t *testing.T) {
			change, path, key := faultsTo(t)
			p := startKeeping(t, change, more)
			traces := batch("a", "bad "+planted, "c", "bad again")
			before := time.Now()
			require.NoError(t, p.ConsumeTraces(context.Background(), traces))
			p.end(t)

			all := openFaults(t, path, key)
			require.Len(t, all, 2)
			for index, kept := range all {
				want := batch("a", "bad "+planted, "c", "bad again")
				at := 2*index + 1
				want.ResourceSpans().RemoveIf(func(r ptrace.ResourceSpans) bool {
					name, _ := r.Resource().Attributes().Get("service.name")
					return name.Str() != []string{"shop-0", "shop-2"}[index]
				})
				want.ResourceSpans().At(0).ScopeSpans().At(0).Spans().RemoveIf(func(s ptrace.Span) bool { return s.SpanID()[1] != byte(at) })
				bytes, err := marshaler.MarshalTraces(want)
				require.NoError(t, err)
				assert.Equal(t, bytes, kept.OTLP)
				when, err := time.Parse(time.RFC3339Nano, kept.Time)
				require.NoError(t, err)
				assert.WithinRange(t, when, before.Add(-time.Second), time.Now().Add(time.Second))
				kept.OTLP, kept.Time = nil, ""
				assert.Equal(t, keptFault{
					Processor: "lapidary", Plugin: misbehaving, Version: "0.1.0",
					ModuleHash: p.runs(0).hashes.module, RulesHash: p.runs(0).hashes.rules,
					Policy: map[bool]string{true: "pass", false: "block"}[policy == "pass"], Shadow: policy == "shadow",
					TraceID: hex.EncodeToString([]byte{1, byte(at), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}),
					SpanID:  hex.EncodeToString([]byte{2, byte(at), 0, 0, 0, 0, 0, 0}),
					Spans:   1, Reason: "failed: told to fail",
				}, kept)
			}
			info, err := os.Stat(path)
			require.NoError(t, err)
			assert.Equal(t, os.FileMode(0o600), info.Mode())
			assertNotIn(t, path, planted)
			assert.NotContains(t, p.logText(), planted)
		})
	}
}

// assertNotIn searches all files of a folder for a value, as it is and in the forms
// that it could take on its way into one.
func assertNotIn(t *testing.T, path, value string) {
	t.Helper()
	files, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, files, 1, "nothing is written but the file")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NotEmpty(t, text)
	unwrapped := bytes.ReplaceAll(text, []byte("\n"), nil)
	assert.NotContains(t, string(text), value)
	for shift := range 3 {
		// Where it begins inside of a group of three decides how base64 writes it.
		encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", shift) + value))
		assert.NotContains(t, string(unwrapped), encoded[4:len(encoded)-4])
		twice := base64.StdEncoding.EncodeToString([]byte(encoded[4 : len(encoded)-4]))
		assert.NotContains(t, string(unwrapped), twice[4:len(twice)-8])
	}
}

// Scenario: a batch that came without spans is at fault.
// Guarantees: its resource and scope are kept.
func TestWhatHasNoSpansIsKeptToo(t *testing.T) {
	change, path, key := faultsTo(t)
	p := startKeeping(t, change, nil)
	traces := ptrace.NewTraces()
	traces.ResourceSpans().AppendEmpty().Resource().Attributes().PutStr("service.name", "bad")
	traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Scope().SetName("bad")
	require.NoError(t, p.ConsumeTraces(context.Background(), traces))
	p.end(t)
	var found []string
	for _, kept := range openFaults(t, path, key) {
		alone, err := unmarshaler.UnmarshalTraces(kept.OTLP)
		require.NoError(t, err)
		assert.Zero(t, kept.Spans)
		found = append(found, strings.TrimSpace(asJSON(t, alone)))
	}
	assert.Equal(t, []string{
		`{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"bad"}}]}}]}`,
		`{"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{"name":"bad"}}]}]}`,
	}, found)
}

// Scenario: the folder is not there, then it is; the file is moved away; it is a
// folder; it is as long as it may be; a process ended over half an entry.
// Guarantees: spans go their way whatever becomes of the file; what is wrong is said
// at the first and at the tenth, with the path; what can be kept is.
func TestAFileOfFaultsThatCannotBeWrittenIsAWarning(t *testing.T) {
	change, path, key := faultsTo(t)
	moved := filepath.Join(t.TempDir(), "faults.age")
	folder := filepath.Dir(path)
	require.NoError(t, os.Remove(folder))
	p := startKeeping(t, change, nil)
	count := 0
	send := func(times int) {
		for range times {
			count++
			require.NoError(t, p.ConsumeTraces(context.Background(), batch("good", "bad")))
		}
		require.Eventually(t, func() bool {
			p.faults.mu.Lock()
			defer p.faults.mu.Unlock()
			return len(p.faults.waiting) == 0
		}, 20*time.Second, time.Millisecond)
	}
	said := func(text string) int { return strings.Count(p.logText(), "the content of spans at fault is "+text) }
	isSaid := func(times int, text string) {
		require.Eventually(t, func() bool { return said(text) == times }, 20*time.Second, time.Millisecond, text)
	}
	noFolder := "so far: " + path + ": found no folder for it; expected a file that can be written to"
	isSaid(1, "not kept, 0 "+noFolder)
	send(12)
	isSaid(1, "not kept, 1 "+noFolder)
	isSaid(1, "not kept, 10 "+noFolder)
	require.NoError(t, os.Mkdir(folder, 0o700))
	send(2)
	isSaid(1, "kept again")
	require.Eventually(t, func() bool { return linesBeginning(t, path) == 2 }, 20*time.Second, time.Millisecond)

	require.NoError(t, os.Rename(path, moved))
	require.NoError(t, os.Mkdir(path, 0o700))
	send(1)
	isSaid(1, "not kept, 1 so far: "+path+": found a folder; expected a file that can be written to")
	require.NoError(t, os.Remove(path))
	writeFile(t, path, "-----BEGIN AGE ENCRYPTED FILE-----\nYWdlL")
	send(1)
	isSaid(2, "kept again")
	require.NoError(t, os.Truncate(path, 1<<20))
	send(1)
	isSaid(1, "not kept, 1 so far: "+path+": found a file that would be longer than 1 MiB; expected one that was moved away, or a larger `faults.max_mib`")
	p.end(t)

	assert.Equal(t, count, p.sink.SpanCount())
	assert.EqualValues(t, count, p.sum(t, "spans_blocked"))
	assert.Len(t, openFaults(t, moved, key), 2)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	_, half, found := strings.Cut(string(text), "\n-----BEGIN AGE")
	require.True(t, found, "the entry begins a line")
	writeFile(t, path, "-----BEGIN AGE"+strings.TrimRight(half, "\x00"))
	assert.Len(t, openFaults(t, path, key), 1, "half an entry costs itself alone")
}

func linesBeginning(t *testing.T, path string) int {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return strings.Count(string(text), "-----BEGIN AGE")
}

// Protects: what is no file cannot hold up the Collector, nor be written to.
func TestADeviceIsNoFileOfFaults(t *testing.T) {
	change, path, _ := faultsTo(t)
	require.NoError(t, os.Symlink("/dev/full", path))
	p := startKeeping(t, change, nil)
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("good", "bad")))
	p.end(t)
	assert.Equal(t, []string{"good"}, names(p.sink.AllTraces()...))
	assert.Contains(t, p.logText(), "the content of spans at fault is not kept, 1 so far: "+path+": found a pipe or a device; expected a file that can be written to")
}

// Scenario: many spans are at fault at once, more than wait to be written.
// Guarantees: nobody waits, and what is not kept is counted.
func TestMoreFaultsThanWaitAreCounted(t *testing.T) {
	change, _, _ := faultsTo(t)
	p := create(t, change, PluginConfig{Module: module(t, misbehaving)})
	for range mostWaitingFaults {
		require.NoError(t, p.faults.add([]byte("a")))
	}
	assert.ErrorIs(t, p.faults.add([]byte("b")), errManyFaults)
	p.faults.waiting, p.faults.bytes = nil, 0
	large := make([]byte, mostWaitingBytes+1)
	require.NoError(t, p.faults.add(large), "one alone may be as large as it is")
	assert.ErrorIs(t, p.faults.add([]byte("b")), errManyFaults)
}

// Guarantees: where no file is named nothing is kept, and nothing is asked.
func TestNoContentIsKeptUnlessSomebodyAsks(t *testing.T) {
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: fail", "if-contains: bad")})
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("good", "bad")))
	assert.Nil(t, p.faults)
}
