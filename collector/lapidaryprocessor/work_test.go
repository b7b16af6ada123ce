package lapidaryprocessor

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumererror"

	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
)

// everyThirdBad are 300 spans of which every third is at fault.
func everyThirdBad() []string {
	all := make([]string, 300)
	for index := range all {
		all[index] = fmt.Sprint("span ", index)
		if index%3 == 2 {
			all[index] = fmt.Sprint("bad ", index)
		}
	}
	return all
}

// Scenario: every third of 300 spans is at fault; the sender brings the batch again for
// as long as it gets an error.
// Guarantees: the search ends after a bounded number of crashes with an error that it may
// retry, twice, and nothing of the batch passes; the third time all is searched, and just
// the spans at fault are blocked. Nothing is paused, and others go through meanwhile.
func TestABatchThatIsNotSearchedToItsEndGoesBackTwice(t *testing.T) {
	p := start(t, nil,
		PluginConfig{Module: module(t, misbehaving), Rules: rules("does: trap", "if-contains: bad")})
	for round := range 2 {
		err := p.ConsumeTraces(context.Background(), batch(everyThirdBad()...))
		require.ErrorContains(t, err, "plugin `misbehaving`: a batch of 300 spans was not searched to its end, nothing of it goes on, it may be sent again: the plugin trapped: ")
		assert.False(t, consumererror.IsPermanent(err))
		assert.EqualValues(t, (round+1)*maxTrapsPerBatch, p.sum(t, "traps"))
		assert.Equal(t, round, p.sink.SpanCount(), "nothing of it went on")
		require.NoError(t, p.ConsumeTraces(context.Background(), batchNumbered(round, "good")))
	}
	assert.Zero(t, p.sum(t, "spans_blocked"))

	require.NoError(t, p.ConsumeTraces(context.Background(), batch(everyThirdBad()...)))
	assert.EqualValues(t, 100, p.sum(t, "spans_blocked"))
	assert.Equal(t, 202, p.sink.SpanCount())
	for _, name := range names(p.sink.AllTraces()...) {
		assert.NotContains(t, name, "bad")
	}
	assert.Zero(t, p.sum(t, "paused"))
}

// Scenario: a machine that has no time for a plugin, over a batch of two spans.
// Guarantees: however often it comes, the sender gets an error that it may retry, no span
// is blocked, and the plugin is not paused.
func TestABatchThatTheMachineHasNoTimeForIsNobodysFault(t *testing.T) {
	p := create(t, func(c *Config) { c.Timeout = 100 * time.Millisecond },
		PluginConfig{Module: module(t, misbehaving), Rules: rules("does: spin", "if-contains: slow")})
	wall := time.Unix(0, 0)
	p.loader.machine = plugin.Clock{
		Wall:   func() time.Time { wall = wall.Add(time.Millisecond); return wall },
		Thread: func(int) time.Duration { return wall.Sub(time.Unix(0, 0)) / 40 },
	}
	require.NoError(t, p.Start(context.Background(), componenttest.NewNopHost()))
	t.Cleanup(func() { assert.NoError(t, p.Shutdown(context.Background())) })
	for range 8 {
		err := p.ConsumeTraces(context.Background(), batch("slow", "b"))
		require.ErrorContains(t, err, "it may be sent again: the plugin got less than 100ms of the processor in 2s")
		assert.False(t, consumererror.IsPermanent(err))
	}
	assert.Empty(t, p.sink.AllTraces())
	assert.Zero(t, p.sum(t, "spans_blocked"))
	assert.Zero(t, p.sum(t, "paused"))
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("a")))
}

// Scenario: a machine on which a plugin gets the twentieth part of two processors, and
// batches that take longer than the limit on the wall.
// Guarantees: every span passes.
func TestHonestSpansPassOnATwentiethOfTwoProcessors(t *testing.T) {
	var wall time.Duration
	load := func(timeout time.Duration) *running {
		p := create(t, func(c *Config) { c.Timeout = timeout }, PluginConfig{Module: module(t, misbehaving)})
		p.loader.roundsPerRefill = 1
		p.loader.machine = plugin.Clock{
			Wall:   func() time.Time { wall += time.Millisecond; return time.Unix(0, 0).Add(wall) },
			Thread: func(int) time.Duration { return wall / 10 },
		}
		require.NoError(t, p.Start(context.Background(), componenttest.NewNopHost()))
		t.Cleanup(func() { assert.NoError(t, p.Shutdown(context.Background())) })
		return p
	}
	all := everyThirdBad()
	p := load(time.Hour)
	began := wall
	require.NoError(t, p.ConsumeTraces(context.Background(), batch(all...)))
	took := wall - began

	p = load(took / 5)
	require.NoError(t, p.ConsumeTraces(context.Background(), batch(all...)))
	assert.Equal(t, 300, p.sink.SpanCount())
	assert.Zero(t, p.sum(t, "traps"))
}

