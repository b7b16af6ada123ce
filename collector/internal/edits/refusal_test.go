package edits

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/lapidary-dev/lapidary/collector/internal/sight"
)

// name is an edit that is right where it stands alone.
func name(span int) []byte { return on(carrierSpan, span, setFieldTo(fieldName, "n")) }

// Every refusal has its own text, and leaves the batch as it was.
func TestRefusals(t *testing.T) {
	const (
		noProtobuf = "edit 0 is no protobuf that the contract knows"
		noPlace    = "edit 0 names a place that the view does not have"
		order      = "edit 1 stands before or on the place of the edit before it"
		closed     = "edit 1 changes what another edit replaces"
	)
	value := textValue("v")
	for _, c := range []struct {
		name   string
		answer []byte
		want   string
	}{
		{"a tag alone", []byte{tagEdits}, noProtobuf},
		{"a length that is too long", []byte{tagEdits, 2, 0}, noProtobuf},
		{"a field that nobody knows", varint(nil, 4, 1), noProtobuf},
		{"an edit of another type", varint(nil, 3, 1), noProtobuf},
		{"an edit without an action", answer(varint(nil, 2, 1)), noProtobuf},
		{"an empty edit", answer(nil), noProtobuf},
		{"an edit with two actions", answer(append(name(0), setTo(0, value)...)), noProtobuf},
		{"an edit with an action twice", answer(append(name(0), setFieldTo(fieldVersion, "")...)), noProtobuf},
		{"an edit with two numbers", answer(varint(varint(name(0), 2, 1), 2, 1)), noProtobuf},
		{"an edit with a field that nobody knows", answer(varint(name(0), 9, 1)), noProtobuf},
		{"a carrier that nobody knows", answer(on(carriers, 0, setTo(0, value))), noProtobuf},
		{"a field that nobody knows to set", answer(on(carrierSpan, 0, setFieldTo(textFields, ""))), noProtobuf},
		{"a number that does not fit", answer(varint(name(0), 2, 1<<32)), noProtobuf},
		{"a number that could be shorter", answer(append([]byte{tagNumber, 0x80, 0}, name(0)...)), noProtobuf},
		{"a length that could be shorter", append([]byte{tagEdits, 0x80 | byte(len(name(0))), 0}, name(0)...), noProtobuf},
		{"a value that is missing", answer(message(nil, 5, varint(nil, 1, 0))), noProtobuf},
		{"an empty value", answer(on(carrierSpan, 0, setTo(0, nil))), noProtobuf},
		{"two values", answer(on(carrierSpan, 0, setTo(0, append(boolValue(true), value...)))), noProtobuf},
		{"a value that nobody knows", answer(on(carrierSpan, 0, setTo(0, message(nil, 7, nil)))), noProtobuf},
		{"a bool that is none", answer(on(carrierSpan, 0, setTo(0, varint(nil, 2, 2)))), noProtobuf},
		{"a double that is cut off", answer(on(carrierSpan, 0, setTo(0, []byte{tagDouble, 1, 2, 3}))), noProtobuf},
		{"a removal with a value", answer(message(nil, 8, message(message(nil, 1, packed(0)), 2, value))), noProtobuf},
		{"a path of another type", answer(message(nil, 8, varint(nil, 1, 0))), noProtobuf},
		{"an empty path that stands", answer(message(nil, 8, message(nil, 1, nil))), noProtobuf},
		{"a text that is no UTF-8", answer(on(carrierSpan, 0, setFieldTo(fieldName, "\xff"))), noProtobuf},
		{"a key that is no UTF-8", answer(on(carrierSpan, 0, renameAt("\xff", 0))), noProtobuf},
		{"a value that is no UTF-8", answer(on(carrierSpan, 0, setTo(0, textValue("\xff")))), noProtobuf},
		{"bytes after edits that are right", append(answer(name(0), name(1)), 0), "edit 2 is no protobuf that the contract knows"},
		{"no spans to drop", message(nil, 2, nil), noProtobuf},
		{"spans to drop, twice", append(withDrops([]uint32{1}), withDrops([]uint32{2})...), noProtobuf},
		{"a bool that is none, beside edits", varint(nil, 1, 2), noProtobuf},
		{
			"what cannot be read behind what is wrong",
			answer(name(9), nil), "edit 0 names span 9; the view has 4",
		},

		{"a span", answer(name(4)), "edit 0 names span 4; the view has 4"},
		{"a resource", answer(on(carrierResource, 2, setTo(0, value))), "edit 0 names resource 2; the view has 2"},
		{"a scope", answer(on(carrierScope, 1<<31, setTo(0, value))), "edit 0 names scope 2147483648; the view has 3"},
		{"an event", answer(onMember(carrierEvent, 0, 2, setTo(0, value))), "edit 0 names event 2; the view has 2"},
		{"an event's span", answer(onMember(carrierEvent, 4, 0, setTo(0, value))), "edit 0 names span 4; the view has 4"},
		{"a link", answer(onMember(carrierLink, 0, 1, setTo(0, value))), "edit 0 names link 1; the view has 1"},
		{"an entity", answer(onMember(carrierEntity, 0, 1, setFieldTo(fieldType, ""))), "edit 0 names entity 1; the view has 1"},

		{"no path", answer(on(carrierSpan, 0, message(nil, 8, nil))), noPlace},
		{"an attribute", answer(on(carrierSpan, 0, removeAt(5))), noPlace},
		{"an entry", answer(on(carrierSpan, 0, removeAt(atCustomer, 2))), noPlace},
		{"an element", answer(on(carrierSpan, 0, replaceAt(value, atTags, 2))), noPlace},
		{"what is in a text", answer(on(carrierSpan, 0, replaceAt(value, atPath, 0))), noPlace},
		{"the key of an element", answer(on(carrierSpan, 0, renameAt("k", atTags, 0))), noPlace},
		{"an element that goes", answer(on(carrierSpan, 0, removeAt(atTags, 0))), noPlace},
		{"a field that spans have not", answer(on(carrierSpan, 0, setFieldTo(fieldVersion, ""))), noPlace},
		{"a member of a span itself", answer(onMember(carrierSpan, 0, 1, setTo(0, value))), noPlace},
		{"a key of an entity", answer(onMember(carrierEntity, 0, 0, renameAt("k", 0, 1))), noPlace},
		{"a third list of an entity", answer(onMember(carrierEntity, 0, 0, renameAt("k", 2, 0))), noPlace},
		{"a list of an entity", answer(onMember(carrierEntity, 0, 0, renameAt("k", 0))), noPlace},
		{"a value of an entity", answer(onMember(carrierEntity, 0, 0, replaceAt(value, 0, 0))), noPlace},

		{"the same twice", answer(name(1), name(1)), order},
		{"a span before the one before", answer(name(1), name(0)), order},
		{"a scope behind its span", answer(name(0), on(carrierScope, 0, setTo(0, value))), order},
		{"a resource behind its scope", answer(on(carrierScope, 2, setTo(0, value)), on(carrierResource, 1, setTo(0, value))), order},
		{"a span before its scope", answer(on(carrierScope, 1, setTo(0, value)), name(1)), order},
		{"a span behind its event", answer(onMember(carrierEvent, 0, 0, setTo(0, value)), name(0)), order},
		{"an event behind a link", answer(onMember(carrierLink, 0, 0, setTo(0, value)), onMember(carrierEvent, 0, 0, setTo(0, value))), order},
		{"an event before the one before", answer(onMember(carrierEvent, 0, 1, setTo(0, value)), onMember(carrierEvent, 0, 0, setTo(0, value))), order},
		{"a field behind an attribute", answer(on(carrierSpan, 0, setTo(0, value)), name(0)), order},
		{"an attribute behind a path", answer(on(carrierSpan, 0, removeAt(0)), on(carrierSpan, 0, setTo(0, value))), order},
		{"a field before the one before", answer(on(carrierSpan, 0, setFieldTo(fieldTraceState, "")), name(0)), order},
		{"a key before the one before", answer(on(carrierSpan, 0, setTo(1, value)), on(carrierSpan, 0, setTo(0, value))), order},
		{"a path before the one before", answer(on(carrierSpan, 0, renameAt("k", 1)), on(carrierSpan, 0, renameAt("k", 0))), order},
		{"a path behind what is in it", answer(on(carrierSpan, 0, renameAt("k", atCustomer, 0)), on(carrierSpan, 0, renameAt("k", atCustomer))), order},
		{"a rename behind a replacement", answer(on(carrierSpan, 0, replaceAt(value, 0)), on(carrierSpan, 0, renameAt("k", 0))), order},
		{"a removal behind a rename", answer(on(carrierSpan, 0, renameAt("k", 0)), on(carrierSpan, 0, removeAt(0))), order},
		{"a value replaced twice", answer(on(carrierSpan, 0, replaceAt(value, 0)), on(carrierSpan, 0, replaceAt(value, 0))), order},

		{"what goes and is renamed", answer(on(carrierSpan, 0, removeAt(0)), on(carrierSpan, 0, renameAt("k", 0))), closed},
		{"what goes and is replaced", answer(on(carrierSpan, 0, removeAt(0)), on(carrierSpan, 0, replaceAt(value, 0))), closed},
		{"what is in an entry that goes", answer(on(carrierSpan, 0, removeAt(atCustomer)), on(carrierSpan, 0, removeAt(atCustomer, 1))), closed},
		{"what is in a value that is replaced", answer(on(carrierSpan, 0, replaceAt(value, atCustomer)), on(carrierSpan, 0, renameAt("k", atCustomer, 1, 0))), closed},

		{"a dropped span", withDrops([]uint32{0, 2}, name(1), name(2)), "edit 1 changes a span that is dropped"},
		{"an event of a dropped span", withDrops([]uint32{1}, onMember(carrierEvent, 1, 0, setTo(0, value))), "edit 0 changes a span that is dropped"},
		{"a dropped span behind what comes behind it", withDrops([]uint32{0}, on(carrierScope, 1, setTo(0, value)), name(0)), "edit 1 changes a span that is dropped"},
		{"dropped spans out of order", withDrops([]uint32{1, 0}), "dropped spans are out of order"},
		{"a span dropped twice", withDrops([]uint32{1, 1}), "dropped spans are out of order"},
		{"a dropped span that there is not", withDrops([]uint32{1, 4}), "drops span 4; the view has 4"},

		{"a set key that there is not", answer(on(carrierSpan, 0, setTo(2, value))), "edit 0 writes what `configure` did not name: set key 2"},
		{"an attribute of an entity", answer(onMember(carrierEntity, 0, 0, setTo(0, value))), "edit 0 writes what `configure` did not name: set key 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, refusal(t, editorOfAll(t, "key", "other"), small(), c.answer))
		})
	}
}

