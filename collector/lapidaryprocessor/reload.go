package lapidaryprocessor

import (
	"context"
	"fmt"
	"time"
)

// reloadLoop looks for changed modules, rules and secrets: watching a file
// misses how Kubernetes changes a ConfigMap.
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
	running := p.current.Load().generations[index]
	read, err := stage.watch.sources(stage.config, stage.place, stage.changed != change{}, start)
	switch {
	case read.hash == running.sources.hash:
		stage.refused, stage.changed = [32]byte{}, change{}
		p.upToDate(stage)
		return false
	case read.hash == stage.refused:
		stage.changed = change{}
		return false
	case read.hash != stage.changed.hash:
		stage.outOfDate.Store(true)
		stage.changed = change{hash: read.hash, since: now()}
		return true
	case start.Sub(stage.changed.since) < settleTime:
		return true
	}
	stage.changed = change{}
	var generation *generation
	if err == nil {
		generation, err = p.loadRead(ctx, stage, read)
	}
	if err == nil {
		err = p.swap(ctx, index, generation)
	}
	if err != nil {
		stage.refused = read.hash
		running.telemetry.builder.ProcessorLapidaryRefusedGenerations.Add(ctx, 1, running.telemetry.add...)
		p.logger.Error(fmt.Sprintf("%s refused, the running generation stays:\n%s", stage.place, err))
		p.health.set(stage, fmt.Errorf("%s: what runs is not what lies on disk, which was refused", stage.place))
		return false
	}
	p.upToDate(stage)
	return false
}

// upToDate says that what runs is what lies on disk.
func (p *tracesProcessor) upToDate(stage *stage) {
	stage.outOfDate.Store(false)
	p.health.set(stage, nil)
}

// change is a state of the sources that was seen and is not loaded yet.
type change struct {
	hash  [32]byte
	since time.Time
}
