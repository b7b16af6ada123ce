package view

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lapidary-dev/lapidary/collector/internal/sight"
)

// The planted values stand in no batch by chance, neither as texts nor as bytes of
// numbers.
const (
	plantedText   = "planted!"
	plantedNumber = 0x0dec_0ded
)

// fieldsAt are the fields of a batch that are no attributes, each by the numbers
// that lead to it, with those of a sight that show it; 0 where only who sees
// everything sees it.
var fieldsAt = map[string]sight.Fields{
	"[1 3]":        sight.SchemaURLs,
	"[1 1 2]":      0,
	"[1 1 3 1]":    sight.Entities,
	"[1 1 3 2]":    sight.Entities,
	"[1 1 3 3]":    sight.Entities,
	"[1 1 3 4]":    sight.Entities,
	"[1 2 3]":      sight.SchemaURLs,
	"[1 2 1 1]":    sight.ScopeName,
	"[1 2 1 2]":    sight.ScopeVersion,
	"[1 2 1 4]":    0,
	"[1 2 2 1]":    sight.TraceID,
	"[1 2 2 2]":    sight.SpanID,
	"[1 2 2 3]":    sight.TraceState,
	"[1 2 2 4]":    sight.ParentSpanID,
	"[1 2 2 5]":    sight.SpanName,
	"[1 2 2 6]":    sight.SpanKind,
	"[1 2 2 7]":    sight.SpanTimes,
	"[1 2 2 8]":    sight.SpanTimes,
	"[1 2 2 10]":   0,
	"[1 2 2 11 1]": sight.Events,
	"[1 2 2 11 2]": sight.EventName,
	"[1 2 2 11 4]": 0,
	"[1 2 2 12]":   0,
	"[1 2 2 13 1]": sight.Links,
	"[1 2 2 13 2]": sight.Links,
	"[1 2 2 13 3]": sight.LinkTraceState,
	"[1 2 2 13 5]": 0,
	"[1 2 2 13 6]": 0,
	"[1 2 2 14]":   0,
	"[1 2 2 15 2]": sight.StatusMessage,
	"[1 2 2 15 3]": sight.StatusCode,
	"[1 2 2 16]":   sight.SpanFlags,
}

// carriersAt are those with attributes.
var carriersAt = map[string]sight.Carrier{
	"[1 1 1]": sight.Resource, "[1 2 1 3]": sight.Scope, "[1 2 2 9]": sight.Span,
	"[1 2 2 11 3]": sight.Event, "[1 2 2 13 4]": sight.Link,
}

// Guarantees: no field is in a view that did not ask for it. There is none that is
// not tried.
func TestNoFieldIsInAViewThatDidNotAskForIt(t *testing.T) {
	tried := 0
	eachField(tracesData, nil, func(at []int, f field) {
		if _, isOfAttributes := carriersAt[fmt.Sprint(at)]; isOfAttributes {
			return
		}
		tried++
		shownBy, isKnown := fieldsAt[fmt.Sprint(at)]
		require.True(t, isKnown, "%v", at)
		batch := full(tracesData)
		plant(batch, at, planted(f.kind))
		requirePlanted(t, batch, fmt.Sprint(at), func(s sight.Sight) bool {
			return plain{Sight: s}.shows(shownBy)
		})
	})
	require.Equal(t, len(fieldsAt), tried)
}

// eachField goes to all fields that hold no message, and to attributes.
func eachField(s *schema, above []int, visit func(at []int, f field)) {
	for number, f := range s.fields {
		at := append(slices.Clone(above), number)
		if f.kind == message && f.of != keyValue {
			eachField(f.of, at, visit)
		} else {
			visit(at, f)
		}
	}
}

// full has something in every field, and no attribute.
func full(s *schema) node {
	n := node{}
	for number, f := range s.fields {
		switch f.kind {
		case message:
			if f.of != keyValue {
				n[number] = []any{full(f.of)}
			}
		case text:
			n[number] = []any{"a"}
		case traceID:
			n[number] = []any{"0123456789abcdef"}
		case spanID:
			n[number] = []any{"01234567"}
		default:
			n[number] = []any{uint64(1)}
		}
	}
	return n
}

