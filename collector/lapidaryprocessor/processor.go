package lapidaryprocessor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.uber.org/zap"

	"github.com/lapidary-dev/lapidary/collector/internal/patch"
	"github.com/lapidary-dev/lapidary/collector/internal/pieces"
	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
	"github.com/lapidary-dev/lapidary/collector/lapidaryprocessor/internal/metadata"
)

// tracesProcessor sends spans through a chain of plugins.
type tracesProcessor struct {
	id        component.ID
	config    *Config
	next      consumer.Traces
	logger    *zap.Logger
	telemetry *metadata.TelemetryBuilder
	loader    loader
	clock     clock
	buffers   sync.Pool

	host   component.Host
	cancel context.CancelFunc
	loops  sync.WaitGroup

	// running batches hold chain for reading, but not while the next consumer
	// has them; a swap holds it for writing, and so comes between two batches.
	chain   sync.RWMutex
	stages  []*stage
	running bool
	// ticks is held while plugins are asked for spans of their own making.
	ticks sync.Mutex
	// inFlight are batches from the first plugin to the end of the next
	// consumer.
	inFlight sync.WaitGroup
}

// stage is one place of the chain. What runs there is its generation.
type stage struct {
	place  string
	config *PluginConfig
	*generation

	// refused is the hash of sources that were found wrong, so that they are
	// complained about once.
	refused [32]byte
	// changed are sources that are waited for. It belongs to the reload loop.
	changed change
	// ticked is when the plugin was last asked for spans of its own making, in
	// nanoseconds since 1970. It belongs to whoever holds ticks.
	ticked uint64
}

var errNotRunning = errors.New("the processor is not running")

func newTracesProcessor(set processor.Settings, config *Config, next consumer.Traces) (*tracesProcessor, error) {
	// What is said here is about files and spans; where in our code it is said
	// helps nobody.
	set.Logger = set.Logger.WithOptions(zap.AddStacktrace(zap.DPanicLevel))
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	p := &tracesProcessor{
		id:        set.ID,
		config:    config,
		next:      next,
		logger:    set.Logger,
		telemetry: telemetry,
		loader:    loader{id: set.ID, config: config, set: set.TelemetrySettings, telemetry: telemetry},
		clock:     clock{source: config.Clock},
	}
	p.buffers.New = func() any { return new([]byte) }
	for index := range config.Plugins {
		p.stages = append(p.stages, &stage{
			place:  fmt.Sprintf("%s: plugins[%d]", set.ID, index),
			config: &config.Plugins[index],
		})
	}
	return p, nil
}

// Capabilities says that what comes in is written to: where it is shared with
// other pipelines, the Collector hands over a copy.
func (p *tracesProcessor) Capabilities() consumer.Capabilities {
	return consumer.Capabilities{MutatesData: true}
}

// Start loads every plugin. Its error has every problem of all of them.
func (p *tracesProcessor) Start(ctx context.Context, host component.Host) error {
	p.host = host
	var refused []string
	for _, stage := range p.stages {
		generation, err := p.load(ctx, stage)
		if err != nil {
			refused = append(refused, fmt.Sprintf("%s refused:\n%s", stage.place, err))
			continue
		}
		stage.generation = generation
	}
	if len(refused) > 0 {
		return errors.Join(errors.New(strings.Join(refused, "\n")), p.closeStages(ctx))
	}

	loops, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	p.chain.Lock()
	p.running = true
	p.chain.Unlock()
	if p.config.ReloadInterval > 0 {
		p.loops.Go(func() { p.reloadLoop(loops) })
	}
	if p.config.Clock == ClockSystem {
		p.loops.Go(func() { p.tickLoop(loops) })
	}
	return nil
}

func (p *tracesProcessor) load(ctx context.Context, stage *stage) (*generation, error) {
	read, err := readSources(stage.config, stage.place)
	if err != nil {
		return nil, err
	}
	return p.loader.load(ctx, stage.config, read)
}

