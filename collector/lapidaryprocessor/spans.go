package lapidaryprocessor

import (
	"go.opentelemetry.io/collector/pdata/ptrace"
)

var (
	marshaler   ptrace.ProtoMarshaler
	unmarshaler ptrace.ProtoUnmarshaler
)

// spanRange returns a copy of the spans from first on, up to but without end,
// counted over the whole batch, each under its resource and scope.
func spanRange(traces ptrace.Traces, first, end int) ptrace.Traces {
	part := ptrace.NewTraces()
	index := 0
	for _, resource := range traces.ResourceSpans().All() {
		var toResource ptrace.ResourceSpans
		hasResource := false
		for _, scope := range resource.ScopeSpans().All() {
			spans := scope.Spans()
			from, to := max(first-index, 0), min(end-index, spans.Len())
			index += spans.Len()
			if from >= to {
				continue
			}
			if !hasResource {
				hasResource = true
				toResource = part.ResourceSpans().AppendEmpty()
				resource.Resource().CopyTo(toResource.Resource())
				toResource.SetSchemaUrl(resource.SchemaUrl())
			}
			toScope := toResource.ScopeSpans().AppendEmpty()
			scope.Scope().CopyTo(toScope.Scope())
			toScope.SetSchemaUrl(scope.SchemaUrl())
			toScope.Spans().EnsureCapacity(to - from)
			for at := from; at < to; at++ {
				spans.At(at).CopyTo(toScope.Spans().AppendEmpty())
			}
		}
	}
	return part
}

// splitBySize cuts a batch between spans into pieces of no more than limit
// bytes. A single span that is longer makes a piece of its own.
func splitBySize(traces ptrace.Traces, limit int) []ptrace.Traces {
	if limit == 0 || marshaler.TracesSize(traces) <= limit {
		return []ptrace.Traces{traces}
	}
	count := traces.SpanCount()
	if count <= 1 {
		return []ptrace.Traces{traces}
	}
	// Halves of halves: a resource is repeated in every piece, so sizes of
	// pieces are not the sum of the sizes of their spans.
	middle := count / 2
	return append(
		splitBySize(spanRange(traces, 0, middle), limit),
		splitBySize(spanRange(traces, middle, count), limit)...)
}
