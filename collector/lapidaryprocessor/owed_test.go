package lapidaryprocessor

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// door is a next consumer that refuses while it is closed.
type door struct {
	consumer.Traces
	mu  sync.Mutex
	err error
}

func (g *door) ConsumeTraces(ctx context.Context, traces ptrace.Traces) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err != nil {
		// Who gets a batch may change it.
		traces.ResourceSpans().RemoveIf(func(ptrace.ResourceSpans) bool { return true })
		return g.err
	}
	return g.Traces.ConsumeTraces(ctx, traces)
}

func (g *door) set(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.err = err
}

var errRefused = errors.New("the exporter's queue is full")

// startRepeating starts a plugin that repeats the last batch at each tick, which come
// with the time of spans.
func startRepeating(t *testing.T) (*running, *door, *uint64) {
	t.Helper()
	p := start(t, func(c *Config) { c.Clock = ClockEventTime }, PluginConfig{Module: module(t, misbehaving), Rules: rules("tick: repeat")})
	g := &door{Traces: p.sink}
	p.next = g
	now := uint64(1_700_000_000_000_000_000)
	return p, g, &now
}

// tickAt has the next tick come.
func tickAt(p *running, now *uint64) {
	*now += uint64(2 * time.Second)
	p.clock.forward(*now)
	p.tickAll(context.Background())
}

// Scenario: the exporter refuses what a plugin made itself, for a while.
// Guarantees: it is sent again, as the plugin made it, until it is taken; once.
func TestSpansOfAPluginsOwnAreSentAgain(t *testing.T) {
	p, g, now := startRepeating(t)
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("a", "b")))
	tickAt(p, now)
	p.sink.Reset()

	g.set(errRefused)
	tickAt(p, now)
	tickAt(p, now)
	assert.Zero(t, p.sink.SpanCount())
	assert.Contains(t, p.logText(), "spans of the plugin's own making were refused and are sent again: 2")
	g.set(nil)
	p.sendOwed(context.Background())
	assert.Equal(t, []string{"a", "b", "a", "b"}, names(p.sink.AllTraces()...))
	p.sendOwed(context.Background())
	assert.Equal(t, 4, p.sink.SpanCount(), "sent once")
	assert.Zero(t, p.owed.bytes)
	assert.Zero(t, p.owed.spans)
}

// Protects: what can never be taken is not tried again, and said.
func TestOwnSpansThatAreRefusedForGoodAreLost(t *testing.T) {
	p, g, now := startRepeating(t)
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("a")))
	tickAt(p, now)
	p.sink.Reset()
	g.set(consumererror.NewPermanent(errRefused))
	tickAt(p, now)
	assert.Contains(t, p.logText(), "spans of the plugin's own making were lost")
	g.set(nil)
	p.sendOwed(context.Background())
	assert.Zero(t, p.sink.SpanCount())

	g.set(errRefused)
	tickAt(p, now)
	g.set(consumererror.NewPermanent(errRefused))
	p.sendOwed(context.Background())
	assert.Contains(t, p.logText(), "spans of the plugin's own making were lost: 1")
	_, waits := p.owed.first()
	assert.False(t, waits)
}

// Protects: what waits is bounded in number, bytes and time, and what is beyond is
// said to be lost.
func TestWhatWaitsToBeSentAgainIsBounded(t *testing.T) {
	p, g, _ := startRepeating(t)
	logger := p.runs(0).logger
	of := func(spans, bytes int) owedSpans {
		traces := ptrace.NewTraces()
		all := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
		for range spans {
			all.AppendEmpty()
		}
		return owedSpans{logger: logger, traces: traces, bytes: bytes, since: time.Now()}
	}
	assert.True(t, p.owed.add(of(mostOwedSpans, 1)))
	assert.False(t, p.owed.add(of(1, 1)))
	p.owed.removeFirst()
	assert.True(t, p.owed.add(of(1, mostOwedBytes)))
	assert.False(t, p.owed.add(of(1, 1)))
	p.owed.removeFirst()

	old := of(7, 1)
	old.since = time.Now().Add(-owedTime - time.Second)
	assert.True(t, p.owed.add(old))
	g.set(errRefused)
	p.sendOwed(context.Background())
	assert.Contains(t, p.logText(), "spans of the plugin's own making were lost: 7")
	_, waits := p.owed.first()
	assert.False(t, waits)
}

// Protects: at the end what waits is tried some more times, and what is lost is said.
func TestAtTheEndWhatWaitsIsTriedAgain(t *testing.T) {
	for what, reopens := range map[string]bool{"taken": true, "refused": false} {
		t.Run(what, func(t *testing.T) {
			p, g, _ := startRepeating(t)
			require.NoError(t, p.ConsumeTraces(context.Background(), batch("a")))
			p.sink.Reset()
			g.set(errRefused)
			if reopens {
				time.AfterFunc(lastTriesApart, func() { g.set(nil) })
			}
			require.NoError(t, p.Shutdown(context.Background()))
			if reopens {
				assert.Equal(t, 1, p.sink.SpanCount())
				assert.NotContains(t, p.logText(), "lost")
				return
			}
			assert.Zero(t, p.sink.SpanCount())
			assert.Contains(t, p.logText(), "spans of the plugin's own making were lost: 1")
		})
	}
}
