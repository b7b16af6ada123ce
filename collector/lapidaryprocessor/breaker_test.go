package lapidaryprocessor

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/otel/attribute"

	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
)

// Guarantees: a pause is twice the last one, up to the longest, unless the plugin was well
// for long in between.
func TestPausesGrowWhileThePluginKeepsCrashing(t *testing.T) {
	var b breaker
	now := time.Unix(1_700_000_000, 0)
	begin := func() time.Duration {
		assert.True(t, b.begin(now, 1))
		assert.False(t, b.begin(now, 2), "it is paused")
		until, _, paused := b.paused(now)
		assert.True(t, paused)
		pause := until.Sub(now)
		now = until
		return pause
	}
	for _, pause := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300} {
		assert.Equal(t, pause*time.Second, begin())
	}
	assert.True(t, b.worked(now), "it is well again")
	assert.False(t, b.worked(now), "and was well before")
	now = now.Add(forgetPause * 300 * time.Second)
	assert.Equal(t, 300*time.Second, begin(), "it keeps on")
	assert.True(t, b.worked(now))
	now = now.Add(forgetPause*300*time.Second + 1)
	assert.Equal(t, time.Second, begin(), "it was well for long")
}

// Guarantees: whatever comes in whatever order, after a pause one batch tries at a time
// until a call works, and nobody is let in during a pause.
func TestAfterAPauseOneBatchTriesAtATime(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		var b breaker
		now := time.Unix(1_700_000_000, 0)
		trying := 0
		for range 100 {
			switch random.IntN(5) {
			case 0:
				now = now.Add(time.Duration(random.Int64N(int64(2 * time.Second))))
			case 1:
				b.begin(now, batchID(random.IntN(3)))
			case 2:
				if trying > 0 && random.IntN(3) == 0 {
					b.worked(now)
				}
			case 3:
				if trying > 0 {
					b.tried()
					trying--
				}
			default:
				id := batchID(random.IntN(3))
				got := b.admit(now, func() batchID { return id })
				switch {
				case !b.open:
					require.Equal(t, letIn, got)
				case now.Before(b.until), trying > 0:
					require.Equal(t, held, got)
				case id != b.opener:
					require.Equal(t, tries, got)
				}
				if got == tries {
					trying++
				}
			}
			require.LessOrEqual(t, trying, 1)
		}
	}
}

// over ends the pause of a plugin.
func (b *breaker) over() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.until = time.Now()
}

// Scenario: a plugin is paused, the pause is over, and eight batches come at once.
// Guarantees: one of them is handed to the plugin; the others go back.
func TestAPausedPluginIsTriedWithOneBatch(t *testing.T) {
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: fail")})
	require.Error(t, p.ConsumeTraces(context.Background(), batch("a", "b", "c", "d", "e", "f")))
	p.runs(0).breaker.over()
	// Whoever tries waits for the instance.
	lease, err := p.runs(0).instances.acquire(context.Background())
	require.NoError(t, err)
	errs := make(chan error)
	for number := range 8 {
		go func() { errs <- p.ConsumeTraces(context.Background(), batchNumbered(number, "a")) }()
	}
	for range 7 {
		require.ErrorContains(t, <-errs, "is paused until ")
	}
	lease.release()
	require.ErrorContains(t, <-errs, "is paused until ")
	assert.Equal(t, 2*firstPause, p.runs(0).breaker.pause)
	assert.False(t, p.runs(0).breaker.trying)
}

// Scenario: a plugin has processed a batch well; then comes one that it fails over
// whatever span it is given, again and again, and others between.
// Guarantees: the plugin is not paused, the spans at fault are blocked, and the others
// pass.
func TestAPoisonedBatchPausesNobody(t *testing.T) {
	for _, does := range []string{"fail", "trap"} {
		t.Run(does, func(t *testing.T) {
			p := create(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: "+does, "if-contains: bad")})
			host := &statusHost{Host: componenttest.NewNopHost()}
			require.NoError(t, p.Start(context.Background(), host))
			t.Cleanup(func() { assert.NoError(t, p.Shutdown(context.Background())) })
			require.NoError(t, p.ConsumeTraces(context.Background(), batch("good")))
			for round := range 4 {
				require.NoError(t, p.ConsumeTraces(context.Background(), batchNumbered(2*round, "bad 1", "bad 2", "bad 3", "bad 4", "bad 5", "bad 6")))
				require.NoError(t, p.ConsumeTraces(context.Background(), batchNumbered(2*round+1, "good")))
			}
			assert.EqualValues(t, 24, p.sum(t, "spans_blocked"))
			assert.Equal(t, 5, p.sink.SpanCount())
			assert.Zero(t, p.sum(t, "paused"))
			assert.Empty(t, host.events)
			assert.EqualValues(t, 5, p.sum(t, "plugin_count", attribute.String("counter", "batches_seen")), "the trial counts for nothing")
			if does == "trap" {
				assert.Equal(t, []byte{0, 0, 0, 0, 0, 0, 0, 5}, onlyEntry(t, p.runs(0)), "and teaches nothing")
			}
		})
	}
}

// Scenario: a batch of more spans at fault than a search may find comes from a sender
// that tries again, to a plugin that has processed another one well.
// Guarantees: it goes back twice; then its spans are blocked. The plugin is not paused.
func TestAPoisonedBatchIsSearchedToItsEndTheThirdTime(t *testing.T) {
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: fail", "if-contains: bad")})
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("good")))
	poisoned := make([]string, 100)
	for index := range poisoned {
		poisoned[index] = fmt.Sprint("bad ", index)
	}
	for range maxTrips {
		err := p.ConsumeTraces(context.Background(), batch(poisoned...))
		require.ErrorContains(t, err, "a batch of 100 spans was not searched to its end")
		assert.False(t, consumererror.IsPermanent(err))
	}
	require.NoError(t, p.ConsumeTraces(context.Background(), batch(poisoned...)))
	assert.EqualValues(t, 100, p.sum(t, "spans_blocked"))
	assert.Equal(t, 1, p.sink.SpanCount())
	assert.Zero(t, p.sum(t, "paused"))
}