// What `configure` did not name is refused, by the name that it has there.
func TestUnnamedWrites(t *testing.T) {
	value := textValue("v")
	// Only `customer` of resources may be changed, and `kind` of scopes be set.
	onResources := []sight.Selector{{Carriers: 1 << sight.Resource, Keys: []string{"url.path", "customer", "name"}}}
	little := sight.Writes{
		Sets:     []sight.SetKey{{Carriers: 1 << sight.Scope, Key: "kind"}},
		Replaces: onResources, Renames: onResources, Removes: onResources,
	}
	for _, c := range []struct{ want, answer string }{
		{"drops spans, which `configure` did not name", string(withDrops([]uint32{0}))},
		{"drops unknown fields, which `configure` did not name", string(varint(nil, 1, 1))},
		{"set key 0", string(answer(on(carrierSpan, 0, setTo(0, value))))},
		{"span name", string(answer(name(0)))},
		{"status message", string(answer(on(carrierSpan, 0, setFieldTo(fieldStatusMessage, ""))))},
		{"trace state", string(answer(on(carrierSpan, 0, setFieldTo(fieldTraceState, ""))))},
		{"event name", string(answer(onMember(carrierEvent, 0, 0, setFieldTo(fieldName, ""))))},
		{"link trace state", string(answer(onMember(carrierLink, 0, 0, setFieldTo(fieldTraceState, ""))))},
		{"scope name", string(answer(on(carrierScope, 0, setFieldTo(fieldName, ""))))},
		{"scope version", string(answer(on(carrierScope, 0, setFieldTo(fieldVersion, ""))))},
		{"schema urls", string(answer(on(carrierScope, 0, setFieldTo(fieldSchemaURL, ""))))},
		{"schema urls", string(answer(on(carrierResource, 0, setFieldTo(fieldSchemaURL, ""))))},
		{"entities", string(answer(onMember(carrierEntity, 0, 0, setFieldTo(fieldType, ""))))},
		{"entities", string(answer(onMember(carrierEntity, 0, 0, renameAt("k", 1, 1))))},
		{"a value", string(answer(on(carrierSpan, 0, replaceAt(value, atPath))))},
		{"a value", string(answer(on(carrierSpan, 0, replaceAt(value, atTags, 0))))},
		{"a key", string(answer(on(carrierSpan, 0, renameAt("k", atCustomer, 0))))},
		{"an entry", string(answer(on(carrierSpan, 0, removeAt(atCustomer, 0))))},
	} {
		want := c.want
		if !strings.HasPrefix(want, "drops") {
			want = "edit 0 writes what `configure` did not name: " + want
		}
		assert.Equal(t, want, refusal(t, editorOf(t, sight.Sight{}, little), small(), []byte(c.answer)))
	}
}

