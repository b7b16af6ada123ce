package lapidaryprocessor

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// heavy are batches that are heavy by what stands around their spans.
var heavy = map[string]func() ptrace.Traces{
	"attributes without value, and tiny spans": func() ptrace.Traces {
		// As bytes: a map of pdata looks through all keys for each new one.
		var message []byte
		for index := range 321_538 {
			message = append(message, 0x0a, 8, 0x0a, 6)
			message = fmt.Appendf(message, "%06x", index)
		}
		message = append(binary.AppendUvarint([]byte{0x0a}, uint64(len(message))), message...)
		message = append(binary.AppendUvarint([]byte{0x0a}, uint64(len(message))), message...)
		traces, err := unmarshaler.UnmarshalTraces(message)
		if err != nil {
			panic(err)
		}
		resource := traces.ResourceSpans().At(0)
		tinySpans(resource.ScopeSpans().AppendEmpty(), 100)
		return traces
	},
	"a heavy resource": func() ptrace.Traces {
		traces := ptrace.NewTraces()
		resource := traces.ResourceSpans().AppendEmpty()
		for index := range 43 {
			resource.Resource().Attributes().PutStr(fmt.Sprint("a", index), strings.Repeat("x", 100_000))
		}
		tinySpans(resource.ScopeSpans().AppendEmpty(), 60)
		return traces
	},
	"a heavy scope": func() ptrace.Traces {
		traces := ptrace.NewTraces()
		scope := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty()
		for index := range 43 {
			scope.Scope().Attributes().PutStr(fmt.Sprint("a", index), strings.Repeat("x", 100_000))
		}
		tinySpans(scope, 60)
		return traces
	},
	"a resource just below the limit, and heavy spans": func() ptrace.Traces {
		traces := ptrace.NewTraces()
		resource := traces.ResourceSpans().AppendEmpty()
		resource.Resource().Attributes().PutStr("a", strings.Repeat("x", 4_000_000))
		spans := resource.ScopeSpans().AppendEmpty()
		tinySpans(spans, 200)
		for _, span := range spans.Spans().All() {
			span.Attributes().PutStr("b", strings.Repeat("y", 40_000))
		}
		return traces
	},
	"many resources of one span": func() ptrace.Traces {
		traces := ptrace.NewTraces()
		for range 300 {
			resource := traces.ResourceSpans().AppendEmpty()
			resource.Resource().Attributes().PutStr("a", strings.Repeat("x", 20_000))
			tinySpans(resource.ScopeSpans().AppendEmpty(), 1)
		}
		return traces
	},
	"one heavy span": func() ptrace.Traces {
		traces := ptrace.NewTraces()
		scope := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty()
		tinySpans(scope, 60)
		scope.Spans().At(30).Attributes().PutStr("a", strings.Repeat("x", 5_000_000))
		return traces
	},
}

func tinySpans(scope ptrace.ScopeSpans, count int) {
	for range count {
		scope.Spans().AppendEmpty()
	}
}

// Scenario: batches of any shape go through several plugins that let them pass or
// rename every span, or one that cannot process them, so that the spans at fault
// are searched for.
// Guarantees: beyond the batch as it was handed over, and what instances have of
// their own, the host holds twice its bytes, as it comes or as it goes, and 16 MiB at most;
// nothing is lost.
func TestTheHostAddsAtMostTwiceTheBatch(t *testing.T) {
	if !isAlone(t) {
		return
	}
	chains := map[string][]string{
		"three that pass or rename": {"does: pass", "does: rename", "does: pass"},
		"one that fails":            {"does: fail"},
		"one that traps":            {"does: trap"},
	}
	for name, make := range heavy {
		for way, chain := range chains {
			t.Run(name+", "+way, func(t *testing.T) { holdsLittle(t, make, chain) })
		}
	}
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			any := func() ptrace.Traces { return anyShape(rand.New(rand.NewPCG(seed, 1))) }
			holdsLittle(t, any, chains["three that pass or rename"])
		})
	}
}

// instanceMiB is what an instance may have of its own. What it did have is not
// known of one that trapped.
const instanceMiB = 48

// alone says that a process has one test to run, and nothing in it of any other.
const alone = "LAPIDARY_TEST_ALONE"

// isAlone says whether the test is in a process of its own. Where it is not it has one
// run it, and is done.
//
// While Go collects, others go on and make garbage, and the more is held the longer
// it collects: with what earlier tests left, such as compiled code that is kept for a
// minute, that alone made the process larger by 15 MB. So nothing of theirs is there,
// and nobody goes on while it collects.
func isAlone(t *testing.T) bool {
	t.Helper()
	if os.Getenv(alone) != "" {
		return true
	}
	child := exec.Command(os.Args[0], "-test.v", "-test.run=^"+t.Name()+"$")
	child.Env = append(os.Environ(), alone+"=1", "GODEBUG="+os.Getenv("GODEBUG")+",gcstoptheworld=2")
	out, err := child.CombinedOutput()
	t.Logf("in a process of its own:\n%s", out)
	assert.NoError(t, err)
	assert.True(t, bytes.Contains(out, []byte("\n--- PASS: "+t.Name()+" ")), "it ran, and passed")
	return false
}

// triesToHoldLittle are made: on a busy machine Go gives memory back late, which makes
// the process larger than what is held; it never makes it smaller.
const triesToHoldLittle = 8

