package plugin

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// Ceiling is how many times its limit something may last on the wall. A machine that
// gives less than the twentieth part of one processor is not one that anybody waits for.
const Ceiling = 20

// Clock tells the time on the wall, and what a thread got of the processor.
type Clock struct {
	Wall func() time.Time
	// Thread is nil where threads have no clocks; the wall's time counts then.
	Thread func(thread int) time.Duration
}

// Budget is how long something may take: so much of the processor, and [Ceiling] times
// as much on the wall. From Begin to End it belongs to one goroutine, which stays on its
// thread from the first look on.
type Budget struct {
	clock *Clock
	limit time.Duration
	began time.Time
	// thread is that of the first look, and base what it had got then; 0 before.
	thread int
	base   time.Duration
}

// overrun says which bound of a budget was passed.
type overrun uint8

const (
	within overrun = iota
	// overLimit: it got as much of the processor as it may have.
	overLimit
	// overCeiling: it did not, in all the time that anybody waits.
	overCeiling
)

// NewBudget returns one by the machine's clock.
func NewBudget() Budget { return Budget{clock: &systemClock} }

// Begin starts the time.
func (b *Budget) Begin(limit time.Duration) {
	b.limit, b.began, b.thread = limit, b.clock.Wall(), 0
}

// End lets go of the thread.
func (b *Budget) End() {
	if b.thread != 0 {
		runtime.UnlockOSThread()
	}
}

// IsOver says whether a bound was passed.
func (b *Budget) IsOver() bool { return b.look() != within }

// early is how long looks ask the system for nothing: as long, or an eighth of the limit.
const early = time.Millisecond

// look reads the thread's clock at the first look that is not early and when the limit is
// over on the wall, and not in between: nobody gets more of a processor than there is
// time. A call that ends before, as most do, asks the system for nothing. What it got
// before, by a meter a few milliseconds at most, is not counted.
func (b *Budget) look() overrun {
	elapsed := b.clock.Wall().Sub(b.began)
	if b.thread == 0 {
		if elapsed < min(early, b.limit/8) {
			return within
		}
		b.hold()
	}
	if elapsed <= b.limit {
		return within
	}
	switch used := b.used(elapsed); {
	case used > b.limit:
		return overLimit
	case elapsed > Ceiling*b.limit:
		return overCeiling
	}
	return within
}

// hold keeps the goroutine on its thread, from whose clock it counts now.
func (b *Budget) hold() {
	runtime.LockOSThread()
	b.thread = threadID()
	b.base = b.threadTime()
}

// used is what the thread got of the processor in this time on the wall.
func (b *Budget) used(elapsed time.Duration) time.Duration {
	if b.clock.Thread == nil {
		return elapsed
	}
	return b.threadTime() - b.base
}

func (b *Budget) threadTime() time.Duration {
	if b.clock.Thread == nil {
		return 0
	}
	return b.clock.Thread(b.thread)
}

// overrunError ends a call whose budget is over.
type overrunError struct {
	reason Reason
	detail string
}

func (e *overrunError) Error() string { return e.detail }

// check returns an [overrunError] where a bound was passed.
func (b *Budget) check() error {
	switch b.look() {
	case overLimit:
		return &overrunError{ReasonTimeout, fmt.Sprintf("ran longer than %s", b.limit)}
	case overCeiling:
		return &overrunError{ReasonStarved, fmt.Sprintf("got less than %s of the processor in %s", b.limit, Ceiling*b.limit)}
	}
	return nil
}

// watchdog looks at a budget from outside of the call, and ends the call.
type watchdog struct {
	budget Budget
	end    context.CancelCauseFunc

	mu      sync.Mutex
	timer   *time.Timer
	stopped bool
}

// shortestLook keeps a watchdog from looking all the time when little is left.
const shortestLook = time.Millisecond

func newWatchdog(budget Budget, end context.CancelCauseFunc) *watchdog {
	w := &watchdog{budget: budget, end: end}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(budget.limit+shortestLook, w.look)
	return w
}

func (w *watchdog) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return
	}
	if err := w.budget.check(); err != nil {
		w.end(err)
		return
	}
	// Before as much time has gone by as is left, nothing can be over.
	left := w.budget.limit - w.budget.used(w.budget.clock.Wall().Sub(w.budget.began))
	w.timer.Reset(max(left, shortestLook))
}

func (w *watchdog) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = true
	w.timer.Stop()
}
