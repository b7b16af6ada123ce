package lapidaryprocessor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processorhelper"
	"go.uber.org/zap"

	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
	"github.com/lapidary-dev/lapidary/collector/internal/stored"
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

	// helper counts what comes in and goes on as every processor does, and calls
	// process and the next consumer.
	helper consumer.Traces

	host   component.Host
	health health
	// overdue is how many calls run longer than they may. It belongs to the watch loop.
	overdue int
	cancel  context.CancelFunc
	loops   sync.WaitGroup
	// looping is what the loops go on with, until cancel is called.
	looping context.Context
	// lasting goes on until nobody waits for the end any more.
	lasting context.Context
	giveUp  context.CancelFunc

	stages []*stage
	// loaded is what was made of them before the start.
	loaded []*generation
	// current is what runs, nil before the start and after the end.
	current atomic.Pointer[chain]
	// inside are batches from the first plugin to the end of the next consumer.
	inside gate
	// closing are generations that nobody works with any more.
	closing sync.WaitGroup
	// ticks is held while it is asked whose tick is due.
	ticks sync.Mutex
	// owed are spans of plugins' own making that were refused.
	owed owed
	// storing is nil where no state is stored, and faults where no content of spans is.
	storing *storing
	faults  *faultKeeper
	// keeping is held while something is stored, and while a plugin gets its place in
	// the storage.
	keeping sync.Mutex
}

// stage is one place of the chain. What runs there, [tracesProcessor.current] knows.
type stage struct {
	// index is where it stands, and place says so in messages.
	index  int
	place  string
	config *PluginConfig

	// refused is the hash of sources that were found wrong, so that they are
	// complained about once.
	refused [32]byte
	// changed are sources that are waited for. It and watch belong to the reload
	// loop, once there is one.
	changed change
	watch   watch
	// ticked is when the plugin was last asked for spans of its own making, in
	// nanoseconds since 1970. It belongs to whoever holds ticks.
	ticked uint64
	// outOfDate says that what runs is not what lies on disk.
	outOfDate atomic.Bool
	// kept is where the plugin's state stands in a storage, nil without one.
	kept *stored.Place
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
		loader:    loader{id: set.ID, config: config, set: set.TelemetrySettings, telemetry: telemetry, watch: plugin.NewWatch()},
		clock:     clock{source: config.Clock},
		inside:    gate{closed: true},
	}
	p.loader.clock = &p.clock
	p.faults = newFaultKeeper(config.Faults, set.ID, set.Logger)
	for index := range config.Plugins {
		p.stages = append(p.stages, &stage{
			index:  index,
			place:  fmt.Sprintf("%s: plugins[%d]", set.ID, index),
			config: config.plugin(index),
		})
	}
	if err := p.registerGauges(); err != nil {
		return nil, err
	}
	p.helper, err = processorhelper.NewTraces(context.Background(), set, config, next, p.process, processorhelper.WithCapabilities(p.Capabilities()))
	return p, err
}

// Capabilities says that what comes in is written to: where it is shared with
// other pipelines, the Collector hands over a copy.
func (p *tracesProcessor) Capabilities() consumer.Capabilities {
	return consumer.Capabilities{MutatesData: true}
}

// Start lets batches in. Where plugins were not loaded before, it loads them; its
// error has every problem of all of them.
func (p *tracesProcessor) Start(ctx context.Context, host component.Host) (err error) {
	p.host = host
	p.health.report = func(event *componentstatus.Event) { componentstatus.ReportStatus(host, event) }
	generations := p.loaded
	if p.loaded = nil; generations == nil {
		if generations, err = p.loadAll(ctx); err != nil {
			return err
		}
	}
	if err := p.restore(ctx, generations); err != nil {
		return errors.Join(err, p.closeAll(ctx, generations))
	}
	p.faults.start()
	p.current.Store(newChain(generations))
	p.looping, p.cancel = context.WithCancel(context.Background())
	p.lasting, p.giveUp = context.WithCancel(context.Background())
	p.inside.open()
	p.loops.Go(func() { p.watchLoop(p.looping) })
	if p.config.ReloadInterval > 0 {
		p.loops.Go(func() { p.reloadLoop(p.looping) })
	}
	if p.storing != nil {
		p.loops.Go(func() { p.storeLoop(p.looping) })
	}
	if p.config.Clock == ClockSystem {
		p.loops.Go(func() { p.tickLoop(p.looping) })
	}
	return nil
}

