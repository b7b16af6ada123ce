package lapidaryprocessor

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
)

// reloadLoop looks for changed modules, rules and secrets. It reads them each
// time: watching a file misses how Kubernetes changes a ConfigMap.
func (p *tracesProcessor) reloadLoop(ctx context.Context) {
	next := time.NewTimer(p.config.ReloadInterval)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
		wait := p.config.ReloadInterval
		for index := range p.stages {
			if p.look(ctx, index, time.Now) {
				wait = min(wait, settleTime)
			}
		}
		next.Reset(wait)
	}
}

// settleTime is how long sources must stay the same before they are loaded:
// somebody may be writing them, and half of a file of rules is often valid.
const settleTime = time.Second

// look swaps the generation of one stage where its sources have changed, are
// good, and are the same as in every look of the last settleTime. It says
// whether they have changed and are waited for. Only the reload loop calls it,
// so nobody else swaps meanwhile.
func (p *tracesProcessor) look(ctx context.Context, index int, now func() time.Time) (waits bool) {
	stage := p.stages[index]
	// Between two reads a whole settleTime lies: from the end of the first to
	// the start of the last.
	start := now()
	read, err := readSources(stage.config, stage.place)
	switch {
	case read.hash == stage.sources.hash:
		stage.refused, stage.changed = [32]byte{}, change{}
		return false
	case read.hash == stage.refused:
		stage.changed = change{}
		return false
	case read.hash != stage.changed.hash:
		stage.changed = change{hash: read.hash, since: now()}
		return true
	case start.Sub(stage.changed.since) < settleTime:
		return true
	}
	stage.changed = change{}
	var generation *generation
	if err == nil {
		generation, err = p.loader.load(ctx, stage.config, read)
	}
	if err == nil {
		err = p.swap(ctx, index, generation)
	}
	if err != nil {
		stage.refused = read.hash
		stage.telemetry.builder.ProcessorLapidaryRefusedGenerations.Add(ctx, 1, stage.telemetry.add...)
		p.logger.Error(fmt.Sprintf("%s refused, the running generation stays:\n%s", stage.place, err))
	}
	return false
}

// change is a state of the sources that was seen and is not loaded yet.
type change struct {
	hash  [32]byte
	since time.Time
}

// swap lets a generation take over between two batches, with the state of the
// one before. Where the state cannot be taken over it is closed, and nothing
// changes.
func (p *tracesProcessor) swap(ctx context.Context, index int, generation *generation) error {
	stage := p.stages[index]
	// Nobody else swaps meanwhile.
	old := stage.generation
	inherits := old.keepsState() && generation.keepsState() && old.manifest.Name == generation.manifest.Name
	var entries *plugin.Entries
	var err error
	if inherits {
		// Most of the state goes over while batches go through.
		entries, err = p.handOver(ctx, old, generation)
	}
	p.chain.Lock()
	if err == nil && inherits {
		err = p.handOverRest(ctx, old, generation, entries)
	}
	if err != nil {
		if entries != nil {
			entries.EndCopy()
		}
		p.chain.Unlock()
		_ = generation.close(ctx)
		return err
	}
	stage.generation = generation
	stage.refused = [32]byte{}
	p.chain.Unlock()

	if old.breaker.isOpen() {
		p.report(false, nil)
	}
	generation.telemetry.builder.ProcessorLapidarySwaps.Add(ctx, 1, generation.telemetry.add...)
	generation.logger.Info("a new generation took over",
		zap.String("version", generation.manifest.Version), zap.Bool("with_state", inherits))
	generation.warnOfLoosened(old)
	if count := old.entries.Len(); count > 0 && !inherits {
		generation.logger.Warn(fmt.Sprintf("the state of plugin `%s`, %d entries, is not taken over", old.manifest.Name, count))
	}
	if old.makesLastSpans() && !inherits {
		p.flushLast(ctx, index, old)
	}
	if err := old.close(ctx); err != nil {
		old.logger.Warn("closing the generation before", zap.Error(err))
	}
	return nil
}

