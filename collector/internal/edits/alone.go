package edits

import "go.opentelemetry.io/collector/pdata/ptrace"

// Alone returns a copy of one unit of the batch as it came: a span with its resource
// and scope, a scope without spans with its resource, or a resource without scopes.
func (b *Batch) Alone(unit int) ptrace.Traces {
	alone := ptrace.NewTraces()
	number := b.layout.resourceOfUnit(unit)
	from, to := b.traces.ResourceSpans().At(number), alone.ResourceSpans().AppendEmpty()
	from.Resource().CopyTo(to.Resource())
	to.SetSchemaUrl(from.SchemaUrl())
	scopes := b.layout.within(numbers{unit, unit + 1}, carrierScope)
	if scopes.count() == 0 {
		return alone
	}
	place := b.layout.scopes[scopes.first]
	fromScope, toScope := from.ScopeSpans().At(place.index), to.ScopeSpans().AppendEmpty()
	fromScope.Scope().CopyTo(toScope.Scope())
	toScope.SetSchemaUrl(fromScope.SchemaUrl())
	if fromScope.Spans().Len() > 0 {
		fromScope.Spans().At(unit - place.units).CopyTo(toScope.Spans().AppendEmpty())
	}
	return alone
}
