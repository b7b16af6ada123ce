package pieces

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"google.golang.org/protobuf/encoding/protowire"
)

// writer puts units together to a batch. A resource and a scope are written
// when the next one begins: their length stands before them.
type writer struct {
	out             []byte
	resource, scope level
}

// level is the resource, or the scope, to which children are added.
type level struct {
	open     bool
	envelope envelope
	// own is where the envelope's bytes are, for those that it came with may be
	// overwritten.
	own      []byte
	children []byte
}

// add writes a unit. It begins a new resource, or a new scope of the one that
// is open, where it is told so.
func (w *writer) add(u *unit, newResource, newScope bool) {
	if newResource {
		w.closeResource()
		w.resource.begin(u.resource)
	} else if len(w.resource.children) == 0 && !w.scope.open {
		// Only now it shows where its children stand.
		w.resource.begin(u.resource)
	}
	if !u.hasScope {
		return
	}
	if newResource || newScope {
		w.closeScope()
		w.scope.begin(u.scope)
	} else if len(w.scope.children) == 0 {
		w.scope.begin(u.scope)
	}
	w.scope.children = append(w.scope.children, u.span...)
}

// finish returns what was written; it is valid until the next unit is added.
func (w *writer) finish() []byte {
	w.closeResource()
	return w.out
}

func (w *writer) reset() {
	w.closeResource()
	w.out = w.out[:0]
}

func (w *writer) closeResource() {
	w.closeScope()
	w.out = w.resource.end(w.out, numberResourceSpans)
}

func (w *writer) closeScope() {
	w.resource.children = w.scope.end(w.resource.children, numberChild)
}

func (l *level) begin(e envelope) {
	l.open = true
	l.own = append(append(l.own[:0], e.before...), e.after...)
	l.envelope = envelope{before: l.own[:len(e.before)], after: l.own[len(e.before):]}
	l.children = l.children[:0]
}

// holds says whether it is open and has these fields, wherever the children
// stand among them.
func (l *level) holds(e envelope) bool {
	return l.open && len(l.own) == e.size() &&
		bytes.Equal(l.own[:len(e.before)], e.before) && bytes.Equal(l.own[len(e.before):], e.after)
}

func (l *level) end(to []byte, number protowire.Number) []byte {
	if !l.open {
		return to
	}
	l.open = false
	to = protowire.AppendTag(to, number, protowire.BytesType)
	to = binary.AppendUvarint(to, uint64(l.envelope.size()+len(l.children)))
	to = append(to, l.envelope.before...)
	to = append(to, l.children...)
	l.children = l.children[:0]
	return append(to, l.envelope.after...)
}

// fieldSize is how long a field with this content is.
func fieldSize(content int) int { return 1 + (bits.Len(uint(content)|1)+6)/7 + content }
