package lapidaryprocessor

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"time"

	"go.uber.org/zap"

	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
	"github.com/lapidary-dev/lapidary/collector/internal/view"
)

const (
	// maxTrapsPerBatch bounds the search for the spans at fault: six of them in
	// a thousand are found with it. A batch that takes more goes back to its
	// sender; the third time it is searched to its end.
	maxTrapsPerBatch = 64
	// maxSearch bounds its time, in timeouts of one call.
	maxSearch = 10
)

// search looks for the spans that a plugin cannot process, in halves of halves.
// A resource or scope without spans counts as one of them.
type search struct {
	*work
	lease *lease
	pass  *pass
	// part is what the plugin could not process as a whole.
	part   view.View
	buffer *[]byte
	traps  int
	budget plugin.Budget
	toEnd  bool
	// until is how long a plugin in the shadow may be searched: nobody waits longer
	// for it than for one call.
	until time.Time
	again bool
}

// unsearchedError is why nothing of a batch goes on, which its sender may bring again.
type unsearchedError struct {
	spans int
	cause error
}

// Error says it in the words that every host uses.
func (e *unsearchedError) Error() string {
	return fmt.Sprintf("a batch of %d spans was not searched to its end, nothing of it goes on, it may be sent again: the plugin %s", e.spans, plugin.Why(e.cause))
}

func (e *unsearchedError) isStarved() bool { return isStarved(e.cause) }

// isStarved says whether a call ended because the machine had no time for it.
func isStarved(err error) bool {
	var trap *plugin.Trap
	return errors.As(err, &trap) && trap.Reason == plugin.ReasonStarved
}

// fault is a part of a batch that the plugin cannot process.
type fault struct {
	// first is the unit where it begins, and units how many there are: 1, but in the
	// shadow, where not all is searched to its end.
	first, units int
	spans, bytes int
	// traceID and spanID are hex, of a single span.
	traceID, spanID string
	cause           error
}

// newSearch begins to look into a part over which the first call began then.
func newSearch(w *work, lease *lease, p *pass, part view.View, began time.Time) *search {
	return &search{
		work: w, lease: lease, pass: p, part: part,
		budget: plugin.NewBudget(),
		toEnd:  w.trips.areOver(w.batch),
		until:  began.Add(w.config.Timeout),
	}
}

// run settles a part whose first call ended with cause.
func (s *search) run(ctx context.Context, cause error) error {
	s.buffer = views.Get().(*[]byte)
	defer views.Put(s.buffer)
	s.budget.Begin(maxSearch * s.config.Timeout)
	defer s.budget.End()
	return s.failedRange(ctx, s.part.First, s.part.End, 0, cause)
}

// tryRange hands the units from first up to end to the plugin on their own.
func (s *search) tryRange(ctx context.Context, first, end, depth int) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("plugin `%s`: the sender gave up: %w", s.manifest.Name, err)
	}
	if s.isOverInShadow() {
		s.giveUp(first, end, s.pass.cause)
		return nil
	}
	if !s.toEnd && (s.traps >= maxTrapsPerBatch || s.budget.IsOver()) {
		// Too many spans failed to look at each.
		return s.unsearched()
	}
	part := s.view(first, end)
	// Half of the bytes have half of the time, but never so little that a busy
	// machine makes them fail. A heavy resource stays with both halves, and so
	// does its time.
	share := float64(len(part.Bytes)) / float64(max(len(s.part.Bytes), 1))
	timeout := time.Duration(float64(s.config.Timeout) * min(max(share, 0.25), 1))
	if s.shadow {
		timeout = max(min(timeout, time.Until(s.until)), 1)
	}
	if err := s.call(ctx, s.lease, s.pass, part, timeout); err != nil {
		return s.failedRange(ctx, first, end, depth, err)
	}
	return nil
}

// view is valid until the next one is made.
func (s *search) view(first, end int) view.View {
	part := s.viewer.Make((*s.buffer)[:0], s.pass.traces, first, end, 0)
	*s.buffer = part.Bytes
	return part
}

func (s *search) failedRange(ctx context.Context, first, end, depth int, cause error) error {
	if isStarved(cause) && !s.shadow {
		return s.unsearched()
	}
	s.traps++
	allowed := maxTrapsPerBatch
	if s.toEnd {
		allowed = math.MaxInt
	}
	if err := s.crashed(ctx, cause, allowed); err != nil {
		return err
	}
	if s.isOverInShadow() {
		s.giveUp(first, end, cause)
		return nil
	}
	if end-first > 1 {
		middle := first + (end-first)/2
		if err := s.tryRange(ctx, first, middle, depth+1); err != nil {
			return err
		}
		return s.tryRange(ctx, middle, end, depth+1)
	}
	if depth == 0 && !s.again {
		// It came alone, so it was not tried in a new instance yet; an old one
		// may have had its memory full.
		s.again = true
		return s.tryRange(ctx, first, end, depth)
	}
	s.giveUp(first, end, cause)
	return nil
}

// isOverInShadow says whether what is left counts as at fault: for a plugin in the
// shadow no sender brings a batch again.
func (s *search) isOverInShadow() bool {
	return s.shadow && (s.traps >= maxTrapsPerBatch || time.Now().After(s.until))
}

func (s *search) unsearched() error {
	return &unsearchedError{spans: s.pass.traces.SpanCount(), cause: s.pass.cause}
}

// giveUp leaves a unit to the failure policy.
func (s *search) giveUp(first, end int, cause error) {
	part := s.view(first, end)
	fault := fault{first: first, units: end - first, spans: part.Spans, bytes: len(part.Bytes), cause: cause}
	if part.Spans == 1 {
		span := s.pass.batch.FirstSpan(first)
		trace, id := span.TraceID(), span.SpanID()
		fault.traceID, fault.spanID = hex.EncodeToString(trace[:]), hex.EncodeToString(id[:])
	}
	if s.policy == plugin.OnFailureBlock {
		s.pass.batch.Drop(first, end)
		s.pass.blocked += part.Spans
	}
	s.pass.faults = append(s.pass.faults, fault)
}

// settle says and counts what became of a part by the failure policy.
func (w *work) settle(fault fault) {
	fields := []zap.Field{zap.Int("spans", fault.spans), zap.Int("bytes", fault.bytes)}
	if fault.spans == 1 {
		fields = append(fields, zap.String("trace_id", fault.traceID), zap.String("span_id", fault.spanID))
	}
	w.logger.Warn(fault.text(w.policy, w.shadow), fields...)
	if w.policy == plugin.OnFailureBlock {
		w.counts.blocked += fault.spans
	} else {
		w.counts.passed += fault.spans
	}
}

// text says in the words that every host uses what became of the part.
func (f *fault) text(policy plugin.OnFailure, shadow bool) string {
	what := fmt.Sprintf("%d spans", f.spans)
	if f.spans == 1 {
		what = fmt.Sprintf("span `%s` of trace `%s`", f.spanID, f.traceID)
	}
	return fmt.Sprintf("%s, %d bytes, %s: the plugin %s", what, f.bytes, f.became(policy, shadow), plugin.Why(f.cause))
}

func (f *fault) became(policy plugin.OnFailure, shadow bool) string {
	block, one := policy == plugin.OnFailureBlock, f.spans == 1
	switch {
	case block && shadow:
		return "would not have been passed on"
	case block && one:
		return "was not passed on"
	case block:
		return "were not passed on"
	case shadow && one:
		return "would have gone on as it was"
	case shadow:
		return "would have gone on as they were"
	case one:
		return "goes on as it was"
	default:
		return "go on as they were"
	}
}
