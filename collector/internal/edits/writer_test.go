package edits

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// answer joins edits to an answer.
func answer(edits ...[]byte) []byte { return withDrops(nil, edits...) }

// withDrops is an answer that also drops spans.
func withDrops(spans []uint32, edits ...[]byte) []byte {
	var out []byte
	if len(spans) > 0 {
		out = message(out, 2, packed(spans...))
	}
	for _, edit := range edits {
		out = message(out, 3, edit)
	}
	return out
}

// on is an edit of a span, resource or scope.
func on(of carrier, number int, action []byte) []byte { return onMember(of, number, 0, action) }

// onMember is an edit of an event, link or entity.
func onMember(of carrier, number, member int, action []byte) []byte {
	var out []byte
	for index, value := range []int{int(of), number, member} {
		if value != 0 {
			out = varint(out, protowire.Number(index+1), uint64(value))
		}
	}
	return append(out, action...)
}

func setFieldTo(field textField, text string) []byte {
	var out []byte
	if field != 0 {
		out = varint(out, 1, uint64(field))
	}
	if text != "" {
		out = message(out, 2, []byte(text))
	}
	return message(nil, 4, out)
}

func setTo(key int, value []byte) []byte {
	var out []byte
	if key != 0 {
		out = varint(out, 1, uint64(key))
	}
	return message(nil, 5, message(out, 2, value))
}

func replaceAt(value []byte, path ...uint32) []byte {
	return message(nil, 6, message(message(nil, 1, packed(path...)), 2, value))
}

func renameAt(key string, path ...uint32) []byte {
	return message(nil, 7, message(message(nil, 1, packed(path...)), 2, []byte(key)))
}

func removeAt(path ...uint32) []byte {
	return message(nil, 8, message(nil, 1, packed(path...)))
}

func textValue(text string) []byte { return message(nil, 1, []byte(text)) }

func boolValue(is bool) []byte { return varint(nil, 2, protowire.EncodeBool(is)) }

func intValue(number int64) []byte { return varint(nil, 3, uint64(number)) }

func doubleValue(number float64) []byte {
	return protowire.AppendFixed64(protowire.AppendTag(nil, 4, protowire.Fixed64Type), math.Float64bits(number))
}

func message(to []byte, number protowire.Number, content []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(to, number, protowire.BytesType), content)
}

func varint(to []byte, number protowire.Number, value uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(to, number, protowire.VarintType), value)
}

func packed(numbers ...uint32) []byte {
	var out []byte
	for _, number := range numbers {
		out = protowire.AppendVarint(out, uint64(number))
	}
	return out
}