// handOver gives the state of one generation to the next, as it is now; batches
// go through the old one meanwhile. It returns the entries that it was.
func (p *tracesProcessor) handOver(ctx context.Context, old, generation *generation) (*plugin.Entries, error) {
	if old.manifest.StateVersion > generation.manifest.StateVersion {
		return nil, refusal{fmt.Sprintf("%s: found state version %d; expected %d or higher, which the running generation has",
			generation.sources.path, generation.manifest.StateVersion, old.manifest.StateVersion)}
	}
	lease, err := old.instances.acquire(ctx)
	if err != nil {
		return nil, err
	}
	entries := old.entries
	copied := entries.BeginCopy()
	lease.release()
	return entries, generation.takeOver(copied)
}

// handOverRest gives what has changed since to the next generation. No batch is
// in either: the caller holds the chain.
func (p *tracesProcessor) handOverRest(ctx context.Context, old, generation *generation, entries *plugin.Entries) error {
	lease, err := old.instances.acquire(ctx)
	if err != nil {
		return err
	}
	defer lease.release()
	changed := entries.EndCopy()
	if old.entries != entries {
		// The old one had to begin anew meanwhile.
		changed = append(entries.AllGone(), old.entries.All()...)
	}
	return generation.takeOverRest(old.manifest.StateVersion, changed)
}

// longestTickWait is how late a tick may be that a new generation asks for.
const longestTickWait = time.Second

// tickLoop asks plugins for spans of their own making, by the system's clock.
func (p *tracesProcessor) tickLoop(ctx context.Context) {
	for {
		wait := longestTickWait
		p.ticks.Lock()
		p.chain.RLock()
		for _, stage := range p.stages {
			if interval := stage.tickInterval(); interval > 0 {
				due := time.Duration(stage.ticked + uint64(interval) - p.clock.now())
				if stage.ticked == 0 {
					due = interval
				}
				wait = min(wait, due)
			}
		}
		p.chain.RUnlock()
		p.ticks.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(wait, time.Millisecond)):
		}
		p.tickAll(ctx)
	}
}

func (g *generation) tickInterval() time.Duration {
	return time.Duration(g.manifest.TickIntervalMillis) * time.Millisecond
}

// tickAll asks every plugin whose tick is due.
func (p *tracesProcessor) tickAll(ctx context.Context) {
	p.ticks.Lock()
	defer p.ticks.Unlock()
	now := p.clock.now()
	for index, stage := range p.stages {
		p.chain.RLock()
		generation, interval := stage.generation, stage.tickInterval()
		due := interval > 0 && stage.ticked > 0 && now >= stage.ticked+uint64(interval)
		if stage.ticked == 0 || due {
			stage.ticked = now
		}
		var made plugin.Made
		var err error
		if due {
			made, err = p.tick(ctx, generation, now)
		}
		p.chain.RUnlock()
		if err == nil {
			err = p.sendOwn(ctx, index, generation, made)
		}
		if err != nil {
			generation.logger.Error("spans of the plugin's own making were lost", zap.String("reason", plugin.Why(err)))
		}
	}
}

func (p *tracesProcessor) tick(ctx context.Context, g *generation, now uint64) (plugin.Made, error) {
	if _, _, paused := g.breaker.paused(time.Now()); paused {
		return plugin.Made{}, nil
	}
	lease, err := g.instances.acquire(ctx)
	if err != nil {
		return plugin.Made{}, err
	}
	defer lease.release()
	w := p.work(g)
	var made plugin.Made
	err = w.attempt(ctx, &lease, func(instance *plugin.Instance) (err error) {
		made, err = instance.Tick(now)
		return err
	})
	if err != nil {
		_ = w.crashed(ctx, err, allowedOver(1))
		return made, err
	}
	w.save(ctx, &lease)
	return made, nil
}
