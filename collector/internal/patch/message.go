package patch

import (
	"bytes"
	"encoding/binary"
	"math"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// message is what has attributes, and fields that can be set one by one.
type message interface {
	Attributes() pcommon.Map
	attributesTag() byte
	// setText sets a field that holds a text, and says whether this tag is
	// that of one.
	setText(p *patcher, tag byte, text []byte) bool
	// patch brings another field into its new state; index counts the fields
	// of this tag.
	patch(p *patcher, tag byte, index int, in, out []byte) bool
}

// patchMessage goes through the fields of a message, as they went in and as
// they came out.
//
// What went in has its fields in pdata's order. What came out may have more of
// them anywhere behind: a text is set again, for the last one counts, and an
// attribute is appended.
func patchMessage[M message](p *patcher, m M, in, out []byte) bool {
	edits := len(p.edits)
	ok := patchFields(p, m, in, out) && p.setValues(m.Attributes(), edits)
	p.edits = p.edits[:edits]
	return ok
}

func patchFields[M message](p *patcher, m M, in, out []byte) bool {
	// index counts the fields of one tag.
	counted, index := byte(0), 0
	for !bytes.HasPrefix(out, in) {
		same := samePrefix(in, out)
		was, at := field{}, 0
		for ; ; at = was.end {
			var ok bool
			if was, ok = readField(in, at); !ok {
				return false
			}
			if was.tag != counted {
				counted, index = was.tag, 0
			}
			if was.end > same {
				break
			}
			index++
		}
		became, ok := readField(out, at)
		switch {
		case ok && became.tag == was.tag:
			if !patchField(p, m, was.tag, index, in[was.start:was.end], out[became.start:became.end]) {
				return false
			}
			index++
			in, out = in[was.end:], out[became.end:]
		case ok && before(became.tag, was.tag):
			if !addField(p, m, became.tag, out[became.start:became.end]) {
				return false
			}
			in, out = in[at:], out[became.end:]
		case ok && before(was.tag, became.tag), at == len(out):
			// What has no text is empty.
			if !m.setText(p, was.tag, nil) {
				return false
			}
			in, out = in[was.end:], out[at:]
		default:
			return false
		}
	}
	for at := len(in); at < len(out); {
		added, ok := readField(out, at)
		if !ok || !addField(p, m, added.tag, out[added.start:added.end]) {
			return false
		}
		at = added.end
	}
	return true
}

func patchField[M message](p *patcher, m M, tag byte, index int, in, out []byte) bool {
	if tag != m.attributesTag() {
		return m.setText(p, tag, out) || m.patch(p, tag, index, in, out)
	}
	inKey, _, ok := readKeyValue(in)
	outKey, text, okOut := readKeyValue(out)
	if !ok || !okOut || !bytes.Equal(inKey, outKey) {
		return false
	}
	value, ok := readScalar(text)
	p.edits = append(p.edits, edit{index, value})
	return ok
}

func addField[M message](p *patcher, m M, tag byte, text []byte) bool {
	if tag != m.attributesTag() {
		return m.setText(p, tag, text)
	}
	key, text, ok := readKeyValue(text)
	if !ok {
		return false
	}
	value, ok := readScalar(text)
	if !ok {
		return false
	}
	// A key that is there already stands twice then, which a map of pdata can
	// hold but does not let anybody write.
	to, exists := m.Attributes().GetOrPutEmpty(p.text(key))
	if exists {
		return false
	}
	value.setTo(p, to)
	return true
}

// edit is a new value for the attribute at index.
type edit struct {
	index int
	value scalar
}

// setValues makes the edits from here on.
func (p *patcher) setValues(attributes pcommon.Map, from int) bool {
	edits := p.edits[from:]
	if len(edits) == 0 {
		return true
	}
	index := 0
	for _, value := range attributes.All() {
		if index == edits[0].index {
			edits[0].value.setTo(p, value)
			if edits = edits[1:]; len(edits) == 0 {
				return true
			}
		}
		index++
	}
	return false
}

// readKeyValue reads an attribute that has a key and a value, in either order,
// and nothing else.
func readKeyValue(message []byte) (key, value []byte, ok bool) {
	first, ok := readField(message, 0)
	if !ok {
		return nil, nil, false
	}
	second, ok := readField(message, first.end)
	if !ok || second.end != len(message) {
		return nil, nil, false
	}
	switch {
	case first.tag == tagKey && second.tag == tagValue:
	case first.tag == tagValue && second.tag == tagKey:
		first, second = second, first
	default:
		return nil, nil, false
	}
	return message[first.start:first.end], message[second.start:second.end], true
}

// scalar is a value that holds no other values.
type scalar struct {
	tag    byte
	text   []byte
	number uint64
}

func readScalar(message []byte) (scalar, bool) {
	only, ok := readField(message, 0)
	if !ok || only.end != len(message) {
		return scalar{}, false
	}
	value := scalar{tag: only.tag}
	switch only.tag {
	case tagStringValue:
		value.text = message[only.start:]
	case tagBoolValue, tagIntValue:
		value.number, _, _ = readVarint(message, only.start)
	case tagDoubleValue:
		value.number = binary.LittleEndian.Uint64(message[only.start:])
	default:
		return scalar{}, false
	}
	return value, true
}

func (s scalar) setTo(p *patcher, value pcommon.Value) {
	switch s.tag {
	case tagStringValue:
		value.SetStr(p.text(s.text))
	case tagBoolValue:
		value.SetBool(s.number != 0)
	case tagIntValue:
		value.SetInt(int64(s.number))
	case tagDoubleValue:
		value.SetDouble(math.Float64frombits(s.number))
	}
}

type span struct{ ptrace.Span }

func (span) attributesTag() byte { return tagSpanAttributes }

func (s span) setText(p *patcher, tag byte, text []byte) bool {
	switch tag {
	case tagTraceState:
		s.TraceState().FromRaw(p.text(text))
	case tagSpanName:
		s.SetName(string(text))
	default:
		return false
	}
	return true
}

func (s span) patch(p *patcher, tag byte, index int, in, out []byte) bool {
	switch tag {
	case tagEvents:
		return patchMessage(p, event{s.Events().At(index)}, in, out)
	case tagStatus:
		return setStatus(s.Status(), out)
	}
	return false
}

func setStatus(status ptrace.Status, message []byte) bool {
	status.SetMessage("")
	status.SetCode(ptrace.StatusCodeUnset)
	for at := 0; at < len(message); {
		f, ok := readField(message, at)
		if !ok {
			return false
		}
		switch f.tag {
		case tagStatusMessage:
			status.SetMessage(string(message[f.start:f.end]))
		case tagStatusCode:
			code, _, _ := readVarint(message, f.start)
			status.SetCode(ptrace.StatusCode(code))
		default:
			return false
		}
		at = f.end
	}
	return true
}

type event struct{ ptrace.SpanEvent }

func (event) attributesTag() byte { return tagEventAttributes }

func (e event) setText(_ *patcher, tag byte, text []byte) bool {
	if tag != tagEventName {
		return false
	}
	e.SetName(string(text))
	return true
}

func (event) patch(*patcher, byte, int, []byte, []byte) bool { return false }

type resource struct{ pcommon.Resource }

func (resource) attributesTag() byte { return tagResourceAttributes }

func (resource) setText(*patcher, byte, []byte) bool { return false }

func (resource) patch(*patcher, byte, int, []byte, []byte) bool { return false }

type scope struct{ pcommon.InstrumentationScope }

func (scope) attributesTag() byte { return tagScopeAttributes }

func (s scope) setText(_ *patcher, tag byte, text []byte) bool {
	switch tag {
	case tagScopeName:
		s.SetName(string(text))
	case tagScopeVersion:
		s.SetVersion(string(text))
	default:
		return false
	}
	return true
}

func (scope) patch(*patcher, byte, int, []byte, []byte) bool { return false }
