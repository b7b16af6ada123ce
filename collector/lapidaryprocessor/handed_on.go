package lapidaryprocessor

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"

	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
)

// A Collector that gets SIGHUP, or whose config changes, shuts all components down
// and starts others in their place, in one process. Nothing tells a processor whether
// that is to come or the end. So a state that is stored nowhere waits a while for
// whoever starts next.

// handOnTime is how long a state waits, and compiled code with it.
const handOnTime = time.Minute

// handedOnKey is whose state it is.
type handedOnKey struct {
	id      component.ID
	name    string
	ordinal int
}

// waitingStates wait for the next processor of their id.
type waitingStates struct {
	mu  sync.Mutex
	all map[handedOnKey]*waitingState
}

type waitingState struct {
	// entries is nil where two processors handed on a state under one key, as one in
	// two pipelines does: nobody could tell whose is whose.
	entries *plugin.Entries
	expiry  *time.Timer
}

var handedOn = waitingStates{all: make(map[handedOnKey]*waitingState)}

func (w *waitingStates) put(key handedOnKey, entries *plugin.Entries) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if waiting := w.all[key]; waiting != nil {
		waiting.entries = nil
		return
	}
	waiting := &waitingState{entries: entries}
	waiting.expiry = time.AfterFunc(handOnTime, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.all[key] == waiting {
			delete(w.all, key)
		}
	})
	w.all[key] = waiting
}

// take returns nil where none waits.
func (w *waitingStates) take(key handedOnKey) *plugin.Entries {
	w.mu.Lock()
	defer w.mu.Unlock()
	waiting := w.all[key]
	if waiting == nil {
		return nil
	}
	waiting.expiry.Stop()
	delete(w.all, key)
	return waiting.entries
}

// clear forgets all.
func (w *waitingStates) clear() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for key, waiting := range w.all {
		waiting.expiry.Stop()
		delete(w.all, key)
	}
}

func (p *tracesProcessor) handedOnKey(generations []*generation, index int) handedOnKey {
	return handedOnKey{id: p.id, name: generations[index].manifest.Name, ordinal: ordinal(generations, index)}
}

// takeHandedOn has a plugin take over the state that waits for it.
func (p *tracesProcessor) takeHandedOn(key handedOnKey, g *generation) {
	entries := handedOn.take(key)
	if entries == nil {
		return
	}
	if entries.Version > g.manifest.StateVersion {
		g.logger.Warn(fmt.Sprintf("the state from before the restart is not taken over, the plugin begins without: found state version %d; expected %d or lower, which plugin `%s` has",
			entries.Version, g.manifest.StateVersion, g.manifest.Name))
		return
	}
	g.takeOverFrom("the state from before the restart", entries)
}

// endStates has plugins make their last spans, and hands on their states and code.
// Where state is stored it does not end, and no last spans are made.
func (p *tracesProcessor) endStates(ctx context.Context) {
	generations := p.current.Load().generations
	for index, g := range generations {
		// Whoever starts next in this process need not compile again.
		g.module.KeepCode(handOnTime)
		if p.storing != nil || !g.makesLastSpans() {
			continue
		}
		hasSpans := p.flushLast(ctx, index, g)
		// A state that was told in last spans must not be told again.
		if g.keepsState() && g.entries.Len() > 0 && !hasSpans {
			handedOn.put(p.handedOnKey(generations, index), g.entries)
		}
	}
}
