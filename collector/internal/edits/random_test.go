package edits

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/xpdata"
	"go.opentelemetry.io/collector/pdata/xpdata/entity"
)

// Random edits that are right do what they do when carried out plainly, in one
// part or several; what none of them names stays as it was.
func TestRandomEdits(t *testing.T) {
	tryRandomEdits(t, plainSight{}, []string{"a", "b", "new", "a"})
}

// Positions are those of a view that shows some keys.
func TestRandomEditsInSight(t *testing.T) {
	tryRandomEdits(t, plainSight{isPart: true, keys: []string{"a", "b.c", "c.d.d"}}, []string{"a", "a"})
	tryRandomEdits(t, plainSight{isPart: true, keys: []string{"d"}}, nil)
}

func tryRandomEdits(t *testing.T, sight plainSight, sets []string) {
	editor := editorOf(t, sight.sight(), all(sets...))
	for seed := range uint64(1000) {
		r := random{rand.New(rand.NewPCG(seed, 7))}
		traces := r.traces()
		units := unitsOf(traces)
		batch := NewBatch(traces)
		plan := planned{sight: sight, sets: sets}
		for first := 0; first < units || first == 0; {
			end := first + 1 + r.IntN(max(units-first, 1))
			r.part(t, &plan, editor, batch, first, end)
			first = end
		}
		before := clone(traces)
		counts := batch.Apply()
		batch.Release()
		want := plan.carryOut(before)
		requireSame(t, want, traces)
		require.Equal(t, plan.counts(before), counts, "seed %d", seed)
	}
}

// planned is what was decided about a batch, in its own numbers.
type planned struct {
	sight   plainSight
	sets    []string
	edits   []plainEdit
	dropped []int
	// bare are units that go, if they came without spans.
	bare []int
	// resources and scopes have had their edits up to these.
	resources, scopes int
}

func (p *planned) carryOut(traces ptrace.Traces) ptrace.Traces {
	out := clone(traces)
	applyPlainly(out, p.sets, p.edits)
	if len(p.dropped) == traces.SpanCount() && len(p.dropped) > 0 {
		return ptrace.NewTraces()
	}
	return without(out, p.dropped, p.bare)
}

func (p *planned) counts(traces ptrace.Traces) Counts {
	counts := Counts{In: traces.SpanCount(), Dropped: len(p.dropped)}
	counts.Out = counts.In - counts.Dropped
	numbers := [3]int{}
	isEdited := func(of carrier) bool {
		numbers[of]++
		return slices.ContainsFunc(p.edits, func(e plainEdit) bool {
			return e.on.unit() == of && e.number == numbers[of]-1
		})
	}
	for _, resource := range traces.ResourceSpans().All() {
		byResource := isEdited(carrierResource)
		for _, scope := range resource.ScopeSpans().All() {
			byScope := isEdited(carrierScope)
			for range scope.Spans().Len() {
				isDropped := slices.Contains(p.dropped, numbers[carrierSpan])
				if (isEdited(carrierSpan) || byScope || byResource) && !isDropped {
					counts.Changed++
				}
			}
		}
	}
	return counts
}

func unitsOf(traces ptrace.Traces) int {
	batch := NewBatch(traces)
	defer batch.Release()
	return batch.layout.units
}

type random struct{ *rand.Rand }

// part decides about the units [first, end).
func (r random) part(t *testing.T, plan *planned, editor *Editor, batch *Batch, first, end int) {
	resources, scopes, spans := partOf(batch.traces, first, end)
	switch r.IntN(6) {
	case 0:
		batch.Drop(first, end)
		for number := range spans.count() {
			plan.dropped = append(plan.dropped, spans.first+number)
		}
		for unit := first; unit < end; unit++ {
			plan.bare = append(plan.bare, unit)
		}
		return
	case 1:
		return
	}
	inView, dropped := r.edits(batch.traces, plan.sight, resources, scopes, spans, plan.sets)
	var encoded [][]byte
	for _, e := range inView {
		encoded = append(encoded, e.bytes())
	}
	bytes := withDrops(dropped, encoded...)
	if r.IntN(4) == 0 {
		r.refuse(t, editor, batch, first, end, bytes)
	}
	require.NoError(t, editor.Check(batch, first, end, bytes))
	for index := range bytes {
		bytes[index] = 0xee
	}
	for _, number := range dropped {
		plan.dropped = append(plan.dropped, spans.first+int(number))
	}
	plan.add(inView, resources, scopes, spans)
}

