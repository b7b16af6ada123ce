package edits

import (
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/xpdata"
	"go.opentelemetry.io/collector/pdata/xpdata/entity"
)

// plainEdit is an edit that is easy to carry out.
type plainEdit struct {
	on             carrier
	number, member int
	action         action
	which          int
	// path is that in the view, place that in the batch.
	path, place []uint32
	text        string
	value       any
}

func (e plainEdit) bytes() []byte {
	var action []byte
	switch e.action {
	case setField:
		action = setFieldTo(textField(e.which), e.text)
	case setAttribute:
		action = setTo(e.which, scalarOf(e.value))
	case replaceValue:
		action = replaceAt(scalarOf(e.value), e.path...)
	case renameKey:
		action = renameAt(e.text, e.path...)
	case removeEntry:
		action = removeAt(e.path...)
	}
	return onMember(e.on, e.number, e.member, action)
}

func scalarOf(value any) []byte {
	switch value := value.(type) {
	case string:
		return textValue(value)
	case bool:
		return boolValue(value)
	case int64:
		return intValue(value)
	default:
		return doubleValue(value.(float64))
	}
}

// plainList is a list of attributes, or what is in a map or an array, where keys
// mean nothing.
type plainList []*plainEntry

type plainEntry struct {
	key    string
	kind   pcommon.ValueType
	scalar any
	inside plainList
}

func readMap(list pcommon.Map) plainList {
	var out plainList
	for key, value := range list.All() {
		out = append(out, readValue(key, value))
	}
	return out
}

func readValue(key string, value pcommon.Value) *plainEntry {
	out := &plainEntry{key: key, kind: value.Type()}
	switch value.Type() {
	case pcommon.ValueTypeMap:
		out.inside = readMap(value.Map())
	case pcommon.ValueTypeSlice:
		for _, element := range value.Slice().All() {
			out.inside = append(out.inside, readValue("", element))
		}
	default:
		out.scalar = value.AsRaw()
	}
	return out
}

func (l plainList) write(to pcommon.Map) {
	var builder xpdata.MapBuilder
	for _, entry := range l {
		entry.write(builder.AppendEmpty(entry.key))
	}
	builder.UnsafeIntoMap(to)
}

func (e *plainEntry) write(to pcommon.Value) {
	switch e.kind {
	case pcommon.ValueTypeMap:
		e.inside.write(to.SetEmptyMap())
	case pcommon.ValueTypeSlice:
		list := to.SetEmptySlice()
		for _, element := range e.inside {
			element.write(list.AppendEmpty())
		}
	default:
		if err := to.FromRaw(e.scalar); err != nil {
			panic(err)
		}
	}
}

// plainBatch is a batch by the numbers of its parts.
type plainBatch struct {
	resources []ptrace.ResourceSpans
	scopes    []ptrace.ScopeSpans
	spans     []ptrace.Span
}

func plainBatchOf(traces ptrace.Traces) plainBatch {
	var out plainBatch
	for _, resource := range traces.ResourceSpans().All() {
		out.resources = append(out.resources, resource)
		for _, scope := range resource.ScopeSpans().All() {
			out.scopes = append(out.scopes, scope)
			for _, span := range scope.Spans().All() {
				out.spans = append(out.spans, span)
			}
		}
	}
	return out
}

func (b plainBatch) attributes(of plainEdit) pcommon.Map {
	switch of.on {
	case carrierResource:
		return b.resources[of.number].Resource().Attributes()
	case carrierScope:
		return b.scopes[of.number].Scope().Attributes()
	case carrierSpan:
		return b.spans[of.number].Attributes()
	case carrierEvent:
		return b.spans[of.number].Events().At(of.member).Attributes()
	default:
		return b.spans[of.number].Links().At(of.member).Attributes()
	}
}

// applyPlainly carries edits out as the contract tells them, one carrier after the
// other. Positions are those of the batch, sets are the keys.
func applyPlainly(traces ptrace.Traces, sets []string, edits []plainEdit) {
	batch := plainBatchOf(traces)
	for len(edits) > 0 {
		count := 1
		for count < len(edits) && edits[count].on == edits[0].on && edits[count].number == edits[0].number &&
			edits[count].member == edits[0].member {
			count++
		}
		batch.applyToCarrier(sets, edits[:count])
		edits = edits[count:]
	}
}

