package pieces

import (
	"iter"

	"google.golang.org/protobuf/encoding/protowire"
)

// The fields by which the messages of a batch are told from each other.
const (
	// numberResourceSpans is that of TracesData.
	numberResourceSpans = 1
	// numberChild is that of the list in ResourceSpans and in ScopeSpans.
	numberChild = 2

	numberTraceID = 1
	numberSpanID  = 2
)

// unit is what a batch is cut between: a span, or a resource or scope that has
// none.
type unit struct {
	resource, scope envelope
	// resourceIndex counts resources, scopeIndex the scopes of all of them.
	resourceIndex, scopeIndex int
	hasScope                  bool
	// span is the whole field, with tag and length; nil where there is none.
	span []byte
}

// envelope is what stands around the children of a resource or a scope: the
// fields before the first of them, and those behind it.
type envelope struct{ before, after []byte }

func (e envelope) size() int { return len(e.before) + len(e.after) }

// units goes through a batch, in the order in which its spans stand.
func units(batch []byte) iter.Seq[unit] {
	return func(yield func(unit) bool) {
		w := walk{yield: yield, unit: unit{resourceIndex: -1, scopeIndex: -1}}
		for number, field := range fields(batch) {
			if number == numberResourceSpans && !w.resource(content(field)) {
				return
			}
		}
	}
}

// walk is a way through a batch. Its methods say whether to go on.
type walk struct {
	unit
	yield func(unit) bool
}

func (w *walk) resource(message []byte) bool {
	hasChildren := false
	w.resourceIndex++
	w.unit.resource, hasChildren = envelopeOf(message)
	if !hasChildren {
		w.hasScope, w.span = false, nil
		return w.yield(w.unit)
	}
	for number, field := range fields(message) {
		if number == numberChild && !w.scope(content(field)) {
			return false
		}
	}
	return true
}

func (w *walk) scope(message []byte) bool {
	hasChildren := false
	w.scopeIndex++
	w.unit.scope, hasChildren = envelopeOf(message)
	w.hasScope, w.span = true, nil
	if !hasChildren {
		return w.yield(w.unit)
	}
	for number, field := range fields(message) {
		if number != numberChild {
			continue
		}
		if w.span = field; !w.yield(w.unit) {
			return false
		}
	}
	return true
}

// envelopeOf returns what stands around the children of a message, and whether
// it has any.
func envelopeOf(message []byte) (e envelope, hasChildren bool) {
	at, copied := 0, false
	for number, field := range fields(message) {
		from := at
		at += len(field)
		switch {
		case number == numberChild && !hasChildren:
			hasChildren = true
			e.before = message[:from]
		case number == numberChild || !hasChildren:
		case len(e.after) == 0:
			e.after = field
		default:
			// Fields in between are put behind the children: protobuf lets them
			// stand anywhere.
			if !copied {
				copied, e.after = true, e.after[:len(e.after):len(e.after)]
			}
			e.after = append(e.after, field...)
		}
	}
	if !hasChildren {
		e.before = message
	}
	return e, hasChildren
}

// fields goes through the fields of a message: the number, and the whole field
// with tag and value. It ends where the bytes are no fields any more.
func fields(message []byte) iter.Seq2[protowire.Number, []byte] {
	return func(yield func(protowire.Number, []byte) bool) {
		for len(message) > 0 {
			number, _, length := protowire.ConsumeField(message)
			if length < 0 || !yield(number, message[:length]) {
				return
			}
			message = message[length:]
		}
	}
}

// content returns what is in a field that has a length.
func content(field []byte) []byte {
	_, _, tag := protowire.ConsumeTag(field)
	value, _ := protowire.ConsumeBytes(field[max(tag, 0):])
	return value
}
