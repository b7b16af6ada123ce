package lapidaryprocessor

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/lapidary-dev/lapidary/collector/internal/edits"
	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
	"github.com/lapidary-dev/lapidary/collector/internal/view"
)

// work is one batch on its way through one plugin.
type work struct {
	*generation
	clock  *clock
	config *Config
	health *health
	faults *faultKeeper
	// counts are what this adds to the counters, if it goes well.
	counts *counts
	// batch is what this is about, to know it again.
	batch func() batchID
}

// errPaused ends the work on a batch because its plugin is paused.
type errPaused struct{ err error }

func (e *errPaused) Error() string { return e.err.Error() }

// pass is a batch while a plugin works on it. Nothing of it changes before all
// of it was decided about.
type pass struct {
	traces ptrace.Traces
	batch  *edits.Batch
	editor *edits.Editor
	// part is what the plugin was given last.
	part view.View
	// made are spans that the plugin made.
	made plugin.Made
	// answered are the spans that it gave an answer for, blocked those that do not
	// go on because it gave none.
	answered, blocked int
	// worked says that a call ended well, and faults are what the plugin could not
	// process.
	worked bool
	faults []fault
	// counts are what the plugin counts itself.
	counts []plugin.Count
	// cause is how the last call ended that did not end well.
	cause error
}

// check looks at an answer to the part that was given last.
func (p *pass) check(answer []byte, made plugin.Made) error {
	if made.HasSpans {
		return p.editor.CheckWithOwn(p.batch, p.part.First, p.part.End, answer, made.Spans)
	}
	return p.editor.Check(p.batch, p.part.First, p.part.End, answer)
}

// take keeps the spans that came with an answer.
func (p *pass) take(made plugin.Made) {
	switch {
	case !made.HasSpans:
	case !p.made.HasSpans:
		p.made = made
	default:
		made.Spans.ResourceSpans().MoveAndAppendTo(p.made.Spans.ResourceSpans())
	}
}

// views are buffers that views are made in.
var views = sync.Pool{New: func() any { return new([]byte) }}

// process sends one batch through the plugin and edits it in place. Spans of
// the plugin's own go on behind it.
//
// An error means that nothing of the batch may pass now; the sender may try
// again. A plugin in the shadow answers with none, and edits nothing.
func (w *work) process(ctx context.Context, traces ptrace.Traces) error {
	err := w.goThrough(ctx, traces)
	if w.shadow {
		return nil // What stops it was counted and logged, and concerns nobody else.
	}
	return err
}

func (w *work) goThrough(ctx context.Context, traces ptrace.Traces) error {
	w.batch = sync.OnceValue(func() batchID { return idOf(traces) })
	admission, err := w.admit()
	if err != nil {
		return w.whilePaused(ctx, traces, err)
	}
	if admission == tries {
		defer w.breaker.tried()
	}
	g, lease, err := w.acquire(ctx)
	if err != nil {
		return fmt.Errorf("plugin `%s`: waiting for an instance: %w", w.manifest.Name, err)
	}
	defer lease.release()
	w.generation = g
	// Whoever had the instance may have found that the plugin keeps crashing.
	if err := w.pausedNow(); err != nil {
		return w.whilePaused(ctx, traces, err)
	}

	p := pass{traces: traces, batch: edits.NewBatch(traces), editor: w.editor}
	defer p.batch.Release()
	err = w.judge(ctx, &p, w.decide(ctx, &lease, &p))
	var paused *errPaused
	if errors.As(err, &paused) {
		return w.whilePaused(ctx, traces, paused.err)
	}
	if err != nil {
		return err
	}
	if len(p.faults) == 0 {
		w.sample.take(traces, time.Now())
	}
	// Only now: had the plugin been paused, the sender would bring them again.
	for _, fault := range p.faults {
		w.settle(fault)
		w.faults.keep(w.generation, p.batch, &fault)
	}
	counts := w.apply(&p)
	w.counts.answered += p.answered
	w.counts.changed += counts.Changed
	w.counts.dropped += counts.Dropped - p.blocked
	w.counts.own = append(w.counts.own, p.counts...)
	if p.made.HasSpans {
		w.counts.made += p.made.Spans.SpanCount()
	}
	if p.made.HasSpans && !w.shadow {
		p.made.Spans.ResourceSpans().MoveAndAppendTo(traces.ResourceSpans())
	}
	return nil
}

// apply does to the batch what was decided, or tells what would be done.
func (w *work) apply(p *pass) edits.Counts {
	if w.shadow {
		return p.batch.Counts()
	}
	return p.batch.Apply()
}

// judge says what becomes of a batch over which the plugin ended so: an error where
// nothing of it may pass now.
func (w *work) judge(ctx context.Context, p *pass, err error) error {
	var unsearched *unsearchedError
	if err != nil && !errors.As(err, &unsearched) {
		return err
	}
	if unsearched != nil && unsearched.isStarved() {
		return w.refuse(unsearched)
	}
	if !p.worked {
		if err := w.nothingWorked(ctx, p.traces.SpanCount(), p.cause); err != nil {
			return err
		}
	}
	if unsearched != nil {
		w.trips.add(w.batch())
		return w.refuse(unsearched)
	}
	return nil
}

