package lapidaryprocessor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
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

// process hands one batch with this many spans to the plugin. It returns what
// goes on, which are the bytes that came in where nothing changed, and how many
// spans that has; it is appended to into where something did change. An empty
// answer means that nothing is left.
//
// An error means that nothing of the batch may pass now; the sender may try
// again.
func (w *work) process(ctx context.Context, batch []byte, spans int, into []byte) (out []byte, left int, err error) {
	if err := w.pausedNow(); err != nil {
		return w.whilePaused(ctx, batch, spans, err)
	}
	lease, err := w.instances.acquire(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("plugin `%s`: waiting for an instance: %w", w.manifest.Name, err)
	}
	defer lease.release()
	// Whoever had the instance may have found that the plugin keeps crashing.
	if err := w.pausedNow(); err != nil {
		return w.whilePaused(ctx, batch, spans, err)
	}

	out, left, err = w.call(ctx, &lease, batch, spans, into, w.config.Timeout)
	if err != nil {
		out, left, err = newSearch(w, &lease, batch, spans).run(ctx, err)
	}
	var paused *errPaused
	if errors.As(err, &paused) {
		return w.whilePaused(ctx, batch, spans, paused.err)
	}
	if err == nil {
		w.save(ctx, &lease)
	}
	return out, left, err
}

// call makes one call and counts it. After a trap the lease has no instance.
func (w *work) call(ctx context.Context, lease *lease, batch []byte, spans int, into []byte, timeout time.Duration) ([]byte, int, error) {
	instance, err := lease.ready()
	if err != nil {
		return nil, 0, w.failed(ctx, lease, err)
	}
	began := time.Now()
	outcome, err := instance.Process(batch, w.clock.now(), into, timeout)
	if err != nil {
		return nil, 0, w.failed(ctx, lease, err)
	}
	w.telemetry.processed(ctx, &outcome, time.Since(began))
	if w.breaker.worked() {
		w.logger.Info("the plugin works again")
		w.telemetry.paused(ctx, false)
		w.report(false, nil)
	}
	switch outcome.Kind {
	case plugin.Unchanged:
		return batch, spans, nil
	case plugin.Replaced:
		return outcome.Traces, int(outcome.SpansOut), nil
	default:
		return nil, 0, nil
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

// crashed tells the breaker of a trap or a failure over a batch of this many
// spans; the answer is an [errPaused] where the plugin is paused from now on.
func (w *work) crashed(ctx context.Context, err error, spans int) error {
	if paused := w.pausedNow(); paused != nil {
		// Another instance was quicker; this is no second pause.
		return &errPaused{err: paused}
	}
	if !w.breaker.crashed(time.Now(), spans, plugin.Why(err)) {
		return nil
	}
	return w.pause(ctx)
}

// stillPaused pauses a plugin again that was paused before and over a whole
// batch did not work once: whatever becomes of that batch, the sender would be
// told that all is well.
func (w *work) stillPaused(ctx context.Context, err error) error {
	if !w.breaker.stillCrashes(time.Now(), plugin.Why(err)) {
		return nil
	}
	return w.pause(ctx)
}

func (w *work) pause(ctx context.Context) error {
	paused := w.pausedNow()
	w.logger.Error(paused.Error())
	w.telemetry.paused(ctx, true)
	w.report(true, paused)
	return &errPaused{err: paused}
}

// pausedNow returns nil where the plugin is not paused.
func (w *work) pausedNow() error {
	until, reason, paused := w.breaker.paused(time.Now())
	if !paused {
		return nil
	}
	return fmt.Errorf("plugin `%s` keeps crashing and is paused until %s; last: %s", w.manifest.Name, until.UTC().Format(time.RFC3339), reason)
}

// whilePaused lets the batch by, or answers with an error that makes the
// sender try again.
func (w *work) whilePaused(ctx context.Context, batch []byte, spans int, err error) ([]byte, int, error) {
	if w.policy == plugin.OnFailureBlock {
		return nil, 0, err
	}
	w.telemetry.builder.ProcessorLapidarySpansPassed.Add(ctx, int64(spans), w.telemetry.add...)
	return batch, spans, nil
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
		w.logger.Error("no snapshot could be taken", zap.String("reason", plugin.Why(w.failed(ctx, lease, err))))
		_ = w.crashed(ctx, err, 1)
		return
	}
	w.saved = state
}
