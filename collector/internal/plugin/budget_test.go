package plugin

import (
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// machine is a clock on which a millisecond goes by whenever somebody looks at the wall,
// and of which a thread gets a share.
type machine struct {
	mu    sync.Mutex
	now   time.Duration
	share float64
}

func (m *machine) clock() Clock {
	return Clock{
		Wall: func() time.Time {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.now += time.Millisecond
			return time.Unix(0, 0).Add(m.now)
		},
		Thread: func(int) time.Duration {
			m.mu.Lock()
			defer m.mu.Unlock()
			return time.Duration(float64(m.now) * m.share)
		},
	}
}

// Scenario: a call that looks at the clock some thousand times, on a machine of which it
// gets the fifteenth part, with a tenth of that in time.
// Guarantees: it ends well, for it got no more of the processor than it may.
func TestACallThatWaitsForAProcessorIsNotStopped(t *testing.T) {
	m := &machine{share: 1. / 15}
	settings := testSettings
	settings.RoundsPerRefill, settings.Clock = 1, m.clock()
	settings.Timeout, settings.StartTimeout = time.Hour, time.Hour
	instance := misbehave(t, compile(t, misbehavingFile(t), settings), &recordingHost{}, "does: pass")
	batch := spanNamed(strings.Repeat("x", 10_000))
	began := m.now
	_, err := instance.Process(batch, testNow, time.Hour, anyEdits)
	require.NoError(t, err)
	took := m.now - began
	require.Greater(t, took, 50*time.Millisecond, "the meter did not ask for time")

	_, err = instance.Process(batch, testNow, took/10, anyEdits)
	assert.NoError(t, err)
}

// Guarantees: a plugin that spins is stopped by what it got of the processor; where it
// gets less than the twentieth part of one, by the ceiling, and in other words.
func TestACallIsStoppedByItsLimitOrByTheCeiling(t *testing.T) {
	for name, c := range map[string]struct {
		share  float64
		reason Reason
		detail string
		wall   time.Duration
	}{
		"a whole processor":      {1, ReasonTimeout, "ran longer than 100ms", 100 * time.Millisecond},
		"a third of one":         {1. / 3, ReasonTimeout, "ran longer than 100ms", 300 * time.Millisecond},
		"a fortieth part of one": {1. / 40, ReasonStarved, "got less than 100ms of the processor in 2s", 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			m := &machine{share: c.share}
			settings := testSettings
			settings.RoundsPerRefill, settings.Clock = 1000, m.clock()
			instance := misbehave(t, compile(t, misbehavingFile(t), settings), &recordingHost{}, "does: spin")
			began := m.now
			_, err := instance.Process(spanNamed("batch"), testNow, 100*time.Millisecond, anyEdits)
			var trap *Trap
			require.ErrorAs(t, err, &trap)
			assert.Equal(t, c.reason, trap.Reason)
			assert.Equal(t, c.detail, Why(err))
			assert.InDelta(t, c.wall.Milliseconds(), (m.now - began).Milliseconds(), 5)
		})
	}
}

// Guarantees: whatever a thread gets and however often somebody looks, a budget is over
// once more than the limit was got since the first look behind its eighth, or the ceiling
// has passed; never before.
func TestABudgetIsOverAtItsBoundsAndNeverBefore(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		var wall, thread time.Duration
		clock := Clock{
			Wall:   func() time.Time { return time.Unix(0, 0).Add(wall) },
			Thread: func(int) time.Duration { return thread },
		}
		budget := Budget{clock: &clock}
		limit := time.Duration(1 + random.IntN(1000))
		budget.Begin(limit)
		var base time.Duration
		for held := false; ; {
			step := time.Duration(random.IntN(200))
			wall += step
			thread += time.Duration(random.Int64N(int64(step) + 1))
			if !held && wall >= limit/8 {
				held, base = true, thread
			}
			expected := within
			if wall > limit && thread-base > limit {
				expected = overLimit
			} else if wall > Ceiling*limit {
				expected = overCeiling
			}
			require.Equal(t, expected, budget.look())
			if expected != within {
				break
			}
		}
		budget.End()
	}
}

// Guarantees: what waits costs nothing, what works does, and one thread reads what another
// one got.
func TestAThreadsClockTellsWorkFromWaiting(t *testing.T) {
	if systemClock.Thread == nil {
		t.Log("threads have no clocks here")
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	thread := threadID()
	began := systemClock.Thread(thread)
	time.Sleep(30 * time.Millisecond)
	assert.Less(t, systemClock.Thread(thread)-began, 20*time.Millisecond)
	for systemClock.Thread(thread)-began < 30*time.Millisecond {
	}
	read := make(chan time.Duration)
	go func() { read <- systemClock.Thread(thread) }()
	assert.GreaterOrEqual(t, <-read-began, 30*time.Millisecond)
}

// Scenario: calls that do not end by themselves: one that looks at its time, and one that
// does not.
// Guarantees: the first is overdue once its thread has got three times its limit, or when
// nobody waits any longer; the second after three times its limit; none after its end.
func TestACallBeyondThreeTimesItsLimitIsOverdueUntilItEnds(t *testing.T) {
	var wall, thread time.Duration
	clock := Clock{
		Wall:   func() time.Time { return time.Unix(0, 0).Add(wall) },
		Thread: func(int) time.Duration { return thread },
	}
	watch := NewWatch()
	watch.clock = clock
	settings := testSettings
	settings.Clock, settings.Watch, settings.Name = clock, watch, "/plugins/stuck.wasm"
	instance := misbehave(t, compile(t, misbehavingFile(t), settings), &recordingHost{}, "does: pass")
	during := func(do func()) {
		assert.Empty(t, watch.Overdue(), "nothing runs")
		_, err := instance.Process(spanNamed("batch"), testNow, time.Second, func([]byte, Made) error { do(); return nil })
		require.NoError(t, err)
		assert.Empty(t, watch.Overdue(), "it has ended")
	}
	line := []string{"/plugins/stuck.wasm: a call runs longer than 3s, 3 times its limit, and does not end"}

	during(func() {
		wall += early
		require.NoError(t, instance.checkTime())
		assert.Empty(t, watch.Overdue(), "it was seen just now")
		wall += 50 * time.Second
		thread += 3 * time.Second
		assert.Empty(t, watch.Overdue(), "it waits for a processor")
		thread += time.Millisecond
		assert.Equal(t, line, watch.Overdue())
	})
	during(func() {
		wall += early
		require.NoError(t, instance.checkTime())
		assert.Empty(t, watch.Overdue(), "another call begins anew")
		wall += 60*time.Second + time.Millisecond
		assert.Equal(t, line, watch.Overdue(), "nobody waits that long, whatever the thread got")
	})
	during(func() {
		assert.Empty(t, watch.Overdue())
		wall += 3 * time.Second
		assert.Empty(t, watch.Overdue())
		wall += time.Millisecond
		assert.Equal(t, line, watch.Overdue(), "it did not look once")
	})
	require.NoError(t, instance.Close())
	assert.Empty(t, watch.seen)
}

// Guarantees: a watch holds on to no instance of a module that was closed.
func TestAWatchForgetsAModuleThatIsClosed(t *testing.T) {
	settings := testSettings
	settings.Watch = NewWatch()
	module, err := Compile(t.Context(), misbehavingFile(t), settings)
	require.NoError(t, err)
	misbehave(t, module, &recordingHost{}, "does: pass")
	assert.Len(t, settings.Watch.seen, 1)
	require.NoError(t, module.Close(t.Context()))
	assert.Empty(t, settings.Watch.seen)
}
