package edits

import (
	"encoding/binary"
	"unicode/utf8"
)

// The fields of Edits and Edit, by their tags.
const (
	tagDropUnknownFields = 1<<3 | typeVarint
	tagDroppedSpans      = 2<<3 | typeLength
	tagEdits             = 3<<3 | typeLength

	tagCarrier      = 1<<3 | typeVarint
	tagNumber       = 2<<3 | typeVarint
	tagMember       = 3<<3 | typeVarint
	tagSetField     = 4<<3 | typeLength
	tagSetAttribute = 5<<3 | typeLength
	tagReplaceValue = 6<<3 | typeLength
	tagRenameKey    = 7<<3 | typeLength
	tagRemoveEntry  = 8<<3 | typeLength
)

// The fields of the actions: what is changed comes first, and then to what.
const (
	tagWhichNumber = 1<<3 | typeVarint
	tagWhichPath   = 1<<3 | typeLength
	tagTo          = 2<<3 | typeLength
)

// The fields of Scalar, which are those of AnyValue.
const (
	tagText   = 1<<3 | typeLength
	tagBool   = 2<<3 | typeVarint
	tagInt    = 3<<3 | typeVarint
	tagDouble = 4<<3 | typeFixed64
)

const (
	typeVarint  = 0
	typeFixed64 = 1
	typeLength  = 2
)

// reader goes through the fields of a message. What it cannot read, it fails at,
// and is at its end then.
type reader struct {
	message []byte
	at      int
	// seen has a bit for each tag that has been met: nothing stands twice.
	seen   uint64
	failed bool
}

func readerOf(message []byte) reader { return reader{message: message} }

func (r *reader) more() bool { return r.at < len(r.message) }

func (r *reader) fail() {
	r.failed, r.at = true, len(r.message)
}

// tag reads one where there is more. Every tag that the contract knows is one
// byte.
func (r *reader) tag() byte {
	tag := r.message[r.at]
	r.at++
	return tag
}

// once fails where a field with this tag stood before.
func (r *reader) once(tag byte) {
	bit := uint64(1) << (tag & 63)
	if r.seen&bit != 0 {
		r.fail()
	}
	r.seen |= bit
}

// varint fails where the value could be written shorter.
func (r *reader) varint() uint64 {
	if value, ok := r.short(); ok {
		return value
	}
	return r.longVarint()
}

// short reads a varint of one byte, if it is one. Most are.
func (r *reader) short() (value uint64, ok bool) {
	if r.at < len(r.message) && r.message[r.at] < 0x80 {
		r.at++
		return uint64(r.message[r.at-1]), true
	}
	return 0, false
}

func (r *reader) longVarint() uint64 {
	value, length := binary.Uvarint(r.message[r.at:])
	if length <= 0 || r.message[r.at+length-1] == 0 {
		r.fail()
		return 0
	}
	r.at += length
	return value
}

func (r *reader) uint32() uint32 {
	value, ok := r.short()
	if ok {
		return uint32(value)
	}
	if value = r.longVarint(); value>>32 != 0 {
		r.fail()
	}
	return uint32(value)
}

func (r *reader) bool() bool {
	value := r.varint()
	if value > 1 {
		r.fail()
	}
	return value == 1
}

func (r *reader) fixed64() uint64 {
	if len(r.message)-r.at < 8 {
		r.fail()
		return 0
	}
	r.at += 8
	return binary.LittleEndian.Uint64(r.message[r.at-8:])
}

// length reads what stands behind its own length.
func (r *reader) length() []byte {
	length, ok := r.short()
	if !ok {
		length = r.longVarint()
	}
	if length > uint64(len(r.message)-r.at) {
		r.fail()
		return nil
	}
	start := r.at
	r.at += int(length)
	return r.message[start:r.at]
}

func (r *reader) text() []byte {
	text := r.length()
	if !utf8.Valid(text) {
		r.fail()
	}
	return text
}

// packed appends a list of numbers. An empty one does not stand in a message.
func (r *reader) packed(to []uint32) []uint32 {
	list := readerOf(r.length())
	if !list.more() {
		r.fail()
	}
	for list.more() {
		to = append(to, list.uint32())
	}
	if list.failed {
		r.fail()
	}
	return to
}
