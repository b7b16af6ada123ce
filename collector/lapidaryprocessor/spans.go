package lapidaryprocessor

import (
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// isGone says whether nothing of a batch is left.
func isGone(traces ptrace.Traces) bool { return traces.ResourceSpans().Len() == 0 }
