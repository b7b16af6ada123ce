package lapidaryprocessor

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/otel/attribute"
	"go.uber.org/zap"
)

// wrongAnswers are what a plugin answers with that is no trap.
var wrongAnswers = map[string]string{
	"fail":         "told to fail",
	"garbage":      "edit 0 is no protobuf that the contract knows",
	"drop-beyond":  "drops span ",
	"drop-twice":   "dropped spans are out of order",
	"edit-beyond":  "edit 0 names span ",
	"edit-twice":   "edit 1 stands before or on the place of the edit before it",
	"edit-dropped": "edit 0 changes a span that is dropped",
	"place-beyond": "edit 0 names a place that the view does not have",
	"unknown-edit": "edit 0 is no protobuf that the contract knows",
	"unannounced":  "edit 0 writes what `configure` did not name: trace state",
	"unknown-key":  "edit 0 writes what `configure` did not name: set key 7",
	"make-same":    "made span 0 with the ids of span 0 of the view, which it does not drop",
	"make-twice":   " with the ids of its span 0",
	"make-many":    "made spans of more than 1,000,000 parts",
	"make-deep":    "made spans with values in more than 32 lists and maps",
	"count-many":   "counters have more than ",
}

// Scenario: a plugin answers every batch with a failure, with bytes that are
// no OTLP or with what the contract does not allow; it gets 44 batches of 100.
// Guarantees: under `block` no span is accepted and lost: the sender gets an
// error that it may retry, status and metric say that the plugin is paused, and
// the log says why.
func TestAPluginThatAnswersWronglyWhateverItIsGivenIsPaused(t *testing.T) {
	for does, reason := range wrongAnswers {
		t.Run(does, func(t *testing.T) {
			p := create(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: " + does)})
			host := &statusHost{Host: componenttest.NewNopHost()}
			require.NoError(t, p.Start(context.Background(), host))
			t.Cleanup(func() { assert.NoError(t, p.Shutdown(context.Background())) })
			hundred := make([]string, 100)
			for index := range hundred {
				hundred[index] = fmt.Sprint("span ", index)
			}
			for range 44 {
				err := p.ConsumeTraces(context.Background(), batch(hundred...))
				require.ErrorContains(t, err, "plugin `misbehaving` keeps crashing and is paused until ")
				require.ErrorContains(t, err, reason)
				assert.False(t, consumererror.IsPermanent(err))
			}
			assert.Empty(t, p.sink.AllTraces())
			assert.Zero(t, p.sum(t, "spans_blocked"))
			assert.EqualValues(t, 1, p.sum(t, "paused"))
			assert.NotEmpty(t, p.logs.FilterLevelExact(zap.ErrorLevel).FilterMessageSnippet("keeps crashing and is paused").All())
			require.NotEmpty(t, host.events)
			assert.Equal(t, componentstatus.StatusRecoverableError, host.events[len(host.events)-1].Status())
			if does != "fail" {
				assert.Positive(t, p.sum(t, "traps", attribute.String("reason", "contract")))
			}
		})
	}
}

// Scenario: the same, and spans may go by.
// Guarantees: all go on as they were; nothing that the plugin answered does.
func TestWhatAPluginAnswersWronglyGoesByWhereTheConfigSaysSo(t *testing.T) {
	for does := range wrongAnswers {
		t.Run(does, func(t *testing.T) {
			p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: " + does), OnFailure: "pass"})
			for range 5 {
				require.NoError(t, p.ConsumeTraces(context.Background(), batch("a", "b", "c", "d")))
			}
			assert.Len(t, p.sink.AllTraces(), 5)
			for _, traces := range p.sink.AllTraces() {
				assert.Equal(t, asJSON(t, batch("a", "b", "c", "d")), asJSON(t, traces))
			}
			assert.EqualValues(t, 20, p.sum(t, "spans_passed"))
		})
	}
}

// Scenario: a plugin answers wrongly over one span of a batch; a plugin that
// is good is before it, and one behind.
// Guarantees: only that span does not pass, and only that plugin is at fault;
// nothing is paused, and the next batch goes through.
func TestAWrongAnswerIsTheFaultOfItsPluginAndOfItsSpan(t *testing.T) {
	good := PluginConfig{Module: module(t, "sample-adaptively"), Rules: rules("otherwise: 100%")}
	for does, reason := range wrongAnswers {
		t.Run(does, func(t *testing.T) {
			p := start(t, func(c *Config) { c.MemoryLimitMiB = 64 }, good,
				PluginConfig{Module: module(t, misbehaving), Rules: rules("does: "+does, "if-contains: bad")}, good)
			require.NoError(t, p.ConsumeTraces(context.Background(), batch("a", "b", "c", "bad "+planted, "e", "f", "g")))
			assert.Equal(t, []string{"a", "b", "c", "e", "f", "g"}, names(p.sink.AllTraces()...))
			assert.EqualValues(t, 1, p.sum(t, "spans_blocked"))
			assert.EqualValues(t, 1, p.sum(t, "spans_blocked", attribute.String("plugin", "misbehaving")))
			assert.Zero(t, p.sum(t, "paused"))
			blocked := p.logs.FilterMessageSnippet("was not passed on: the plugin ").All()
			require.Len(t, blocked, 1)
			assert.Contains(t, blocked[0].Message, reason)
			assert.NotContains(t, p.logText(), planted)

			require.NoError(t, p.ConsumeTraces(context.Background(), batch("h")))
			assert.Equal(t, "h", names(p.sink.AllTraces()...)[6])
		})
	}
}

// Scenario: the first spans of a batch are bad, one after the other.
// Guarantees: they are blocked, the others pass, and the plugin is not paused.
func TestBadSpansAtTheHeadOfABatchPauseNoPlugin(t *testing.T) {
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: fail", "if-contains: bad")})
	spans := []string{"bad 1", "bad 2", "bad 3", "bad 4", "bad 5"}
	for index := range 95 {
		spans = append(spans, fmt.Sprint("good ", index))
	}
	for round := range 3 {
		require.NoError(t, p.ConsumeTraces(context.Background(), batch(spans...)))
		assert.Equal(t, 95*(round+1), p.sink.SpanCount())
	}
	assert.EqualValues(t, 15, p.sum(t, "spans_blocked"))
	assert.Zero(t, p.sum(t, "paused"))
}

// Scenario: a plugin is paused, the pause is over, and it still fails over
// batches of a single span.
// Guarantees: it is paused again at once, longer, and no further span is lost.
func TestAPluginThatStillFailsAfterAPauseLosesNothing(t *testing.T) {
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: fail")})
	opener := batch("a", "b", "c", "d", "e", "f")
	require.Error(t, p.ConsumeTraces(context.Background(), opener))
	b := &p.runs(0).breaker
	for round := range 3 {
		before := b.pause
		b.mu.Lock()
		b.until = time.Now()
		b.mu.Unlock()
		// The batch that brought the pause about does not try, any other does.
		require.ErrorContains(t, p.ConsumeTraces(context.Background(), opener), "is paused until ")
		assert.Equal(t, before, b.pause)
		opener = batchNumbered(round, "a")
		require.ErrorContains(t, p.ConsumeTraces(context.Background(), opener), "is paused until ")
		assert.Equal(t, 2*before, b.pause)
	}
	assert.Zero(t, p.sum(t, "spans_blocked"))
}

// Guarantees: a plugin is paused once, however many senders wait for it.
func TestSendersThatWaitForAPluginDoNotMakeItsPauseLonger(t *testing.T) {
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: panic")})
	lease, err := p.runs(0).instances.acquire(context.Background())
	require.NoError(t, err)
	errs := make(chan error)
	for range 8 {
		go func() { errs <- p.ConsumeTraces(context.Background(), batch("a", "b", "c", "d", "e", "f")) }()
	}
	time.Sleep(50 * time.Millisecond)
	lease.release()
	for range 8 {
		require.ErrorContains(t, <-errs, "is paused until ")
	}
	assert.Equal(t, firstPause, p.runs(0).breaker.pause)
	assert.EqualValues(t, 11, p.sum(t, "traps"), "a paused plugin is not called")
}

// Scenario: what a plugin makes in a tick or in its flush is a failure, or no
// OTLP.
// Guarantees: nothing of it goes on, the log says so, and a tick that never
// works pauses the plugin as a batch does.
func TestAWrongTickCountsAsACrash(t *testing.T) {
	for does, reason := range map[string]string{"fail": "told to fail", "garbage": "broke the contract: answered with bytes that are not OTLP"} {
		t.Run(does, func(t *testing.T) {
			p := start(t, func(c *Config) { c.Clock = ClockEventTime },
				PluginConfig{Module: module(t, misbehaving), Rules: rules("does: "+does, "during: tick")})
			for range 8 {
				p.clock.forward(p.clock.now() + uint64(2*time.Second))
				p.tickAll(context.Background())
			}
			assert.EqualValues(t, 1, p.sum(t, "paused"))
			assert.Contains(t, p.logText(), reason)
			assert.Empty(t, p.sink.AllTraces())
		})
	}
}

func TestAFlushThatIsNotOTLPIsLost(t *testing.T) {
	p := create(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: garbage", "during: flush")})
	require.NoError(t, p.Start(context.Background(), componenttest.NewNopHost()))
	require.NoError(t, p.Shutdown(context.Background()))
	assert.Contains(t, p.logText(), "the last spans of the plugin were lost map[plugin:misbehaving reason:broke the contract: answered with bytes that are not OTLP]")
	assert.Empty(t, p.sink.AllTraces())
}

// Scenario: a batch has a span twice, and a plugin makes it again in a tick and a flush.
// Guarantees: what came goes on as it came; nothing of what the plugin made does, and
// the log says why.
func TestOwnSpansThatAreThereTwiceAreLost(t *testing.T) {
	p := create(t, func(c *Config) { c.Clock = ClockEventTime },
		PluginConfig{Module: module(t, misbehaving), Rules: rules("tick: repeat")})
	require.NoError(t, p.Start(context.Background(), componenttest.NewNopHost()))
	twice := batch("a", "b")
	spans := twice.ResourceSpans().At(0).ScopeSpans().At(0).Spans()
	spans.At(1).SetSpanID(spans.At(0).SpanID())
	spans.At(1).SetTraceID(spans.At(0).TraceID())
	require.NoError(t, p.ConsumeTraces(context.Background(), twice))
	p.clock.forward(p.clock.now() + uint64(2*time.Second))
	p.tickAll(context.Background())
	// The instance that made them is gone, and what it remembered.
	require.NoError(t, p.ConsumeTraces(context.Background(), twice))
	require.NoError(t, p.Shutdown(context.Background()))
	assert.Equal(t, []string{"a", "b", "a", "b"}, names(p.sink.AllTraces()...))
	const why = "map[plugin:misbehaving reason:broke the contract: made span 1 with the ids of its span 0]"
	assert.Contains(t, p.logText(), "spans of the plugin's own making were lost "+why)
	assert.Contains(t, p.logText(), "the last spans of the plugin were lost "+why)
}

// Scenario: a plugin drops spans and makes others with their ids in the same answer.
// Guarantees: they go on in the place of those that went.
func TestASpanMayGiveWayToOneWithItsIDs(t *testing.T) {
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: make-instead")})
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("a", "b", "c")))
	assert.Equal(t, []string{"a", "b", "c"}, names(p.sink.AllTraces()...))
	assert.EqualValues(t, 3, p.sum(t, "spans_dropped"))
	assert.Zero(t, p.sum(t, "spans_blocked"))
}

