package lapidaryprocessor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"

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

// work is one batch on its way through one plugin.
type work struct {
	*generation
	clock    *clock
	config   *Config
	report   func(paused bool, err error)
	snapshot time.Duration
}

// errPaused ends the work on a batch because its plugin is paused.
type errPaused struct{ err error }

func (e *errPaused) Error() string { return e.err.Error() }

// process hands one batch to the plugin. It returns the spans that go on,
// which are the bytes that came in where nothing changed; they are appended to
// into where something did. An empty answer means that no span is left.
//
// An error means that nothing of the batch may pass. It is permanent where
// the same batch could never pass.
func (w *work) process(ctx context.Context, batch, into []byte) ([]byte, error) {
	if until, reason, paused := w.breaker.paused(time.Now()); paused {
		return w.whilePaused(ctx, batch, pausedError(w.manifest.Name, until, reason))
	}
	lease, err := w.instances.acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("plugin `%s`: waiting for an instance: %w", w.manifest.Name, err)
	}
	defer lease.release()

	out, err := w.call(ctx, &lease, batch, into, w.config.Timeout)
	if err == nil {
		w.save(ctx, &lease)
		return out, nil
	}
	search := search{work: w, lease: &lease, out: into, until: time.Now().Add(maxSearch * w.config.Timeout)}
	out, err = search.batch(ctx, batch, err)
	var paused *errPaused
	if errors.As(err, &paused) {
		return w.whilePaused(ctx, batch, paused.err)
	}
	if err == nil {
		w.save(ctx, &lease)
	}
	return out, err
}

// call makes one call and counts it. After a trap the lease has no instance.
func (w *work) call(ctx context.Context, lease *lease, batch, into []byte, timeout time.Duration) ([]byte, error) {
	instance, err := lease.ready()
	if err != nil {
		return nil, w.failed(ctx, lease, err)
	}
	began := time.Now()
	outcome, err := instance.Process(batch, w.clock.now(), into, timeout)
	if err != nil {
		return nil, w.failed(ctx, lease, err)
	}
	w.telemetry.processed(ctx, &outcome, time.Since(began))
	if w.breaker.worked() {
		w.logger.Info("the plugin works again")
		w.telemetry.paused(ctx, false)
		w.report(false, nil)
	}
	switch outcome.Kind {
	case plugin.Unchanged:
		return batch, nil
	case plugin.Replaced:
		return outcome.Traces, nil
	default:
		return nil, nil
	}
}

// failed counts a trap and gives up the instance; a failure leaves it.
func (w *work) failed(ctx context.Context, lease *lease, err error) error {
	var trap *plugin.Trap
	if errors.As(err, &trap) {
		w.telemetry.trapped(ctx, trap.Reason)
		lease.discard()
	}
	return err
}

// crashed tells the breaker of a trap; the answer is an [errPaused] where the
// plugin is paused from now on.
func (w *work) crashed(ctx context.Context, err error, spans int) error {
	var failure *plugin.Failure
	if errors.As(err, &failure) || !w.breaker.crashed(time.Now(), spans, err.Error()) {
		return nil
	}
	until, reason, _ := w.breaker.paused(time.Now())
	paused := pausedError(w.manifest.Name, until, reason)
	w.logger.Error(paused.Error())
	w.telemetry.paused(ctx, true)
	w.report(true, paused)
	return &errPaused{err: paused}
}

func pausedError(name string, until time.Time, reason string) error {
	return fmt.Errorf("plugin `%s` keeps crashing and is paused until %s; last: %s", name, until.UTC().Format(time.RFC3339), reason)
}

// whilePaused lets the batch by, or answers with an error that makes the
// sender try again.
func (w *work) whilePaused(ctx context.Context, batch []byte, err error) ([]byte, error) {
	if w.policy == plugin.OnFailureBlock {
		return nil, err
	}
	if traces, err := unmarshaler.UnmarshalTraces(batch); err == nil {
		w.telemetry.builder.ProcessorLapidarySpansPassed.Add(ctx, int64(traces.SpanCount()), w.telemetry.add...)
	}
	return batch, nil
}