// refuse hands an answer over that ends wrong. It leaves nothing behind, which
// shows when the next one is right.
func (r random) refuse(t *testing.T, editor *Editor, batch *Batch, first, end int, answer []byte) {
	before := batch.mark()
	require.Error(t, editor.Check(batch, first, end, append(slices.Clone(answer), tagEdits, 1)))
	require.Equal(t, before, batch.mark())
}

// add takes edits in, by the numbers of the batch, but for those of resources and
// scopes that had theirs.
func (p *planned) add(edits []plainEdit, resources, scopes, spans numbers) {
	for _, e := range edits {
		switch e.on.unit() {
		case carrierResource:
			if e.number += resources.first; e.number < p.resources {
				continue
			}
		case carrierScope:
			if e.number += scopes.first; e.number < p.scopes {
				continue
			}
		default:
			e.number += spans.first
		}
		p.edits = append(p.edits, e)
	}
	p.resources, p.scopes = max(p.resources, resources.end), max(p.scopes, scopes.end)
}

// partOf says by looking at each unit what stands in a view of some.
func partOf(traces ptrace.Traces, first, end int) (resources, scopes, spans numbers) {
	at := [4]int{}
	take := func(n *numbers, number int) {
		if n.end == 0 {
			n.first = number
		}
		n.end = number + 1
	}
	visit := func(scope, span int) {
		if at[3] >= first && at[3] < end {
			take(&resources, at[0])
			if scope >= 0 {
				take(&scopes, scope)
			}
			if span >= 0 {
				take(&spans, span)
			}
		}
		at[3]++
	}
	for _, resource := range traces.ResourceSpans().All() {
		if resource.ScopeSpans().Len() == 0 {
			visit(-1, -1)
		}
		for _, scope := range resource.ScopeSpans().All() {
			if scope.Spans().Len() == 0 {
				visit(at[1], -1)
			}
			for range scope.Spans().Len() {
				visit(at[1], at[2])
				at[2]++
			}
			at[1]++
		}
		at[0]++
	}
	return resources, scopes, spans
}

// traces returns a batch with a little of everything, also what is empty.
func (r random) traces() ptrace.Traces {
	traces := ptrace.NewTraces()
	for range r.IntN(4) {
		resource := traces.ResourceSpans().AppendEmpty()
		resource.SetSchemaUrl(r.text())
		r.list(resource.Resource().Attributes(), 2)
		for range r.IntN(3) {
			ref := entity.ResourceEntityRefs(resource.Resource()).AppendEmpty()
			ref.SetType(r.text())
			for range r.IntN(3) {
				ref.IdKeys().Append(r.key())
				ref.DescriptionKeys().Append(r.key(), r.key())
			}
		}
		for range r.IntN(4) {
			scope := resource.ScopeSpans().AppendEmpty()
			scope.Scope().SetName(r.text())
			r.list(scope.Scope().Attributes(), 1)
			for range r.IntN(4) {
				r.span(scope.Spans().AppendEmpty())
			}
		}
	}
	return traces
}

func (r random) span(span ptrace.Span) {
	span.SetSpanID(pcommon.SpanID{byte(r.IntN(256))})
	span.SetName(r.text())
	span.Status().SetMessage(r.text())
	r.list(span.Attributes(), 3)
	for range r.IntN(3) {
		event := span.Events().AppendEmpty()
		event.SetName(r.text())
		event.SetTimestamp(1)
		r.list(event.Attributes(), 1)
	}
	for range r.IntN(3) {
		link := span.Links().AppendEmpty()
		link.TraceState().FromRaw(r.text())
		r.list(link.Attributes(), 1)
	}
}

func (r random) key() string { return string(rune('a' + r.IntN(4))) }

func (r random) text() string {
	if r.IntN(4) == 0 {
		return ""
	}
	return fmt.Sprint("text ", r.IntN(100))
}

func (r random) list(to pcommon.Map, depth int) {
	var builder xpdata.MapBuilder
	for range r.IntN(6) {
		r.fill(builder.AppendEmpty(r.key()), depth)
	}
	builder.UnsafeIntoMap(to)
}

func (r random) fill(value pcommon.Value, depth int) {
	switch kind := r.IntN(9); {
	case kind == 0 && depth > 0:
		r.list(value.SetEmptyMap(), depth-1)
	case kind == 1 && depth > 0:
		list := value.SetEmptySlice()
		for range r.IntN(4) {
			r.fill(list.AppendEmpty(), depth-1)
		}
	case kind == 2:
		value.SetBool(true)
	case kind == 3:
		value.SetInt(r.Int64())
	case kind == 4:
		value.SetDouble(r.Float64())
	case kind == 5:
		value.SetEmptyBytes().FromRaw([]byte{1})
	case kind > 6:
		value.SetStr(r.text())
	}
}