// Guarantees: a sender that gives up ends the search in its batch.
func TestASenderThatGivesUpEndsTheSearch(t *testing.T) {
	p := start(t, func(c *Config) { c.Timeout = 50 * time.Millisecond },
		PluginConfig{Module: module(t, misbehaving), Rules: rules("does: spin", "if-contains: bad")})
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, p.ConsumeTraces(ctx, batch(everyThirdBad()...)), context.DeadlineExceeded)
	assert.Less(t, p.sum(t, "traps"), int64(8))
	assert.Empty(t, p.sink.AllTraces())
}

// Scenario: the first call of an instance that was used before crashes over a
// single span, and a new instance can process it.
// Guarantees: the span passes.
func TestASpanThatCameAloneIsTriedInANewInstance(t *testing.T) {
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: pass")})
	g := p.runs(0)
	lease, err := g.instances.acquire(context.Background())
	require.NoError(t, err)
	broken, err := lease.ready()
	require.NoError(t, err)
	require.NoError(t, broken.Close(), "a closed instance fails like one that crashed")
	lease.release()

	require.NoError(t, p.ConsumeTraces(context.Background(), batch("a")))
	assert.Equal(t, []string{"a"}, names(p.sink.AllTraces()...))
	assert.EqualValues(t, 1, p.sum(t, "traps"))
}

func TestNoMoreInstancesRunThanTheConfigAllows(t *testing.T) {
	p := start(t, func(c *Config) { c.Instances = 2; c.MemoryLimitMiB = 64 },
		PluginConfig{Module: module(t, "sample-adaptively"), Rules: "../../rules/sample-adaptively/base.yaml"})
	var senders sync.WaitGroup
	for range 16 {
		senders.Go(func() {
			for range 20 {
				assert.NoError(t, p.ConsumeTraces(context.Background(), batch("a", "b")))
			}
		})
	}
	senders.Wait()
	assert.LessOrEqual(t, len(p.runs(0).instances.idle), 2)
}

func TestASenderThatGivesUpWaitingGetsAnErrorItMayRetry(t *testing.T) {
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving)})
	lease, err := p.runs(0).instances.acquire(context.Background())
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	err = p.ConsumeTraces(ctx, batch("a"))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	assert.False(t, consumererror.IsPermanent(err))
	lease.release()
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("a")))
}

// Guarantees: what a plugin kept outlives a crash, but for what the call that
// crashed taught.
func TestATrapCostsOneCall(t *testing.T) {
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: panic", "if-contains: bad")})
	for _, name := range []string{"a", "b", "c", "bad", "d"} {
		require.NoError(t, p.ConsumeTraces(context.Background(), batch(name)))
	}
	assert.Equal(t, []byte{0, 0, 0, 0, 0, 0, 0, 4}, onlyEntry(t, p.runs(0)))
}

// Scenario: a plugin crashes while it tells what changed.
// Guarantees: the batch has passed, and so do the next ones.
func TestACrashOverChangesLosesNoSpan(t *testing.T) {
	for does, why := range map[string]string{"panic": "trapped", "repeat": "broke the contract: told changes without end"} {
		t.Run(does, func(t *testing.T) {
			p := start(t, func(c *Config) { c.StateLimitMiB = 1 },
				PluginConfig{Module: module(t, misbehaving), Rules: rules("does: "+does, "during: changes")})
			for _, name := range []string{"a", "b", "c"} {
				require.NoError(t, p.ConsumeTraces(context.Background(), batch(name)))
			}
			assert.Equal(t, []string{"a", "b", "c"}, names(p.sink.AllTraces()...))
			assert.EqualValues(t, 3, p.sum(t, "traps"))
			assert.Contains(t, p.logText(), "what changed of the state was not told map[plugin:misbehaving reason:"+why)
		})
	}
}

// Scenario: a plugin spins in its tick and in its flush.
// Guarantees: it is stopped, batches go through meanwhile, and the shutdown
// says so in the log.
func TestAPluginThatSpinsOutsideOfABatchIsStopped(t *testing.T) {
	p := create(t, func(c *Config) { c.Clock = ClockEventTime; c.Timeout = 200 * time.Millisecond },
		PluginConfig{Module: module(t, misbehaving), Rules: rules("does: spin", "during: tick")},
		PluginConfig{Module: module(t, misbehaving), Rules: rules("does: spin", "during: flush")})
	require.NoError(t, p.Start(context.Background(), componenttest.NewNopHost()))
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("a")))
	later := batch("b")
	later.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).SetEndTimestamp(1_700_000_002_000_000_000)
	require.NoError(t, p.ConsumeTraces(context.Background(), later))
	assert.Equal(t, []string{"a", "b"}, names(p.sink.AllTraces()...))
	assert.Contains(t, p.logText(), "spans of the plugin's own making were lost")
	require.NoError(t, p.Shutdown(context.Background()))
	assert.Contains(t, p.logText(), "the last spans of the plugin were lost map[plugin:misbehaving reason:ran longer than 200ms]")
}
