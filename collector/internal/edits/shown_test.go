package edits

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/lapidary-dev/lapidary/collector/internal/sight"
)

// Events and links stand up to the last one of which something is in sight, or all
// where the sight says so; entities all or none.
func TestMembersInSight(t *testing.T) {
	traces := small()
	span := firstSpan(traces)
	span.Events().AppendEmpty().SetName("sent")
	span.Events().AppendEmpty()
	span.Links().AppendEmpty().TraceState().FromRaw("ot=th:8")
	span.Links().AppendEmpty()
	for _, c := range []struct {
		fields                  sight.Fields
		key                     string
		events, links, entities int
	}{
		{0, "nothing", 0, 0, 0},
		{0, "message", 2, 1, 0},
		{sight.SpanName | sight.LinkTraceState, "nothing", 0, 2, 0},
		{sight.EventName, "nothing", 3, 0, 0},
		{sight.Events | sight.Entities, "nothing", 4, 0, 1},
		{sight.Links, "message", 2, 3, 0},
	} {
		s := sight.Sight{Kind: sight.Parts, Fields: c.fields, Keys: []sight.Selector{{Carriers: everyCarrier, Keys: []string{c.key}}}}
		editor := editorOf(t, s, all())
		for of, count := range map[carrier]int{carrierEvent: c.events, carrierLink: c.links, carrierEntity: c.entities} {
			want := fmt.Sprintf("edit 0 names %s %d; the view has %d", of, count, count)
			got := refusal(t, editor, traces, answer(onMember(of, 0, count, setFieldTo(fieldName, ""))))
			assert.Equal(t, want, got, c)
		}
	}
}

// What stands so deep that a view does not show it leads to itself in a view, for
// 128 levels; below that, anything may be there.
func TestDeepEntriesInSight(t *testing.T) {
	s := sight.Sight{Kind: sight.Parts, Keys: []sight.Selector{{Carriers: 1 << sight.Span, Keys: []string{"k"}}}}
	editor := editorOf(t, s, sight.Writes{Removes: everyKey})
	for _, c := range []struct {
		lists int
		key   string
		shown bool
	}{
		{1, "k", true}, {31, "k", true}, {33, "k", true}, {159, "k", true},
		{1, "b", false}, {33, "b", false}, {159, "b", false}, {160, "b", true},
	} {
		traces := ptrace.NewTraces()
		span := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
		value := pcommon.NewValueMap()
		value.Map().PutStr(c.key, "text")
		for range c.lists {
			around := pcommon.NewValueSlice()
			value.MoveTo(around.Slice().AppendEmpty())
			value = around
		}
		value.MoveTo(span.Attributes().PutEmpty("a"))
		batch := NewBatch(traces)
		err := editor.Check(batch, 0, 1, answer(on(carrierSpan, 0, removeAt(0))))
		assert.Equal(t, c.shown, err == nil, "%v: %v", c, err)
		batch.Release()
	}
}
