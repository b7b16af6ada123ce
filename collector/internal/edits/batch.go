package edits

import (
	"sync"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Batch is a batch of spans, and what is to be done to it. It is handed over in
// parts, in order: each is checked by an [Editor], dropped, or left as it is by
// saying nothing. Nothing changes until [Batch.Apply].
type Batch struct {
	traces ptrace.Traces
	layout layout
	// answered is how many resources and scopes stand in parts that were checked:
	// one that goes on in a later part has had its edits.
	answered struct{ resources, scopes int }

	values  slab[valueEdit]
	sets    []setEdit
	lists   []listEdit
	entries []entryEdit
	fields  slab[fieldEdit]
	// changed are spans that have an edit on themselves, their scope or resource;
	// a resource before the scopes and spans in it. dropped are those that go, in
	// order.
	changed []numbers
	dropped []numbers
	// blocked are units that go with all that is in them, in order.
	blocked []numbers
	// texts is where the texts of all edits are until they are applied.
	texts []byte

	checker checker
}

var batches = sync.Pool{New: func() any { return new(Batch) }}

// NewBatch begins the work on a batch, which may not change by other hands until
// [Batch.Release].
func NewBatch(traces ptrace.Traces) *Batch {
	b := batches.Get().(*Batch)
	b.traces = traces
	b.layout.reset(traces)
	return b
}

// Release ends the work. Nothing of the batch is kept.
func (b *Batch) Release() {
	b.rollback(mark{})
	b.traces = ptrace.Traces{}
	b.answered.resources, b.answered.scopes = 0, 0
	b.blocked = b.blocked[:0]
	b.checker.release()
	batches.Put(b)
}

// Drop says that nothing of a part, the units [first, end), goes on: its spans, and
// what came without spans.
func (b *Batch) Drop(first, end int) {
	if spans := b.layout.within(numbers{first, end}, carrierSpan); spans.count() > 0 {
		b.dropped = append(b.dropped, spans)
	}
	b.blocked = append(b.blocked, numbers{first, end})
}

// text is one in Batch.texts.
type text struct{ at, length int }

func (b *Batch) keep(bytes []byte) text {
	at := len(b.texts)
	b.texts = append(b.texts, bytes...)
	return text{at, len(bytes)}
}

// copied returns a copy, for what holds on to it outlives the batch.
func (b *Batch) copied(t text) string { return string(b.texts[t.at : t.at+t.length]) }

// newValue is a scalar whose text is kept.
type newValue struct {
	tag  byte
	bits uint64
	text text
}

func (b *Batch) keepValue(s *scalar) newValue {
	value := newValue{tag: s.tag, bits: s.bits}
	if s.tag == tagText {
		value.text = b.keep(s.text)
	}
	return value
}

// valueEdit gives a value another.
type valueEdit struct {
	value pcommon.Value
	to    newValue
}

// setEdit puts a value under a key.
type setEdit struct {
	attributes pcommon.Map
	key        string
	to         newValue
}

// listEdit is a list of attributes or of the entries of a map, in which keys change or
// entries go.
type listEdit struct {
	list pcommon.Map
	// first and last are indexes in Batch.entries.
	first, last int
	renames     bool
}

// entryEdit is what happens to one entry of a list.
type entryEdit struct {
	index int
	// next is the index of that of the next entry in the same list, 0 where there
	// is none.
	next    int
	removes bool
	key     text
}

// fieldEdit gives a field a text.
//
// A batch of small spans may have one for each, so it is small.
type fieldEdit struct {
	carrier uint8
	field   uint8
	// resource, scope, span and member are those of the place, key is the number of
	// a key of an entity, where the field is one.
	resource, scope, span, member, key uint32
	to                                 text
}

func newFieldEdit(at place, field textField, key uint32, to text) fieldEdit {
	return fieldEdit{
		carrier: uint8(at.carrier), field: uint8(field),
		resource: uint32(at.resource), scope: uint32(at.scope), span: uint32(at.span), member: uint32(at.member),
		key: key, to: to,
	}
}

// place is a carrier in a batch, each part of it by its index in the one before.
type place struct {
	carrier                       carrier
	resource, scope, span, member int
}

// mark is how much there was at a time.
type mark struct {
	values, sets, lists, entries, fields, changed, dropped, texts int
}

func (b *Batch) mark() mark {
	return mark{
		values: b.values.length, sets: len(b.sets), lists: len(b.lists), entries: len(b.entries),
		fields: b.fields.length, changed: len(b.changed), dropped: len(b.dropped), texts: len(b.texts),
	}
}

// rollback takes away what came after a mark, with what it refers to.
func (b *Batch) rollback(to mark) {
	clear(b.sets[to.sets:])
	clear(b.lists[to.lists:])
	b.values.cut(to.values)
	b.fields.cut(to.fields)
	b.sets, b.lists, b.entries = b.sets[:to.sets], b.lists[:to.lists], b.entries[:to.entries]
	b.changed, b.dropped = b.changed[:to.changed], b.dropped[:to.dropped]
	b.texts = b.texts[:to.texts]
}
