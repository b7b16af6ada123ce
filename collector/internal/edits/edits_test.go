package edits

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/xpdata"
	"go.opentelemetry.io/collector/pdata/xpdata/entity"
)

func firstSpan(traces ptrace.Traces) ptrace.Span {
	return traces.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
}

// Each edit does what it says, and nothing else: the batch is compared with one
// that was changed by hand.
func TestEdits(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer []byte
		want   func(ptrace.Traces)
		counts Counts
	}{
		{"an empty answer", nil, func(ptrace.Traces) {}, Counts{4, 4, 0, 0}},
		{
			"span fields",
			answer(
				on(carrierSpan, 0, setFieldTo(fieldName, "GET /orders/{id}")),
				on(carrierSpan, 0, setFieldTo(fieldStatusMessage, "")),
				on(carrierSpan, 0, setFieldTo(fieldTraceState, "ot=th:c")),
			),
			func(traces ptrace.Traces) {
				span := firstSpan(traces)
				span.SetName("GET /orders/{id}")
				span.Status().SetMessage("")
				span.TraceState().FromRaw("ot=th:c")
			},
			Counts{4, 4, 1, 0},
		},
		{
			"fields of everything else",
			answer(
				on(carrierResource, 0, setFieldTo(fieldSchemaURL, "r")),
				onMember(carrierEntity, 0, 0, setFieldTo(fieldSchemaURL, "e")),
				onMember(carrierEntity, 0, 0, setFieldTo(fieldType, "t")),
				onMember(carrierEntity, 0, 0, renameAt("id", 0, 0)),
				onMember(carrierEntity, 0, 0, renameAt("about", 1, 1)),
				on(carrierScope, 2, setFieldTo(fieldName, "n")),
				on(carrierScope, 2, setFieldTo(fieldVersion, "v")),
				on(carrierScope, 2, setFieldTo(fieldSchemaURL, "s")),
				onMember(carrierEvent, 3, 1, setFieldTo(fieldName, "ev")),
				onMember(carrierLink, 3, 0, setFieldTo(fieldTraceState, "l=1")),
			),
			func(traces ptrace.Traces) {
				resource := traces.ResourceSpans().At(0)
				resource.SetSchemaUrl("r")
				ref := entity.ResourceEntityRefs(resource.Resource()).At(0)
				ref.SetSchemaUrl("e")
				ref.SetType("t")
				ref.IdKeys().SetAt(0, "id")
				ref.DescriptionKeys().SetAt(1, "about")
				scope := traces.ResourceSpans().At(1).ScopeSpans().At(0)
				scope.Scope().SetName("n")
				scope.Scope().SetVersion("v")
				scope.SetSchemaUrl("s")
				scope.Spans().At(0).Events().At(1).SetName("ev")
				scope.Spans().At(0).Links().At(0).TraceState().FromRaw("l=1")
			},
			Counts{4, 4, 4, 0},
		},
		{
			"attributes that are set",
			answer(
				on(carrierResource, 1, setTo(0, textValue("SHIPPED"))),
				on(carrierScope, 2, setTo(1, boolValue(true))),
				on(carrierSpan, 3, setTo(0, intValue(-3))),
				on(carrierSpan, 3, setTo(1, doubleValue(0.5))),
				on(carrierSpan, 3, setTo(2, textValue("404"))),
				onMember(carrierEvent, 3, 0, setTo(0, textValue(""))),
				onMember(carrierLink, 3, 0, setTo(0, intValue(math.MaxInt64))),
			),
			func(traces ptrace.Traces) {
				resource := traces.ResourceSpans().At(1)
				resource.Resource().Attributes().PutStr("order", "SHIPPED")
				scope := resource.ScopeSpans().At(0)
				scope.Scope().Attributes().PutBool("step", true)
				span := scope.Spans().At(0)
				span.Attributes().PutInt("order", -3)
				span.Attributes().PutDouble("step", 0.5)
				span.Attributes().PutStr("status", "404")
				span.Events().At(0).Attributes().PutStr("order", "")
				span.Links().At(0).Attributes().PutInt("order", math.MaxInt64)
			},
			Counts{4, 4, 1, 0},
		},
		{
			"values at the end of paths",
			answer(
				on(carrierResource, 0, replaceAt(textValue("***"), 0)),
				on(carrierScope, 0, replaceAt(textValue("***"), 0)),
				on(carrierSpan, 1, replaceAt(boolValue(false), atBody)),
				on(carrierSpan, 1, replaceAt(textValue("***"), atTags, 0)),
				on(carrierSpan, 1, replaceAt(intValue(0), atTags, 1, 0)),
				on(carrierSpan, 1, replaceAt(doubleValue(1), atCustomer, 1)),
				onMember(carrierEvent, 1, 1, replaceAt(textValue("***"), 0)),
				onMember(carrierLink, 1, 0, replaceAt(textValue("***"), 0)),
			),
			func(traces ptrace.Traces) {
				scope := traces.ResourceSpans().At(0).ScopeSpans().At(0)
				traces.ResourceSpans().At(0).Resource().Attributes().PutStr("service.name", "***")
				scope.Scope().Attributes().PutStr("kind", "***")
				span := scope.Spans().At(1)
				span.Attributes().PutBool("body", false)
				tags, _ := span.Attributes().Get("tags")
				tags.Slice().At(0).SetStr("***")
				tags.Slice().At(1).Map().PutInt("name", 0)
				customer, _ := span.Attributes().Get("customer")
				customer.Map().PutDouble("address", 1)
				span.Events().At(1).Attributes().PutStr("message", "***")
				span.Links().At(0).Attributes().PutStr("message", "***")
			},
			Counts{4, 4, 3, 0},
		},
		{
			"entries that go, and others that stay in order",
			answer(
				on(carrierSpan, 0, removeAt(atPath)),
				on(carrierSpan, 0, removeAt(atBody)),
				on(carrierSpan, 0, removeAt(atTags, 1, 0)),
				on(carrierSpan, 0, removeAt(atCustomer, 0)),
			),
			func(traces ptrace.Traces) {
				attributes := firstSpan(traces).Attributes()
				attributes.RemoveIf(func(key string, _ pcommon.Value) bool { return key == "url.path" || key == "body" })
				tags, _ := attributes.Get("tags")
				tags.Slice().At(1).Map().Clear()
				customer, _ := attributes.Get("customer")
				customer.Map().Remove("name")
			},
			Counts{4, 4, 1, 0},
		},
		{
			"keys that change, in and around each other",
			answer(
				on(carrierSpan, 0, removeAt(atStatus)),
				on(carrierSpan, 0, renameAt("url.path", atTags)),
				on(carrierSpan, 0, renameAt("client", atCustomer)),
				on(carrierSpan, 0, renameAt("place", atCustomer, 1)),
				on(carrierSpan, 0, renameAt("town", atCustomer, 1, 0)),
				on(carrierSpan, 0, replaceAt(textValue("***"), atCustomer, 1, 0)),
			),
			func(traces ptrace.Traces) {
				attributes := firstSpan(traces).Attributes()
				old := pcommon.NewMap()
				attributes.MoveTo(old)
				var builder xpdata.MapBuilder
				for key, value := range old.All() {
					switch key {
					case "status":
					case "tags":
						value.CopyTo(builder.AppendEmpty("url.path"))
					case "customer":
						client := builder.AppendEmpty("client").SetEmptyMap()
						client.PutStr("name", "Ada")
						client.PutEmptyMap("place").PutStr("town", "***")
					default:
						value.CopyTo(builder.AppendEmpty(key))
					}
				}
				builder.UnsafeIntoMap(attributes)
			},
			Counts{4, 4, 1, 0},
		},
		{
			"an attribute that is set counts before edits with a path to it",
			answer(
				on(carrierSpan, 0, setTo(0, textValue("new"))),
				on(carrierSpan, 0, setTo(3, textValue("none"))),
				on(carrierSpan, 0, removeAt(atTags)),
				on(carrierSpan, 0, renameAt("x", atCustomer)),
				on(carrierSpan, 0, replaceAt(textValue("x"), atCustomer, 0)),
			),
			func(traces ptrace.Traces) {
				firstSpan(traces).Attributes().PutStr("order", "new")
				firstSpan(traces).Attributes().PutStr("customer", "none")
				firstSpan(traces).Attributes().Remove("tags")
				// Remove puts the last one there.
				attributes := firstSpan(traces).Attributes()
				customer, order := pcommon.NewValueStr("none"), pcommon.NewValueStr("new")
				attributes.RemoveIf(func(key string, _ pcommon.Value) bool { return key == "customer" || key == "order" })
				customer.CopyTo(attributes.PutEmpty("customer"))
				order.CopyTo(attributes.PutEmpty("order"))
			},
			Counts{4, 4, 1, 0},
		},
		{
			"dropped spans, and what they leave empty",
			withDrops([]uint32{0, 2, 3}, on(carrierSpan, 1, setFieldTo(fieldName, "stays"))),
			func(traces ptrace.Traces) {
				traces.ResourceSpans().RemoveIf(func(resource ptrace.ResourceSpans) bool {
					return resource.ScopeSpans().Len() == 1
				})
				resource := traces.ResourceSpans().At(0)
				kept := 0
				resource.ScopeSpans().RemoveIf(func(ptrace.ScopeSpans) bool { kept++; return kept == 2 })
				index := 0
				resource.ScopeSpans().At(0).Spans().RemoveIf(func(ptrace.Span) bool { index++; return index == 1 })
				resource.ScopeSpans().At(0).Spans().At(0).SetName("stays")
			},
			Counts{4, 1, 1, 3},
		},
		{
			"all spans",
			withDrops([]uint32{0, 1, 2, 3}),
			func(traces ptrace.Traces) { ptrace.NewTraces().CopyTo(traces) },
			Counts{4, 0, 0, 4},
		},
		{
			"spans are changed by what is around them, once, and only if they stay",
			withDrops(
				[]uint32{1},
				on(carrierResource, 0, setFieldTo(fieldSchemaURL, "")),
				on(carrierScope, 0, setFieldTo(fieldName, "")),
				on(carrierSpan, 0, setFieldTo(fieldName, "")),
				on(carrierSpan, 3, setFieldTo(fieldName, "")),
			),
			func(traces ptrace.Traces) {
				resource := traces.ResourceSpans().At(0)
				resource.SetSchemaUrl("")
				resource.ScopeSpans().At(0).Scope().SetName("")
				firstSpan(traces).SetName("")
				index := 0
				resource.ScopeSpans().At(0).Spans().RemoveIf(func(ptrace.Span) bool { index++; return index == 2 })
				traces.ResourceSpans().At(1).ScopeSpans().At(0).Spans().At(0).SetName("")
			},
			Counts{4, 3, 3, 1},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			traces, want := small(), small()
			c.want(want)
			counts := apply(t, editorOfAll(t, "order", "step", "status", "customer"), traces, c.answer)
			requireSame(t, want, traces)
			assert.Equal(t, c.counts, counts)
		})
	}
}

// Scenario: protobuf lets keys stand twice.
// Guarantees: all of them are set; others stay two.
func TestDuplicateKeys(t *testing.T) {
	traces := ptrace.NewTraces()
	attributes := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty().Attributes()
	fill := func(to pcommon.Map, entries ...string) {
		var builder xpdata.MapBuilder
		for index := 0; index < len(entries); index += 2 {
			builder.AppendEmpty(entries[index]).SetStr(entries[index+1])
		}
		builder.UnsafeIntoMap(to)
	}
	fill(attributes, "a", "1", "b", "2", "a", "3", "b", "4", "c", "5")
	apply(t, editorOfAll(t, "a", "d"), traces, answer(
		on(carrierSpan, 0, setTo(0, textValue("x"))),
		on(carrierSpan, 0, setTo(1, textValue("y"))),
		on(carrierSpan, 0, renameAt("b", 4)),
	))
	want := pcommon.NewMap()
	fill(want, "a", "x", "b", "2", "a", "x", "b", "4", "b", "5", "d", "y")
	require.Equal(t, readMap(want), readMap(attributes))
}
