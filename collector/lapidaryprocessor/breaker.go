package lapidaryprocessor

import (
	"math/bits"
	"sync"
	"time"
)

const (
	// firstPause is short: a plugin may have met one bad sender.
	firstPause = time.Second
	// longestPause is how late it may be noticed that a plugin is well again.
	longestPause = 5 * time.Minute
)

// breaker pauses a plugin that keeps crashing. A failure that it answers with
// counts as a crash.
//
// One bad span in a batch of n costs about log2(n) crashes in a row while it
// is looked for, so only more than that count as a plugin that crashes
// whatever it is given.
type breaker struct {
	mu     sync.Mutex
	inARow int
	pause  time.Duration
	until  time.Time
	// reason of the last crash, for messages.
	reason string
	// open from a pause to the next call that works.
	open bool
}

// paused says until when nothing may be handed to the plugin, and why.
func (b *breaker) paused(now time.Time) (until time.Time, reason string, paused bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.until, b.reason, now.Before(b.until)
}

// crashed counts a crash over a batch that had this many spans at first, and
// says whether the plugin is paused now.
func (b *breaker) crashed(now time.Time, spans int, reason string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inARow++
	b.reason = reason
	if b.inARow <= bits.Len(uint(spans))+3 {
		return false
	}
	b.begin(now)
	return true
}

// stillCrashes counts a batch over which nothing but crashes was seen, and says
// whether the plugin is paused again: it was, and did not work since.
func (b *breaker) stillCrashes(now time.Time, reason string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.open {
		return false
	}
	b.reason = reason
	b.begin(now)
	return true
}

func (b *breaker) begin(now time.Time) {
	b.inARow = 0
	b.open = true
	b.pause = min(max(2*b.pause, firstPause), longestPause)
	b.until = now.Add(b.pause)
}

// worked counts a call that ended well, and says whether the plugin is well
// again after a pause.
func (b *breaker) worked() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inARow = 0
	recovered := b.open
	b.open, b.pause, b.until = false, 0, time.Time{}
	return recovered
}

// isOpen says whether the plugin was paused and has not worked since.
func (b *breaker) isOpen() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.open
}