func (b plainBatch) applyToCarrier(sets []string, edits []plainEdit) {
	if edits[0].on == carrierEntity {
		refs := entity.ResourceEntityRefs(b.resources[edits[0].number].Resource())
		for _, e := range edits {
			applyToEntity(refs.At(e.member), e)
		}
		return
	}
	list := readMap(b.attributes(edits[0]))
	before := slices.Clone(list)
	var keys []string
	for _, entry := range before {
		keys = append(keys, entry.key)
	}
	var set []string
	for _, e := range edits {
		if e.action == setField {
			b.setField(e)
		}
		if e.action == setAttribute {
			set = append(set, sets[e.which])
			list = list.set(sets[e.which], e.value)
		}
	}
	// The last first: then no position moves before it is needed.
	for _, e := range slices.Backward(edits) {
		if e.place != nil && !slices.Contains(set, keys[e.place[0]]) {
			list = list.change(e, e.place)
		}
	}
	list.write(b.attributes(edits[0]))
}

func (l plainList) set(key string, value any) plainList {
	found := false
	for _, entry := range l {
		if entry.key == key {
			entry.give(value)
			found = true
		}
	}
	if !found {
		l = append(l, &plainEntry{key: key})
		l[len(l)-1].give(value)
	}
	return l
}

func (e *plainEntry) give(value any) {
	*e = plainEntry{key: e.key, scalar: value}
}

func (l plainList) change(e plainEdit, path []uint32) plainList {
	entry := l[path[0]]
	switch {
	case len(path) > 1:
		entry.inside = entry.inside.change(e, path[1:])
	case e.action == replaceValue:
		entry.give(e.value)
	case e.action == renameKey:
		entry.key = e.text
	case e.action == removeEntry:
		return slices.Delete(slices.Clone(l), int(path[0]), int(path[0])+1)
	}
	return l
}

func (b plainBatch) setField(e plainEdit) {
	field := textField(e.which)
	switch {
	case e.on == carrierResource:
		b.resources[e.number].SetSchemaUrl(e.text)
	case e.on == carrierScope && field == fieldName:
		b.scopes[e.number].Scope().SetName(e.text)
	case e.on == carrierScope && field == fieldVersion:
		b.scopes[e.number].Scope().SetVersion(e.text)
	case e.on == carrierScope:
		b.scopes[e.number].SetSchemaUrl(e.text)
	case e.on == carrierSpan && field == fieldName:
		b.spans[e.number].SetName(e.text)
	case e.on == carrierSpan && field == fieldStatusMessage:
		b.spans[e.number].Status().SetMessage(e.text)
	case e.on == carrierSpan:
		b.spans[e.number].TraceState().FromRaw(e.text)
	case e.on == carrierEvent:
		b.spans[e.number].Events().At(e.member).SetName(e.text)
	case e.on == carrierLink:
		b.spans[e.number].Links().At(e.member).TraceState().FromRaw(e.text)
	}
}

func applyToEntity(ref entity.EntityRef, e plainEdit) {
	switch {
	case e.action == renameKey && e.place[0] == 0:
		ref.IdKeys().SetAt(int(e.place[1]), e.text)
	case e.action == renameKey:
		ref.DescriptionKeys().SetAt(int(e.place[1]), e.text)
	case textField(e.which) == fieldType:
		ref.SetType(e.text)
	default:
		ref.SetSchemaUrl(e.text)
	}
}

// without returns a batch without some spans, without the scopes and resources
// that lose their last one by it, and without those units that came without.
func without(traces ptrace.Traces, dropped, bare []int) ptrace.Traces {
	out, number, unit := ptrace.NewTraces(), 0, 0
	for _, resource := range traces.ResourceSpans().All() {
		to := ptrace.NewResourceSpans()
		resource.Resource().CopyTo(to.Resource())
		to.SetSchemaUrl(resource.SchemaUrl())
		had, has := 0, 0
		for _, scope := range resource.ScopeSpans().All() {
			toScope := ptrace.NewScopeSpans()
			scope.Scope().CopyTo(toScope.Scope())
			toScope.SetSchemaUrl(scope.SchemaUrl())
			for _, span := range scope.Spans().All() {
				if !slices.Contains(dropped, number) {
					span.CopyTo(toScope.Spans().AppendEmpty())
				}
				number++
				unit++
			}
			goes := false
			if scope.Spans().Len() == 0 {
				goes = slices.Contains(bare, unit)
				unit++
			}
			had, has = had+scope.Spans().Len(), has+toScope.Spans().Len()
			if scope.Spans().Len() == 0 && !goes || toScope.Spans().Len() > 0 {
				toScope.CopyTo(to.ScopeSpans().AppendEmpty())
			}
		}
		stays := has > 0 || had == 0 && to.ScopeSpans().Len() > 0
		if resource.ScopeSpans().Len() == 0 {
			stays = !slices.Contains(bare, unit)
			unit++
		}
		if stays {
			to.CopyTo(out.ResourceSpans().AppendEmpty())
		}
	}
	return out
}
