package lapidaryprocessor

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"

	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
)

const (
	// owedTime is how long spans of a plugin's own are tried again: nobody else has
	// them, and nobody waits for them.
	owedTime = 5 * time.Minute
	// mostOwedSpans and mostOwedBytes bound how much of them waits.
	mostOwedSpans = 10_000
	mostOwedBytes = 16 << 20
	// lastTries are made at the end, lastTriesApart, for what waits.
	lastTries      = 5
	lastTriesApart = 200 * time.Millisecond
)

// owed are spans of plugins' own making that the components behind refused.
type owed struct {
	// sending is held while they are sent again, and mu while they are looked at.
	sending sync.Mutex
	mu      sync.Mutex
	waiting []owedSpans
	spans   int
	bytes   int
}

// owedSpans are from one call of a plugin, as it made them: what is sent through the
// chain is a copy, for later plugins change it in place.
type owedSpans struct {
	index     int
	telemetry *pluginTelemetry
	logger    *zap.Logger
	traces    ptrace.Traces
	bytes     int
	since     time.Time
}

// sendOwn sends spans that a plugin made through the plugins after it. Where they are
// refused they wait to be sent again; the error says why they are lost.
func (p *tracesProcessor) sendOwn(ctx context.Context, index int, g *generation, made plugin.Made) error {
	if !made.HasSpans || isGone(made.Spans) {
		return nil
	}
	if g.shadow {
		(&counts{telemetry: g.telemetry, made: made.Spans.SpanCount()}).commit(ctx)
		return nil
	}
	own := owedSpans{index: index, telemetry: g.telemetry, logger: g.logger, traces: made.Spans, since: time.Now()}
	err := p.sendCopy(ctx, &own)
	if err == nil || consumererror.IsPermanent(err) {
		return err
	}
	own.bytes = (&ptrace.ProtoMarshaler{}).TracesSize(own.traces)
	if !p.owed.add(own) {
		return fmt.Errorf("more wait already than are kept: %w", err)
	}
	g.logger.Warn(fmt.Sprintf("spans of the plugin's own making were refused and are sent again: %d", own.traces.SpanCount()),
		zap.String("reason", plugin.Why(err)))
	return nil
}

// sendCopy sends spans through the plugins after theirs, and on.
func (p *tracesProcessor) sendCopy(ctx context.Context, own *owedSpans) error {
	traces := ptrace.NewTraces()
	own.traces.CopyTo(traces)
	tally := takeTally(len(p.stages))
	defer tally.give()
	tally.at(own.index, own.telemetry).made = traces.SpanCount()
	if err := p.runChain(ctx, tally, own.index+1, traces); err != nil {
		return err
	}
	if traces.SpanCount() > 0 {
		if err := p.next.ConsumeTraces(ctx, traces); err != nil {
			return err
		}
	}
	tally.commit(ctx)
	return nil
}

// sendOwed sends again what waits, oldest first, up to the first that is refused
// again. Where somebody does so already, nobody waits for it.
func (p *tracesProcessor) sendOwed(ctx context.Context) {
	if !p.owed.sending.TryLock() {
		return
	}
	defer p.owed.sending.Unlock()
	for {
		own, ok := p.owed.first()
		if !ok {
			return
		}
		err := p.sendCopy(ctx, &own)
		switch {
		case err == nil:
		case consumererror.IsPermanent(err):
			own.sayLost(err)
		case time.Since(own.since) > owedTime:
			own.sayLost(fmt.Errorf("refused for %s: %w", owedTime, err))
		default:
			return
		}
		p.owed.removeFirst()
	}
}

// sendLastOwed tries some more times at the end, and says what is lost.
func (p *tracesProcessor) sendLastOwed(ctx context.Context) {
	for range lastTries {
		p.sendOwed(ctx)
		if _, ok := p.owed.first(); !ok {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(lastTriesApart):
		}
	}
	for {
		own, ok := p.owed.first()
		if !ok {
			return
		}
		own.sayLost(fmt.Errorf("the processor ends, and they are refused still"))
		p.owed.removeFirst()
	}
}

func (o *owedSpans) sayLost(err error) {
	o.logger.Error(fmt.Sprintf("spans of the plugin's own making were lost: %d", o.traces.SpanCount()),
		zap.String("reason", plugin.Why(err)))
}

// add takes in spans, unless too many wait.
func (o *owed) add(own owedSpans) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	spans := own.traces.SpanCount()
	if o.spans+spans > mostOwedSpans || o.bytes+own.bytes > mostOwedBytes {
		return false
	}
	o.spans += spans
	o.bytes += own.bytes
	o.waiting = append(o.waiting, own)
	return true
}

func (o *owed) first() (own owedSpans, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.waiting) == 0 {
		return own, false
	}
	return o.waiting[0], true
}

func (o *owed) removeFirst() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.spans -= o.waiting[0].traces.SpanCount()
	o.bytes -= o.waiting[0].bytes
	o.waiting[0] = owedSpans{}
	o.waiting = o.waiting[1:]
}