// Scenario: `configure` named a key for values, and another for keys and entries.
// Guarantees: a value may be replaced wherever the key stands above it, in lists
// too; a key and an entry by its own key alone.
func TestWritesByKey(t *testing.T) {
	onSpans := func(keys ...string) []sight.Selector {
		return []sight.Selector{{Carriers: 1 << sight.Span, Keys: keys}}
	}
	editor := editorOf(t, sight.Sight{}, sight.Writes{
		Replaces: onSpans("customer", "tags"), Renames: onSpans("customer"), Removes: onSpans("customer.address"),
	})
	value := textValue("v")
	traces := small()
	for _, taken := range [][]byte{
		on(carrierSpan, 0, replaceAt(value, atCustomer)),
		on(carrierSpan, 0, replaceAt(value, atCustomer, 1, 0)),
		on(carrierSpan, 0, replaceAt(value, atTags, 0)),
		on(carrierSpan, 0, replaceAt(value, atTags, 1, 0)),
		on(carrierSpan, 0, renameAt("k", atCustomer)),
		on(carrierSpan, 0, removeAt(atCustomer, 1)),
	} {
		batch := NewBatch(traces)
		require.NoError(t, editor.Check(batch, 0, 4, answer(taken)))
		batch.Release()
	}
	for _, refused := range [][]byte{
		on(carrierSpan, 0, replaceAt(value, atPath)),
		on(carrierSpan, 0, renameAt("k", atCustomer, 0)),
		on(carrierSpan, 0, removeAt(atCustomer)),
		on(carrierSpan, 0, removeAt(atCustomer, 0)),
		on(carrierSpan, 0, removeAt(atCustomer, 1, 0)),
	} {
		assert.Contains(t, refusal(t, editor, traces, answer(refused)), "did not name: ")
	}
}

