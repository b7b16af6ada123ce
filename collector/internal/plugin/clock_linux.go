package plugin

import (
	"time"

	"golang.org/x/sys/unix"
)

// threadID names the thread that asks.
func threadID() int { return unix.Gettid() }

// threadTime returns what a thread of this process got of the processor so far; 0
// where there is no such thread any more.
func threadTime(thread int) time.Duration {
	// The clock of one thread, as the kernel's `CPUCLOCK_PERTHREAD_MASK` and
	// `CPUCLOCK_SCHED` write it; a thread may read that of another.
	const perThread, scheduled = 4, 2
	var spec unix.Timespec
	if err := unix.ClockGettime(int32(^thread<<3|perThread|scheduled), &spec); err != nil {
		return 0
	}
	return time.Duration(spec.Nano())
}

// systemClock is that of the machine.
var systemClock = Clock{Wall: time.Now, Thread: threadTime}