func plant(n node, at []int, value any) {
	for ; len(at) > 1; at = at[1:] {
		n = n.one(at[0])
	}
	n[at[0]] = []any{value}
}

func planted(of kind) any {
	switch of {
	case traceID:
		return plantedText + plantedText
	case text, spanID:
		return plantedText
	}
	return uint64(plantedNumber)
}

// sightsOfOne are the large ones, and every sight of one field, or of one key on
// one carrier.
func sightsOfOne() []sight.Sight {
	sights := []sight.Sight{
		{Kind: sight.Everything}, {Kind: sight.AllTexts}, {Kind: sight.Parts, Fields: sight.AllFields},
	}
	for field := sight.Fields(1); field <= sight.Entities; field <<= 1 {
		sights = append(sights, sight.Sight{Kind: sight.Parts, Fields: field})
	}
	for _, on := range []sight.Carriers{0, 1, 2, 4, 8, 16, sight.AllCarriers} {
		for _, keys := range [][]string{{"SECRET"}, {"other", "order_id"}} {
			sights = append(sights, sight.Sight{Kind: sight.Parts, Keys: []sight.Selector{{Carriers: on, Keys: keys}}})
		}
	}
	return sights
}

func requirePlanted(t *testing.T, batch node, what string, isSeenBy func(sight.Sight) bool) {
	encoded := tracesData.encode(batch)
	require.True(t, isPlanted(encoded), what)
	traces, err := unmarshaler.UnmarshalTraces(encoded)
	require.NoError(t, err)
	for _, s := range sightsOfOne() {
		maker, err := New(s)
		require.NoError(t, err)
		assert.Equal(t, isSeenBy(s), isPlanted(maker.Make(nil, traces, 0, All, 0).Bytes), "%s, seen by %+v", what, s)
	}
}

func isPlanted(view []byte) bool {
	for _, form := range [][]byte{
		[]byte(plantedText), binary.AppendUvarint(nil, plantedNumber), binary.LittleEndian.AppendUint32(nil, plantedNumber),
	} {
		if bytes.Contains(view, form) {
			return true
		}
	}
	return false
}

// Guarantees: no attribute is in a view that did not ask for it, whatever its value
// and wherever it stands.
func TestNoAttributeIsInAViewThatDidNotAskForIt(t *testing.T) {
	entry := func(key string, value node) node { return node{1: {key}, 2: {value}} }
	inMap := func(entries ...any) node { return node{6: {node{1: entries}}} }
	inList := func(elements ...any) node { return node{5: {node{1: elements}}} }
	number := node{3: {uint64(1)}}
	values := map[string]node{
		"text": {1: {plantedText}}, "int": {3: {uint64(plantedNumber)}}, "double": {4: {uint64(plantedNumber)}},
		"bytes": {7: {plantedText}}, "list": inList(number, inList(node{1: {plantedText}})),
		"key": inMap(entry(plantedText, number)),
	}
	tried := 0
	eachField(tracesData, nil, func(at []int, _ field) {
		on, isOfAttributes := carriersAt[fmt.Sprint(at)]
		if !isOfAttributes {
			return
		}
		tried++
		for name, value := range values {
			isText := name == "text" || name == "list" || name == "key"
			for under, attribute := range map[string]node{
				"secret":      entry("secret", value),
				"secret b":    entry("secret", inMap(entry("b", value))),
				"a[1] secret": entry("a", inList(node{1: {"x"}}, inMap(entry("secret", value)))),
				"b":           entry("a", inMap(entry("secret", number), entry("b", value))),
			} {
				batch := full(tracesData)
				plant(batch, at, attribute)
				requirePlanted(t, batch, fmt.Sprint(name, " under ", under, " of ", on), func(s sight.Sight) bool {
					switch s.Kind {
					case sight.Everything:
						return true
					case sight.AllTexts:
						return isText
					}
					return under != "b" && asks(s, on)
				})
			}
		}
	})
	require.Equal(t, len(carriersAt), tried)
}

func asks(s sight.Sight, on sight.Carrier) bool {
	return slices.ContainsFunc(s.Keys, func(selector sight.Selector) bool {
		return selector.Carriers.Has(on) && slices.Contains(selector.Keys, "SECRET")
	})
}
