package lapidaryprocessor

import (
	"context"
	"fmt"
	"slices"

	"github.com/lapidary-dev/lapidary/collector/internal/stored"
)

// swapStored has a generation take over that keeps state where nobody did, or another
// plugin: as at a start it takes over what is stored, and from now on its own is.
func (p *tracesProcessor) swapStored(ctx context.Context, index int, old, next *generation) error {
	generations := slices.Clone(p.current.Load().generations)
	generations[index] = next
	isFirst := p.storing == nil
	if err := p.openStorage(ctx, generations); err != nil {
		return refusal{err.Error()}
	}
	p.keeping.Lock()
	defer p.keeping.Unlock()
	stage := p.stages[index]
	before := stage.kept
	if isFirst {
		p.loops.Go(func() { p.storeLoop(p.looping) })
	} else {
		stage.kept = p.newPlace(generations, index)
	}
	p.loadStored(ctx, stage.kept, next)
	if err := p.swapAnew(ctx, index, old, next); err != nil {
		stage.kept = before
		return err
	}
	if isFirst {
		return nil
	}
	// The state that was kept here is over.
	if err := before.Remove(ctx); err != nil {
		p.sayStored(stage, err)
	}
	return nil
}

// newPlace is where the plugin at an index stores: where it would after a start, unless
// another of its name does by now.
func (p *tracesProcessor) newPlace(generations []*generation, index int) *stored.Place {
	g, first := generations[index], ordinal(generations, index)
	free := first
	for p.isTaken(g.manifest.Name, free, index) {
		free++
	}
	if free != first {
		g.logger.Warn(fmt.Sprintf("the state is stored behind that of another plugin of its name: after the next start each may have the other's; "+
			"give one of them a processor of its own, such as %s", twoOf(p.id)))
	}
	return stored.NewPlace(p.storing.client, free)
}

// isTaken says whether another stage stores under a name and an ordinal.
func (p *tracesProcessor) isTaken(name string, ordinal, but int) bool {
	return slices.ContainsFunc(p.stages, func(other *stage) bool {
		return other.index != but && other.kept.Name() == name && other.kept.Ordinal() == ordinal
	})
}
