package plugin

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/lapidary-dev/lapidary/collector/internal/edits"
	"github.com/lapidary-dev/lapidary/collector/internal/view"
)

// goldenCase is one file of the golden corpus, which the cases of all plugins
// are written to when they are played natively. Numbers of 64 bits are text.
type goldenCase struct {
	Plugin   string
	Secrets  map[string][]byte
	Calls    []goldenCall
	Counters []struct {
		Name   string
		Labels map[string]string
		Sum    uint64 `json:",string"`
	}
	Log []struct{ Message string }
}

type goldenCall struct {
	Call         string
	Documents    []Document
	Configured   *goldenConfigured
	Problems     []Problem
	Traces, View []byte
	Entries      []goldenEntry
	Version      uint32
	MaxBytes     uint32 `json:"max_bytes"`
	NowUnixNanos uint64 `json:"now_unix_nanos,string"`
	Noting       string
	Answer       *struct {
		Edits, Notes, Spans, Traces []byte
		Entries                     []goldenEntry
		More                        bool
		Damaged                     uint32
	}
	Result  *goldenResult
	Failure *string
}

// goldenEntry is an entry; its value is null where it is gone.
type goldenEntry struct {
	Key, Value []byte
	BelongsTo  []byte `json:"belongs_to"`
}

func readEntries(golden []goldenEntry) []Entry {
	var entries []Entry
	for _, entry := range golden {
		entries = append(entries, Entry{Key: entry.Key, Value: entry.Value, Gone: entry.Value == nil, BelongsTo: entry.BelongsTo})
	}
	return entries
}

// goldenResult is what the edits of an answer make of a batch.
type goldenResult struct {
	Output string
	Traces []byte
	Counts goldenCounts
}

type goldenCounts struct {
	SpansIn      int `json:"spans_in"`
	SpansOut     int `json:"spans_out"`
	SpansChanged int `json:"spans_changed"`
	SpansDropped int `json:"spans_dropped"`
}

// Guarantees: the same batch, rules, secrets, time and state give the same
// bytes here as natively, also where the host's clock is asked at every step.
func TestTheGoldenCorpusIsReplayedByteForByte(t *testing.T) {
	folder := os.Getenv("LAPIDARY_GOLDEN")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "target", "golden")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files, "%s holds no golden files; write them first: `make test` in the project's root", folder)
	modules := make(map[string]*Module)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var golden goldenCase
		require.NoError(t, json.Unmarshal(text, &golden), file)
		for budget, rounds := range map[string]int32{"usual budget": 0, "budget of one round": 1} {
			module, ok := modules[golden.Plugin+budget]
			if !ok {
				wasm, err := os.ReadFile(filepath.Join("..", "..", "..", "dist", golden.Plugin+".wasm"))
				require.NoError(t, err, "build the components first: `make build` in the project's root")
				module = compile(t, wasm, Settings{Timeout: time.Minute, MemoryLimitMiB: 128, RoundsPerRefill: rounds})
				modules[golden.Plugin+budget] = module
			}
			name := filepath.Join(golden.Plugin, filepath.Base(file), budget)
			t.Run(name, func(t *testing.T) { golden.replay(t, module) })
		}
	}
}

// goldenHost is what a host has of a plugin: an instance, and what is made of what
// that said of itself.
type goldenHost struct {
	instance *Instance
	viewer   *view.Maker
	editor   *edits.Editor
}

func (g *goldenCase) replay(t *testing.T, module *Module) {
	host := &recordingHost{secrets: g.Secrets}
	var at goldenHost
	for number, call := range g.Calls {
		step := strconv.Itoa(number) + " " + call.Call
		if call.Call == "configure" {
			call.configure(t, step, module, host, &at)
			continue
		}
		made, err := call.replay(t, step, &at)
		switch {
		case call.Answer != nil:
			require.NoError(t, err, step)
			spans := call.Answer.Spans
			if spans == nil {
				spans = call.Answer.Traces
			}
			assert.Equal(t, spans != nil, made.HasSpans, step)
			if made.HasSpans {
				assert.Equal(t, asBytes(t, parsed(t, spans)), asBytes(t, made.Spans), step)
			}
		case call.Failure != nil:
			var failure *Failure
			require.ErrorAs(t, err, &failure, step)
			assert.Equal(t, *call.Failure, failure.Text, step)
		default:
			var trap *Trap
			require.ErrorAs(t, err, &trap, step)
		}
	}
	g.checkHost(t, host)
}

