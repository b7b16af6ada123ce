package edits

import (
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/xpdata/entity"

	"github.com/lapidary-dev/lapidary/collector/internal/sight"
)

// plainSight is one that shows everything, or these keys of everything and names of
// events.
type plainSight struct {
	isPart bool
	keys   []string
}

func (s plainSight) sight() sight.Sight {
	if !s.isPart {
		return sight.Sight{}
	}
	selectors := []sight.Selector{{Carriers: everyCarrier, Keys: s.keys}}
	return sight.Sight{Kind: sight.Parts, Fields: sight.EventName | sight.Entities, Keys: selectors}
}

func (s plainSight) isWhole(keys []string) bool {
	return !s.isPart || slices.Contains(s.keys, keys[len(keys)-1]) || slices.Contains(s.keys, strings.Join(keys, "."))
}

// leadsOn says whether anything is shown of what is in a value.
func (s plainSight) leadsOn(keys []string, value *plainEntry) bool {
	return slices.ContainsFunc(value.inside, func(inside *plainEntry) bool {
		keys := keys
		if value.kind == pcommon.ValueTypeMap {
			if keys = append(slices.Clone(keys), inside.key); s.isWhole(keys) {
				return true
			}
		}
		return s.leadsOn(keys, inside)
	})
}

func (s plainSight) showsAny(list pcommon.Map) bool {
	return s.leadsOn(nil, &plainEntry{kind: pcommon.ValueTypeMap, inside: readMap(list)})
}

// drawing is edits that are being drawn, all of them right, by the numbers of a
// view.
type drawing struct {
	random
	sight   plainSight
	sets    []string
	edits   []plainEdit
	dropped []uint32
}

// edits draws some for a view of a part.
func (r random) edits(traces ptrace.Traces, sight plainSight, resources, scopes, spans numbers, sets []string) ([]plainEdit, []uint32) {
	d := drawing{random: r, sight: sight, sets: sets}
	scopeNumber, spanNumber := 0, 0
	for number, resource := range traces.ResourceSpans().All() {
		if resources.first <= number && number < resources.end {
			d.resource(number-resources.first, resource)
		}
		for _, scope := range resource.ScopeSpans().All() {
			if scopes.first <= scopeNumber && scopeNumber < scopes.end {
				at := plainEdit{on: carrierScope, number: scopeNumber - scopes.first}
				d.carrier(at, scope.Scope().Attributes(), fieldName, fieldVersion, fieldSchemaURL)
			}
			scopeNumber++
			for _, span := range scope.Spans().All() {
				if spans.first <= spanNumber && spanNumber < spans.end {
					d.span(spanNumber-spans.first, span)
				}
				spanNumber++
			}
		}
	}
	return d.edits, d.dropped
}

func (d *drawing) resource(number int, resource ptrace.ResourceSpans) {
	if d.IntN(3) > 0 {
		return
	}
	d.carrier(plainEdit{on: carrierResource, number: number}, resource.Resource().Attributes(), fieldSchemaURL)
	for member, ref := range entity.ResourceEntityRefs(resource.Resource()).All() {
		at := plainEdit{on: carrierEntity, number: number, member: member}
		d.fields(at, fieldSchemaURL, fieldType)
		for list, keys := range []pcommon.StringSlice{ref.IdKeys(), ref.DescriptionKeys()} {
			for index := range keys.Len() {
				if d.IntN(2) == 0 {
					at.action, at.path, at.text = renameKey, []uint32{uint32(list), uint32(index)}, d.text()
					at.place = at.path
					d.edits = append(d.edits, at)
				}
			}
		}
	}
}

func (d *drawing) span(number int, span ptrace.Span) {
	switch d.IntN(4) {
	case 0:
		d.dropped = append(d.dropped, uint32(number))
		return
	case 1:
		return
	}
	at := plainEdit{on: carrierSpan, number: number}
	d.carrier(at, span.Attributes(), fieldName, fieldStatusMessage, fieldTraceState)
	at.on = carrierEvent
	for member := range shownMembers(d.sight, span.Events().Len(), func(member int) bool {
		return span.Events().At(member).Name() != "" || d.sight.showsAny(span.Events().At(member).Attributes())
	}) {
		at.member = member
		d.carrier(at, span.Events().At(member).Attributes(), fieldName)
	}
	at.on = carrierLink
	for member := range shownMembers(d.sight, span.Links().Len(), func(member int) bool {
		return d.sight.showsAny(span.Links().At(member).Attributes())
	}) {
		at.member = member
		d.carrier(at, span.Links().At(member).Attributes(), fieldTraceState)
	}
}

// shownMembers counts members up to the last one of interest.
func shownMembers(sight plainSight, count int, isOfInterest func(int) bool) int {
	for sight.isPart && count > 0 && !isOfInterest(count-1) {
		count--
	}
	return count
}

func (d *drawing) carrier(at plainEdit, attributes pcommon.Map, fields ...textField) {
	d.fields(at, fields...)
	at.action = setAttribute
	for at.which = range d.sets {
		if d.IntN(5) == 0 {
			at.value = d.value()
			d.edits = append(d.edits, at)
		}
	}
	at.which = 0
	d.list(at, readMap(attributes), nil, !d.sight.isPart)
}

func (d *drawing) fields(at plainEdit, fields ...textField) {
	at.action = setField
	for _, field := range fields {
		if d.IntN(3) == 0 {
			at.which, at.text = int(field), d.text()
			d.edits = append(d.edits, at)
		}
	}
}

// list draws edits of entries under these keys.
func (d *drawing) list(at plainEdit, list plainList, keys []string, isWhole bool) {
	position := uint32(0)
	for index, entry := range list {
		keys := append(slices.Clone(keys), entry.key)
		isWhole := isWhole || d.sight.isWhole(keys)
		if !isWhole && !d.sight.leadsOn(keys, entry) {
			continue
		}
		at := at.below(position, index)
		position++
		if d.IntN(6) == 0 {
			at.action = removeEntry
			d.edits = append(d.edits, at)
			continue
		}
		if d.IntN(6) == 0 {
			at.action, at.text = renameKey, d.key()
			d.edits = append(d.edits, at)
		}
		d.inside(at, entry, keys, isWhole)
	}
}

// below is an edit of what stands in the place of another.
func (e plainEdit) below(position uint32, index int) plainEdit {
	e.path = append(slices.Clone(e.path), position)
	e.place = append(slices.Clone(e.place), uint32(index))
	return e
}

func (d *drawing) inside(at plainEdit, entry *plainEntry, keys []string, isWhole bool) {
	if d.IntN(5) == 0 {
		at.action, at.value = replaceValue, d.value()
		d.edits = append(d.edits, at)
		return
	}
	if entry.kind == pcommon.ValueTypeMap {
		d.list(at, entry.inside, keys, isWhole)
		return
	}
	count := len(entry.inside)
	for !isWhole && count > 0 && !d.sight.leadsOn(keys, entry.inside[count-1]) {
		count--
	}
	for index := range count {
		d.inside(at.below(uint32(index), index), entry.inside[index], keys, isWhole)
	}
}

func (d *drawing) value() any {
	switch d.IntN(5) {
	case 0:
		return d.IntN(2) == 0
	case 1:
		return d.Int64()
	case 2:
		return d.Float64()
	}
	return d.text()
}
