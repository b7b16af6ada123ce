package edits

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// BenchmarkEdits tells the time per span of checking and applying what plugins
// answer to recorded batches, and of a change that they make anyway: the same by
// hand, with what pdata has for it.
func BenchmarkEdits(b *testing.B) {
	editor := editorOfAll(b, "order_status", "order_id", "order_step", "customer")
	for _, spans := range []int{1000, 30, 5} {
		traces := recorded(b, spans)[0]
		for _, c := range []struct {
			name   string
			answer []byte
			byHand func(ptrace.Traces)
		}{
			{"sample", sampleLike(traces), sampleByHand},
			{"enrich", enrichLike(traces), enrichByHand},
			{"redact", redactLike(traces), redactByHand},
		} {
			b.Run(fmt.Sprintf("%s/%d", c.name, spans), func(b *testing.B) {
				perSpan(b, traces, func(in ptrace.Traces) {
					batch := NewBatch(in)
					if err := editor.Check(batch, 0, batch.layout.units, c.answer); err != nil {
						b.Fatal(err)
					}
					batch.Apply()
					batch.Release()
				})
			})
			b.Run(fmt.Sprintf("%s/%d by hand", c.name, spans), func(b *testing.B) {
				perSpan(b, traces, c.byHand)
			})
		}
	}
}

// BenchmarkCheck tells the time per edit of checking alone.
func BenchmarkCheck(b *testing.B) {
	traces := recorded(b, 1000)[0]
	answer := enrichLike(traces)
	editor := editorOfAll(b, "order_status", "order_id", "order_step", "customer")
	edits := 0
	for b.Loop() {
		batch := NewBatch(traces)
		if err := editor.Check(batch, 0, batch.layout.units, answer); err != nil {
			b.Fatal(err)
		}
		edits += len(batch.sets)
		batch.Release()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(edits), "ns/edit")
}

// perSpan works on as many copies at once as keep the clock from being stopped
// too often.
func perSpan(b *testing.B, traces ptrace.Traces, do func(ptrace.Traces)) {
	b.Helper()
	copies := make([]ptrace.Traces, max(2000/traces.SpanCount(), 1))
	encoded := marshal(b, traces)
	for b.Loop() {
		b.StopTimer()
		for index := range copies {
			// As a receiver hands it over, with the room that decoding left.
			var err error
			copies[index], err = unmarshaler.UnmarshalTraces(encoded)
			require.NoError(b, err)
		}
		b.StartTimer()
		for _, in := range copies {
			do(in)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(copies)*traces.SpanCount()), "ns/span")
	b.ReportMetric(0, "ns/op")
}

// sampleLike keeps every tenth span, and notes it in the trace state.
func sampleLike(traces ptrace.Traces) []byte {
	var dropped []uint32
	var edits [][]byte
	for number := range traces.SpanCount() {
		if number%10 == 0 {
			edits = append(edits, on(carrierSpan, number, setFieldTo(fieldTraceState, "ot=th:e666")))
		} else {
			dropped = append(dropped, uint32(number))
		}
	}
	return withDrops(dropped, edits...)
}

func sampleByHand(traces ptrace.Traces) {
	number := -1
	traces.ResourceSpans().RemoveIf(func(resource ptrace.ResourceSpans) bool {
		resource.ScopeSpans().RemoveIf(func(scope ptrace.ScopeSpans) bool {
			scope.Spans().RemoveIf(func(span ptrace.Span) bool {
				if number++; number%10 == 0 {
					span.TraceState().FromRaw(string([]byte("ot=th:e666")))
				}
				return number%10 != 0
			})
			return scope.Spans().Len() == 0
		})
		return resource.ScopeSpans().Len() == 0
	})
}

// enrichLike sets four attributes on three of ten spans.
func enrichLike(traces ptrace.Traces) []byte {
	var edits [][]byte
	for number := range traces.SpanCount() {
		if number%10 < 3 {
			for key, text := range []string{"SHIPPED", "ord-000017", "delivery", "c-17"} {
				edits = append(edits, on(carrierSpan, number, setTo(key, textValue(text))))
			}
		}
	}
	return answer(edits...)
}

func enrichByHand(traces ptrace.Traces) {
	number := 0
	for _, resource := range traces.ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				if number%10 < 3 {
					span.Attributes().PutStr("order_status", string([]byte("SHIPPED")))
					span.Attributes().PutStr("order_id", string([]byte("ord-000017")))
					span.Attributes().PutStr("order_step", string([]byte("delivery")))
					span.Attributes().PutStr("customer", string([]byte("c-17")))
				}
				number++
			}
		}
	}
}

// redactLike replaces a text in the attributes of every second span.
func redactLike(traces ptrace.Traces) []byte {
	var edits [][]byte
	for number, span := range plainBatchOf(traces).spans {
		position := uint32(0)
		for _, value := range span.Attributes().All() {
			if number%2 == 0 && value.Type() == pcommon.ValueTypeStr && int(position) >= span.Attributes().Len()/2 {
				edits = append(edits, on(carrierSpan, number, replaceAt(textValue("GET /orders/***"), position)))
				break
			}
			position++
		}
	}
	return answer(edits...)
}

func redactByHand(traces ptrace.Traces) {
	number := 0
	for _, resource := range traces.ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				position := 0
				for _, value := range span.Attributes().All() {
					if number%2 == 0 && value.Type() == pcommon.ValueTypeStr && position >= span.Attributes().Len()/2 {
						value.SetStr(string([]byte("GET /orders/***")))
						break
					}
					position++
				}
				number++
			}
		}
	}
}

// recorded returns the recordings in batches of this many spans or a few more.
func recorded(tb testing.TB, spans int) []ptrace.Traces {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "testdata", "recordings", "*", "spans.jsonl"))
	require.NoError(tb, err)
	require.NotEmpty(tb, files, "testdata/recordings has no recordings")
	var batches []ptrace.Traces
	batch := ptrace.NewTraces()
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(tb, err)
		for line := range bytes.Lines(text) {
			traces, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(line)
			require.NoError(tb, err)
			traces.ResourceSpans().MoveAndAppendTo(batch.ResourceSpans())
			if batch.SpanCount() >= spans {
				batches = append(batches, batch)
				batch = ptrace.NewTraces()
			}
		}
	}
	if batch.SpanCount() > 0 {
		batches = append(batches, batch)
	}
	return batches
}
