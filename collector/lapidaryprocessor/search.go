package lapidaryprocessor

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/lapidary-dev/lapidary/collector/internal/pieces"
	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
)

const (
	// maxTrapsPerBatch bounds the search for the spans at fault: six of them in
	// a thousand are found with it. What is not settled then goes by the
	// failure policy as a whole.
	maxTrapsPerBatch = 64
	// maxSearch bounds its time, in timeouts of one call.
	maxSearch = 10
)

// search looks for the spans that a plugin cannot process, in halves of halves.
// A resource or scope without spans counts as one of them.
//
// One part is made at a time, and parts of one resource are joined again, so
// that what is held stays a small multiple of the batch.
type search struct {
	*work
	lease *lease

	cutter *pieces.Cutter
	left   pieces.Joiner
	// units are what can be told apart, spans those of them that are spans,
	// bytes what all weigh together.
	units, spans int
	bytes        int
	spansLeft    int
	traps        int
	worked       bool
	until        time.Time
	cause        error
	again        bool
	faults       []fault
}

// fault is a part of a batch that the plugin cannot process.
type fault struct {
	spans, bytes int
	// traceID and spanID are hex, of a single span.
	traceID, spanID string
	unsearched      bool
	cause           error
}

func newSearch(w *work, lease *lease, batch []byte, spans int) *search {
	return &search{
		work: w, lease: lease,
		cutter: pieces.NewCutter(batch), units: pieces.Units(batch), spans: spans, bytes: len(batch),
		until: time.Now().Add(maxSearch * w.config.Timeout),
	}
}

// run settles a batch whose first call ended with cause. It returns what goes
// on, and how many spans that has.
func (s *search) run(ctx context.Context, cause error) ([]byte, int, error) {
	if err := s.failedRange(ctx, 0, s.units, 0, cause); err != nil {
		return nil, 0, err
	}
	if !s.worked {
		if err := s.stillPaused(ctx, cause); err != nil {
			return nil, 0, err
		}
	}
	// Only now: had the plugin been paused, the sender would bring them again.
	for _, fault := range s.faults {
		s.settle(ctx, fault)
	}
	return s.left.Bytes(), s.spansLeft, nil
}

// tryRange hands what stands from first up to end to the plugin on its own.
func (s *search) tryRange(ctx context.Context, first, end, depth int) error {
	if s.traps >= maxTrapsPerBatch || time.Now().After(s.until) {
		// Too many spans failed to look at each.
		s.giveUp(first, end, s.cause, true)
		return nil
	}
	part := s.cutter.Cut(first, end)
	// Half of the bytes have half of the time, but never so little that a busy
	// machine makes them fail. A heavy resource stays with both halves, and so
	// does its time.
	share := float64(len(part.Bytes)) / float64(s.bytes)
	timeout := time.Duration(float64(s.config.Timeout) * min(max(share, 0.25), 1))
	out, left, err := s.call(ctx, s.lease, part.Bytes, part.Spans, nil, timeout)
	if err != nil {
		return s.failedRange(ctx, first, end, depth, err)
	}
	s.worked = true
	s.left.Add(out, part.Seam)
	s.spansLeft += left
	return nil
}

func (s *search) failedRange(ctx context.Context, first, end, depth int, cause error) error {
	s.traps++
	s.cause = cause
	if err := s.crashed(ctx, cause, s.spans); err != nil {
		return err
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
	s.giveUp(first, end, cause, false)
	return nil
}

// giveUp leaves a part to the failure policy. Where it was not searched to its
// end, there may be good spans in it.
func (s *search) giveUp(first, end int, cause error, unsearched bool) {
	part := s.cutter.Cut(first, end)
	fault := fault{spans: part.Spans, bytes: len(part.Bytes), cause: cause, unsearched: unsearched}
	if part.Spans == 1 {
		trace, span := pieces.FirstIDs(part.Bytes)
		fault.traceID, fault.spanID = hex.EncodeToString(trace), hex.EncodeToString(span)
	}
	if s.policy == plugin.OnFailurePass {
		s.left.Add(part.Bytes, part.Seam)
		s.spansLeft += part.Spans
	}
	s.faults = append(s.faults, fault)
}

// settle says and counts what became of a part by the failure policy.
func (s *search) settle(ctx context.Context, fault fault) {
	fields := []zap.Field{zap.Int("spans", fault.spans), zap.Int("bytes", fault.bytes)}
	if fault.unsearched {
		fields = append(fields, zap.Bool("unsearched", true))
	}
	if fault.spans == 1 {
		fields = append(fields, zap.String("trace_id", fault.traceID), zap.String("span_id", fault.spanID))
	}
	s.logger.Warn(fault.text(s.policy), fields...)
	if s.policy == plugin.OnFailureBlock {
		s.telemetry.builder.ProcessorLapidarySpansBlocked.Add(ctx, int64(fault.spans), s.telemetry.add...)
		return
	}
	s.telemetry.builder.ProcessorLapidarySpansPassed.Add(ctx, int64(fault.spans), s.telemetry.add...)
}

// text says in the words that every host uses what became of the part.
func (f *fault) text(policy plugin.OnFailure) string {
	what, verb := fmt.Sprintf("%d spans", f.spans), "were not passed on"
	if policy == plugin.OnFailurePass {
		verb = "go on as they were"
	}
	if f.spans == 1 {
		what, verb = fmt.Sprintf("span `%s` of trace `%s`", f.spanID, f.traceID), "was not passed on"
		if policy == plugin.OnFailurePass {
			verb = "goes on as it was"
		}
	}
	return fmt.Sprintf("%s, %d bytes, %s: the plugin %s", what, f.bytes, verb, plugin.Why(f.cause))
}
