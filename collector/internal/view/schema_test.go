package view

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
)

// node is a message: of each field its values in order, which are uint64, string
// or node.
type node map[int][]any

// kind is what the values of a field are.
type kind int

const (
	text kind = iota
	traceID
	spanID
	varint
	fixed32
	fixed64
	message
)

type field struct {
	kind kind
	of   *schema
	// isRepeated: all values stand; else the last one, unless it is a default.
	isRepeated bool
}

type schema struct {
	fields map[int]field
	// isOneof: at most one of the fields stands, and even a default does.
	isOneof bool
}

func one(of *schema) field { return field{kind: message, of: of} }

func many(of *schema) field { return field{kind: message, of: of, isRepeated: true} }

// What OTLP says of spans, without what only profiles have.
var (
	anyValue = &schema{isOneof: true}
	keyValue = &schema{fields: map[int]field{1: {}, 2: one(anyValue)}}
	list     = &schema{fields: map[int]field{1: many(anyValue)}}
	mapping  = &schema{fields: map[int]field{1: many(keyValue)}}
	entities = &schema{fields: map[int]field{1: {}, 2: {}, 3: {isRepeated: true}, 4: {isRepeated: true}}}
	resource = &schema{fields: map[int]field{1: many(keyValue), 2: {kind: varint}, 3: many(entities)}}
	scope    = &schema{fields: map[int]field{1: {}, 2: {}, 3: many(keyValue), 4: {kind: varint}}}
	event    = &schema{fields: map[int]field{1: {kind: fixed64}, 2: {}, 3: many(keyValue), 4: {kind: varint}}}
	link     = &schema{fields: map[int]field{
		1: {kind: traceID}, 2: {kind: spanID}, 3: {}, 4: many(keyValue), 5: {kind: varint}, 6: {kind: fixed32},
	}}
	status = &schema{fields: map[int]field{2: {}, 3: {kind: varint}}}
	span   = &schema{fields: map[int]field{
		1: {kind: traceID}, 2: {kind: spanID}, 3: {}, 4: {kind: spanID}, 5: {}, 6: {kind: varint},
		7: {kind: fixed64}, 8: {kind: fixed64}, 9: many(keyValue), 10: {kind: varint},
		11: many(event), 12: {kind: varint}, 13: many(link), 14: {kind: varint}, 15: one(status), 16: {kind: fixed32},
	}}
	scopeSpans    = &schema{fields: map[int]field{1: one(scope), 2: many(span), 3: {}}}
	resourceSpans = &schema{fields: map[int]field{1: one(resource), 2: many(scopeSpans), 3: {}}}
	tracesData    = &schema{fields: map[int]field{1: many(resourceSpans)}}
)

func init() {
	anyValue.fields = map[int]field{
		1: {}, 2: {kind: varint}, 3: {kind: varint}, 4: {kind: fixed64}, 5: one(list), 6: one(mapping), 7: {},
	}
}

// encode writes fields by their numbers. Messages stand even where they are empty.
func (s *schema) encode(n node) []byte {
	var out []byte
	for _, number := range slices.Sorted(maps.Keys(n)) {
		f := s.fields[number]
		for _, value := range n[number] {
			if f.isRepeated || s.isOneof || value != any("") && value != any(uint64(0)) {
				out = f.encode(out, number, value)
			}
		}
	}
	return out
}

func (f field) encode(out []byte, number int, value any) []byte {
	switch f.kind {
	case varint:
		return binary.AppendUvarint(binary.AppendUvarint(out, uint64(number<<3)), value.(uint64))
	case fixed32:
		return binary.LittleEndian.AppendUint32(binary.AppendUvarint(out, uint64(number<<3|5)), uint32(value.(uint64)))
	case fixed64:
		return binary.LittleEndian.AppendUint64(binary.AppendUvarint(out, uint64(number<<3|1)), value.(uint64))
	case message:
		value = string(f.of.encode(value.(node)))
	}
	out = binary.AppendUvarint(out, uint64(number<<3|2))
	return append(binary.AppendUvarint(out, uint64(len(value.(string)))), value.(string)...)
}

// decode reads what a right encoder wrote. Fields that the schema does not have
// are left out.
func (s *schema) decode(encoded []byte) node {
	n := node{}
	for len(encoded) > 0 {
		tag, length := binary.Uvarint(encoded)
		encoded = encoded[length:]
		number := int(tag >> 3)
		f, known := s.fields[number]
		var value any
		switch tag & 7 {
		case 0:
			value, length = binary.Uvarint(encoded)
		case 1:
			value, length = binary.LittleEndian.Uint64(encoded), 8
		case 5:
			value, length = uint64(binary.LittleEndian.Uint32(encoded)), 4
		case 2:
			size, start := binary.Uvarint(encoded)
			length = start + int(size)
			content := encoded[start:length]
			if value = string(content); known && f.kind == message {
				value = f.of.decode(content)
			}
		default:
			panic(fmt.Sprintf("no right encoder writes the tag %d", tag))
		}
		encoded = encoded[length:]
		if known && f.isRepeated {
			n[number] = append(n[number], value)
		} else if known {
			n[number] = []any{value}
		}
	}
	return n
}

// nodes are the messages in a field.
func (n node) nodes(number int) []node {
	var nodes []node
	for _, value := range n[number] {
		nodes = append(nodes, value.(node))
	}
	return nodes
}

// one is the message in a field that has one; an empty one where it has none.
func (n node) one(number int) node {
	for _, found := range n.nodes(number) {
		return found
	}
	return node{}
}

func (n node) text(number int) string {
	for _, value := range n[number] {
		return value.(string)
	}
	return ""
}
