package lapidaryprocessor

import (
	"fmt"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// linesPerSecond is how many lines a plugin may write to the log, by the time
	// that plugins are told, all its instances together.
	linesPerSecond = 10
	// linesAtOnce is how many it may write after it was silent for a while.
	linesAtOnce = 100
)

// lines bounds what one plugin writes to the log: a line for every span would
// hide what others say, and cost more than the span.
type lines struct {
	clock *clock

	mu      sync.Mutex
	limiter *rate.Limiter
	leftOut int
}

func newLines(clock *clock) *lines {
	return &lines{clock: clock, limiter: rate.NewLimiter(linesPerSecond, linesAtOnce)}
}

// admit says whether another line may be written, and what is to be said before
// it of those that were not, if anything.
func (l *lines) admit() (said string, ok bool) {
	now := time.Unix(0, int64(min(l.clock.now(), math.MaxInt64)))
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.limiter.AllowN(now, 1) {
		l.leftOut++
		return "", false
	}
	return l.takeLeftOut(), true
}

// rest returns what is to be said of lines that were left out and not spoken of.
func (l *lines) rest() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.takeLeftOut()
}

func (l *lines) takeLeftOut() string {
	count := l.leftOut
	l.leftOut = 0
	if count == 0 {
		return ""
	}
	return fmt.Sprintf("lines of the plugin that were left out, for it writes more than %d a second: %d", linesPerSecond, count)
}
