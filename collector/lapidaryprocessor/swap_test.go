package lapidaryprocessor

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Scenario: a batch is in a plugin without state when its rules change.
// Guarantees: the swap does not wait for it, nor does any other batch, and what the
// batch began with is closed when it has left.
func TestASwapWaitsForNoBatch(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rules.yaml")
	writeFile(t, path, "attributes: { a: mask }\n")
	p := start(t, func(c *Config) { c.MemoryLimitMiB = 64 }, PluginConfig{Module: module(t, "redact-pii"), Rules: path})
	// As a batch has it that is in the middle of the chain.
	chain := p.takeChain()
	old := chain.generations[0]
	lease, err := old.instances.acquire(context.Background())
	require.NoError(t, err)

	writeFile(t, path, "attributes: { b: mask }\n")
	p.reload(0)
	require.NotSame(t, old, p.runs(0))
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("a")))
	_, err = lease.ready()
	require.NoError(t, err)
	_, err = old.begin()
	require.NoError(t, err, "it is there as long as the batch is")

	lease.release()
	chain.release()
	p.closing.Wait()
	_, err = old.begin()
	require.Error(t, err)
}

// Scenario: a plugin with state works long on a batch, and its rules change.
// Guarantees: the swap waits, but a sender waits no longer than it wants.
func TestASenderThatWaitsBehindASwapMayGiveUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rules.yaml")
	writeFile(t, path, "does: pass\n")
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: path})
	lease, err := p.runs(0).instances.acquire(context.Background())
	require.NoError(t, err)
	writeFile(t, path, "does: drop\n")
	swapped := make(chan struct{})
	go func() {
		defer close(swapped)
		p.reload(0)
	}()
	time.Sleep(50 * time.Millisecond)

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, p.ConsumeTraces(ctx, batch("a")), context.DeadlineExceeded)
	assert.EqualValues(t, 0, p.sum(t, "swaps"))
	lease.release()
	<-swapped
	assert.EqualValues(t, 1, p.sum(t, "swaps"))
}

// Scenario: a batch waits for a plugin with state when the next generation takes over.
// Guarantees: it goes through the next one, and what it taught is known there.
func TestABatchThatWaitsForAStateGoesToWhoeverHasIt(t *testing.T) {
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: pass")})
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("a")))
	old := p.runs(0)
	next, err := p.load(context.Background(), p.stages[0])
	require.NoError(t, err)
	h := handOver{old: old, next: next}
	require.NoError(t, h.begin(context.Background()))

	sent := make(chan error)
	require.NoError(t, h.end(context.Background(), nil, func() {
		go func() { sent <- p.ConsumeTraces(context.Background(), batch("b")) }()
		time.Sleep(50 * time.Millisecond)
		p.publish(0, next)
	}))
	require.NoError(t, <-sent)
	assert.Equal(t, []byte{0, 0, 0, 0, 0, 0, 0, 2}, onlyEntry(t, next), "the number of batches it saw")
	assert.Equal(t, []byte{0, 0, 0, 0, 0, 0, 0, 1}, onlyEntry(t, old))
	p.closing.Wait()
	_, err = old.begin()
	require.Error(t, err, "it is closed")
}

// Scenario: a sender gives up while its batch is on its way.
// Guarantees: nothing of it goes on, and it may be sent again.
func TestABatchWhoseSenderGaveUpGoesNoFurther(t *testing.T) {
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: pass")})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, p.ConsumeTraces(ctx, batch("a")), context.Canceled)
	assert.Zero(t, p.sink.SpanCount())
}

// Scenario: the Collector shuts down while a batch does not come back, and gives up.
// Guarantees: Shutdown returns with the reason, and what was in use is closed once
// the batch is back.
func TestAShutdownThatGivesUpClosesWhatIsLeftLater(t *testing.T) {
	p := create(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: pass")})
	require.NoError(t, p.Start(context.Background(), p.host))
	g := p.runs(0)
	require.True(t, p.inside.enter())
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	require.EqualError(t, p.Shutdown(ctx), "waiting for batches to leave: context deadline exceeded")
	_, err := g.begin()
	require.NoError(t, err)
	p.inside.leave()
	assert.Eventually(t, func() bool {
		_, err := g.begin()
		return err != nil
	}, 10*time.Second, time.Millisecond)
}

// Scenario: a plugin gives way to one of a newer state version, whose rules change, and comes
// back.
// Guarantees: it has the state from before the newer one came; what that learned is told
// as lost.
func TestGoingBackTakesTheStateFromBeforeTheSwap(t *testing.T) {
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: pass")})
	consume := func() { require.NoError(t, p.ConsumeTraces(context.Background(), batch("a"))) }
	swapTo := func(version uint32) *generation {
		next, err := p.load(context.Background(), p.stages[0])
		require.NoError(t, err)
		next.manifest.StateVersion = version
		require.NoError(t, p.swap(context.Background(), 0, next))
		// The module reads no other in truth.
		next.entries.Version = 1
		return next
	}
	consume()
	swapTo(2)
	consume()
	again := swapTo(2)
	consume()
	assert.Equal(t, []byte{0, 0, 0, 0, 0, 0, 0, 3}, onlyEntry(t, again), "the number of batches it saw")

	back := swapTo(1)
	assert.Contains(t, p.logText(), "the state goes back from version 2 to version 1, which this plugin reads: it has 1 entries from before version 2 came; 1 entries of that version are lost")
	consume()
	assert.Equal(t, []byte{0, 0, 0, 0, 0, 0, 0, 2}, onlyEntry(t, back))
}

// Guarantees: a plugin that reads no state of the running version, and of which none is
// left from before, begins without.
func TestGoingBackWithoutAnEarlierStateBeginsAnew(t *testing.T) {
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: pass")})
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("a")))
	p.runs(0).manifest.StateVersion = 2
	next, err := p.load(context.Background(), p.stages[0])
	require.NoError(t, err)
	require.NoError(t, p.swap(context.Background(), 0, next))
	assert.Contains(t, p.logText(), "the state goes back from version 2 to version 1, which this plugin reads: it has 0 entries from before version 2 came; 1 entries of that version are lost")
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("a")))
	assert.Equal(t, []byte{0, 0, 0, 0, 0, 0, 0, 1}, onlyEntry(t, next))
}
