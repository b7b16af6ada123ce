package lapidaryprocessor

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Scenario: a plugin writes without end, rests for a second, and then for long.
// Guarantees: a hundred lines pass at once and ten a second after that; time that
// runs backwards gives none.
func TestSoManyLinesPassAtOnceAndSoManyASecond(t *testing.T) {
	const second = 1_000_000_000
	for _, start := range []uint64{0, 1_772_442_000 * second, math.MaxInt64 - 1000*second} {
		clock := &clock{source: ClockEventTime}
		l := newLines(clock)
		for _, c := range []struct {
			at       uint64
			admitted int
		}{{start, 100}, {start + second, 10}, {start, 0}, {start + 900*second, 100}} {
			clock.forward(c.at)
			assert.Equal(t, c.admitted, admitted(l, 1000), "%d nanoseconds after %d", c.at-start, start)
		}
	}
}

func TestWhatWasLeftOutIsSaidOnceAsACount(t *testing.T) {
	clock := &clock{source: ClockEventTime}
	l := newLines(clock)
	admitted(l, 103)
	clock.forward(1_000_000_000)
	for _, expected := range []string{"lines of the plugin that were left out, for it writes more than 10 a second: 3", ""} {
		said, ok := l.admit()
		assert.True(t, ok)
		assert.Equal(t, expected, said)
	}
	assert.Empty(t, l.rest())
}

func admitted(l *lines, lines int) (count int) {
	for range lines {
		if _, ok := l.admit(); ok {
			count++
		}
	}
	return count
}
