package edits

import (
	"slices"
	"sort"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// layout says where the resources, scopes and spans of a batch stand: each by its
// number among all of its kind. Units are what a batch is cut between: its
// spans, the scopes without spans, the resources without scopes.
type layout struct {
	resources []resourcePlace
	scopes    []scopePlace
	spans     int
	units     int
}

// resourcePlace is what comes before a resource in its batch.
type resourcePlace struct{ scopes, spans, units int }

// scopePlace is what comes before a scope in its batch, and where it stands.
type scopePlace struct {
	resource, index int
	spans, units    int
}

func (l *layout) reset(traces ptrace.Traces) {
	scopes := 0
	for _, resource := range traces.ResourceSpans().All() {
		scopes += resource.ScopeSpans().Len()
	}
	// To the element: there may be a great many that are small.
	*l = layout{
		resources: slices.Grow(l.resources[:0], traces.ResourceSpans().Len()),
		scopes:    slices.Grow(l.scopes[:0], scopes),
	}
	for number, resource := range traces.ResourceSpans().All() {
		l.resources = append(l.resources, resourcePlace{len(l.scopes), l.spans, l.units})
		scopes := resource.ScopeSpans()
		if scopes.Len() == 0 {
			l.units++
		}
		for index, scope := range scopes.All() {
			l.scopes = append(l.scopes, scopePlace{number, index, l.spans, l.units})
			l.spans += scope.Spans().Len()
			l.units += max(scope.Spans().Len(), 1)
		}
	}
}

// numbers are some that follow each other, up to but without the end.
type numbers struct{ first, end int }

func (n numbers) count() int { return n.end - n.first }

// within returns which resources, scopes or spans have units in a part of the
// batch.
func (l *layout) within(units numbers, of carrier) numbers {
	units.end = min(units.end, l.units)
	if units.first >= units.end {
		return numbers{}
	}
	switch of {
	case carrierResource:
		return numbers{l.resourceOfUnit(units.first), l.resourceOfUnit(units.end-1) + 1}
	case carrierScope:
		return numbers{l.scopesBefore(units.first), l.scopesBegunBefore(units.end)}
	default:
		return numbers{l.spansBefore(units.first), l.spansBefore(units.end)}
	}
}

func (l *layout) resourceOfUnit(unit int) int {
	return sort.Search(len(l.resources), func(i int) bool { return l.resources[i].units > unit }) - 1
}

// scopesBegunBefore counts scopes that have a unit before this one.
func (l *layout) scopesBegunBefore(unit int) int {
	return sort.Search(len(l.scopes), func(i int) bool { return l.scopes[i].units >= unit })
}

// scopesBefore counts scopes that have no unit from this one on.
func (l *layout) scopesBefore(unit int) int {
	begun := l.scopesBegunBefore(unit)
	if begun > 0 {
		last := l.scopes[begun-1]
		if last.units+l.scopeSpans(begun-1).count() > unit {
			return begun - 1
		}
	}
	return begun
}

// spansBefore counts spans before a unit.
func (l *layout) spansBefore(unit int) int {
	begun := l.scopesBegunBefore(unit)
	if begun == 0 {
		return 0
	}
	spans := l.scopeSpans(begun - 1)
	return spans.first + min(spans.count(), unit-l.scopes[begun-1].units)
}

// scopeOfSpan looks at one that is known to be near first, and at that behind it.
func (l *layout) scopeOfSpan(span, near int) int {
	for scope := near; scope < min(near+2, len(l.scopes)); scope++ {
		if spans := l.scopeSpans(scope); spans.first <= span && span < spans.end {
			return scope
		}
	}
	return sort.Search(len(l.scopes), func(i int) bool { return l.scopes[i].spans > span }) - 1
}

func (l *layout) scopeSpans(scope int) numbers {
	end := l.spans
	if scope+1 < len(l.scopes) {
		end = l.scopes[scope+1].spans
	}
	return numbers{l.scopes[scope].spans, end}
}

func (l *layout) resourceSpans(resource int) numbers {
	end := l.spans
	if resource+1 < len(l.resources) {
		end = l.resources[resource+1].spans
	}
	return numbers{l.resources[resource].spans, end}
}

// Units says how many units the batch has.
func (b *Batch) Units() int { return b.layout.units }

// FirstSpan returns the first span in the units from this one on; the batch must
// have one there.
func (b *Batch) FirstSpan(unit int) ptrace.Span {
	span := b.layout.spansBefore(unit)
	scope := b.layout.scopeOfSpan(span, 0)
	place := b.layout.scopes[scope]
	return b.traces.ResourceSpans().At(place.resource).ScopeSpans().At(place.index).Spans().At(span - place.spans)
}