// ConsumeTraces sends a batch through the chain, and what is left of it on.
//
// An error is retryable unless it says that it is permanent; nothing of the
// batch was passed on then.
func (p *tracesProcessor) ConsumeTraces(ctx context.Context, traces ptrace.Traces) error {
	if err := p.enter(); err != nil {
		return err
	}
	defer p.inFlight.Done()

	// A batch of which no span is left ends here; one that came without spans
	// goes on where a resource is left, and where it had none. Afterwards it
	// cannot be told which it was.
	spans, resources := traces.SpanCount(), traces.ResourceSpans().Len()
	out, err := p.process(ctx, traces, spans)
	if err != nil {
		return err
	}
	if out.SpanCount() > 0 || spans == 0 && (resources == 0 || out.ResourceSpans().Len() > 0) {
		if err := p.next.ConsumeTraces(ctx, out); err != nil {
			return err
		}
	}
	if p.config.Clock == ClockEventTime {
		p.tickAll(ctx)
	}
	return nil
}

// enter lets a batch in unless the processor is not running; whoever is in
// leaves by inFlight.Done.
func (p *tracesProcessor) enter() error {
	p.chain.RLock()
	defer p.chain.RUnlock()
	if !p.running {
		return errNotRunning
	}
	p.inFlight.Add(1)
	return nil
}

// process returns what is left of a batch, which may be the very batch that
// came in, changed in place. That stays as it was until every plugin is done
// with it.
func (p *tracesProcessor) process(ctx context.Context, traces ptrace.Traces, spans int) (ptrace.Traces, error) {
	p.clock.observe(traces)
	batch, err := marshaler.MarshalTraces(traces)
	if err != nil {
		return ptrace.Traces{}, p.broken(fmt.Errorf("writing the batch as OTLP: %w", err))
	}
	p.chain.RLock()
	defer p.chain.RUnlock()
	err = p.runChain(ctx, 0, batch, spans, func(result []byte) (err error) {
		if sameBytes(result, batch) {
			return nil
		}
		if traces, err = patch.Apply(traces, batch, result); err != nil {
			return p.broken(fmt.Errorf("what the plugins left is not OTLP: %w", err))
		}
		return nil
	})
	return traces, err
}

// broken is an error that the sender need not try again after, for it is ours.
func (p *tracesProcessor) broken(err error) error {
	p.logger.Error("a batch was lost", zap.Error(err))
	return consumererror.NewPermanent(fmt.Errorf("%s: %w", p.id, err))
}

// runChain hands bytes with this many spans to every plugin from the stage of
// this index on, in pieces where they are too long for one call. done gets what
// is left; it must not keep it.
func (p *tracesProcessor) runChain(ctx context.Context, from int, batch []byte, spans int, done func([]byte) error) error {
	limit := p.config.MaxBatchBytes
	if limit == 0 || len(batch) <= limit || from == len(p.stages) {
		return p.runPiece(ctx, from, batch, spans, done)
	}
	var left pieces.Joiner
	changed := false
	for piece := range pieces.Split(batch, limit) {
		err := p.runPiece(ctx, from, piece.Bytes, piece.Spans, func(result []byte) error {
			changed = changed || !sameBytes(result, piece.Bytes)
			left.Add(result, piece.Seam)
			return nil
		})
		if err != nil {
			return err
		}
	}
	if !changed {
		return done(batch)
	}
	return done(left.Bytes())
}

func (p *tracesProcessor) runPiece(ctx context.Context, from int, batch []byte, spans int, done func([]byte) error) error {
	// One buffer is read from while the other is written to.
	one, other := p.buffers.Get().(*[]byte), p.buffers.Get().(*[]byte)
	defer func() { p.buffers.Put(one); p.buffers.Put(other) }()
	current := batch
	for _, stage := range p.stages[from:] {
		if len(current) == 0 {
			break
		}
		out, left, err := p.work(stage.generation).process(ctx, current, spans, (*one)[:0])
		if err != nil {
			return fmt.Errorf("%s: %w", stage.place, err)
		}
		if !sameBytes(out, current) {
			if cap(out) > 0 {
				*one = out
			}
			one, other = other, one
		}
		current, spans = out, left
	}
	return done(current)
}

