package lapidaryprocessor

import (
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// clock tells plugins the time. It never runs backwards, whoever asks.
type clock struct {
	source Clock
	latest atomic.Uint64
}

// observe looks at the ends of spans, where those are the time.
func (c *clock) observe(traces ptrace.Traces) {
	if c.source != ClockEventTime {
		return
	}
	var latest uint64
	for _, resource := range traces.ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				latest = max(latest, uint64(span.EndTimestamp()))
			}
		}
	}
	c.forward(latest)
}

// now returns nanoseconds since 1970; 0 where the time is that of spans and
// none was seen.
func (c *clock) now() uint64 {
	if c.source != ClockEventTime {
		return c.forward(uint64(time.Now().UnixNano()))
	}
	return c.latest.Load()
}

func (c *clock) forward(to uint64) uint64 {
	for {
		latest := c.latest.Load()
		if to <= latest {
			return latest
		}
		if c.latest.CompareAndSwap(latest, to) {
			return to
		}
	}
}
