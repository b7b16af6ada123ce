package patch

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Scenario: plugins do to spans what plugins are for.
// Guarantees: the outcome is as if all was decoded, and not all was.
func TestWhatPluginsDoIsPatchedInPlace(t *testing.T) {
	for name, edit := range map[string]func(ptrace.Span){
		"nothing":              func(ptrace.Span) {},
		"tracestate":           func(s ptrace.Span) { s.TraceState().FromRaw("ot=th:c") },
		"name":                 func(s ptrace.Span) { s.SetName("GET /orders/{id}") },
		"no name":              func(s ptrace.Span) { s.SetName("") },
		"status":               func(s ptrace.Span) { s.Status().SetMessage("?") },
		"no status":            func(s ptrace.Span) { ptrace.NewStatus().MoveTo(s.Status()) },
		"text":                 func(s ptrace.Span) { s.Attributes().PutStr("url.path", "/orders/{id}") },
		"empty text":           func(s ptrace.Span) { s.Attributes().PutStr("url.path", "") },
		"another type":         func(s ptrace.Span) { s.Attributes().PutInt("url.path", -1) },
		"several attributes":   func(s ptrace.Span) { s.Attributes().PutBool("cached", true); s.Attributes().PutDouble("load", 1) },
		"a new attribute":      func(s ptrace.Span) { s.Attributes().PutStr("order_status", "SHIPPED") },
		"bytes masked":         func(s ptrace.Span) { s.Attributes().PutStr("body", "***") },
		"text in a list":       func(s ptrace.Span) { s.Attributes().PutEmptySlice("tags").AppendEmpty().SetStr("***") },
		"attribute of event":   func(s ptrace.Span) { s.Events().At(0).Attributes().PutStr("exception.message", "***") },
		"name of event":        func(s ptrace.Span) { s.Events().At(0).SetName("***") },
		"attribute of link":    func(s ptrace.Span) { s.Links().At(0).Attributes().PutStr("a", "b") },
		"an attribute removed": func(s ptrace.Span) { s.Attributes().Remove("url.path") },
		"times": func(s ptrace.Span) {
			s.SetStartTimestamp(s.StartTimestamp() + 1)
			s.SetEndTimestamp(s.EndTimestamp() + 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, traces := range append(recorded(t, 200), small()) {
				eachSpan(traces, func(span ptrace.Span) {
					// Few recorded spans have either.
					span.Events().AppendEmpty().SetName("event")
					span.Links().AppendEmpty().SetFlags(1)
				})
				after := clone(traces)
				number := 0
				eachSpan(after, func(span ptrace.Span) {
					if number++; number%3 != 0 {
						edit(span)
					}
				})
				assertPatched(t, check(t, traces, marshal(t, after)))
			}
		})
	}
}

func TestResourcesAndScopesArePatchedInPlace(t *testing.T) {
	traces := small()
	after := clone(traces)
	for _, spans := range after.ResourceSpans().All() {
		spans.Resource().Attributes().PutStr("service.name", "***")
		spans.Resource().Attributes().PutStr("host.name", "added")
		scope := spans.ScopeSpans().At(0).Scope()
		scope.SetName("***")
		scope.SetVersion("2")
		scope.Attributes().PutEmptyMap("nested").PutStr("a", "b")
		spans.ScopeSpans().At(0).Spans().At(0).SetName("***")
	}
	assertPatched(t, check(t, traces, marshal(t, after)))
	after.ResourceSpans().At(1).Resource().Attributes().PutEmptyMap("nested").PutStr("a", "b")
	assertPatched(t, check(t, traces, marshal(t, after)))
}

// Scenario: spans are dropped, and in the other spans something is changed.
// Guarantees: what is left is patched, also where whole resources are gone.
func TestDroppedSpansAreRemovedInPlace(t *testing.T) {
	for _, traces := range append(recorded(t, 300), small()) {
		for every := range 9 {
			after := clone(traces)
			number := 0
			dropSpans(after, func(span ptrace.Span) bool {
				number++
				span.TraceState().FromRaw("ot=th:c")
				// In runs, so that scopes and resources go whole.
				return number/(every*every+1)%(every+1) != 0
			})
			assertPatched(t, check(t, traces, marshal(t, after)))
		}
		assertPatched(t, check(t, traces, nil))
	}
}