// Scenario: a plugin tells entries that it does not take back, and crashes.
// Guarantees: it goes on without them, and the log says so.
func TestEntriesThatAreNotTakenBackAreForgotten(t *testing.T) {
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: garbage", "during: changes")})
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("a")))
	lease, err := p.runs(0).instances.acquire(context.Background())
	require.NoError(t, err)
	require.NoError(t, lease.instance.Close())
	lease.release()
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("b")))
	assert.Equal(t, []string{"a", "b"}, names(p.sink.AllTraces()...))
	assert.Contains(t, p.logText(), "damaged entries of the state, which are left out: 1")
}

// Scenario: a span takes all memory, whatever the state, and comes first of many.
// Guarantees: the span is at fault, and the state stays.
func TestASpanThatTakesAllMemoryCostsNoState(t *testing.T) {
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: allocate", "if-contains: bad")})
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("a")))
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("bad", "b", "c", "d", "e")))
	assert.Equal(t, []string{"a", "b", "c", "d", "e"}, names(p.sink.AllTraces()...))
	assert.EqualValues(t, 1, p.sum(t, "spans_blocked"))
	assert.NotContains(t, p.logText(), "the state that was kept")
	assert.Equal(t, []byte{0, 0, 0, 0, 0, 0, 0, 3}, onlyEntry(t, p.runs(0)), "`b`, and the three after it")
}

// Scenario: with its state a plugin has no memory for any call, first over a batch of
// many spans.
// Guarantees: the state goes, once, and every span passes from then on.
func TestAStateThatLeavesNoMemoryIsGivenUp(t *testing.T) {
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: hoard")})
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("a")))
	lease, err := p.runs(0).instances.acquire(context.Background())
	require.NoError(t, err)
	require.NoError(t, lease.instance.Close())
	lease.release()
	for range 3 {
		require.NoError(t, p.ConsumeTraces(context.Background(), batch("b", "c", "d", "e", "f")))
	}
	assert.Equal(t, 16, p.sink.SpanCount())
	given := p.logs.FilterMessageSnippet("the state that was kept, 1 entries, leaves no memory for a call").All()
	require.Len(t, given, 1)
	assert.Equal(t, "asked for more than 16 MiB of memory", given[0].ContextMap()["reason"])
}

// statusHost keeps what the component says of itself.
type statusHost struct {
	component.Host
	events []*componentstatus.Event
}

// Report implements [componentstatus.Reporter].
func (h *statusHost) Report(event *componentstatus.Event) { h.events = append(h.events, event) }
