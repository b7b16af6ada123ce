package view

import (
	"encoding/binary"
	"math/bits"
)

// out is the bytes of a view as they grow, every field in its one canonical form.
// All numbers of fields but one are below 16, so that a tag takes one byte.
type out struct{ bytes []byte }

func varintLength(value uint64) int { return (bits.Len64(value|1) + 6) / 7 }

func (o *out) varint(value uint64) {
	for value >= 0x80 {
		o.bytes = append(o.bytes, byte(value)|0x80)
		value >>= 7
	}
	o.bytes = append(o.bytes, byte(value))
}

// text is a text or bytes, unless empty.
func (o *out) text(number int, text string) {
	if text != "" {
		o.present(number, text)
	}
}

// present is a text, bytes or a message, even an empty one.
func (o *out) present(number int, content string) {
	o.header(number, len(content))
	o.bytes = append(o.bytes, content...)
}

// header is what stands before a text, bytes or a message of this length.
func (o *out) header(number, length int) {
	if length < 0x80 {
		o.bytes = append(o.bytes, byte(number<<3|2), byte(length))
		return
	}
	o.bytes = append(o.bytes, byte(number<<3|2))
	o.varint(uint64(length))
}

// textEntry is a key and a text, which most entries are: so their lengths are
// known before they are written.
func (o *out) textEntry(number int, key, text string) {
	value := fieldLength(len(text))
	length := fieldLength(value)
	if key != "" {
		length += fieldLength(len(key))
	}
	if length < 0x80 && key != "" {
		// Each length takes one byte.
		entry := append(o.bytes, byte(number<<3|2), byte(length), 1<<3|2, byte(len(key)))
		entry = append(entry, key...)
		entry = append(entry, 2<<3|2, byte(value), 1<<3|2, byte(len(text)))
		o.bytes = append(entry, text...)
		return
	}
	o.header(number, length)
	o.text(1, key)
	o.header(2, value)
	o.present(1, text)
}

// fieldLength is how long a field with content of this length is.
func fieldLength(content int) int { return 1 + varintLength(uint64(content)) + content }

// number is one below 2^64, unless 0.
func (o *out) number(number int, value uint64) {
	if value != 0 {
		o.presentNumber(number, value)
	}
}

func (o *out) presentNumber(number int, value uint64) {
	o.bytes = append(o.bytes, byte(number<<3))
	o.varint(value)
}

// fixed64 is eight bytes, unless 0.
func (o *out) fixed64(number int, value uint64) {
	if value != 0 {
		o.presentFixed64(number, value)
	}
}

func (o *out) presentFixed64(number int, value uint64) {
	o.bytes = append(o.bytes, byte(number<<3|1))
	o.bytes = binary.LittleEndian.AppendUint64(o.bytes, value)
}

// opened is a message whose length is not known yet.
type opened struct {
	// start is where its tag stands, reserved how many bytes are free for the
	// length.
	start, reserved int
}

func (o opened) content() int { return o.start + 1 + o.reserved }

// open begins a message that is about so many bytes long.
func (o *out) open(number, guess int) opened {
	opened := opened{len(o.bytes), 1}
	if guess >= 0x80 {
		opened.reserved = varintLength(uint64(guess))
		o.bytes = append(o.bytes, byte(number<<3|2))
		o.bytes = append(o.bytes, make([]byte, opened.reserved)...)
		return opened
	}
	o.bytes = append(o.bytes, byte(number<<3|2), 0)
	return opened
}

// close ends it, and says whether there is anything in it.
func (o *out) close(message opened) bool {
	content := message.content()
	length := len(o.bytes) - content
	if length < 0x80 && message.reserved == 1 {
		o.bytes[content-1] = byte(length)
	} else {
		o.fitLength(message, length)
	}
	return length > 0
}

// closeUnlessEmpty ends a message that stands only if there is anything in it.
func (o *out) closeUnlessEmpty(message opened) {
	if !o.close(message) {
		o.bytes = o.bytes[:message.start]
	}
}

func (o *out) fitLength(message opened, length int) {
	from, to := message.content(), message.start+1+varintLength(uint64(length))
	if to != from {
		for len(o.bytes) < to+length {
			o.bytes = append(o.bytes, 0)
		}
		copy(o.bytes[to:], o.bytes[from:from+length])
		o.bytes = o.bytes[:to+length]
	}
	rest := length
	for index := message.start + 1; index < to; index++ {
		o.bytes[index] = byte(rest) | 0x80
		rest >>= 7
	}
	o.bytes[to-1] &= 0x7f
}