// Guarantees: of batches that went back a bounded number is remembered, the last ones.
func TestABoundedNumberOfBatchesIsRemembered(t *testing.T) {
	var all trips
	for id := range batchID(2 * maxTripped) {
		for range maxTrips {
			all.add(id)
		}
	}
	assert.Len(t, all.counts, maxTripped)
	over := func(id batchID) bool { return all.areOver(func() batchID { return id }) }
	assert.False(t, over(maxTripped-1))
	assert.True(t, over(maxTripped))
	assert.True(t, over(2*maxTripped-1))
	assert.False(t, over(2*maxTripped))
}

// Scenario: two plugins are paused, and one recovers; then the other.
// Guarantees: the component is well when both are, and not before.
func TestTheStatusIsWellWhenEveryPluginIs(t *testing.T) {
	first, second := PluginConfig{Module: module(t, misbehaving), Rules: rules("does: fail", "if-contains: first"), OnFailure: "pass"},
		PluginConfig{Module: module(t, misbehaving), Rules: rules("does: fail", "if-contains: second"), OnFailure: "pass"}
	p := create(t, nil, first, second)
	host := &statusHost{Host: componenttest.NewNopHost()}
	require.NoError(t, p.Start(context.Background(), host))
	t.Cleanup(func() { assert.NoError(t, p.Shutdown(context.Background())) })
	send := func(number int, name string) {
		require.NoError(t, p.ConsumeTraces(context.Background(), batchNumbered(number, name, name, name, name)))
	}
	statuses := func() (all []componentstatus.Status) {
		for _, event := range host.events {
			all = append(all, event.Status())
		}
		return all
	}
	send(0, "first second")
	assert.Equal(t, []componentstatus.Status{componentstatus.StatusRecoverableError}, statuses())
	for index := range p.stages {
		p.runs(index).breaker.over()
		if index == 0 {
			send(1, "second")
			assert.Len(t, statuses(), 1, "the other one is still paused")
		} else {
			send(2, "neither")
		}
	}
	assert.Equal(t, []componentstatus.Status{componentstatus.StatusRecoverableError, componentstatus.StatusOK}, statuses())
}

// Scenario: a call that does not end, beside plugins that are well.
// Guarantees: the status turns and the log says so once; both are mended when it ends.
func TestACallThatDoesNotEndTurnsTheStatus(t *testing.T) {
	p := create(t, func(c *Config) { c.Timeout = time.Millisecond }, PluginConfig{Module: module(t, misbehaving)})
	host := &statusHost{Host: componenttest.NewNopHost()}
	require.NoError(t, p.Start(context.Background(), host))
	t.Cleanup(func() { assert.NoError(t, p.Shutdown(context.Background())) })
	lease, err := p.runs(0).instances.acquire(context.Background())
	require.NoError(t, err)
	instance, err := lease.ready()
	require.NoError(t, err)
	// In its first call a plugin asks for its counters, and so for the time.
	_, err = instance.Process(nil, 0, time.Second, func([]byte, plugin.Made) error { return nil })
	require.NoError(t, err)
	_, err = instance.Process(nil, 0, time.Millisecond, func([]byte, plugin.Made) error {
		p.lookForOverdue()
		time.Sleep(5 * time.Millisecond)
		p.lookForOverdue()
		p.lookForOverdue()
		return nil
	})
	require.NoError(t, err)
	lease.release()
	p.lookForOverdue()
	require.Len(t, host.events, 2)
	assert.Equal(t, componentstatus.StatusRecoverableError, host.events[0].Status())
	assert.ErrorContains(t, host.events[0].Err(), "misbehaving.wasm: a call runs longer than 3ms, 3 times its limit, and does not end")
	assert.Equal(t, componentstatus.StatusOK, host.events[1].Status())
	assert.Equal(t, 1, p.logs.FilterMessageSnippet("does not end").Len())
}

// Scenario: a plugin that has processed a span well can no longer do so: it fails, traps or
// answers what the contract does not allow.
// Guarantees: it is paused, and no span is accepted and lost.
func TestAPluginThatNoLongerProcessesWhatItDidIsPaused(t *testing.T) {
	for _, does := range append([]string{"trap"}, slices.Sorted(maps.Keys(wrongAnswers))...) {
		t.Run(does, func(t *testing.T) {
			p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: "+does, "if-contains: bad")})
			p.runs(0).sample.take(batch("bad"), time.Now())
			require.ErrorContains(t, p.ConsumeTraces(context.Background(), batch("bad", "bad", "bad", "bad", "bad", "bad")), "is paused until ")
			assert.Zero(t, p.sum(t, "spans_blocked"))
		})
	}
}
