package lapidaryprocessor

import (
	"context"
	"fmt"

	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor/processorhelper"
)

// ConsumeTraces sends a batch through the chain, and what is left of it on.
//
// After an error, which is retryable, nothing of the batch was passed on. The batch
// may then be changed in part; whoever gives one to a processor that says
// MutatesData keeps nothing of it, and a sender tries again with its own copy.
func (p *tracesProcessor) ConsumeTraces(ctx context.Context, traces ptrace.Traces) error {
	if !p.inside.enter() {
		return errNotRunning
	}
	defer p.inside.leave()
	tally := takeTally(len(p.stages))
	defer tally.give()
	if err := p.helper.ConsumeTraces(context.WithValue(ctx, tallyKey{}, tally), traces); err != nil {
		return err
	}
	tally.commit(ctx)
	if p.config.Clock == ClockEventTime {
		p.tickAll(ctx)
	}
	return nil
}

// process sends a batch through the chain; what it returns goes on.
func (p *tracesProcessor) process(ctx context.Context, traces ptrace.Traces) (ptrace.Traces, error) {
	// A batch of which no span is left ends here; one that came without spans
	// goes on where a resource is left, and where it had none. Afterwards it
	// cannot be told which it was.
	spans, resources := traces.SpanCount(), traces.ResourceSpans().Len()
	p.clock.observe(traces)
	if err := p.runChain(ctx, tallyOf(ctx), 0, traces); err != nil {
		return traces, err
	}
	if traces.SpanCount() > 0 || spans == 0 && (resources == 0 || traces.ResourceSpans().Len() > 0) {
		return traces, nil
	}
	return traces, processorhelper.ErrSkipProcessingData
}

// runChain sends a batch through every plugin from the stage of this index on;
// each edits it in place. After an error it is of no use any more: what earlier
// plugins changed stays changed. A batch whose sender gave up goes no further.
func (p *tracesProcessor) runChain(ctx context.Context, tally *tally, from int, traces ptrace.Traces) error {
	chain := p.takeChain()
	defer chain.release()
	for index := from; index < len(p.stages); index++ {
		if isGone(traces) {
			return nil
		}
		generation := chain.generations[index]
		if err := p.work(generation, tally.at(index, generation.telemetry)).process(ctx, traces); err != nil {
			return fmt.Errorf("%s: %w", p.stages[index].place, err)
		}
	}
	return ctx.Err()
}

func (p *tracesProcessor) work(g *generation, counts *counts) *work {
	w := &work{generation: g, clock: &p.clock, config: p.config, health: &p.health, faults: p.faults, counts: counts, batch: noBatch}
	if g.shadow {
		// What becomes of it is nobody's status.
		w.health = &health{report: func(*componentstatus.Event) {}}
	}
	return w
}
