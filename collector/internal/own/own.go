// Package own looks at spans of a plugin's own making: none may be there twice. It is
// asked of every answer that has such spans, and costs nothing where there are none.
package own

import (
	"fmt"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// ID is what tells a span from all others.
type ID struct {
	Trace pcommon.TraceID
	Span  pcommon.SpanID
}

// IDOf is that of a span.
func IDOf(span ptrace.Span) ID { return ID{Trace: span.TraceID(), Span: span.SpanID()} }

// Numbers finds the spans that a plugin made by their ids: each by its number, from
// 0. The error is that two have the same ones.
func Numbers(made ptrace.Traces) (map[ID]int, error) {
	numbers := make(map[ID]int, made.SpanCount())
	for _, resource := range made.ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				id, number := IDOf(span), len(numbers)
				if before, there := numbers[id]; there {
					return nil, fmt.Errorf("made span %d with the ids of its span %d", number, before)
				}
				numbers[id] = number
			}
		}
	}
	return numbers, nil
}
