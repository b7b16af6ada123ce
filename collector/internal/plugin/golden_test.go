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
	Problems     []Problem
	Traces       []byte
	State        []byte
	NowUnixNanos uint64 `json:"now_unix_nanos,string"`
	Answer       *struct {
		Output string
		Traces []byte
		State  []byte
		Counts goldenCounts
	}
	Failure json.RawMessage
}

type goldenCounts struct {
	SpansIn      uint32 `json:"spans_in"`
	SpansOut     uint32 `json:"spans_out"`
	SpansChanged uint32 `json:"spans_changed"`
	SpansDropped uint32 `json:"spans_dropped"`
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

func (g *goldenCase) replay(t *testing.T, module *Module) {
	host := &recordingHost{secrets: g.Secrets}
	var instance *Instance
	for number, call := range g.Calls {
		step := strconv.Itoa(number) + " " + call.Call
		var err error
		var traces, state []byte
		switch call.Call {
		case "configure":
			fresh, err := module.NewInstance(host)
			require.NoError(t, err, step)
			problems, err := fresh.Configure(call.Documents)
			require.NoError(t, err, step)
			require.Equal(t, call.Problems, problems, step)
			if len(problems) == 0 {
				instance = fresh
			}
			continue
		case "process":
			var outcome Outcome
			outcome, err = instance.Process(call.Traces, call.NowUnixNanos, nil, time.Minute)
			if err == nil && call.Answer != nil {
				kinds := map[string]OutputKind{"unchanged": Unchanged, "replaced": Replaced, "nothing left": NothingLeft}
				assert.Equal(t, kinds[call.Answer.Output], outcome.Kind, step)
				assert.Equal(t, call.Answer.Counts, goldenCounts{
					outcome.SpansIn, outcome.SpansOut, outcome.SpansChanged, outcome.SpansDropped,
				}, step)
			}
			traces = outcome.Traces
		case "tick":
			traces, err = instance.Tick(call.NowUnixNanos)
		case "flush":
			traces, err = instance.Flush(call.NowUnixNanos)
		case "snapshot":
			state, err = instance.Snapshot()
		case "restore":
			err = instance.Restore(call.State)
		default:
			t.Fatalf("%s: found an unknown call", step)
		}
		switch {
		case call.Answer != nil:
			require.NoError(t, err, step)
			assert.Equal(t, string(call.Answer.Traces), string(traces), step)
			assert.Equal(t, string(call.Answer.State), string(state), step)
		case call.Failure != nil:
			var failure *Failure
			require.ErrorAs(t, err, &failure, step)
			assert.Equal(t, call.failure(t), *failure, step)
		default:
			var trap *Trap
			require.ErrorAs(t, err, &trap, step)
		}
	}

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

func (c *goldenCall) failure(t *testing.T) Failure {
	var text string
	if json.Unmarshal(c.Failure, &text) == nil {
		return Failure{Text: text}
	}
	var malformed struct {
		Offset uint64 `json:",string"`
		Length uint64 `json:",string"`
		Inside string
		Reason string
	}
	require.NoError(t, json.Unmarshal(c.Failure, &malformed))
	return Failure{Malformed: &Malformed{
		Offset: malformed.Offset, Length: malformed.Length, Inside: malformed.Inside, Reason: malformed.Reason,
	}}
}
