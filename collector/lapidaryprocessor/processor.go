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

	// A batch of which nothing is left ends here, but one that came without
	// spans goes on. Afterwards it cannot be told which it was.
	cameEmpty := traces.SpanCount() == 0
	out, err := p.process(ctx, traces)
	if err != nil {
		return err
	}
	if out.SpanCount() > 0 || cameEmpty {
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

// process returns the spans that are left, which may be the very batch that
// came in, changed in place. That stays as it was until every plugin is done
// with it.
func (p *tracesProcessor) process(ctx context.Context, traces ptrace.Traces) (ptrace.Traces, error) {
	if traces.SpanCount() == 0 {
		return traces, nil
	}
	p.clock.observe(traces)
	batch, err := marshal(traces)
	if err != nil {
		return ptrace.Traces{}, err
	}
	p.chain.RLock()
	defer p.chain.RUnlock()
	if limit := p.config.MaxBatchBytes; limit > 0 && len(batch) > limit && traces.SpanCount() > 1 {
		return p.processInPieces(ctx, traces, limit)
	}
	out, _, err := p.processPiece(ctx, traces, batch)
	return out, err
}

func (p *tracesProcessor) processInPieces(ctx context.Context, traces ptrace.Traces, limit int) (ptrace.Traces, error) {
	left, anyChanged := ptrace.NewTraces(), false
	for _, piece := range splitBySize(traces, limit) {
		batch, err := marshal(piece)
		if err != nil {
			return ptrace.Traces{}, err
		}
		out, changed, err := p.processPiece(ctx, piece, batch)
		if err != nil {
			return ptrace.Traces{}, err
		}
		anyChanged = anyChanged || changed
		out.ResourceSpans().MoveAndAppendTo(left.ResourceSpans())
	}
	if !anyChanged {
		return traces, nil
	}
	return left, nil
}

func marshal(traces ptrace.Traces) ([]byte, error) {
	batch, err := marshaler.MarshalTraces(traces)
	if err != nil {
		return nil, consumererror.NewPermanent(fmt.Errorf("writing the batch as OTLP: %w", err))
	}
	return batch, nil
}

// processPiece sends spans, and the bytes of the same, through the chain. It
// says whether what is left is another than what came.
func (p *tracesProcessor) processPiece(ctx context.Context, piece ptrace.Traces, batch []byte) (ptrace.Traces, bool, error) {
	out := ptrace.Traces{}
	changed := false
	err := p.runChain(ctx, 0, batch, func(result []byte) (err error) {
		if changed = !sameBytes(result, batch); !changed {
			out = piece
			return nil
		}
		out, err = patch.Apply(piece, batch, result)
		return err
	})
	return out, changed, err
}

// runChain hands bytes to every plugin from the stage of this index on. done
// gets what is left; it must not keep it.
func (p *tracesProcessor) runChain(ctx context.Context, from int, batch []byte, done func([]byte) error) error {
	// One buffer is read from while the other is written to.
	one, other := p.buffers.Get().(*[]byte), p.buffers.Get().(*[]byte)
	defer func() { p.buffers.Put(one); p.buffers.Put(other) }()
	current := batch
	for _, stage := range p.stages[from:] {
		if len(current) == 0 {
			break
		}
		out, err := p.work(stage.generation).process(ctx, current, (*one)[:0])
		if err != nil {
			return fmt.Errorf("%s: %w", stage.place, err)
		}
		if !sameBytes(out, current) {
			if cap(out) > 0 {
				*one = out
			}
			one, other = other, one
		}
		current = out
	}
	if err := done(current); err != nil {
		return consumererror.NewPermanent(fmt.Errorf("%s: what the plugins left is not OTLP: %w", p.id, err))
	}
	return nil
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
	var problems []error
	for index, stage := range p.stages {
		if stage.makesLastSpans() {
			problems = append(problems, p.flush(ctx, index, stage.generation))
		}
	}
	return errors.Join(append(problems, p.closeStages(ctx))...)
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
	made, err := unmarshaler.UnmarshalTraces(spans)
	if err != nil {
		return fmt.Errorf("%s: plugin `%s` made spans that are not OTLP: %w", p.stages[index].place, g.manifest.Name, err)
	}
	g.telemetry.builder.ProcessorLapidarySpansOut.Add(ctx, int64(made.SpanCount()), g.telemetry.add...)
	var out ptrace.Traces
	p.chain.RLock()
	err = p.runChain(ctx, index+1, spans, func(result []byte) (err error) {
		out, err = unmarshaler.UnmarshalTraces(result)
		return err
	})
	p.chain.RUnlock()
	if err != nil || out.SpanCount() == 0 {
		return err
	}
	return p.next.ConsumeTraces(ctx, out)
}
