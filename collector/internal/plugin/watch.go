package plugin

import (
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// overdue is how many times its limit a call may take before somebody is told. What
// ends a call looks for it much earlier, so there is something that it cannot end.
const overdue = 3

// Watch sees calls that cannot be ended. It is safe for concurrent use; a nil one sees
// nothing.
type Watch struct {
	clock Clock

	mu   sync.Mutex
	seen map[*Instance]sighting
}

// sighting is what was seen of an instance.
type sighting struct {
	call  uint64
	began time.Time
}

// NewWatch returns one by the machine's clock.
func NewWatch() *Watch { return &Watch{clock: systemClock, seen: make(map[*Instance]sighting)} }

// running is what a watch may know of an instance while it makes a call.
type running struct {
	// calls counts beginnings and ends: it is odd during a call.
	calls atomic.Uint64
	limit atomic.Int64
	// thread and base are those of the call's budget; 0 before its first look.
	thread, base atomic.Int64
}

func (r *running) begin(limit time.Duration) {
	r.limit.Store(int64(limit))
	r.thread.Store(0)
	r.calls.Add(1)
}

// looked tells on which thread the call runs.
func (r *running) looked(budget *Budget) {
	r.base.Store(int64(budget.base))
	r.thread.Store(int64(budget.thread))
}

func (r *running) end() { r.calls.Add(1) }

func (w *Watch) add(i *Instance) {
	if w != nil {
		w.mu.Lock()
		w.seen[i] = sighting{}
		w.mu.Unlock()
	}
}

// remove forgets the instances of a module that this is said of.
func (w *Watch) remove(is func(i *Instance) bool) {
	if w != nil {
		w.mu.Lock()
		maps.DeleteFunc(w.seen, func(i *Instance, _ sighting) bool { return is(i) })
		w.mu.Unlock()
	}
}

// Overdue returns a line for each call that has taken more than three times its limit
// since it was seen first: of the processor, by its thread's clock, or three times as
// long on the wall as it is given at most. A machine that is merely busy makes none
// overdue. A call that did not look at its time once has the wall's: what it may do
// before that takes less than a millisecond.
func (w *Watch) Overdue() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.clock.Wall()
	var lines []string
	for i := range w.seen {
		if w.isOverdue(i, now) {
			limit := time.Duration(i.running.limit.Load())
			lines = append(lines, fmt.Sprintf("%s: a call runs longer than %s, %d times its limit, and does not end", i.module.settings.Name, overdue*limit, overdue))
		}
	}
	return lines
}

func (w *Watch) isOverdue(i *Instance, now time.Time) bool {
	call := i.running.calls.Load()
	if call%2 == 0 {
		return false
	}
	if w.seen[i].call != call {
		w.seen[i] = sighting{call: call, began: now}
		return false
	}
	limit, elapsed := time.Duration(i.running.limit.Load()), now.Sub(w.seen[i].began)
	over := elapsed > overdue*limit && (elapsed > overdue*Ceiling*limit || w.used(i, elapsed) > overdue*limit)
	// Whatever was read belongs to this call only if it still runs.
	return over && i.running.calls.Load() == call
}

// used is what the call got of the processor, or the time on the wall.
func (w *Watch) used(i *Instance, elapsed time.Duration) time.Duration {
	thread := int(i.running.thread.Load())
	if thread == 0 {
		return elapsed
	}
	budget := Budget{clock: &w.clock, thread: thread, base: time.Duration(i.running.base.Load())}
	return budget.used(elapsed)
}
