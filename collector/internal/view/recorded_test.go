package view

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/lapidary-dev/lapidary/collector/internal/sight"
)

// sights are those of the four plugins by their base rules, and everything.
func sights() map[string]sight.Sight {
	keys := func(on sight.Carriers, keys ...string) []sight.Selector {
		return []sight.Selector{{Carriers: on, Keys: keys}}
	}
	const span = sight.Carriers(1 << sight.Span)
	return map[string]sight.Sight{
		"everything": {Kind: sight.Everything},
		"redact":     {Kind: sight.AllTexts},
		"sample": {
			Kind:   sight.Parts,
			Fields: sight.TraceID | sight.TraceState | sight.SpanTimes | sight.StatusCode,
			Keys:   keys(span, "gap_detected"),
		},
		"enrich": {
			Kind: sight.Parts,
			Fields: sight.TraceID | sight.SpanID | sight.ParentSpanID | sight.SpanTimes | sight.SpanName |
				sight.SpanKind | sight.StatusCode | sight.Links,
			Keys: keys(span, "order_id", "new_status", "prev_status", "event_version", "partner_id", "message_id",
				"messaging.message.id", "messaging.message_id", "messaging.operation", "messaging.operation.type",
				"order_status", "status_transition_latency", "stage_duration", "publish_to_consume_latency",
				"calc_duration", "gap_detected", "last_successful_operation", "last_successful_operation_time"),
		},
		"hash": {Kind: sight.Parts, Keys: keys(sight.AllCarriers, "operator_id")},
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

// Guarantees: what holds of views of any batch holds of recorded ones.
func TestViewsOfRecordedBatches(t *testing.T) {
	for name, s := range sights() {
		t.Run(name, func(t *testing.T) {
			for index, batch := range recorded(t, 40) {
				hold(t, randomOf(uint64(index)), s, batch)
			}
		})
	}
}

// Guarantees: one maker can be used for several batches at once.
func TestAMakerIsUsedForSeveralBatchesAtOnce(t *testing.T) {
	batches := recorded(t, 100)
	for _, s := range sights() {
		maker, err := New(s)
		require.NoError(t, err)
		var group sync.WaitGroup
		for _, batch := range batches {
			want := maker.Make(nil, batch, 0, All, 0)
			for range 4 {
				group.Go(func() { assert.Equal(t, want, maker.Make(nil, batch, 0, All, 0)) })
			}
		}
		group.Wait()
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
		sights := sights()
		for _, name := range slices.Sorted(maps.Keys(sights)) {
			b.Run(fmt.Sprintf("%s/%d", name, spans), func(b *testing.B) {
				maker, err := New(sights[name])
				require.NoError(b, err)
				b.ReportAllocs()
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