// loadAll loads every plugin, or none where there is a problem with one.
func (p *tracesProcessor) loadAll(ctx context.Context) ([]*generation, error) {
	var generations []*generation
	var refused []string
	for _, stage := range p.stages {
		generation, err := p.load(ctx, stage)
		if err != nil {
			refused = append(refused, fmt.Sprintf("%s refused:\n%s", stage.place, err))
			continue
		}
		generations = append(generations, generation)
	}
	if len(refused) == 0 {
		return generations, nil
	}
	return nil, errors.Join(errors.New(strings.Join(refused, "\n")), p.closeAll(ctx, generations))
}

// closeAll closes generations that will not run.
func (p *tracesProcessor) closeAll(ctx context.Context, generations []*generation) error {
	var problems []error
	for _, generation := range generations {
		problems = append(problems, generation.close(ctx))
	}
	p.telemetry.Shutdown()
	return errors.Join(problems...)
}

func (p *tracesProcessor) load(ctx context.Context, stage *stage) (*generation, error) {
	read, err := stage.watch.sources(stage.config, stage.place, false, time.Now())
	if err != nil {
		return nil, err
	}
	return p.loadRead(ctx, stage, read)
}

func (p *tracesProcessor) loadRead(ctx context.Context, stage *stage, read *sources) (*generation, error) {
	generation, err := p.loader.load(ctx, stage.config, stage.index, read)
	if err != nil {
		return nil, err
	}
	generation.unused = p.retire
	return generation, nil
}

// Shutdown waits for the batches that are in, then sends on the last spans
// that plugins make. Where its context is done first, it returns at once; what is
// in use is then closed when it is left.
func (p *tracesProcessor) Shutdown(ctx context.Context) error {
	if !p.inside.close() {
		return p.closeLoaded(ctx)
	}
	p.cancel()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.loops.Wait()
		<-p.inside.empty
		// Earlier generations still make their last spans, for the chain that runs.
		p.closing.Wait()
		p.endStates(ctx)
		p.sendLastOwed(ctx)
		p.closeStorage(ctx)
		p.current.Load().release()
		p.closing.Wait()
		p.faults.end(ctx)
		p.telemetry.Shutdown()
	}()
	select {
	case <-ended:
		p.giveUp()
		return nil
	case <-ctx.Done():
		p.giveUp()
		return fmt.Errorf("waiting for batches to leave: %w", ctx.Err())
	}
}

// closeLoaded gives up what was loaded for a start that never came.
func (p *tracesProcessor) closeLoaded(ctx context.Context) error {
	loaded := p.loaded
	p.loaded = nil
	return p.closeAll(ctx, loaded)
}

// retire closes a generation that nobody works with any more, beside whoever had it
// last.
func (p *tracesProcessor) retire(g *generation) {
	p.closing.Go(func() {
		// It may have been paused by the last who had it.
		defer p.health.set(g, nil)
		if g.flushes {
			p.flushLast(p.lasting, g.place, g)
		}
		if g.heir != nil {
			g.heir.release()
		}
		if err := g.close(context.Background()); err != nil {
			g.logger.Warn("closing a generation that is over", zap.Error(err))
		}
	})
}

// flushLast passes on the last spans of a generation that goes for good, or
// says that they are lost.
func (p *tracesProcessor) flushLast(ctx context.Context, index int, g *generation) (hasSpans bool) {
	hasSpans, err := p.flush(ctx, index, g)
	if err != nil {
		g.logger.Error("the last spans of the plugin were lost", zap.String("reason", plugin.Why(err)))
	}
	return hasSpans
}

// flush asks a generation that goes for good for its last spans.
func (p *tracesProcessor) flush(ctx context.Context, index int, g *generation) (hasSpans bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	lease, err := g.instances.acquire(ctx)
	if err != nil {
		return false, err
	}
	defer lease.release()
	instance, err := lease.ready()
	if err != nil {
		return false, fmt.Errorf("%s: %w", p.stages[index].place, err)
	}
	made, err := instance.Flush(p.clock.now())
	if err != nil {
		lease.discard()
		return false, fmt.Errorf("%s: plugin `%s`: %w", p.stages[index].place, g.manifest.Name, err)
	}
	return made.HasSpans, p.sendOwn(ctx, index, g, made)
}
