package edits

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// numbered has spans of these numbers, each in a scope of its own.
func numbered(numbers ...byte) ptrace.Traces {
	traces := ptrace.NewTraces()
	for _, number := range numbers {
		span := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
		span.SetTraceID(pcommon.TraceID{1, number})
		span.SetSpanID(pcommon.SpanID{2, number})
	}
	return traces
}

// Scenario: a plugin gets all of a batch of five spans, or three in the middle, and
// makes spans.
// Guarantees: one that repeats a span of what it got is refused, unless the same
// answer drops that one; so is one that repeats another of its own.
func TestNoSpanTwice(t *testing.T) {
	for _, c := range []struct {
		name       string
		first, end int
		dropped    []uint32
		made       ptrace.Traces
		want       string
	}{
		{"others", 0, 5, nil, numbered(5, 6), ""},
		{"none", 0, 5, nil, ptrace.NewTraces(), ""},
		{"the first", 0, 5, nil, numbered(0), "made span 0 with the ids of span 0 of the view, which it does not drop"},
		{"the last", 0, 5, nil, numbered(7, 4), "made span 1 with the ids of span 4 of the view, which it does not drop"},
		{"one of its own", 0, 5, nil, numbered(5, 6, 7, 6), "made span 3 with the ids of its span 1"},
		{"one that goes", 0, 5, []uint32{3}, numbered(3), ""},
		{"all, which go", 0, 5, []uint32{0, 1, 2, 3, 4}, numbered(4, 3, 2, 1, 0), ""},
		{"one beside those that go", 0, 5, []uint32{0, 1, 3, 4}, numbered(0, 1, 2, 3, 4), "made span 2 with the ids of span 2 of the view, which it does not drop"},
		{"one twice that goes", 0, 5, []uint32{3}, numbered(3, 3), "made span 1 with the ids of its span 0"},
		{"one of a part", 1, 4, nil, numbered(3), "made span 0 with the ids of span 2 of the view, which it does not drop"},
		{"one of a part that goes", 1, 4, []uint32{2}, numbered(3), ""},
		{"those of other parts", 1, 4, nil, numbered(0, 4), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			batch := NewBatch(numbered(0, 1, 2, 3, 4))
			defer batch.Release()
			var drops []byte
			if len(c.dropped) > 0 {
				drops = withDrops(c.dropped)
			}
			err := editorOfAll(t).CheckWithOwn(batch, c.first, c.end, drops, c.made)
			dropped := len(c.dropped)
			if c.want != "" {
				assert.EqualError(t, err, c.want)
				dropped = 0
			} else {
				assert.NoError(t, err)
			}
			assert.Equal(t, Counts{In: 5, Out: 5 - dropped, Dropped: dropped}, batch.Counts())
		})
	}
}

// Guarantees: ids are told apart by all of their bytes, and spans of one trace by theirs.
func TestOtherIDsAreOtherSpans(t *testing.T) {
	made := numbered(0, 0)
	other := func(of int) ptrace.Span { return made.ResourceSpans().At(of).ScopeSpans().At(0).Spans().At(0) }
	other(0).SetSpanID(pcommon.SpanID{2, 0, 0, 0, 0, 0, 0, 1})
	other(1).SetTraceID(pcommon.TraceID{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1})
	batch := NewBatch(numbered(0))
	defer batch.Release()
	assert.NoError(t, editorOfAll(t).CheckWithOwn(batch, 0, 1, nil, made))
}

// Scenario: an answer edits a resource, and is refused for a span that it makes; over
// a half of its spans the plugin answers rightly.
// Guarantees: the resource has the edits of the second answer: the first one had none.
func TestWhatIsRefusedForItsSpansHasNoEdits(t *testing.T) {
	traces := small()
	firstSpan(traces).SetSpanID(pcommon.SpanID{1})
	editor, batch := editorOfAll(t, "key"), NewBatch(traces)
	defer batch.Release()
	made := ptrace.NewTraces()
	firstSpan(traces).CopyTo(made.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty())
	edits := func(value string) []byte { return answer(on(carrierResource, 0, setTo(0, textValue(value)))) }
	require.ErrorContains(t, editor.CheckWithOwn(batch, 0, 4, edits("first"), made), "made span 0 ")
	require.NoError(t, editor.Check(batch, 0, 1, edits("second")))
	batch.Apply()
	value, _ := traces.ResourceSpans().At(0).Resource().Attributes().Get("key")
	assert.Equal(t, "second", value.Str())
}
