package lapidaryprocessor

import (
	"context"
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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

// Scenario: batches that are heavy by what stands around their spans go
// through one plugin that lets them pass, and one that cannot process them, so
// that the spans at fault are searched for.
// Guarantees: what is held at once is a small multiple of the batch, and
// nothing is lost.
func TestWhatIsHeldIsASmallMultipleOfTheBatch(t *testing.T) {
	for name, make := range heavy {
		for _, does := range []string{"does: pass", "does: fail", "does: trap"} {
			t.Run(name+", "+does, func(t *testing.T) {
				p := start(t, func(c *Config) { c.MemoryLimitMiB = 64; c.Timeout = 30 * time.Second },
					PluginConfig{Module: module(t, misbehaving), Rules: rules(does), OnFailure: "pass"})
				in := make()
				before := asProto(t, in)
				held := mostHeld(t, func() { require.NoError(t, p.ConsumeTraces(context.Background(), in)) })
				require.Equal(t, 1, len(p.sink.AllTraces()))
				assert.True(t, before == asProto(t, p.sink.AllTraces()[0]), "nothing is lost or changed")
				t.Logf("%.1f MB held, %.1f times the batch", float64(held)/1e6, float64(held)/float64(len(before)))
				assert.Less(t, held, uint64(12*len(before)+p.instanceBytes()))
			})
		}
	}
}

// instanceBytes is what an instance may have of its own.
func (r *running) instanceBytes() int { return int(r.config.MemoryLimitMiB) << 20 }

// asProto returns the text of a batch, so that a failure does not print it.
func asProto(t *testing.T, traces ptrace.Traces) string {
	t.Helper()
	bytes, err := marshaler.MarshalTraces(traces)
	require.NoError(t, err)
	return string(bytes)
}

// mostHeld returns by how many bytes the heap was larger at most while this
// was done, with little garbage in it.
func mostHeld(t *testing.T, do func()) uint64 {
	t.Helper()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	before, most := stats.HeapAlloc, stats.HeapAlloc
	done, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		for {
			select {
			case <-done:
				return
			default:
			}
			runtime.GC()
			runtime.ReadMemStats(&stats)
			most = max(most, stats.HeapAlloc)
		}
	}()
	do()
	close(done)
	<-watched
	return most - before
}