func TestNewRefuses(t *testing.T) {
	noKey := []sight.Selector{{Carriers: everyCarrier, Keys: []string{"a..b"}}}
	status := sight.Sight{Kind: sight.Parts, Keys: []sight.Selector{{Carriers: 1 << sight.Span, Keys: []string{"status"}}}}
	set := func(carriers sight.Carriers) sight.Writes {
		return sight.Writes{Sets: []sight.SetKey{{Carriers: carriers, Key: "status"}}}
	}
	for _, c := range []struct {
		sight  sight.Sight
		writes sight.Writes
		want   string
	}{
		{sight.Sight{Kind: sight.Parts, Keys: noKey}, sight.Writes{}, "`a..b` can mean no key"},
		{sight.Sight{}, sight.Writes{Replaces: noKey}, "`a..b` can mean no key"},
		{sight.Sight{}, sight.Writes{Renames: noKey}, "`a..b` can mean no key"},
		{sight.Sight{}, sight.Writes{Removes: noKey}, "`a..b` can mean no key"},
		{sight.Sight{}, sight.Writes{Fields: sight.SpanName | sight.SpanKind | sight.Links}, "span-kind, links cannot be written"},
		{status, set(1<<sight.Span | 1<<sight.Link), "`status` is set on every link, and is not in sight there"},
	} {
		_, err := New(c.sight, c.writes)
		assert.EqualError(t, err, c.want)
	}
	for _, s := range []sight.Sight{{}, {Kind: sight.AllTexts}, status} {
		_, err := New(s, set(1<<sight.Span))
		assert.NoError(t, err)
	}
}

// Scenario: a dropped span stands between those of the view and of the batch.
// Guarantees: numbers are those of the view.
func TestEmptyBatch(t *testing.T) {
	editor := editorOfAll(t, "key")
	assert.Equal(t, Counts{}, apply(t, editor, ptrace.NewTraces(), nil))
	assert.Equal(t, "edit 0 names span 0; the view has 0", refusal(t, editor, ptrace.NewTraces(), answer(name(0))))
}
