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
	// forgetPause is how many times a pause a plugin must be well before the next one
	// is a first one again.
	forgetPause = 10
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
	// trying says that somebody tries the plugin after a pause; the others wait for
	// what comes of it.
	trying bool
	// opener is the batch that brought the last pause about.
	opener batchID
	// recovered is when the plugin was well again after its last pause.
	recovered time.Time
}

// admission says whether a batch may go to the plugin.
type admission uint8

const (
	// letIn: the plugin is well, as far as anybody knows.
	letIn admission = iota
	// tries: it alone, to see whether the plugin is well again. Whoever tries says by
	// tried when it is done.
	tries
	// held: the plugin is paused, or somebody else tries.
	held
)

// admit lets in whoever may use the plugin now. After a pause one is let in, and
// the batch that brought the pause about only after another pause: it may be what is
// wrong, and any other tells.
func (b *breaker) admit(now time.Time, id func() batchID) admission {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case !b.open:
		return letIn
	case now.Before(b.until), b.trying:
		return held
	case now.Before(b.until.Add(b.pause)) && id() == b.opener:
		return held
	}
	b.trying = true
	return tries
}

// tried says that whoever tried is done.
func (b *breaker) tried() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trying = false
}

// paused says until when nothing may be handed to the plugin, and why.
func (b *breaker) paused(now time.Time) (until time.Time, reason string, paused bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.until, b.reason, now.Before(b.until)
}

// crashed counts a crash, and says whether there were more in a row than are allowed.
func (b *breaker) crashed(allowed int, reason string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inARow++
	b.reason = reason
	return b.inARow > allowed
}

// allowedOver is how many crashes in a row are no reason to pause a plugin: about as
// many as it takes to find one bad span among these.
func allowedOver(spans int) int { return bits.Len(uint(spans)) + 3 }

// nothingWorked says of a batch of so many spans over which nothing but crashes was
// seen whether that is a reason to pause the plugin: there were too many, or it was
// paused before and did not work since.
func (b *breaker) nothingWorked(spans int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.open || b.inARow > allowedOver(spans)
}

// begin begins a pause, longer than the last one unless the plugin was well for long
// since. It says whether it was not paused already.
func (b *breaker) begin(now time.Time, opener batchID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Before(b.until) {
		return false
	}
	if !b.open && now.Sub(b.recovered) > forgetPause*b.pause {
		b.pause = 0
	}
	b.inARow, b.open, b.opener = 0, true, opener
	b.pause = min(max(2*b.pause, firstPause), longestPause)
	b.until = now.Add(b.pause)
	return true
}

// worked counts a call that ended well, and says whether the plugin is well
// again after a pause.
func (b *breaker) worked(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inARow = 0
	recovered := b.open
	if recovered {
		b.open, b.until, b.recovered = false, time.Time{}, now
	}
	return recovered
}

// isOpen says whether the plugin was paused and has not worked since.
func (b *breaker) isOpen() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.open
}
