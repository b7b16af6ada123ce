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
// While a search goes on only its end tells a plugin that crashes whatever it is
// given from one that met several bad spans, one after the other. So a search has
// all the crashes that it may need, and a batch over which nothing worked is judged
// by how many there were.
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

// crashed counts a crash, and says whether the plugin is paused now, for there were
// more than are allowed in a row.
func (b *breaker) crashed(now time.Time, allowed int, reason string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inARow++
	b.reason = reason
	if b.inARow <= allowed {
		return false
	}
	b.begin(now)
	return true
}

// allowedOver is how many crashes in a row are no reason to pause a plugin: about as
// many as it takes to find one bad span among these.
func allowedOver(spans int) int { return bits.Len(uint(spans)) + 3 }

// nothingWorked counts a batch of so many spans over which nothing but crashes was
// seen, and says whether the plugin is paused now: there were too many, or it was
// paused before and did not work since.
func (b *breaker) nothingWorked(now time.Time, spans int, reason string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.open && b.inARow <= allowedOver(spans) {
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
