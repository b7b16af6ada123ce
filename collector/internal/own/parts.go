package own

import (
	"errors"

	"google.golang.org/protobuf/encoding/protowire"
)

// What spans of a plugin's own may be made of. Two bytes make a whole span once they
// are decoded, and lists in lists a deep stack.
const (
	mostParts = 1_000_000
	// mostLists is how deep lists and maps may stand in one another.
	mostLists = 32
)

// The messages of OTLP traces.
type kind uint8

const (
	traces kind = iota
	resourceSpans
	scopeSpans
	resource
	entityRef
	scope
	span
	event
	link
	status
	keyValue
	value
	array
	list
)

// inside has the messages in the fields of each.
var inside = [...]map[protowire.Number]kind{
	traces:        {1: resourceSpans},
	resourceSpans: {1: resource, 2: scopeSpans},
	scopeSpans:    {1: scope, 2: span},
	resource:      {1: keyValue, 3: entityRef},
	scope:         {3: keyValue},
	span:          {9: keyValue, 11: event, 13: link, 15: status},
	event:         {3: keyValue},
	link:          {4: keyValue},
	keyValue:      {2: value},
	value:         {5: array, 6: list},
	array:         {1: value},
	list:          {1: keyValue},
}

// CheckParts looks at spans before they are decoded. The error is that they are of
// too many parts, or too deep. What is damaged is for the decoder to say.
func CheckParts(bytes []byte) error {
	count := 0
	return countParts(traces, bytes, 0, &count)
}

func countParts(of kind, bytes []byte, lists int, count *int) error {
	for len(bytes) > 0 {
		number, wire, size := protowire.ConsumeTag(bytes)
		if size < 0 {
			return nil
		}
		bytes = bytes[size:]
		below, isMessage := kind(0), false
		if int(of) < len(inside) {
			below, isMessage = inside[of][number]
		}
		if !isMessage || wire != protowire.BytesType {
			if size = protowire.ConsumeFieldValue(number, wire, bytes); size < 0 {
				return nil
			}
			bytes = bytes[size:]
			continue
		}
		content, size := protowire.ConsumeBytes(bytes)
		if size < 0 {
			return nil
		}
		bytes = bytes[size:]
		if err := countPart(below, content, lists, count); err != nil {
			return err
		}
	}
	return nil
}

func countPart(of kind, content []byte, lists int, count *int) error {
	if of == array || of == list {
		lists++
	}
	*count++
	switch {
	case *count > mostParts:
		return errors.New("made spans of more than 1,000,000 parts")
	case lists > mostLists:
		return errors.New("made spans with values in more than 32 lists and maps")
	}
	return countParts(of, content, lists, count)
}
