package patch

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"google.golang.org/protobuf/encoding/protowire"
)

// Check says how many spans there are in result, or answers with the error
// that UnmarshalTraces(result) has.
//
// batch must be good, and is what result was made of: what is the same in both
// is not looked at again, which makes this cheap.
func Check(batch, result []byte) (spans int, err error) {
	c := checker{before: newSpanCursor(batch)}
	if c.traces(result) {
		return c.spans, nil
	}
	// It may only be unusual.
	traces, err := unmarshaler.UnmarshalTraces(result)
	if err != nil {
		return 0, err
	}
	return traces.SpanCount(), nil
}

// Count says how many spans there are in a batch, which must be good.
func Count(batch []byte) int {
	spans := 0
	eachMessage(batch, numberResourceSpans, func(resource []byte) {
		eachMessage(resource, numberChild, func(scope []byte) {
			eachMessage(scope, numberChild, func([]byte) { spans++ })
		})
	})
	return spans
}

const (
	numberResourceSpans = tagResourceSpans >> 3
	numberChild         = tagChild >> 3
)

// eachMessage goes through the messages under this number, whatever else there
// is.
func eachMessage(message []byte, number protowire.Number, do func([]byte)) {
	for len(message) > 0 {
		found, wireType, tag := protowire.ConsumeTag(message)
		if tag < 0 {
			return
		}
		length := protowire.ConsumeFieldValue(found, wireType, message[tag:])
		if length < 0 {
			return
		}
		if found == number && wireType == protowire.BytesType {
			content, _ := protowire.ConsumeBytes(message[tag:])
			do(content)
		}
		message = message[tag+length:]
	}
}

// checker goes through a result. Its methods say whether a message is surely
// one that pdata reads.
type checker struct {
	patcher
	spans  int
	before spanCursor
	// origins are the last resource and the last scope that were good.
	origins [numMessages][]byte
}

func (c *checker) traces(out []byte) bool {
	return eachField(out, func(f field) bool {
		return f.tag == tagResourceSpans && c.resourceSpans(out[f.start:f.end])
	})
}

func (c *checker) resourceSpans(out []byte) bool {
	return c.list(out, messageResource, c.scopeSpans)
}

func (c *checker) scopeSpans(out []byte) bool {
	return c.list(out, messageScope, c.span)
}

func (c *checker) list(out []byte, origin kind, child func([]byte) bool) bool {
	return eachField(out, func(f field) bool {
		message := out[f.start:f.end]
		switch f.tag {
		case tagChild:
			return child(message)
		case tagOrigin:
			if bytes.Equal(c.origins[origin-firstMessage], message) || isGood(message, origin) {
				c.origins[origin-firstMessage] = message
				return true
			}
			return false
		}
		return f.tag == tagSchemaURL
	})
}

func (c *checker) span(out []byte) bool {
	c.spans++
	for {
		was, ok := c.before.peek()
		if !ok {
			return isGood(out, messageSpan)
		}
		c.before.skip()
		if bytes.Equal(was, out) {
			return true
		}
		same, sameEnd := samePrefix(was, out), sameSuffix(was, out)
		if same >= idsLen || sameEnd >= idsLen || c.holds(was, out, spanDepth) {
			return isGoodSpan(was, out, same, sameEnd)
		}
		// It was dropped.
	}
}

// idsLen is how long the two ids of a span are, which stand together at one
// of its ends.
const idsLen = 18 + 10

// isGoodSpan looks at the fields that are not the same in a good span, with
// which out has this many bytes at its start and at its end in common.
func isGoodSpan(was, out []byte, same, sameEnd int) bool {
	at := sameFields(was, same)
	wasAt := at
	for at < len(out) {
		if rest := len(out) - at; rest <= sameEnd {
			// Only a place where a field begins in both has the same fields
			// behind it.
			for wasAt < len(was)-rest {
				f, ok := readField(was, wasAt)
				if !ok {
					break
				}
				wasAt = f.end
			}
			if wasAt == len(was)-rest {
				return true
			}
		}
		f, ok := readField(out, at)
		if !ok || !isGoodField(out, f, messageSpan) {
			return false
		}
		at = f.end
	}
	return true
}

// sameFields returns where the last field ends that is within the start.
func sameFields(message []byte, start int) int {
	if start == len(message) {
		return start
	}
	at := 0
	for {
		f, ok := readField(message, at)
		if !ok || f.end > start {
			return at
		}
		at = f.end
	}
}

func isGood(message []byte, of kind) bool {
	return eachField(message, func(f field) bool { return isGoodField(message, f, of) })
}

