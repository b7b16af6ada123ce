package lapidaryprocessor

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
)

// longestTickWait is how late a tick may be that a new generation asks for.
const longestTickWait = time.Second

// tickLoop asks plugins for spans of their own making, by the system's clock.
func (p *tracesProcessor) tickLoop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(p.nextTick(), time.Millisecond)):
		}
		p.tickAll(ctx)
	}
}

// nextTick is how long no tick is due.
func (p *tracesProcessor) nextTick() time.Duration {
	chain := p.takeChain()
	defer chain.release()
	p.ticks.Lock()
	defer p.ticks.Unlock()
	wait := longestTickWait
	for index, generation := range chain.generations {
		interval := generation.tickInterval()
		if interval == 0 {
			continue
		}
		due := time.Duration(p.stages[index].ticked + uint64(interval) - p.clock.now())
		if p.stages[index].ticked == 0 {
			due = interval
		}
		wait = min(wait, due)
	}
	return wait
}

func (g *generation) tickInterval() time.Duration {
	return time.Duration(g.manifest.TickIntervalMillis) * time.Millisecond
}

// tickAll sends again what was refused, and asks every plugin whose tick is due.
func (p *tracesProcessor) tickAll(ctx context.Context) {
	p.sendOwed(ctx)
	for index := range p.stages {
		p.tickAt(ctx, index)
	}
}

// tickAt asks the plugin of one stage, where its tick is due, and sends on what it
// made.
func (p *tracesProcessor) tickAt(ctx context.Context, index int) {
	chain := p.takeChain()
	defer chain.release()
	generation := chain.generations[index]
	if !p.isDue(index, generation.tickInterval()) {
		return
	}
	made, err := p.tick(ctx, generation)
	if err == nil {
		err = p.sendOwn(ctx, index, generation, made)
	}
	if err != nil {
		generation.logger.Error("spans of the plugin's own making were lost", zap.String("reason", plugin.Why(err)))
	}
}

// isDue says whether a tick is due, once for each.
func (p *tracesProcessor) isDue(index int, interval time.Duration) bool {
	p.ticks.Lock()
	defer p.ticks.Unlock()
	stage, now := p.stages[index], p.clock.now()
	isDue := interval > 0 && stage.ticked > 0 && now >= stage.ticked+uint64(interval)
	if stage.ticked == 0 || isDue {
		stage.ticked = now
	}
	return isDue
}

func (p *tracesProcessor) tick(ctx context.Context, g *generation) (plugin.Made, error) {
	if _, _, paused := g.breaker.paused(time.Now()); paused {
		return plugin.Made{}, nil
	}
	g, lease, err := g.acquire(ctx)
	if err != nil {
		return plugin.Made{}, err
	}
	defer lease.release()
	w := p.work(g, new(counts))
	var made plugin.Made
	err = w.attempt(ctx, &lease, func(instance *plugin.Instance) (err error) {
		made, err = instance.Tick(p.clock.now())
		return err
	})
	if err != nil {
		_ = w.crashed(ctx, err, allowedOver(1))
		return made, err
	}
	w.save(ctx, &lease)
	return made, nil
}
