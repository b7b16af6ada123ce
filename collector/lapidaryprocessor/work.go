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
	report func(paused bool, err error)
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
}

// check looks at the edits of an answer to the part that was given last.
func (p *pass) check(answer []byte) error {
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
	if err := w.pausedNow(); err != nil {
		return w.whilePaused(ctx, traces, err)
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
	err = w.decide(ctx, &lease, &p)
	if err == nil && !p.worked {
		err = w.nothingWorked(ctx, traces.SpanCount(), p.faults[len(p.faults)-1].cause)
	}
	var paused *errPaused
	if errors.As(err, &paused) {
		return w.whilePaused(ctx, traces, paused.err)
	}
	if err != nil {
		return err
	}
	// Only now: had the plugin been paused, the sender would bring them again.
	for _, fault := range p.faults {
		w.settle(ctx, fault)
	}
	counts := w.apply(&p)
	w.telemetry.processed(ctx, p.answered, counts.Changed, counts.Dropped-p.blocked)
	if p.made.HasSpans {
		w.telemetry.made(ctx, p.made.Spans.SpanCount())
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
		return err
	}
	p.take(outcome.Made)
	p.answered += part.Spans
	p.worked = true
	w.telemetry.called(ctx, time.Since(began))
	if w.breaker.worked() {
		w.logger.Info("the plugin works again")
		w.telemetry.paused(ctx, false)
		w.report(false, nil)
	}
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
// row; the answer is an [errPaused] where the plugin is paused from now on.
func (w *work) crashed(ctx context.Context, err error, allowed int) error {
	if paused := w.pausedNow(); paused != nil {
		// Another instance was quicker; this is no second pause.
		return &errPaused{err: paused}
	}
	if !w.breaker.crashed(time.Now(), allowed, plugin.Why(err)) {
		return nil
	}
	return w.pause(ctx)
}

// nothingWorked pauses a plugin that over a whole batch did not work once, if it
// crashed often or was paused before: whatever becomes of that batch, the sender
// would be told that all is well.
func (w *work) nothingWorked(ctx context.Context, spans int, err error) error {
	if !w.breaker.nothingWorked(time.Now(), spans, plugin.Why(err)) {
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
func (w *work) whilePaused(ctx context.Context, traces ptrace.Traces, err error) error {
	if w.policy == plugin.OnFailureBlock || w.shadow {
		return err
	}
	w.telemetry.builder.ProcessorLapidarySpansPassed.Add(ctx, int64(traces.SpanCount()), w.telemetry.add...)
	return nil
}
