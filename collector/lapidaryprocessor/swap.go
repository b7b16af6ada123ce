package lapidaryprocessor

import (
	"context"
	"fmt"

	"go.uber.org/zap"
)

// swap lets a generation take over, with the state of the one before. Batches that
// are in the chain go on in what they began with; nobody waits for them. Where the
// state cannot be taken over nothing changes, and the generation is closed.
//
// Only the reload loop swaps.
func (p *tracesProcessor) swap(ctx context.Context, index int, generation *generation) error {
	old := p.current.Load().generations[index]
	if err := checkName(p.stages[index].config, old, generation); err != nil {
		_ = generation.close(ctx)
		return err
	}
	inherits := old.keepsState() && generation.keepsState() && old.manifest.Name == generation.manifest.Name
	swap := p.swapAnew
	switch {
	case inherits:
		swap = p.swapWithState
	case generation.keepsState() && p.config.Storage != nil:
		swap = p.swapStored
	}
	if err := swap(ctx, index, old, generation); err != nil {
		_ = generation.close(ctx)
		return err
	}
	p.stages[index].refused = [32]byte{}
	generation.telemetry.builder.ProcessorLapidarySwaps.Add(ctx, 1, generation.telemetry.add...)
	generation.logger.Info("a new generation took over",
		zap.String("version", generation.manifest.Version), zap.Bool("with_state", inherits))
	generation.warnOfLoosened(old)
	return nil
}

// checkName refuses a plugin that is another than the one that runs: somebody
// may have mixed up two files, and what the one did nobody would do any more.
func checkName(config *PluginConfig, old, next *generation) error {
	found, running := next.manifest.Name, old.manifest.Name
	if found == running || config.AllowRename {
		return nil
	}
	return refusal{fmt.Sprintf("%s: found a plugin with the name `%s`; expected `%s`, which runs, or `allow_rename: true` beside `module`",
		next.sources.path, found, running)}
}

// publish makes a generation the one that runs.
func (p *tracesProcessor) publish(index int, generation *generation) {
	before := p.current.Load()
	old := before.generations[index]
	p.current.Store(before.with(index, generation))
	p.health.set(old, nil)
	before.release()
}

// swapAnew has a generation take over without the state, if there was one.
func (p *tracesProcessor) swapAnew(ctx context.Context, index int, old, next *generation) error {
	if old.keepsState() {
		lease, err := old.instances.acquire(ctx)
		if err != nil {
			return err
		}
		defer lease.release()
		if count := old.entries.Len(); count > 0 {
			next.logger.Warn(fmt.Sprintf("the state of plugin `%s`, %d entries, is not taken over", old.manifest.Name, count))
		}
	}
	old.flushes = old.makesLastSpans()
	p.publish(index, next)
	return nil
}

// swapWithState swaps between two calls of the old generation.
func (p *tracesProcessor) swapWithState(ctx context.Context, index int, old, next *generation) error {
	h := handOver{old: old, next: next}
	err := h.begin(ctx)
	if err == nil {
		err = h.goOn()
	}
	return h.end(ctx, err, func() { p.publish(index, next) })
}