// save takes a snapshot where one is due.
func (w *work) save(ctx context.Context, lease *lease) {
	if !w.keepsState() || lease.instance == nil || time.Since(w.savedAt) < w.snapshot {
		return
	}
	w.savedAt = time.Now()
	state, err := lease.instance.Snapshot()
	if err != nil {
		// The batch is done; what is lost is the state since the last one.
		w.logger.Error("no snapshot could be taken", zap.Error(w.failed(ctx, lease, err)))
		_ = w.crashed(ctx, err, 1)
		return
	}
	w.saved = state
}

// search looks for the spans that a plugin cannot process, in halves of halves.
type search struct {
	*work
	lease *lease
	out   []byte

	traces ptrace.Traces
	spans  int
	traps  int
	until  time.Time
	cause  error
	again  bool
	faults []fault
}

// fault is a range of spans that the plugin cannot process.
type fault struct {
	spans ptrace.Traces
	bytes int
	cause error
}

// batch settles a batch whose first call ended with cause.
func (s *search) batch(ctx context.Context, batch []byte, cause error) ([]byte, error) {
	var err error
	if s.traces, err = unmarshaler.UnmarshalTraces(batch); err != nil {
		// Spans that cannot be told apart can only go by together, and what
		// comes after could not read them either.
		return nil, consumererror.NewPermanent(fmt.Errorf("plugin `%s`: %w", s.manifest.Name, cause))
	}
	s.spans = s.traces.SpanCount()
	if err := s.failedRange(ctx, 0, s.spans, 0, cause); err != nil {
		return nil, err
	}
	// Only now: had the plugin been paused, the sender would bring them again.
	for _, fault := range s.faults {
		s.settle(ctx, fault)
	}
	return s.out, nil
}

// tryRange hands spans from first up to end to the plugin on their own.
func (s *search) tryRange(ctx context.Context, first, end, depth int) error {
	if s.traps >= maxTrapsPerBatch || time.Now().After(s.until) {
		return s.giveUp(first, end, fmt.Errorf("too many spans failed to look at each: %w", s.cause))
	}
	part, err := marshaler.MarshalTraces(spanRange(s.traces, first, end))
	if err != nil {
		return fmt.Errorf("plugin `%s`: %w", s.manifest.Name, err)
	}
	// A half has half of the time, but never so little that a busy machine
	// makes it fail.
	timeout := max(s.config.Timeout>>min(depth, 8), s.config.Timeout/4)
	out, err := s.call(ctx, s.lease, part, nil, timeout)
	if err != nil {
		return s.failedRange(ctx, first, end, depth, err)
	}
	s.out = append(s.out, out...)
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
	return s.giveUp(first, end, cause)
}

// giveUp leaves spans to the failure policy.
func (s *search) giveUp(first, end int, cause error) error {
	spans := spanRange(s.traces, first, end)
	bytes, err := marshaler.MarshalTraces(spans)
	if err != nil {
		return fmt.Errorf("plugin `%s`: %w", s.manifest.Name, err)
	}
	s.faults = append(s.faults, fault{spans: spans, bytes: len(bytes), cause: cause})
	if s.policy == plugin.OnFailurePass {
		s.out = append(s.out, bytes...)
	}
	return nil
}

// settle says and counts what became of spans by the failure policy.
func (s *search) settle(ctx context.Context, fault fault) {
	count := fault.spans.SpanCount()
	fields := []zap.Field{
		zap.Int("spans", count),
		zap.Int("bytes", fault.bytes),
		zap.String("reason", fault.cause.Error()),
	}
	if count == 1 {
		span := fault.spans.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
		fields = append(fields, zap.Stringer("trace_id", span.TraceID()), zap.Stringer("span_id", span.SpanID()))
	}
	if s.policy == plugin.OnFailureBlock {
		s.logger.Warn("spans that the plugin cannot process were blocked", fields...)
		s.telemetry.builder.ProcessorLapidarySpansBlocked.Add(ctx, int64(count), s.telemetry.add...)
		return
	}
	s.logger.Warn("spans that the plugin cannot process go on as they were", fields...)
	s.telemetry.builder.ProcessorLapidarySpansPassed.Add(ctx, int64(count), s.telemetry.add...)
}