func isGoodField(message []byte, f field, of kind) bool {
	is := fields[of-firstMessage][f.tag>>3]
	if wireType := f.tag & 7; f.tag != tagFlags && wireType != wireTypes[min(is, firstMessage)] {
		return false
	}
	switch is {
	case unknown:
		return false
	case traceID:
		return f.end-f.start == 16 || f.end == f.start
	case spanID:
		return f.end-f.start == 8 || f.end == f.start
	case varint, fixed64, fixed32, text:
		return f.tag != tagFlags || is == fixed32
	}
	return isGood(message[f.start:f.end], is)
}

func eachField(message []byte, do func(field) bool) bool {
	for at := 0; at < len(message); {
		f, ok := readField(message, at)
		if !ok || !do(f) {
			return false
		}
		at = f.end
	}
	return true
}

// kind is what a field holds.
type kind uint8

const (
	unknown kind = iota
	varint
	fixed64
	fixed32
	text
	traceID
	spanID

	messageResource
	messageScope
	messageSpan
	messageEvent
	messageLink
	messageStatus
	messageKeyValue
	messageAnyValue
	messageArray
	messageKeyValueList
	lastMessage

	firstMessage = messageResource
	numMessages  = lastMessage - firstMessage
)

var wireTypes = [firstMessage + 1]byte{
	unknown: 0xff, varint: typeVarint, fixed64: typeI64, fixed32: typeI32,
	text: typeLen, traceID: typeLen, spanID: typeLen, firstMessage: typeLen,
}

// fields has the kind of a message's fields, by their number. Fields that are
// rarely met are not in it.
var fields = [numMessages][32]kind{
	messageResource - firstMessage: {1: messageKeyValue, 2: varint},
	messageScope - firstMessage:    {1: text, 2: text, 3: messageKeyValue, 4: varint},
	messageSpan - firstMessage: {
		1: traceID, 2: spanID, 3: text, 4: spanID, 5: text, 6: varint, 7: fixed64, 8: fixed64,
		9: messageKeyValue, 10: varint, 11: messageEvent, 12: varint, 13: messageLink, 14: varint,
		15: messageStatus, 16: fixed32,
	},
	messageEvent - firstMessage:        {1: fixed64, 2: text, 3: messageKeyValue, 4: varint},
	messageLink - firstMessage:         {1: traceID, 2: spanID, 3: text, 4: messageKeyValue, 5: varint, 6: fixed32},
	messageStatus - firstMessage:       {2: text, 3: varint},
	messageKeyValue - firstMessage:     {1: text, 2: messageAnyValue},
	messageAnyValue - firstMessage:     {1: text, 2: varint, 3: varint, 4: fixed64, 5: messageArray, 6: messageKeyValueList, 7: text},
	messageArray - firstMessage:        {1: messageAnyValue},
	messageKeyValueList - firstMessage: {1: messageKeyValue},
}

// sameSuffix returns how many bytes at the end are the same.
func sameSuffix(a, b []byte) int {
	length := min(len(a), len(b))
	a, b = a[len(a)-length:], b[len(b)-length:]
	at := length
	for ; at >= 8; at -= 8 {
		if differ := binary.LittleEndian.Uint64(a[at-8:]) ^ binary.LittleEndian.Uint64(b[at-8:]); differ != 0 {
			return length - at + bits.LeadingZeros64(differ)/8
		}
	}
	for at > 0 && a[at-1] == b[at-1] {
		at--
	}
	return length - at
}

// spanCursor goes through the spans of a batch.
type spanCursor struct {
	// rest of the list at each depth, the spans' own first.
	rest [resourceDepth + 1][]byte
}

func newSpanCursor(batch []byte) spanCursor {
	var c spanCursor
	c.rest[resourceDepth] = batch
	return c
}

// peek returns the next span, and false where there is none, or none that can
// be told.
func (c *spanCursor) peek() ([]byte, bool) {
	for depth := spanDepth; depth <= resourceDepth; {
		message, ok := c.child(depth)
		switch {
		case !ok:
			depth++
		case depth == spanDepth:
			return message, true
		default:
			c.skipAt(depth)
			depth--
			c.rest[depth] = message
		}
	}
	return nil, false
}

// skip goes on to the span after the one that peek returned.
func (c *spanCursor) skip() { c.skipAt(spanDepth) }

// child returns the next message of a list, and leaves out what stands before.
func (c *spanCursor) child(depth int) ([]byte, bool) {
	tag := byte(tagChild)
	if depth == resourceDepth {
		tag = tagResourceSpans
	}
	for {
		f, ok := readField(c.rest[depth], 0)
		if !ok {
			return nil, false
		}
		if f.tag == tag {
			return c.rest[depth][f.start:f.end], true
		}
		c.rest[depth] = c.rest[depth][f.end:]
	}
}

func (c *spanCursor) skipAt(depth int) {
	if f, ok := readField(c.rest[depth], 0); ok {
		c.rest[depth] = c.rest[depth][f.end:]
	}
}
