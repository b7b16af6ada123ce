package edits

import "go.opentelemetry.io/collector/pdata/ptrace"

func numbersIn(some []numbers) int {
	count := 0
	for _, n := range some {
		count += n.count()
	}
	return count
}

// counter counts numbers that are in some others, a part after the other.
type counter struct{ rest []numbers }

// in returns how many of these are in the others. Numbers are asked for in
// order.
func (c *counter) in(n numbers) int {
	count := 0
	for len(c.rest) > 0 && c.rest[0].first < n.end {
		count += max(min(c.rest[0].end, n.end)-max(c.rest[0].first, n.first), 0)
		if c.rest[0].end > n.end {
			break
		}
		c.rest = c.rest[1:]
	}
	return count
}

// changedSpans counts spans that are changed and stay.
func (b *Batch) changedSpans() int {
	count, counted := 0, 0
	dropped := counter{b.dropped}
	for _, spans := range b.changed {
		// What is in a resource or scope that is changed has been counted with it.
		if spans.first >= counted {
			count += spans.count() - dropped.in(spans)
			counted = spans.end
		}
	}
	return count
}

// dropSpans takes dropped spans out, and scopes and resources that lose their
// last one by it or are blocked. Where every span goes, nothing is left at all.
func (b *Batch) dropSpans(dropped int) {
	if dropped == 0 && len(b.blocked) == 0 {
		return
	}
	if dropped > 0 && dropped == b.layout.spans {
		b.traces.ResourceSpans().RemoveIf(func(ptrace.ResourceSpans) bool { return true })
		return
	}
	d := dropper{layout: &b.layout, scopes: counter{b.dropped}, resources: counter{b.dropped}, blocked: b.blocked}
	d.spans = b.dropped
	resource := -1
	b.traces.ResourceSpans().RemoveIf(func(r ptrace.ResourceSpans) bool {
		resource++
		place := b.layout.resources[resource]
		spans := b.layout.resourceSpans(resource)
		dropped := d.resources.in(spans)
		switch {
		case r.ScopeSpans().Len() == 0:
			return d.isBlocked(place.units)
		case dropped > 0 && dropped == spans.count():
			return true
		case dropped == 0 && len(b.blocked) == 0:
			return false
		}
		d.dropFromResource(r, place.scopes)
		return r.ScopeSpans().Len() == 0
	})
}

// dropper is the work of dropping spans, in the order in which they stand.
type dropper struct {
	layout            *layout
	resources, scopes counter
	spans             []numbers
	blocked           []numbers
}

// isBlocked is asked of units in order.
func (d *dropper) isBlocked(unit int) bool {
	for len(d.blocked) > 0 && d.blocked[0].end <= unit {
		d.blocked = d.blocked[1:]
	}
	return len(d.blocked) > 0 && d.blocked[0].first <= unit
}

// dropFromResource begins with the scope of this number.
func (d *dropper) dropFromResource(resource ptrace.ResourceSpans, scope int) {
	resource.ScopeSpans().RemoveIf(func(s ptrace.ScopeSpans) bool {
		spans := d.layout.scopeSpans(scope)
		unit := d.layout.scopes[scope].units
		scope++
		dropped := d.scopes.in(spans)
		switch {
		case spans.count() == 0:
			return d.isBlocked(unit)
		case dropped == 0 || dropped == spans.count():
			return dropped > 0
		}
		d.dropFromScope(s, spans.first)
		return false
	})
}

// dropFromScope begins with the span of this number.
func (d *dropper) dropFromScope(scope ptrace.ScopeSpans, span int) {
	scope.Spans().RemoveIf(func(ptrace.Span) bool {
		number := span
		span++
		for len(d.spans) > 0 && d.spans[0].end <= number {
			d.spans = d.spans[1:]
		}
		return len(d.spans) > 0 && d.spans[0].first <= number
	})
}
