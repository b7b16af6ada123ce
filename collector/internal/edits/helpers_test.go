package edits

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/xpdata/entity"

	"github.com/lapidary-dev/lapidary/collector/internal/sight"
)

var (
	marshaler   ptrace.ProtoMarshaler
	unmarshaler ptrace.ProtoUnmarshaler
)

const everyCarrier = 1<<sight.Resource | 1<<sight.Scope | 1<<sight.Span | 1<<sight.Event | 1<<sight.Link

var everyKey = []sight.Selector{{Carriers: everyCarrier, Keys: []string{"*"}}}

// all is what a plugin says that may write everything and set these keys.
func all(sets ...string) sight.Writes {
	w := sight.Writes{
		DropsSpans: true, DropsUnknownFields: true, Fields: sight.Texts,
		Replaces: everyKey, Renames: everyKey, Removes: everyKey,
	}
	for _, key := range sets {
		w.Sets = append(w.Sets, sight.SetKey{Carriers: everyCarrier, Key: key})
	}
	return w
}

func editorOf(tb testing.TB, s sight.Sight, w sight.Writes) *Editor {
	tb.Helper()
	editor, err := New(s, w)
	require.NoError(tb, err)
	return editor
}

// editorOfAll is that of a plugin that sees and writes everything.
func editorOfAll(tb testing.TB, sets ...string) *Editor {
	tb.Helper()
	return editorOf(tb, sight.Sight{}, all(sets...))
}

// apply hands a batch over in one part.
func apply(tb testing.TB, editor *Editor, traces ptrace.Traces, answer []byte) Counts {
	tb.Helper()
	batch := NewBatch(traces)
	defer batch.Release()
	require.NoError(tb, editor.Check(batch, 0, batch.layout.units, answer))
	// What is kept of the answer shows.
	for index := range answer {
		answer[index] = 0xee
	}
	return batch.Apply()
}

// refusal returns the text with which an answer is refused, after which the batch
// is as it was.
func refusal(tb testing.TB, editor *Editor, traces ptrace.Traces, answer []byte) string {
	tb.Helper()
	before := marshal(tb, traces)
	batch := NewBatch(traces)
	defer batch.Release()
	err := editor.Check(batch, 0, batch.layout.units, answer)
	require.Error(tb, err)
	require.Equal(tb, Counts{In: traces.SpanCount(), Out: traces.SpanCount()}, batch.Apply())
	require.Equal(tb, before, marshal(tb, traces))
	return err.Error()
}

func marshal(tb testing.TB, traces ptrace.Traces) []byte {
	tb.Helper()
	out, err := marshaler.MarshalTraces(traces)
	require.NoError(tb, err)
	return out
}

func requireSame(tb testing.TB, want, got ptrace.Traces) {
	tb.Helper()
	if string(marshal(tb, want)) == string(marshal(tb, got)) {
		return
	}
	require.Equal(tb, asJSON(tb, want), asJSON(tb, got))
	require.Fail(tb, "the bytes differ, though the JSON does not")
}

func asJSON(tb testing.TB, traces ptrace.Traces) string {
	tb.Helper()
	text, err := (&ptrace.JSONMarshaler{}).MarshalTraces(traces)
	require.NoError(tb, err)
	return string(text)
}

func clone(traces ptrace.Traces) ptrace.Traces {
	to := ptrace.NewTraces()
	traces.CopyTo(to)
	return to
}

// small returns two resources: one with two scopes of two spans and one, and one
// with a scope of one span.
func small() ptrace.Traces {
	traces := ptrace.NewTraces()
	for number, scopes := range [][]int{{2, 1}, {1}} {
		resource := traces.ResourceSpans().AppendEmpty()
		resource.SetSchemaUrl("https://opentelemetry.io/schemas/1.30.0")
		resource.Resource().Attributes().PutStr("service.name", "shop")
		ref := entity.ResourceEntityRefs(resource.Resource()).AppendEmpty()
		ref.SetType("service")
		ref.IdKeys().Append("service.name")
		ref.DescriptionKeys().Append("a", "b")
		for _, spans := range scopes {
			scope := resource.ScopeSpans().AppendEmpty()
			scope.Scope().SetName("http")
			scope.Scope().SetVersion("1")
			scope.Scope().Attributes().PutStr("kind", "web")
			for span := range spans {
				fillSpan(scope.Spans().AppendEmpty(), byte(10*number+span+1))
			}
		}
	}
	return traces
}

// The attributes of a span of small, by their positions.
const (
	atPath = iota
	atStatus
	atBody
	atTags
	atCustomer
)

func fillSpan(span ptrace.Span, number byte) {
	span.SetTraceID(pcommon.TraceID{7, 7, 7})
	span.SetSpanID(pcommon.SpanID{number})
	span.SetName("GET /orders")
	span.TraceState().FromRaw("a=1")
	span.SetStartTimestamp(1_000_000)
	span.Attributes().PutStr("url.path", "/orders/17")
	span.Attributes().PutInt("status", 200)
	span.Attributes().PutEmptyBytes("body").FromRaw([]byte{1, 2})
	tags := span.Attributes().PutEmptySlice("tags")
	tags.AppendEmpty().SetStr("new")
	tags.AppendEmpty().SetEmptyMap().PutStr("name", "x")
	customer := span.Attributes().PutEmptyMap("customer")
	customer.PutStr("name", "Ada")
	customer.PutEmptyMap("address").PutStr("city", "Riga")
	for _, name := range []string{"exception", "retry"} {
		event := span.Events().AppendEmpty()
		event.SetName(name)
		event.Attributes().PutStr("message", "no such order")
	}
	link := span.Links().AppendEmpty()
	link.SetSpanID(pcommon.SpanID{9})
	link.Attributes().PutStr("message", "next")
	span.Status().SetMessage("not found")
}