// Scenario: a plugin puts new fields behind all others of a span.
// Guarantees: the last tracestate counts, and a key that stands twice does.
func TestFieldsBehindAllOthersArePatchedInPlace(t *testing.T) {
	join := func(fields ...[]byte) []byte { return bytes.Join(fields, nil) }
	for name, added := range map[string][]byte{
		"tracestate":                traceState("ot=th:c"),
		"two":                       join(traceState("ot=th:c"), traceState("ot=th:8")),
		"attributes and tracestate": join(attribute("a", "1"), traceState("ot=th:c"), attribute("b", "2")),
		"a key twice":               join(attribute("a", "1"), attribute("a", "2")),
		"a key that is there":       attribute("url.path", "2"),
		"no key":                    attribute("", "2"),
		"an attribute of nothing":   {tagSpanAttributes, 0},
		"a value of two":            {tagSpanAttributes, 10, tagKey, 1, 'a', tagValue, 5, tagStringValue, 1, 'b', tagIntValue, 1},
		"a value twice":             {tagSpanAttributes, 13, tagKey, 1, 'a', tagValue, 3, tagStringValue, 1, 'b', tagValue, 3, tagStringValue, 1, 'c'},
		"a number of ten bytes":     {tagSpanAttributes, 16, tagKey, 1, 'a', tagValue, 11, tagIntValue, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1},
		"a length of two bytes":     {tagTraceState, 0x81, 0, 'a'},
		"a second status":           {tagStatus, 2, tagStatusCode, 1},
		"an unknown field":          {17<<3&0x7f | typeVarint | 0x80, 17 << 3 >> 7, 1},
		"name":                      appendEnclosed(nil, []byte("name"), []byte{tagSpanName}),
		"a second id":               {tagSpanID, 0},
	} {
		t.Run(name, func(t *testing.T) {
			for _, traces := range append(recorded(t, 300), small()) {
				result := rewriteSpans(t, marshal(t, traces), func(span []byte) []byte { return join(span, added) })
				assertPatched(t, check(t, traces, result))
			}
		})
	}
}

// Scenario: what came out has little to do with what went in.
// Guarantees: all of it is decoded.
func TestWhatCannotBeMatchedIsDecodedAsAWhole(t *testing.T) {
	other := small()
	eachSpan(other, func(span ptrace.Span) { span.SetSpanID(pcommon.SpanID{42}) })
	more := small()
	fillSpan(more.ResourceSpans().At(0).ScopeSpans().At(0).Spans().AppendEmpty(), 42)
	turned := small()
	turned.ResourceSpans().At(1).CopyTo(turned.ResourceSpans().AppendEmpty())
	turned.ResourceSpans().At(0).MoveTo(turned.ResourceSpans().At(1))
	for name, result := range map[string][]byte{
		"other spans":     marshal(t, other),
		"one more span":   marshal(t, more),
		"another order":   marshal(t, turned),
		"unknown field":   append(marshal(t, small()), 2<<3|typeVarint, 1),
		"no spans":        {tagResourceSpans, 0},
		"not OTLP":        []byte("hello"),
		"cut off":         marshal(t, small())[:100],
		"a span cut off":  rewriteSpans(t, marshal(t, small()), func(span []byte) []byte { return span[:len(span)-1] }),
		"a length beyond": rewriteSpans(t, marshal(t, small()), func(span []byte) []byte { return append(bytes.Clone(span), tagTraceState, 5) }),
	} {
		t.Run(name, func(t *testing.T) {
			assert.False(t, check(t, small(), result), "the answer is not the batch that came in")
		})
	}
}

// Scenario: one span of many was changed.
// Guarantees: the others cost no memory.
func TestSpansThatDidNotChangeCostNoMemory(t *testing.T) {
	traces := recorded(t, 1000)[0]
	batch := marshal(t, traces)
	require.Equal(t, 1.0, testing.AllocsPerRun(10, func() {
		_, _ = Apply(traces, batch, batch)
	}), "one for the batch")

	number := 0
	result := rewriteSpans(t, batch, func(span []byte) []byte {
		if number++; number == 500 {
			return append(bytes.Clone(span), traceState("ot=th:c")...)
		}
		return span
	})
	require.Equal(t, 2.0, testing.AllocsPerRun(10, func() {
		_, _ = Apply(traces, batch, result)
	}), "one for the tracestate")
}
