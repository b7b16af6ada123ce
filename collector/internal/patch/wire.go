package patch

import (
	"encoding/binary"
	"math/bits"
)

// How a field is written; pdata writes and knows no groups.
const (
	typeVarint = 0
	typeI64    = 1
	typeLen    = 2
	typeI32    = 5
)

// Tags as they stand in a message: the number of a field and its type.
const (
	tagResourceSpans = 1<<3 | typeLen
	// tagOrigin is the resource of ResourceSpans and the scope of ScopeSpans,
	// tagChild what they have a list of: the two messages are built alike.
	tagOrigin = 1<<3 | typeLen
	tagChild  = 2<<3 | typeLen
	// tagSchemaURL is that of both.
	tagSchemaURL = 3<<3 | typeLen

	tagTraceID            = 1<<3 | typeLen
	tagSpanID             = 2<<3 | typeLen
	tagTraceState         = 3<<3 | typeLen
	tagParentSpanID       = 4<<3 | typeLen
	tagSpanName           = 5<<3 | typeLen
	tagSpanAttributes     = 9<<3 | typeLen
	tagEvents             = 11<<3 | typeLen
	tagStatus             = 15<<3 | typeLen
	tagStatusMessage      = 2<<3 | typeLen
	tagStatusCode         = 3<<3 | typeVarint
	tagEventName          = 2<<3 | typeLen
	tagEventAttributes    = 3<<3 | typeLen
	tagResourceAttributes = 1<<3 | typeLen
	tagScopeName          = 1<<3 | typeLen
	tagScopeVersion       = 2<<3 | typeLen
	tagScopeAttributes    = 3<<3 | typeLen
	tagKey                = 1<<3 | typeLen
	tagValue              = 2<<3 | typeLen
	tagStringValue        = 1<<3 | typeLen
	tagBoolValue          = 2<<3 | typeVarint
	tagIntValue           = 3<<3 | typeVarint
	tagDoubleValue        = 4<<3 | typeI64
)

// tagFlags stands for the tag of a span's flags, the only one of two bytes.
const (
	tagFlags     = 0x80
	tagFlagsLow  = 16<<3&0x7f | typeI32 | 0x80
	tagFlagsHigh = 16 << 3 >> 7
)

// field is where one field of a message stands: from start to end is what is
// in it, without tag and length.
type field struct {
	tag        byte
	start, end int
}

// readField reads the field that begins at this place. It knows fewer ways to
// write one than pdata does.
func readField(message []byte, at int) (field, bool) {
	if at >= len(message) {
		return field{}, false
	}
	tag := message[at]
	at++
	length := 0
	switch {
	case tag >= 0x80:
		if tag != tagFlagsLow || at == len(message) || message[at] != tagFlagsHigh {
			return field{}, false
		}
		at++
		tag, length = tagFlags, 4
	case tag>>3 == 0:
		return field{}, false
	case tag&7 == typeLen:
		if at < len(message) && message[at] < 0x80 {
			length = int(message[at])
			at++
			break
		}
		if at+1 < len(message) && message[at+1] < 0x80 {
			length = int(message[at]&0x7f) | int(message[at+1])<<7
			at += 2
			break
		}
		long, after, ok := readVarint(message, at)
		if !ok || long > uint64(len(message)-after) {
			return field{}, false
		}
		at, length = after, int(long)
	case tag&7 == typeVarint:
		_, after, ok := readVarint(message, at)
		return field{tag, at, after}, ok
	case tag&7 == typeI64:
		length = 8
	case tag&7 == typeI32:
		length = 4
	default:
		return field{}, false
	}
	return field{tag, at, at + length}, length <= len(message)-at
}

// readVarint drops what is too high for 64 bits, as pdata does.
func readVarint(message []byte, at int) (value uint64, after int, ok bool) {
	for shift := uint(0); shift < 64 && at < len(message); shift += 7 {
		b := message[at]
		at++
		value |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return value, at, true
		}
	}
	return 0, at, false
}

// before says whether pdata writes a field of the one tag before one of the
// other. It fills its buffer from the end, so fields stand by falling number;
// only the flags are out of line.
func before(tag, other byte) bool {
	return position(tag) > position(other)
}

func position(tag byte) int {
	if tag == tagFlags {
		return position(tagParentSpanID) + 1
	}
	return int(tag>>3) * 2
}

// samePrefix returns how many bytes at the start are the same.
func samePrefix(a, b []byte) int {
	length := min(len(a), len(b))
	a, b = a[:length], b[:length]
	at := 0
	for ; at+8 <= length; at += 8 {
		if differ := binary.LittleEndian.Uint64(a[at:]) ^ binary.LittleEndian.Uint64(b[at:]); differ != 0 {
			return at + bits.TrailingZeros64(differ)/8
		}
	}
	for at < length && a[at] == b[at] {
		at++
	}
	return at
}

// appendEnclosed appends the message as the only field of a message that is
// the only field of another, and so on: the first tag is the outermost.
func appendEnclosed(to, message []byte, tags []byte) []byte {
	for index := range tags {
		length := len(message)
		for range tags[index+1:] {
			length += 1 + varintLen(length)
		}
		to = binary.AppendUvarint(append(to, tags[index]), uint64(length))
	}
	return append(to, message...)
}

func varintLen(value int) int { return (bits.Len(uint(value)|1) + 6) / 7 }