// refuse says why nothing of a batch goes on now.
func (w *work) refuse(unsearched *unsearchedError) error {
	w.logger.Warn(unsearched.Error())
	return fmt.Errorf("plugin `%s`: %w", w.manifest.Name, unsearched)
}

// decide hands over the batch, in parts where what the plugin sees of it is too
// long for one call.
func (w *work) decide(ctx context.Context, lease *lease, p *pass) error {
	buffer := views.Get().(*[]byte)
	defer views.Put(buffer)
	for first, units := 0, p.batch.Units(); ; {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("plugin `%s`: the sender gave up: %w", w.manifest.Name, err)
		}
		part := w.viewer.Make((*buffer)[:0], p.traces, first, view.All, w.config.MaxBatchBytes)
		*buffer = part.Bytes
		began := time.Now()
		err := w.call(ctx, lease, p, part, w.config.Timeout)
		if err != nil {
			err = newSearch(w, lease, p, part, began).run(ctx, err)
		}
		if err != nil {
			return err
		}
		if first = part.End; first >= units {
			return nil
		}
	}
}

// call hands over the view of a part. After a trap the lease has no instance.
func (w *work) call(ctx context.Context, lease *lease, p *pass, part view.View, timeout time.Duration) error {
	var began time.Time
	var outcome plugin.Outcome
	p.part = part
	err := w.attempt(ctx, lease, func(instance *plugin.Instance) (err error) {
		began = time.Now()
		outcome, err = instance.Process(part.Bytes, w.clock.now(), timeout, p.check)
		return err
	})
	if err != nil {
		p.cause = err
		w.telemetry.called(ctx, 0, err)
		return err
	}
	p.take(outcome.Made)
	p.counts = append(p.counts, outcome.Counts...)
	p.answered += part.Spans
	p.worked = true
	took := time.Since(began)
	w.telemetry.called(ctx, took, nil)
	w.worked(ctx, began.Add(took))
	w.save(ctx, lease)
	return nil
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

// crashed tells the breaker of a trap or a failure, and how many are allowed in a
// row; the answer is an [errPaused] where the plugin is paused from now on. One that
// the machine had no time for counts as none.
func (w *work) crashed(ctx context.Context, err error, allowed int) error {
	if isStarved(err) {
		return nil
	}
	if paused := w.pausedNow(); paused != nil {
		// Another instance was quicker; this is no second pause.
		return &errPaused{err: paused}
	}
	if !w.breaker.crashed(allowed, plugin.Why(err)) {
		return nil
	}
	return w.pauseUnlessItWorks(ctx)
}

// nothingWorked pauses a plugin that over a whole batch did not work once, if it
// crashed often or was paused before: whatever becomes of that batch, the sender
// would be told that all is well.
func (w *work) nothingWorked(ctx context.Context, spans int, err error) error {
	if isStarved(err) || !w.breaker.nothingWorked(spans) {
		return nil
	}
	return w.pauseUnlessItWorks(ctx)
}

// pauseUnlessItWorks pauses the plugin, unless it is the batch that is at fault.
func (w *work) pauseUnlessItWorks(ctx context.Context) error {
	if w.stillWorks() {
		w.worked(ctx, time.Now())
		return nil
	}
	if !w.breaker.begin(time.Now(), w.batch()) {
		return &errPaused{err: w.pausedNow()}
	}
	paused := w.pausedNow()
	w.logger.Error(paused.Error())
	w.health.set(w.generation, paused)
	return &errPaused{err: paused}
}

// worked takes in that a call ended well.
func (w *work) worked(ctx context.Context, now time.Time) {
	if w.breaker.worked(now) {
		w.logger.Info("the plugin works again")
		w.health.set(w.generation, nil)
	}
}

// admit says whether the batch may go to the plugin; the error is that it may not.
func (w *work) admit() (admission, error) {
	now := time.Now()
	admission := w.breaker.admit(now, w.batch)
	if admission != held {
		return admission, nil
	}
	return held, w.pausedError()
}

// pausedNow returns nil where the plugin is not paused.
func (w *work) pausedNow() error {
	if _, _, paused := w.breaker.paused(time.Now()); !paused {
		return nil
	}
	return w.pausedError()
}

func (w *work) pausedError() error {
	until, reason, _ := w.breaker.paused(time.Now())
	return fmt.Errorf("plugin `%s` keeps crashing and is paused until %s; last: %s", w.manifest.Name, until.UTC().Format(time.RFC3339), reason)
}

// whilePaused lets the batch by, or answers with an error that makes the
// sender try again.
func (w *work) whilePaused(ctx context.Context, traces ptrace.Traces, err error) error {
	if w.policy == plugin.OnFailureBlock || w.shadow {
		return err
	}
	w.counts.passed += traces.SpanCount()
	return nil
}
