package edits

import (
	"math"
	"math/bits"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/xpdata"
	"go.opentelemetry.io/collector/pdata/xpdata/entity"
)

// Counts says what became of the spans of a batch.
type Counts struct {
	In, Out int
	// Changed are those that stay and have an edit on themselves, their scope or
	// resource.
	Changed int
	Dropped int
}

// Counts says what [Batch.Apply] would do, and does nothing.
func (b *Batch) Counts() Counts {
	dropped := numbersIn(b.dropped)
	return Counts{
		In: b.layout.spans, Out: b.layout.spans - dropped,
		Changed: b.changedSpans(), Dropped: dropped,
	}
}

// Apply does everything that was checked.
func (b *Batch) Apply() Counts {
	counts := b.Counts()
	for index := range b.values.length {
		value := b.values.at(index)
		b.set(value.value, &value.to)
	}
	b.setAttributes()
	for index := range b.lists {
		b.applyList(&b.lists[index])
	}
	for index := range b.fields.length {
		b.applyField(b.fields.at(index))
	}
	b.dropSpans(counts.Dropped)
	return counts
}

func (b *Batch) set(value pcommon.Value, to *newValue) {
	switch to.tag {
	case tagText:
		value.SetStr(b.copied(to.text))
	case tagBool:
		value.SetBool(to.bits == 1)
	case tagInt:
		value.SetInt(int64(to.bits))
	case tagDouble:
		value.SetDouble(math.Float64frombits(to.bits))
	}
}

// setAttributes goes once through the attributes of each carrier.
func (b *Batch) setAttributes() {
	for rest := b.sets; len(rest) > 0; {
		attributes, count := rest[0].attributes, 1
		for count < len(rest) && count < 64 && rest[count].attributes == attributes {
			count++
		}
		b.setSome(attributes, rest[:count])
		rest = rest[count:]
	}
}

// setSome sets up to 64 attributes of one carrier.
func (b *Batch) setSome(attributes pcommon.Map, sets []setEdit) {
	lengths, found := uint64(0), uint64(0)
	for index := range sets {
		lengths |= 1 << (len(sets[index].key) & 63)
	}
	for key, value := range attributes.All() {
		// Most attributes are told from those that are set by this.
		if lengths>>(len(key)&63)&1 == 0 {
			continue
		}
		for index := range sets {
			if sets[index].key == key {
				found |= 1 << index
				b.set(value, &sets[index].to)
			}
		}
	}
	attributes.EnsureCapacity(attributes.Len() + len(sets) - bits.OnesCount64(found))
	for index := range sets {
		if found>>index&1 == 0 {
			b.put(attributes, sets[index].key, &sets[index].to)
		}
	}
}

func (b *Batch) put(attributes pcommon.Map, key string, to *newValue) {
	switch to.tag {
	case tagText:
		attributes.PutStr(key, b.copied(to.text))
	case tagBool:
		attributes.PutBool(key, to.bits == 1)
	case tagInt:
		attributes.PutInt(key, int64(to.bits))
	case tagDouble:
		attributes.PutDouble(key, math.Float64frombits(to.bits))
	}
}

func (b *Batch) applyList(l *listEdit) {
	next, index := l.first, -1
	// Says what happens to the entry behind the last one.
	edit := func() *entryEdit {
		index++
		at := next
		if at < 0 || b.entries[at].index != index {
			return nil
		}
		if next = b.entries[at].next; next == 0 {
			next = -1
		}
		return &b.entries[at]
	}
	if !l.renames {
		l.list.RemoveIf(func(string, pcommon.Value) bool { return edit() != nil })
		return
	}
	// No key can be changed in a pcommon.Map, and two of its entries may have the
	// same one.
	var builder xpdata.MapBuilder
	builder.EnsureCapacity(l.list.Len())
	for key, value := range l.list.All() {
		edit := edit()
		if edit != nil && edit.removes {
			continue
		}
		if edit != nil {
			key = b.copied(edit.key)
		}
		value.MoveTo(builder.AppendEmpty(key))
	}
	builder.UnsafeIntoMap(l.list)
}

func (b *Batch) applyField(f *fieldEdit) {
	resource := b.traces.ResourceSpans().At(int(f.resource))
	to := b.copied(f.to)
	switch carrier(f.carrier) {
	case carrierResource:
		resource.SetSchemaUrl(to)
	case carrierEntity:
		setEntityField(entity.ResourceEntityRefs(resource.Resource()).At(int(f.member)), f, to)
	case carrierScope:
		setScopeField(resource.ScopeSpans().At(int(f.scope)), textField(f.field), to)
	case carrierSpan:
		setSpanField(resource.ScopeSpans().At(int(f.scope)).Spans().At(int(f.span)), textField(f.field), to)
	case carrierEvent:
		resource.ScopeSpans().At(int(f.scope)).Spans().At(int(f.span)).Events().At(int(f.member)).SetName(to)
	case carrierLink:
		resource.ScopeSpans().At(int(f.scope)).Spans().At(int(f.span)).Links().At(int(f.member)).TraceState().FromRaw(to)
	}
}

func setEntityField(ref entity.EntityRef, f *fieldEdit, to string) {
	switch textField(f.field) {
	case fieldSchemaURL:
		ref.SetSchemaUrl(to)
	case fieldType:
		ref.SetType(to)
	case fieldIDKey:
		ref.IdKeys().SetAt(int(f.key), to)
	case fieldDescriptionKey:
		ref.DescriptionKeys().SetAt(int(f.key), to)
	}
}

func setScopeField(scope ptrace.ScopeSpans, field textField, to string) {
	switch field {
	case fieldName:
		scope.Scope().SetName(to)
	case fieldVersion:
		scope.Scope().SetVersion(to)
	case fieldSchemaURL:
		scope.SetSchemaUrl(to)
	}
}

func setSpanField(span ptrace.Span, field textField, to string) {
	switch field {
	case fieldName:
		span.SetName(to)
	case fieldStatusMessage:
		span.Status().SetMessage(to)
	case fieldTraceState:
		span.TraceState().FromRaw(to)
	}
}
