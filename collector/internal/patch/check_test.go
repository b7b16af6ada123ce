package patch

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

func checkAgrees(tb testing.TB, batch, result []byte) {
	tb.Helper()
	want, wantErr := unmarshaler.UnmarshalTraces(result)
	spans, err := Check(batch, result)
	if wantErr != nil {
		require.EqualError(tb, err, wantErr.Error())
		return
	}
	require.NoError(tb, err)
	require.Equal(tb, want.SpanCount(), spans)
	require.Equal(tb, want.SpanCount(), Count(marshal(tb, want)))
}

// Scenario: random changes to recorded and to random batches, many of which
// leave what is not OTLP.
// Guarantees: the answer is that of decoding all.
func TestCheckAnswersAsDecodingDoes(t *testing.T) {
	recordings := recorded(t, 30)
	var seed uint64
	defer func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	}()
	refused := 0
	for seed = range 4000 {
		r := random{rand.New(rand.NewPCG(seed, 2))}
		traces := r.batch()
		if r.oneIn(8) {
			traces = recordings[r.IntN(len(recordings))]
		}
		batch := marshal(t, traces)
		after := clone(traces)
		r.edit(after)
		result := r.append(t, marshal(t, after))
		checkAgrees(t, batch, result)
		for range 8 {
			corrupted := r.corrupt(result)
			checkAgrees(t, batch, corrupted)
			if _, err := unmarshaler.UnmarshalTraces(corrupted); err != nil {
				refused++
			}
		}
	}
	assert.Greater(t, refused, 4000, "few results were not OTLP, which tests little")
}

// Protects: a field that is cut, of another type or of another length deep
// inside a span is seen, wherever it stands among fields that are as they were.
func TestCheckLooksIntoWhatIsNotAsItWas(t *testing.T) {
	traces := small()
	batch := marshal(t, traces)
	for at := range batch {
		for _, with := range []byte{0, 1, 0x07, 0x0a, 0x7f, 0x80, 0xff} {
			result := bytes.Clone(batch)
			result[at] = with
			checkAgrees(t, batch, result)
		}
		checkAgrees(t, batch, batch[:at])
		checkAgrees(t, batch, append(bytes.Clone(batch[:at]), batch[at+1:]...))
	}
}

// Protects: what plugins do is checked without decoding all, which costs more
// than most plugins do.
func TestCheckKnowsWhatPluginsDoWithoutDecodingIt(t *testing.T) {
	for _, traces := range recorded(t, 200) {
		batch := marshal(t, traces)
		after := clone(traces)
		number := 0
		dropSpans(after, func(span ptrace.Span) bool {
			number++
			span.TraceState().FromRaw("ot=th:c")
			span.Attributes().PutStr("order_status", "SHIPPED")
			return number%3 == 0
		})
		result := marshal(t, after)
		c := checker{before: newSpanCursor(batch)}
		require.True(t, c.traces(result))
		require.Equal(t, after.SpanCount(), c.spans)
	}
}

func BenchmarkCheck(b *testing.B) {
	traces := recorded(b, 1000)[0]
	batch := marshal(b, traces)
	after := clone(traces)
	eachSpan(after, func(span ptrace.Span) { span.TraceState().FromRaw("ot=th:0") })
	for name, result := range map[string][]byte{
		"same":        batch,
		"tracestate":  marshal(b, after),
		"no relation": marshal(b, recorded(b, 1000)[1]),
	} {
		b.Run("count "+name, func(b *testing.B) {
			for b.Loop() {
				Count(result)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*Count(result)), "ns/span")
		})
		b.Run(name, func(b *testing.B) {
			spans := 0
			for b.Loop() {
				spans, _ = Check(batch, result)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*spans), "ns/span")
		})
	}
}
