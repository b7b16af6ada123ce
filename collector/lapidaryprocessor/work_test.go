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
)

// Scenario: every third of 300 spans is at fault.
// Guarantees: the search ends after a bounded number of crashes, and every
// span has either passed or is counted as blocked.
func TestTheSearchForSpansAtFaultIsBounded(t *testing.T) {
	p := start(t, nil,
		PluginConfig{Module: module(t, misbehaving), Rules: rules("does: trap", "if-contains: bad")})
	all := make([]string, 300)
	for index := range all {
		all[index] = fmt.Sprint("span ", index)
		if index%3 == 2 {
			all[index] = fmt.Sprint("bad ", index)
		}
	}
	require.NoError(t, p.ConsumeTraces(context.Background(), batch(all...)))
	assert.EqualValues(t, maxTrapsPerBatch, p.sum(t, "traps"))
	blocked := p.sum(t, "spans_blocked")
	assert.EqualValues(t, 300, int64(p.sink.SpanCount())+blocked)
	assert.Greater(t, blocked, int64(100), "what was not settled went with them")
	for _, name := range names(p.sink.AllTraces()...) {
		assert.NotContains(t, name, "bad")
	}
	assert.Contains(t, p.logText(), "unsearched:true", "and the log says so")
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