// sameBytes says whether two slices are the same piece of memory.
func sameBytes(a, b []byte) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

func (p *tracesProcessor) work(g *generation) *work {
	return &work{generation: g, clock: &p.clock, config: p.config, report: p.report, snapshot: p.config.SnapshotInterval}
}

// report makes the component's status say whether a plugin is paused.
func (p *tracesProcessor) report(paused bool, err error) {
	event := componentstatus.NewEvent(componentstatus.StatusOK)
	if paused {
		event = componentstatus.NewRecoverableErrorEvent(err)
	}
	componentstatus.ReportStatus(p.host, event)
}

// Shutdown waits for the batches that are in, then sends on the last spans
// that plugins make.
func (p *tracesProcessor) Shutdown(ctx context.Context) error {
	p.chain.Lock()
	wasRunning := p.running
	p.running = false
	p.chain.Unlock()
	if !wasRunning {
		return nil
	}
	p.cancel()
	left := make(chan struct{})
	go func() {
		p.loops.Wait()
		p.inFlight.Wait()
		close(left)
	}()
	select {
	case <-left:
	case <-ctx.Done():
		// Instances are in use, so nothing can be closed.
		return fmt.Errorf("waiting for batches to leave: %w", ctx.Err())
	}
	for index, stage := range p.stages {
		if stage.makesLastSpans() {
			p.flushLast(ctx, index, stage.generation)
		}
	}
	return p.closeStages(ctx)
}

func (p *tracesProcessor) closeStages(ctx context.Context) error {
	var problems []error
	for _, stage := range p.stages {
		if stage.generation != nil {
			problems = append(problems, stage.generation.close(ctx))
			stage.generation = nil
		}
	}
	p.telemetry.Shutdown()
	return errors.Join(problems...)
}

// flushLast passes on the last spans of a generation that goes for good, or
// says that they are lost.
func (p *tracesProcessor) flushLast(ctx context.Context, index int, g *generation) {
	if err := p.flush(ctx, index, g); err != nil {
		g.logger.Error("the last spans of the plugin were lost", zap.String("reason", plugin.Why(err)))
	}
}

// flush asks a generation that goes for good for its last spans.
func (p *tracesProcessor) flush(ctx context.Context, index int, g *generation) error {
	lease, err := g.instances.acquire(ctx)
	if err != nil {
		return err
	}
	defer lease.release()
	instance, err := lease.ready()
	if err != nil {
		return fmt.Errorf("%s: %w", p.stages[index].place, err)
	}
	spans, err := instance.Flush(p.clock.now())
	if err != nil {
		lease.discard()
		return fmt.Errorf("%s: plugin `%s`: %w", p.stages[index].place, g.manifest.Name, err)
	}
	return p.sendOwn(ctx, index, g, spans)
}

// sendOwn sends spans that a plugin made through the plugins after it.
func (p *tracesProcessor) sendOwn(ctx context.Context, index int, g *generation, spans []byte) error {
	if len(spans) == 0 {
		return nil
	}
	count := patch.Count(spans)
	g.telemetry.builder.ProcessorLapidarySpansOut.Add(ctx, int64(count), g.telemetry.add...)
	var out ptrace.Traces
	p.chain.RLock()
	err := p.runChain(ctx, index+1, spans, count, func(result []byte) (err error) {
		out, err = unmarshaler.UnmarshalTraces(result)
		return err
	})
	p.chain.RUnlock()
	if err != nil || out.SpanCount() == 0 {
		return err
	}
	return p.next.ConsumeTraces(ctx, out)
}
