package edits

import (
	"errors"
	"fmt"
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// checker goes through one answer, and resolves what it says. What it has is
// used again for the next answer.
type checker struct {
	editor *Editor
	batch  *Batch
	// view is which spans, resources and scopes of the batch stand in the view.
	view [carrierScope + 1]numbers
	// dropped are spans of this answer that the edits have not come to.
	dropped []numbers
	// firstChanged is where its spans begin in Batch.changed: what stands before
	// must be as it was if the answer is refused.
	firstChanged int

	// edit is the one that is looked at.
	edit edit
	unit unit
	// section and member are the carrier's place in its unit.
	section int
	member  uint32
	place   place
	// done is how far the edits of this carrier have come.
	done done
	// attributes are those of the carrier, and firstSet is where its sets begin in
	// Batch.sets.
	attributes    pcommon.Map
	hasAttributes bool
	firstSet      int
	walk          walk
}

// unit is a resource, scope or span that has edits.
type unit struct {
	carrier carrier
	// number is that in the batch.
	number int
	// rank counts resources, scopes and spans before it in the batch, and 1. It is
	// 0 before the first one.
	rank int
	// scope is the number of the last scope that was met.
	scope int
	span  ptrace.Span
	// hasEdits says that it had its edits in an earlier part: these do nothing.
	hasEdits bool
	// events, links and entities are how many of them the view has, -1 where that
	// was not asked.
	events, links, entities int
}

// done is what the last edit of a carrier did.
type done struct {
	// kind is 0 before the first edit.
	kind   int
	which  uint32
	path   []uint32
	action action
	// closed is a path below which nothing is changed: what is there goes.
	closed []uint32
}

// The kinds of edits of one carrier, in order.
const (
	kindNone = iota
	kindField
	kindAttribute
	kindPath
)

func (a action) kind() int {
	switch a {
	case setField:
		return kindField
	case setAttribute:
		return kindAttribute
	}
	return kindPath
}

// check resolves an answer. After an error, the batch has to be rolled back.
func (c *checker) check(e *Editor, b *Batch, units numbers, answer []byte) error {
	c.editor, c.batch, c.firstChanged = e, b, len(b.changed)
	for _, of := range []carrier{carrierSpan, carrierResource, carrierScope} {
		c.view[of] = b.layout.within(units, of)
	}
	r := readerOf(answer)
	if err := c.checkDrops(&r); err != nil {
		return err
	}
	c.unit = unit{}
	for index := 0; r.more() || r.failed; index++ {
		if err := c.checkEdit(&r); err != nil {
			return fmt.Errorf("edit %d %w", index, err)
		}
	}
	b.answered.resources = max(b.answered.resources, c.view[carrierResource].end)
	b.answered.scopes = max(b.answered.scopes, c.view[carrierScope].end)
	return nil
}

var (
	errNoProtobuf = errors.New("is no protobuf that the contract knows")
	errNoPlace    = errors.New("names a place that the view does not have")
	errOrder      = errors.New("stands before or on the place of the edit before it")
	errClosed     = errors.New("changes what another edit replaces")
	errDropped    = errors.New("changes a span that is dropped")
)

func errNumber(of carrier, number uint32, count int) error {
	return fmt.Errorf("names %s %d; the view has %d", of, number, count)
}

func errWrites(what string) error {
	return fmt.Errorf("writes what `configure` did not name: %s", what)
}

// checkDrops reads what stands before the edits, as far as it can be read.
func (c *checker) checkDrops(r *reader) error {
	dropsUnknownFields, spans := false, reader{}
	for r.more() && r.message[r.at] != tagEdits {
		tag := r.tag()
		switch tag {
		case tagDropUnknownFields:
			dropsUnknownFields = r.bool()
		case tagDroppedSpans:
			if spans = readerOf(r.length()); !spans.more() {
				r.fail()
			}
		default:
			r.fail()
		}
		r.once(tag)
	}
	// pdata keeps no such fields.
	if dropsUnknownFields && !c.editor.writes.DropsUnknownFields {
		return errors.New("drops unknown fields, which `configure` did not name")
	}
	err := c.checkDroppedSpans(&spans)
	if spans.failed {
		r.fail()
	}
	return err
}

// checkDroppedSpans notes the spans with these numbers in the view, those that
// follow each other as one.
func (c *checker) checkDroppedSpans(list *reader) error {
	begun, spans := len(c.batch.dropped), c.view[carrierSpan]
	end := spans.first
	for list.more() {
		number := int(list.uint32())
		span := spans.first + number
		switch {
		case list.failed:
			return nil
		case !c.editor.writes.DropsSpans:
			return errors.New("drops spans, which `configure` did not name")
		case number >= spans.count():
			return fmt.Errorf("drops span %d; the view has %d", number, spans.count())
		case span < end:
			return errors.New("dropped spans are out of order")
		case span == end && len(c.batch.dropped) > begun:
			c.batch.dropped[len(c.batch.dropped)-1].end++
		default:
			c.batch.dropped = append(c.batch.dropped, numbers{span, span + 1})
		}
		end = span + 1
	}
	c.dropped = c.batch.dropped[begun:]
	return nil
}

// checkEdit reads the next edit, and resolves it.
func (c *checker) checkEdit(r *reader) error {
	if r.failed || r.tag() != tagEdits || !c.edit.decode(r.length()) {
		return errNoProtobuf
	}
	if err := c.enter(); err != nil {
		return err
	}
	if err := c.follows(); err != nil {
		return err
	}
	switch c.edit.action {
	case setField:
		return c.setField()
	case setAttribute:
		return c.setAttribute()
	}
	if c.edit.carrier == carrierEntity {
		return c.renameEntityKey()
	}
	return c.changeEntry()
}

// follows says whether the edit stands behind the one before it among those of
// the same carrier, and not inside of what that one takes away.
func (c *checker) follows() error {
	e, done := &c.edit, &c.done
	kind := e.action.kind()
	if kind < done.kind {
		return errOrder
	}
	if kind == kindPath {
		if kind == done.kind {
			order := slices.Compare(e.path, done.path)
			// At one path removeEntry comes first, which has the highest number.
			if order < 0 || order == 0 && e.action >= done.action {
				return errOrder
			}
		}
		if len(done.closed) > 0 && len(e.path) >= len(done.closed) && slices.Equal(done.closed, e.path[:len(done.closed)]) {
			return errClosed
		}
	} else if kind == done.kind && e.which <= done.which {
		return errOrder
	}
	done.kind, done.which, done.action = kind, e.which, e.action
	return nil
}

// release lets go of all but memory.
func (c *checker) release() {
	c.walk.release()
	done := done{path: c.done.path[:0], closed: c.done.closed[:0]}
	*c = checker{edit: edit{path: c.edit.path[:0]}, done: done, walk: c.walk}
}