// configure starts an instance, and keeps it where the rules are good.
func (c *goldenCall) configure(t *testing.T, step string, module *Module, host Host, at *goldenHost) {
	fresh, err := module.NewInstance(host)
	require.NoError(t, err, step)
	configured, problems, err := fresh.Configure(c.Documents)
	require.NoError(t, err, step)
	require.Equal(t, c.Problems, problems, step)
	if len(problems) > 0 {
		return
	}
	require.NotNil(t, c.Configured, step)
	require.Equal(t, c.Configured.read(t), configured, step)
	at.instance = fresh
	at.viewer, err = view.New(configured.Sight)
	require.NoError(t, err, step)
	at.editor, err = edits.New(configured.Sight, configured.Writes)
	require.NoError(t, err, step)
}

func (c *goldenCall) replay(t *testing.T, step string, at *goldenHost) (made Made, err error) {
	switch c.Call {
	case "process":
		at.instance.Noting = map[string]Noting{"acts": NotingActs, "looked": NotingLooked}[c.Noting]
		made, err = c.process(t, step, at)
	case "tick":
		made, err = at.instance.Tick(c.NowUnixNanos)
	case "flush":
		made, err = at.instance.Flush(c.NowUnixNanos)
	case "changes":
		var changed Changed
		changed, err = at.instance.Changes(c.MaxBytes)
		if err == nil && c.Answer != nil {
			assert.Equal(t, Changed{Entries: readEntries(c.Answer.Entries), More: c.Answer.More}, changed, step)
		}
	case "load":
		var damaged uint32
		damaged, err = at.instance.Load(c.Version, readEntries(c.Entries))
		if err == nil && c.Answer != nil {
			assert.Equal(t, c.Answer.Damaged, damaged, step)
		}
	default:
		t.Fatalf("%s: found an unknown call", step)
	}
	return made, err
}

// process makes the view of a batch, hands it over and applies the edits. A batch
// that pdata cannot read never reaches a plugin here: of that the view is handed over
// as it stands.
func (c *goldenCall) process(t *testing.T, step string, at *goldenHost) (Made, error) {
	traces, err := unmarshaler.UnmarshalTraces(c.Traces)
	if err != nil {
		outcome, err := at.instance.Process(c.View, c.NowUnixNanos, time.Minute, anyEdits)
		addCounts(outcome)
		if err == nil && c.Answer != nil {
			require.Equal(t, string(c.Answer.Edits), string(outcome.Edits), step)
			require.Equal(t, string(c.Answer.Notes), string(outcome.Notes), step)
		}
		return outcome.Made, err
	}
	made := at.viewer.Make(nil, traces, 0, view.All, 0)
	require.Equal(t, string(c.View), string(made.Bytes), step)
	batch := edits.NewBatch(traces)
	defer batch.Release()
	outcome, err := at.instance.Process(made.Bytes, c.NowUnixNanos, time.Minute, func(answer []byte, _ Made) error {
		return at.editor.Check(batch, made.First, made.End, answer)
	})
	addCounts(outcome)
	if err != nil || c.Answer == nil {
		return Made{}, err
	}
	require.Equal(t, string(c.Answer.Edits), string(outcome.Edits), step)
	require.Equal(t, string(c.Answer.Notes), string(outcome.Notes), step)
	require.NotNil(t, c.Result, step)
	counts := batch.Apply()
	assert.Equal(t, c.Result.Counts, goldenCounts{counts.In, counts.Out, counts.Changed, counts.Dropped}, step)
	expected := c.Traces
	if c.Result.Output != "unchanged" {
		expected = c.Result.Traces
	}
	assert.Equal(t, asBytes(t, parsed(t, expected)), asBytes(t, traces), step)
	return outcome.Made, nil
}

func parsed(t *testing.T, batch []byte) ptrace.Traces {
	t.Helper()
	traces, err := unmarshaler.UnmarshalTraces(batch)
	require.NoError(t, err)
	return traces
}

// asBytes returns a batch as pdata writes it, as text, so that a failure is short.
func asBytes(t *testing.T, traces ptrace.Traces) string {
	t.Helper()
	bytes, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(traces)
	require.NoError(t, err)
	return string(bytes)
}

// checkHost compares what all instances of the case said to their host.
func (g *goldenCase) checkHost(t *testing.T, host *recordingHost) {
	counters := make(map[string]uint64)
	for _, counter := range g.Counters {
		name := counter.Name
		for _, key := range slices.Sorted(maps.Keys(counter.Labels)) {
			name += " " + key + "=" + counter.Labels[key]
		}
		counters[name] = counter.Sum
	}
	if len(counters)+len(host.counters) > 0 {
		assert.Equal(t, counters, host.counters)
	}
	var lines []string
	for _, line := range g.Log {
		lines = append(lines, line.Message)
	}
	assert.Equal(t, lines, host.lines)
}
