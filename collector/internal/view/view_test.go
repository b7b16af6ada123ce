package view

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/lapidary-dev/lapidary/collector/internal/sight"
)

// sights are those of the four plugins by their base rules, about.
func sights() map[string]sight.Sight {
	all := func(carriers sight.Carriers, keys ...string) []sight.Selector {
		return []sight.Selector{{Carriers: carriers, Keys: keys}}
	}
	span := sight.Carriers(1 << sight.Span)
	return map[string]sight.Sight{
		"everything": {Kind: sight.Everything},
		"redact":     {Kind: sight.AllTexts},
		"sample": {
			Kind:   sight.Parts,
			Fields: sight.TraceID | sight.TraceState | sight.SpanTimes | sight.StatusCode,
			Keys:   all(span, "gap_detected", "mes.price.calc", "db.system.name"),
		},
		"enrich": {
			Kind: sight.Parts,
			Fields: sight.TraceID | sight.SpanID | sight.ParentSpanID | sight.SpanTimes | sight.SpanName |
				sight.SpanKind | sight.StatusCode | sight.Links,
			Keys: all(span, "order_id", "order.id", "new_status", "prev_status", "event_version", "partner_id",
				"messaging.message.id", "messaging.operation.type", "order_status", "calc_duration", "stage_duration",
				"gap_detected", "status_transition_latency", "publish_to_consume_latency", "last_successful_operation"),
		},
		"hash": {Kind: sight.Parts, Keys: all(sight.AllCarriers, "operator_id")},
	}
}

// recorded are batches of at least so many spans.
func recorded(t testing.TB, spans int) []ptrace.Traces {
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "testdata", "recordings", "*", "spans.jsonl"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var batches []ptrace.Traces
	current := ptrace.NewTraces()
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for line := range strings.Lines(string(text)) {
			traces, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces([]byte(line))
			require.NoError(t, err)
			traces.ResourceSpans().MoveAndAppendTo(current.ResourceSpans())
			if current.SpanCount() >= spans {
				batches = append(batches, current)
				current = ptrace.NewTraces()
			}
		}
	}
	return append(batches, current)
}

// Guarantees: whoever is shown a view by the same sight is shown the same; parts
// cover every unit once; the buffer is all that is needed.
func TestAViewOfAViewIsTheView(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for name, s := range sights() {
		maker, err := New(s)
		require.NoError(t, err)
		for _, batch := range recorded(t, 40) {
			whole := maker.Make(nil, batch, 0, All, 0)
			assert.Equal(t, batch.SpanCount(), whole.Spans, name)
			again, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(whole.Bytes)
			require.NoError(t, err)
			if s.Kind != sight.AllTexts {
				// pdata cannot tell a value that is not shown from none.
				assert.Equal(t, whole.Bytes, maker.Make(nil, again, 0, All, 0).Bytes, name)
			}
			next, spans := 0, 0
			for next < Units(batch) {
				end, limit := next+1+random.IntN(20), random.IntN(4000)
				part := maker.Make(nil, batch, next, end, limit)
				require.Greater(t, part.End, next)
				require.LessOrEqual(t, part.End, end)
				assert.Equal(t, part.Bytes, maker.Make(nil, batch, next, part.End, 0).Bytes)
				next, spans = part.End, spans+part.Spans
			}
			assert.Equal(t, whole.Spans, spans)
		}
	}
}

// Guarantees: a view costs no memory but its buffer.
func TestAViewAllocatesNothing(t *testing.T) {
	for name, s := range sights() {
		maker, err := New(s)
		require.NoError(t, err)
		batch := recorded(t, 100)[0]
		buffer := maker.Make(nil, batch, 0, All, 0).Bytes
		allocations := testing.AllocsPerRun(100, func() {
			buffer = maker.Make(buffer[:0], batch, 0, All, 0).Bytes
		})
		assert.Less(t, allocations, 1.0, name)
	}
}

func BenchmarkMake(b *testing.B) {
	for _, spans := range []int{1000, 30, 5} {
		batches := recorded(b, spans)
		for name, s := range sights() {
			b.Run(fmt.Sprintf("%s/%d", name, spans), func(b *testing.B) {
				maker, err := New(s)
				require.NoError(b, err)
				var buffer []byte
				count, bytes := 0, 0
				for b.Loop() {
					for _, batch := range batches {
						made := maker.Make(buffer[:0], batch, 0, All, 0)
						buffer = made.Bytes
						count, bytes = count+made.Spans, bytes+len(buffer)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(count), "ns/span")
				b.ReportMetric(float64(bytes)/float64(count), "bytes/span")
			})
		}
	}
}
