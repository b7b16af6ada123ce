package lapidaryprocessor

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
)

// keepsState says whether something lives from batch to batch.
func (g *generation) keepsState() bool {
	return g.manifest.Sharding == plugin.ShardingSingle && g.manifest.StateVersion > 0
}

// start makes an instance with the rules in it and the state taken over. The error
// is that of begin.
func (g *generation) start() (*plugin.Instance, error) {
	instance, err := g.begin()
	if err != nil {
		return nil, err
	}
	if err := g.handTo(instance); err != nil {
		// It was this generation that told the state. Going on without it forgets
		// what was kept; not going on would block every span for good.
		g.goOnWithout("cannot be taken over", err)
		_ = instance.Close()
		return g.start()
	}
	return instance, nil
}

// leavesNoMemory is said of a state with which a plugin has too little for a call.
const leavesNoMemory = "leaves no memory for a call"

// goOnWithout gives the state up, and says how much is lost and why.
func (g *generation) goOnWithout(why string, err error) {
	g.logger.Error(fmt.Sprintf("the state that was kept, %d entries, %s, the plugin goes on without it", g.entries.Len(), why),
		zap.String("reason", plugin.Why(err)))
	g.forget()
}

// forget begins with no state.
func (g *generation) forget() {
	g.entries.Clear()
	g.untried = false
	g.tellHeld()
}

// handTo hands all entries to a new instance, and takes in what it holds
// otherwise.
func (g *generation) handTo(instance *plugin.Instance) error {
	if !g.keepsState() {
		return nil
	}
	if g.untried = g.entries.Len() > 0; !g.untried {
		return nil
	}
	damaged, err := instance.LoadAll(g.entries.Version, g.entries.All())
	if err != nil {
		return err
	}
	g.sayDamaged(damaged)
	return g.takeChanges(instance)
}

func (g *generation) sayDamaged(damaged uint32) {
	if damaged > 0 {
		g.logger.Error(fmt.Sprintf("damaged entries of the state, which are left out: %d", damaged))
	}
}

// heldState is what the metrics tell of the entries.
type heldState struct {
	bytes, entries atomic.Int64
	// told is when they were last told, in nanoseconds since 1970.
	told atomic.Int64
}

// tellHeld has the metrics tell the state as it is now.
func (g *generation) tellHeld() {
	g.held.bytes.Store(int64(g.entries.Bytes()))
	g.held.entries.Store(int64(g.entries.Len()))
	g.held.told.Store(time.Now().UnixNano())
}

// takeChanges takes in what changed of the state. That some is not kept is said at
// the first, and again at ten times as many.
func (g *generation) takeChanges(instance *plugin.Instance) error {
	exceeded, err := instance.TakeChanges(g.entries)
	g.tellHeld()
	g.exceeded += exceeded
	if exceeded > 0 && g.exceeded >= g.nextSaid {
		g.logger.Warn(fmt.Sprintf("the state takes more than %d MiB: entries told that are not kept beside the plugin: %d", g.stateLimit>>20, g.exceeded))
		g.nextSaid = 10 * g.exceeded
	}
	return err
}

// takeOver makes these entries, which are its own from now on, the state of this
// generation, which was not used yet. The error says why it cannot be taken over.
func (g *generation) takeOver(entries *plugin.Entries) error {
	return g.takingOver(func(instance *plugin.Instance) error {
		g.entries = entries
		err := g.handTo(instance)
		g.entries.Version = g.manifest.StateVersion
		return err
	})
}

// takeOverFrom makes entries that a processor before this one left the state of
// this generation, which was not used yet, and says so. Where they cannot be taken
// over it begins without any.
func (g *generation) takeOverFrom(what string, entries *plugin.Entries) {
	count := entries.Len()
	if count == 0 {
		return
	}
	if err := g.takeOverLeft(entries); err != nil {
		g.logger.Warn(fmt.Sprintf("%s, %d entries, cannot be taken over, the plugin begins without", what, count),
			zap.String("reason", plugin.Why(err)))
		return
	}
	g.logger.Info(fmt.Sprintf("took over %s, %d entries", what, count))
}

func (g *generation) takeOverLeft(entries *plugin.Entries) error {
	lease, err := g.instances.acquire(context.Background())
	if err != nil {
		return err
	}
	defer lease.release()
	instance, err := lease.ready()
	if err != nil {
		return err
	}
	g.entries = entries
	if err := g.handTo(instance); err != nil {
		g.forget()
		_ = instance.Close()
		lease.discard()
		return err
	}
	g.entries.Version = g.manifest.StateVersion
	return nil
}

// takeOverRest takes over what changed in the older generation, of this version,
// while its state was taken over.
func (g *generation) takeOverRest(version uint32, changed []plugin.Entry) error {
	if len(changed) == 0 {
		return nil
	}
	return g.takingOver(func(instance *plugin.Instance) error {
		g.entries.Take(plugin.Changed{Entries: changed})
		damaged, err := instance.LoadAll(version, changed)
		if err != nil {
			return err
		}
		g.sayDamaged(damaged)
		return g.takeChanges(instance)
	})
}

func (g *generation) takingOver(take func(instance *plugin.Instance) error) error {
	lease, err := g.instances.acquire(context.Background())
	if err != nil {
		return err
	}
	defer lease.release()
	instance, err := lease.ready()
	if err != nil {
		return err
	}
	if err := take(instance); err != nil {
		return fmt.Errorf("%s: the state of the running generation cannot be taken over: %s", g.sources.path, plugin.Why(err))
	}
	return nil
}

// sayOutgrown says that an instance gives way to another, which takes over the
// state.
func (g *generation) sayOutgrown(instance *plugin.Instance) {
	g.logger.Info(fmt.Sprintf("the plugin's memory has grown to %d MiB, a new instance goes on with less", instance.MemoryBytes()>>20))
}

// attempt makes one call, on an instance without state where the state leaves no
// memory for it. After a trap the lease has no instance.
func (w *work) attempt(ctx context.Context, lease *lease, call func(*plugin.Instance) error) error {
	instance, err := lease.ready()
	if err == nil {
		err = call(instance)
	}
	if err != nil {
		err = w.failed(ctx, lease, err)
	}
	if !w.stateLeavesNoMemory(err) {
		return err
	}
	// Whether the state or the call itself takes the memory is told by the same call
	// without the state. Only where that ends well the state goes.
	alone, beginning := w.begin()
	if beginning != nil {
		return err
	}
	if call(alone) != nil {
		// One crash of the plugin, and counted: this was only to tell what is to blame.
		_ = alone.Close()
		return err
	}
	w.goOnWithout(leavesNoMemory, err)
	lease.instance = alone
	return nil
}

// stateLeavesNoMemory says whether a call may have ended so for all that the
// instance got right before it.
func (g *generation) stateLeavesNoMemory(err error) bool {
	var trap *plugin.Trap
	return g.untried && errors.As(err, &trap) && trap.Reason == plugin.ReasonMemory
}

// save takes in what the last call taught: so a trap costs one call.
func (w *work) save(ctx context.Context, lease *lease) {
	if !w.keepsState() || lease.instance == nil {
		return
	}
	err := w.takeChanges(lease.instance)
	if err == nil {
		w.untried = false
		return
	}
	// The call is done; what is lost is what it taught.
	w.logger.Error("what changed of the state was not told", zap.String("reason", plugin.Why(w.failed(ctx, lease, err))))
	if w.stateLeavesNoMemory(err) {
		w.goOnWithout(leavesNoMemory, err)
	}
	_ = w.crashed(ctx, err, allowedOver(1))
}
