package edits

import "github.com/lapidary-dev/lapidary/collector/internal/sight"

// carrier is what an edit changes, as wit/edits.proto numbers it.
type carrier uint32

const (
	carrierSpan carrier = iota
	carrierResource
	carrierScope
	carrierEvent
	carrierLink
	carrierEntity
	carriers
)

// isMember says whether there are several of it in one span or resource.
func (c carrier) isMember() bool { return c >= carrierEvent }

// unit is what it stands in, or itself where it stands in no other.
func (c carrier) unit() carrier {
	switch c {
	case carrierEvent, carrierLink:
		return carrierSpan
	case carrierEntity:
		return carrierResource
	}
	return c
}

func (c carrier) String() string {
	return [...]string{"span", "resource", "scope", "event", "link", "entity"}[c]
}

// attributes returns whose attributes those of a carrier are. An entity has none.
func (c carrier) attributes() sight.Carrier {
	return [...]sight.Carrier{sight.Span, sight.Resource, sight.Scope, sight.Event, sight.Link}[c]
}

// textField is a field that an edit gives a text, as wit/edits.proto numbers it.
type textField uint32

const (
	fieldName textField = iota
	fieldStatusMessage
	fieldTraceState
	fieldVersion
	fieldSchemaURL
	fieldType
	textFields
)

// The keys of an entity are fields too, once edits are resolved.
const (
	fieldIDKey = textFields + iota
	fieldDescriptionKey
)

// action is what an edit does, by the tag of its field. In order, but for those
// with a path, which removeEntry begins.
type action byte

const (
	setField     action = tagSetField
	setAttribute action = tagSetAttribute
	replaceValue action = tagReplaceValue
	renameKey    action = tagRenameKey
	removeEntry  action = tagRemoveEntry
)

// edit is one as it was decoded. Its texts are the answer's bytes.
type edit struct {
	carrier carrier
	number  uint32
	member  uint32
	action  action
	// which is the number of a field or of a key to set.
	which uint32
	path  []uint32
	// text is that of a field or a key.
	text  []byte
	value scalar
}

// scalar is a value that an edit gives.
type scalar struct {
	// tag says which kind; 0 where there is none.
	tag byte
	// bits are those of what is no text.
	bits uint64
	text []byte
}

// decode reads an edit, whose path takes the place of the one before it.
func (e *edit) decode(message []byte) bool {
	*e = edit{path: e.path[:0]}
	r := readerOf(message)
	for r.more() {
		tag := r.tag()
		r.once(tag)
		switch tag {
		case tagCarrier:
			if e.carrier = carrier(r.uint32()); e.carrier >= carriers {
				r.fail()
			}
		case tagNumber:
			e.number = r.uint32()
		case tagMember:
			e.member = r.uint32()
		case tagSetField, tagSetAttribute, tagReplaceValue, tagRenameKey, tagRemoveEntry:
			if e.action != 0 || !e.decodeAction(action(tag), r.length()) {
				r.fail()
			}
		default:
			r.fail()
		}
	}
	return !r.failed && e.action != 0
}

func (e *edit) decodeAction(action action, message []byte) bool {
	e.action = action
	r := readerOf(message)
	for r.more() {
		tag := r.tag()
		r.once(tag)
		hasNumber := action == setField || action == setAttribute
		switch {
		case tag == tagWhichNumber && hasNumber:
			e.which = r.uint32()
		case tag == tagWhichPath && !hasNumber:
			e.path = r.packed(e.path)
		case tag == tagTo && (action == setField || action == renameKey):
			e.text = r.text()
		case tag == tagTo && action != removeEntry:
			if !e.value.decode(r.length()) {
				r.fail()
			}
		default:
			r.fail()
		}
	}
	switch action {
	case setField:
		return !r.failed && e.which < uint32(textFields)
	case setAttribute, replaceValue:
		return !r.failed && e.value.tag != 0
	}
	return !r.failed
}

func (s *scalar) decode(message []byte) bool {
	r := readerOf(message)
	for r.more() {
		if s.tag != 0 {
			return false
		}
		s.tag = r.tag()
		switch s.tag {
		case tagText:
			s.text = r.text()
		case tagBool:
			if r.bool() {
				s.bits = 1
			}
		case tagInt:
			s.bits = r.varint()
		case tagDouble:
			s.bits = r.fixed64()
		default:
			return false
		}
	}
	return !r.failed && s.tag != 0
}