func holdsLittle(t *testing.T, make func() ptrace.Traces, chain []string) {
	t.Helper()
	held, allowed := 0, 0
	for range triesToHoldLittle {
		if held, allowed = holdsOnce(t, make, chain); held <= allowed {
			return
		}
	}
	assert.LessOrEqual(t, held, allowed)
}

// holdsOnce sends a batch through a new processor, of which nothing is left for the
// next one. It returns how much was held besides what instances have of their own, and
// how much may be.
func holdsOnce(t *testing.T, make func() ptrace.Traces, chain []string) (held, allowed int) {
	t.Helper()
	var plugins []PluginConfig
	for _, does := range chain {
		plugins = append(plugins, PluginConfig{Module: module(t, misbehaving), Rules: rules(does), OnFailure: "pass"})
	}
	p := create(t, func(c *Config) { c.MemoryLimitMiB = instanceMiB; c.Timeout = 30 * time.Second }, plugins...)
	require.NoError(t, p.Start(context.Background(), componenttest.NewNopHost()))
	in := make()
	spans, wire := in.SpanCount(), marshaler.TracesSize(in)
	held = mostHeld(t, 2*wire+16<<20, func() { require.NoError(t, p.ConsumeTraces(context.Background(), in)) })
	require.Equal(t, 1, len(p.sink.AllTraces()))
	assert.Equal(t, spans, p.sink.SpanCount(), "nothing is lost")
	own := p.instanceBytes()
	if slices.Contains(chain, "does: trap") {
		own = instanceMiB << 20
	}
	t.Logf("%.1f MB held besides %.1f MB of instances; the batch has %.1f MB", float64(held-own)/1e6, float64(own)/1e6, float64(wire)/1e6)
	out := marshaler.TracesSize(p.sink.AllTraces()[0])
	p.sink.Reset()
	require.NoError(t, p.Shutdown(context.Background()))
	return held - own, 2*max(wire, out) + 16<<20
}

// mostHeld returns by how many bytes the process was larger at most while this was
// done. Go collects as it must to stay within three quarters of what is allowed:
// it goes beyond a limit before it collects.
//
// The system tells it, to the byte. Who looks from time to time sees the garbage
// that was made between a collection and the look, and on a busy machine that is
// much.
func mostHeld(t *testing.T, allowed int, do func()) int {
	t.Helper()
	debug.FreeOSMemory()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(int64(stats.Sys-stats.HeapReleased) + int64(allowed/4*3)))
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	require.NoError(t, os.WriteFile("/proc/self/clear_refs", []byte("5"), 0))
	before := highest(t)
	do()
	return highest(t) - before
}

// highest is how many bytes of memory the process had at most.
func highest(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(status), "VmHWM:")
	require.True(t, found)
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	require.NoError(t, err)
	return kib << 10
}

// anyShape is a batch of some MB, heavy in one way or in several.
func anyShape(random *rand.Rand) ptrace.Traces {
	traces := ptrace.NewTraces()
	for range 1 + random.IntN(4) {
		heavier[random.IntN(len(heavier))](random, traces.ResourceSpans())
	}
	return traces
}

var heavier = []func(*rand.Rand, ptrace.ResourceSpansSlice){
	func(random *rand.Rand, to ptrace.ResourceSpansSlice) {
		resource := to.AppendEmpty()
		heavyMap(random, resource.Resource().Attributes())
		tinySpans(resource.ScopeSpans().AppendEmpty(), 1+random.IntN(100))
	},
	func(random *rand.Rand, to ptrace.ResourceSpansSlice) {
		scope := to.AppendEmpty().ScopeSpans().AppendEmpty()
		heavyMap(random, scope.Scope().Attributes())
		tinySpans(scope, 1+random.IntN(100))
	},
	func(random *rand.Rand, to ptrace.ResourceSpansSlice) {
		scope := to.AppendEmpty().ScopeSpans().AppendEmpty()
		tinySpans(scope, random.IntN(100_000))
		// No span is without: an edit of one takes more than less of it would.
		for _, span := range scope.Spans().All() {
			span.SetTraceID(pcommon.TraceID{1})
			span.SetSpanID(pcommon.SpanID{1})
		}
	},
	func(random *rand.Rand, to ptrace.ResourceSpansSlice) {
		heavyMap(random, to.AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty().Attributes())
	},
	func(random *rand.Rand, to ptrace.ResourceSpansSlice) {
		for range random.IntN(100_000) {
			to.AppendEmpty()
		}
	},
	func(random *rand.Rand, to ptrace.ResourceSpansSlice) {
		spans := to.AppendEmpty().ScopeSpans().AppendEmpty().Spans()
		for range random.IntN(500) {
			value := spans.AppendEmpty().Attributes().PutEmpty("deep")
			for range random.IntN(200) {
				value = value.SetEmptySlice().AppendEmpty()
			}
		}
	},
	func(random *rand.Rand, to ptrace.ResourceSpansSlice) {
		spans := to.AppendEmpty().ScopeSpans().AppendEmpty().Spans()
		for range random.IntN(200) {
			span := spans.AppendEmpty()
			for range random.IntN(100) {
				span.Events().AppendEmpty().SetName("event")
				span.Links().AppendEmpty().TraceState().FromRaw("a=b")
			}
		}
	},
}

// heavyMap makes attributes of up to 6 MB, in one or in many.
func heavyMap(random *rand.Rand, to pcommon.Map) {
	count := 1 + random.IntN(500)
	size := random.IntN(6_000_000 / count)
	for index := range count {
		to.PutStr(fmt.Sprint("a", index), strings.Repeat("x", size))
	}
}
