package patch

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// BenchmarkApply tells the time per span for what plugins do to it, with
// decoding everything beside it.
func BenchmarkApply(b *testing.B) {
	traces := recorded(b, 1000)[0]
	batch := marshal(b, traces)
	every := func(part int, added ...[]byte) []byte {
		number := 0
		return rewriteSpans(b, batch, func(span []byte) []byte {
			if number++; number%part == 0 {
				return append(bytes.Clone(span), bytes.Join(added, nil)...)
			}
			return span
		})
	}
	masked, dropped := clone(traces), clone(traces)
	number := 0
	eachSpan(masked, func(span ptrace.Span) {
		for _, value := range span.Attributes().All() {
			if number++; number%14 == 0 {
				value.SetStr("***")
			}
			break
		}
	})
	dropSpans(dropped, func(ptrace.Span) bool {
		number++
		return number%10 != 0
	})
	for _, c := range []struct {
		name   string
		result []byte
	}{
		{"equal bytes", bytes.Clone(batch)},
		{"tracestate on every 14th", every(14, traceState("ot=th:c"))},
		{"tracestate on all", every(1, traceState("ot=th:c"))},
		{"three attributes on every third", every(3, attribute("order_status", "SHIPPED"), attribute("order_id", "17"), attribute("order_step", "delivery"))},
		{"every 14th masked", marshal(b, masked)},
		{"nine of ten dropped", marshal(b, dropped)},
	} {
		b.Run(c.name, func(b *testing.B) {
			perSpan(b, traces.SpanCount(), func() {
				b.StopTimer()
				// As a receiver hands it over, with the room that decoding left.
				in, err := unmarshaler.UnmarshalTraces(batch)
				require.NoError(b, err)
				b.StartTimer()
				_, err = Apply(in, batch, c.result)
				require.NoError(b, err)
			})
		})
		b.Run(c.name+", all decoded", func(b *testing.B) {
			perSpan(b, traces.SpanCount(), func() {
				_, err := unmarshaler.UnmarshalTraces(c.result)
				require.NoError(b, err)
			})
		})
	}
}

func perSpan(b *testing.B, spans int, do func()) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		do()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*spans), "ns/span")
	b.ReportMetric(0, "ns/op")
}
