package lapidaryprocessor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"

	"github.com/lapidary-dev/lapidary/collector/internal/stored"
)

// storing keeps the state of a processor's plugins beyond the process. It belongs to
// whoever opens it, Start or the first swap to a plugin with state; then to whoever
// holds [tracesProcessor.keeping], then to Shutdown.
type storing struct {
	client storage.Client
	// leave lets another processor have the key in the storage.
	leave func()
	// failed is how many times in a row something could not be stored, and nextSaid
	// from how many on that is said again.
	failed, nextSaid int
}

// lastSaveWait is how long the end of a processor waits for its storage at most: a
// Collector that ends gives no time of its own.
const lastSaveWait = 10 * time.Second

// restore has plugins that start take over what is stored, or what waits for them.
func (p *tracesProcessor) restore(ctx context.Context, generations []*generation) error {
	if err := p.openStorage(ctx, generations); err != nil {
		return err
	}
	for index, g := range generations {
		if !g.keepsState() {
			continue
		}
		if p.storing != nil {
			p.loadStored(ctx, p.stages[index].kept, g)
		} else {
			p.takeHandedOn(p.handedOnKey(generations, index), g)
		}
	}
	return nil
}

// openStorage opens the storage that the config names, if a plugin keeps state and it
// is not open.
func (p *tracesProcessor) openStorage(ctx context.Context, generations []*generation) error {
	if p.storing != nil || p.config.Storage == nil || !slices.ContainsFunc(generations, (*generation).keepsState) {
		return nil
	}
	extension, err := findStorage(p.host, *p.config.Storage)
	if err != nil {
		return fmt.Errorf("%s: storage: %w", p.id, err)
	}
	leave, ok := enterStorage(extension, p.id)
	if !ok {
		return fmt.Errorf("%s: found this processor in two pipelines, which would keep state in `%s` under one key; expected a processor for each, such as %s",
			p.id, p.config.Storage, twoOf(p.id))
	}
	client, err := extension.GetClient(ctx, component.KindProcessor, p.id, "")
	if err != nil {
		leave()
		return fmt.Errorf("%s: storage: `%s` cannot be opened: %w", p.id, p.config.Storage, err)
	}
	p.storing = &storing{client: client, leave: leave}
	for index, stage := range p.stages {
		stage.kept = stored.NewPlace(client, ordinal(generations, index))
	}
	return nil
}

// ordinal tells a plugin from those of its name before it in the chain. So one that
// is put before others leaves them their state.
func ordinal(generations []*generation, of int) (ordinal int) {
	for _, g := range generations[:of] {
		if g.manifest.Name == generations[of].manifest.Name {
			ordinal++
		}
	}
	return ordinal
}

// loadStored has a plugin take over what is stored. Nothing that is wrong with it
// keeps the processor from starting.
func (p *tracesProcessor) loadStored(ctx context.Context, from *stored.Place, g *generation) {
	loaded, err := from.Load(ctx, g.manifest.Name, g.manifest.StateVersion, g.stateLimit)
	if err != nil {
		g.logger.Warn("not all of the state that is stored could be read, what could not is left out", zap.Error(err))
	}
	if loaded.Refused != "" {
		g.logger.Warn("the state that is stored is not taken over, the plugin begins without: " + loaded.Refused)
	}
	if loaded.Damaged > 0 {
		g.logger.Warn(fmt.Sprintf("damaged places in the state that is stored, which are left out: %d", loaded.Damaged))
	}
	if loaded.Exceeded > 0 {
		g.logger.Warn(fmt.Sprintf("the state takes more than %d MiB: entries that are stored and not taken over: %d", g.stateLimit>>20, loaded.Exceeded))
	}
	g.takeOverFrom("the state that was stored", loaded.Entries)
}

// storeLoop stores what changed, every so often.
func (p *tracesProcessor) storeLoop(ctx context.Context) {
	ticker := time.NewTicker(p.config.StorageInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		p.storeAll(ctx)
	}
}

// storeAll stores what changed in every plugin.
func (p *tracesProcessor) storeAll(ctx context.Context) {
	for index := range p.stages {
		p.storeAt(ctx, index)
	}
}

func (p *tracesProcessor) storeAt(ctx context.Context, index int) {
	p.keeping.Lock()
	defer p.keeping.Unlock()
	save, err := p.takeState(ctx, index)
	if err == nil {
		// Batches go on: what is written is as it was.
		_, err = save.Write(ctx)
	}
	if ctx.Err() == nil {
		p.sayStored(p.stages[index], err)
	}
}

// takeState takes what changed of a plugin's state, between two batches.
func (p *tracesProcessor) takeState(ctx context.Context, index int) (*stored.Save, error) {
	chain := p.takeChain()
	defer chain.release()
	g, lease, err := chain.generations[index].acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer lease.release()
	return p.stages[index].kept.Take(g.manifest.Name, g.entries), nil
}

// sayStored says that something cannot be stored at the first, and again at ten
// times as many; and once that it can be again.
func (p *tracesProcessor) sayStored(stage *stage, err error) {
	s := p.storing
	if err == nil {
		if s.failed > 0 {
			p.logger.Info(fmt.Sprintf("%s: the state is stored again", stage.place))
		}
		s.failed, s.nextSaid = 0, 0
		return
	}
	s.failed++
	if s.failed >= s.nextSaid {
		p.logger.Warn(fmt.Sprintf("%s: the state cannot be stored, what changed stays in memory and is tried again: %d times", stage.place, s.failed), zap.Error(err))
		s.nextSaid = 10 * s.failed
	}
}

// closeStorage stores what changed for the last time, and closes the storage. No
// batch is in, and nothing runs beside it; a storage that does not come to an end is
// left alone.
func (p *tracesProcessor) closeStorage(ctx context.Context) {
	if p.storing == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lastSaveWait)
	defer cancel()
	var saves []*stored.Save
	for index := range p.stages {
		save, err := p.takeState(ctx, index)
		if err != nil {
			p.sayStoredLast(err)
			continue
		}
		saves = append(saves, save)
	}
	ended := make(chan error, 1)
	go func() { ended <- p.storing.end(ctx, saves) }()
	select {
	case err := <-ended:
		p.sayStoredLast(err)
	case <-ctx.Done():
		p.sayStoredLast(fmt.Errorf("waiting for the storage: %w", ctx.Err()))
	}
}

func (p *tracesProcessor) sayStoredLast(err error) {
	if err != nil {
		p.logger.Warn(fmt.Sprintf("%s: the state was not stored at the end, what changed since it was last is lost", p.id), zap.Error(err))
	}
}

// end writes what is left, and lets go of the storage.
func (s *storing) end(ctx context.Context, saves []*stored.Save) error {
	var problems []error
	for _, save := range saves {
		_, err := save.Write(ctx)
		problems = append(problems, err)
	}
	problems = append(problems, s.client.Close(ctx))
	s.leave()
	return errors.Join(problems...)
}
