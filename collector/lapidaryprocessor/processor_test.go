package lapidaryprocessor

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/otel/attribute"
	"go.uber.org/zap"
)

func TestABatchThatNoPluginChangesIsPassedOnItself(t *testing.T) {
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving)}, PluginConfig{Module: module(t, misbehaving)})
	in := batch("a", "b", "c")
	require.NoError(t, p.ConsumeTraces(context.Background(), in))
	require.Len(t, p.sink.AllTraces(), 1)
	assert.Equal(t, in, p.sink.AllTraces()[0], "the very same traces, not a copy")
}

// Scenario: a plugin changes spans; with a second one behind it, that crashes.
// Guarantees: a change is made in the batch that came in; where the sender gets an
// error, nothing was passed on.
func TestABatchIsChangedItself(t *testing.T) {
	renaming := PluginConfig{Module: module(t, misbehaving), Rules: rules("does: rename")}
	for _, plugins := range [][]PluginConfig{
		{renaming},
		{renaming, {Module: module(t, misbehaving), Rules: rules("does: panic")}},
	} {
		p := start(t, nil, plugins...)
		in := batch("a", "b", "c", "d", "e", "f")
		err := p.ConsumeTraces(context.Background(), in)
		assert.Equal(t, slices.Repeat([]string{"changed"}, 6), names(in))
		if len(plugins) == 1 {
			require.NoError(t, err)
			require.Len(t, p.sink.AllTraces(), 1)
			assert.Equal(t, in, p.sink.AllTraces()[0], "the very same traces, not a copy")
			continue
		}
		require.ErrorContains(t, err, "plugin `misbehaving` keeps crashing")
		assert.Empty(t, p.sink.AllTraces())
	}
}

// Guarantees: spans that a plugin makes of a batch go on behind it and through the
// next plugin, and are counted.
func TestSpansOfAnOutcomeGoOnBehindTheBatch(t *testing.T) {
	p := start(t, func(c *Config) { c.MaxBatchBytes = 1 },
		PluginConfig{Module: module(t, misbehaving), Rules: rules("does: make", "if-contains: b")},
		PluginConfig{Module: module(t, misbehaving), Rules: rules("does: drop", "if-contains: q")})
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("q", "b", "c", "bb")))
	assert.Equal(t, []string{"b", "c", "bb", "b", "bb"}, names(p.sink.AllTraces()...))
	assert.EqualValues(t, 4+6, p.sum(t, "spans_in"))
	assert.EqualValues(t, 6+5, p.sum(t, "spans_out"))
}

func TestABatchOfWhichNothingIsLeftIsNotPassedOn(t *testing.T) {
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: drop")})
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("a", "b")))
	assert.Empty(t, p.sink.AllTraces())
}

// Scenario: one span of a batch makes the plugin spin, panic, trap, recurse,
// ask for memory without end or answer with a failure.
// Guarantees: only that span does not pass; what is said of it are its ids,
// its size and the reason; the next batch goes through.
func TestASpanAtFaultIsBlockedAloneAndNothingOfItIsSaid(t *testing.T) {
	for does, reason := range map[string]string{
		"spin": "timeout", "panic": "trap", "trap": "trap", "recurse": "trap", "allocate": "memory", "fail": "",
	} {
		t.Run(does, func(t *testing.T) {
			p := start(t, func(c *Config) {
				if does == "spin" {
					c.Timeout = 200 * time.Millisecond
				}
			}, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: "+does, "if-contains: bad")})
			require.NoError(t, p.ConsumeTraces(context.Background(), batch("a", "b", "c", "bad ann@example.org", "e", "f", "g")))
			assert.Equal(t, []string{"a", "b", "c", "e", "f", "g"}, names(p.sink.AllTraces()...))
			assert.EqualValues(t, 1, p.sum(t, "spans_blocked"))
			if reason != "" {
				assert.EqualValues(t, 4, p.sum(t, "traps", attribute.String("reason", reason)))
			}

			blocked := p.logs.FilterMessageSnippet("was not passed on: the plugin ").All()
			require.Len(t, blocked, 1)
			fields := blocked[0].ContextMap()
			assert.Equal(t, "01030000000000000000000000000000", fields["trace_id"])
			assert.Equal(t, "0203000000000000", fields["span_id"])
			assert.Positive(t, fields["bytes"])
			assert.NotContains(t, p.logText(), "ann@example.org")

			p.sink.Reset()
			require.NoError(t, p.ConsumeTraces(context.Background(), batch("h")))
			assert.Equal(t, []string{"h"}, names(p.sink.AllTraces()...))
		})
	}
}

func TestASpanAtFaultGoesOnAsItWasWhereTheConfigSaysSo(t *testing.T) {
	p := start(t, nil, PluginConfig{
		Module: module(t, misbehaving), Rules: rules("does: panic", "if-contains: bad"), OnFailure: "pass",
	})
	assert.Contains(t, p.logText(), "on_failure is `pass` where the plugin declares `block`")
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("a", "bad", "c")))
	assert.Equal(t, []string{"a", "bad", "c"}, names(p.sink.AllTraces()...))
	assert.EqualValues(t, 1, p.sum(t, "spans_passed"))
	assert.Zero(t, p.sum(t, "spans_blocked"))
}

// Scenario: a plugin crashes whatever it is given.
// Guarantees: the sender gets an error that it may retry and nothing is
// blocked for good; new rules bring the plugin back.
func TestAPluginThatKeepsCrashingIsPausedAndTheSenderTriesAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rules.yaml")
	writeFile(t, path, "does: panic\n")
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: path})
	in := batch("a", "b", "c", "d", "e", "f", "g", "h")
	err := p.ConsumeTraces(context.Background(), in)
	require.ErrorContains(t, err, "plugin `misbehaving` keeps crashing and is paused until ")
	assert.False(t, consumererror.IsPermanent(err))
	assert.EqualValues(t, 1, p.sum(t, "paused"))
	traps := p.sum(t, "traps")

	require.ErrorContains(t, p.ConsumeTraces(context.Background(), in), "keeps crashing and is paused until ")
	assert.Equal(t, traps, p.sum(t, "traps"), "a paused plugin is not called")
	assert.Empty(t, p.sink.AllTraces())
	assert.Zero(t, p.sum(t, "spans_blocked"))

	writeFile(t, path, "does: pass\n")
	p.reload(0)
	require.NoError(t, p.ConsumeTraces(context.Background(), in))
	assert.Equal(t, names(in), names(p.sink.AllTraces()...))
	assert.Zero(t, p.sum(t, "paused"))
}

func TestSpansGoByAPausedPluginThatPasses(t *testing.T) {
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: panic"), OnFailure: "pass"})
	for range 3 {
		require.NoError(t, p.ConsumeTraces(context.Background(), batch("a", "b", "c", "d")))
	}
	assert.Equal(t, 12, p.sink.SpanCount())
	assert.EqualValues(t, 12, p.sum(t, "spans_passed"))
	assert.EqualValues(t, 1, p.sum(t, "paused"))
}

// onlyEntry returns the value of the only entry of a plugin's state.
func onlyEntry(t *testing.T, g *generation) []byte {
	t.Helper()
	entries := g.entries.All()
	require.Len(t, entries, 1)
	return entries[0].Value
}

func TestANewGenerationTakesOverWithTheState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rules.yaml")
	writeFile(t, path, "does: pass\n")
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: path})
	for range 3 {
		require.NoError(t, p.ConsumeTraces(context.Background(), batch("a")))
	}
	first := p.runs(0)
	p.reload(0)
	assert.Same(t, first, p.runs(0), "nothing has changed")

	writeFile(t, path, "does: drop\n")
	p.reload(0)
	assert.NotSame(t, first, p.runs(0))
	assert.Equal(t, []byte{0, 0, 0, 0, 0, 0, 0, 3}, onlyEntry(t, p.runs(0)), "the number of batches it saw")
	assert.EqualValues(t, 1, p.sum(t, "swaps"))
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("b")))
	assert.Equal(t, []string{"a", "a", "a"}, names(p.sink.AllTraces()...))
}

// Scenario: batches come while the state of a generation is handed over; or it
// had to begin anew meanwhile.
// Guarantees: the next one has what the old one has in the end.
func TestWhatChangesWhileAStateIsHandedOverGoesOverToo(t *testing.T) {
	for what, c := range map[string]struct {
		meanwhile func(p *running)
		seen      [][]byte
	}{
		"a batch more": {func(p *running) {
			require.NoError(t, p.ConsumeTraces(context.Background(), batch("b")))
		}, [][]byte{{0, 0, 0, 0, 0, 0, 0, 2}}},
		"anew": {func(p *running) { p.runs(0).forget() }, nil},
	} {
		t.Run(what, func(t *testing.T) {
			p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: pass")})
			require.NoError(t, p.ConsumeTraces(context.Background(), batch("a")))
			old := p.runs(0)
			next, err := p.load(context.Background(), p.stages[0])
			require.NoError(t, err)
			t.Cleanup(func() { _ = next.close(context.Background()) })
			h := handOver{old: old, next: next}
			require.NoError(t, h.begin(context.Background()))
			c.meanwhile(p)
			require.NoError(t, h.end(context.Background(), nil, func() {}))
			var seen [][]byte
			for _, entry := range next.entries.All() {
				seen = append(seen, entry.Value)
			}
			assert.Equal(t, c.seen, seen)
		})
	}
}

func TestAWrongGenerationIsRefusedOnceWithEveryProblemAndTheOldOneStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rules.yaml")
	writeFile(t, path, "does: pass\n")
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: path})
	writeFile(t, path, "does: dance\nhops: high\n")
	for range 3 {
		p.reload(0)
	}
	refused := p.logs.FilterLevelExact(zap.ErrorLevel).All()
	require.Len(t, refused, 1)
	assert.Equal(t, "lapidary: plugins[0] refused, the running generation stays:\n"+
		path+":1: does: found `dance`; expected a line of the table in the plugin's documentation\n"+
		path+":2: hops: found `high`; expected a line of the table in the plugin's documentation",
		strings.Replace(refused[0].Message, p.id.String(), "lapidary", 1))
	assert.EqualValues(t, 1, p.sum(t, "refused_generations"))

	require.NoError(t, os.Remove(path))
	p.reload(0)
	assert.Contains(t, p.logText(), path+": found no such file; expected a file of rules")
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("a")))
	assert.Equal(t, []string{"a"}, names(p.sink.AllTraces()...))
}

func TestAStateThatCannotBeTakenOverRefusesTheGeneration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rules.yaml")
	writeFile(t, path, "does: pass\n")
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: path})
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("a")))
	writeFile(t, path, "does: trap\nduring: load\n")
	p.reload(0)
	assert.Contains(t, p.logText(), "the state of the running generation cannot be taken over: trapped: ")
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("b")))
	assert.Equal(t, []string{"a", "b"}, names(p.sink.AllTraces()...))
}

func TestTheProcessorRefusesToStartWithEveryProblemOfEveryPlugin(t *testing.T) {
	noPlugin := filepath.Join(t.TempDir(), "no-plugin.wasm")
	writeFile(t, noPlugin, "plain text")
	key := filepath.Join(t.TempDir(), "key")
	writeFile(t, key, "hunter2")
	p := create(t, nil,
		PluginConfig{Module: module(t, misbehaving), Rules: rules("does: dance", "hops: high")},
		PluginConfig{Module: noPlugin},
		PluginConfig{Module: "/nowhere/a.wasm", Rules: "/nowhere/a.yaml", Secrets: map[string]SecretConfig{
			"a": {File: key, Encoding: EncodingHex}, "b": {Env: "LAPIDARY_NO_SUCH_SECRET"},
		}},
		PluginConfig{Module: module(t, misbehaving)},
	)
	err := p.Start(context.Background(), componenttest.NewNopHost())
	require.Error(t, err)
	id := p.id.String()
	assert.Equal(t, strings.Join([]string{
		id + ": plugins[0] refused:",
		id + ": plugins[0].rules: does: found `dance`; expected a line of the table in the plugin's documentation",
		id + ": plugins[0].rules: hops: found `high`; expected a line of the table in the plugin's documentation",
		id + ": plugins[1] refused:",
		noPlugin + ": found a file that is not WebAssembly; expected a component that exports `lapidary:processor/plugin@0.2.0`",
		id + ": plugins[2] refused:",
		"/nowhere/a.wasm: found no such file; expected the plugin's .wasm file",
		"/nowhere/a.yaml: found no such file; expected a file of rules",
		key + ": found text that is not hex; expected two hex digits a byte",
		"environment variable LAPIDARY_NO_SUCH_SECRET: found none; expected one that holds the secret",
	}, "\n"), err.Error())
	assert.ErrorIs(t, p.ConsumeTraces(context.Background(), batch("a")), errNotRunning)
	assert.NoError(t, p.Shutdown(context.Background()))
}

func TestSpansOfAPluginsOwnMakingEnterAtTheNextOne(t *testing.T) {
	for does, after := range map[string][]string{"pass": {"a", "b", "b", "b"}, "drop": {"a"}} {
		t.Run(does, func(t *testing.T) {
			p := create(t, func(c *Config) { c.Clock = ClockEventTime },
				PluginConfig{Module: module(t, misbehaving), Rules: rules("tick: repeat")},
				PluginConfig{Module: module(t, misbehaving), Rules: rules("does: "+does, "if-contains: b")},
			)
			require.NoError(t, p.Start(context.Background(), componenttest.NewNopHost()))
			require.NoError(t, p.ConsumeTraces(context.Background(), batch("a")))
			later := batch("b")
			later.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).SetEndTimestamp(1_700_000_002_000_000_000)
			require.NoError(t, p.ConsumeTraces(context.Background(), later))
			require.NoError(t, p.Shutdown(context.Background()))
			assert.Equal(t, after, names(p.sink.AllTraces()...), "the batch, its tick, its flush")
		})
	}
}

func TestTicksComeByTheSystemsClock(t *testing.T) {
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("tick: repeat")})
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("a")))
	assert.Eventually(t, func() bool { return p.sink.SpanCount() >= 2 }, 5*time.Second, 10*time.Millisecond)
}

func TestALongBatchIsSplitBetweenSpansAndLeavesWhole(t *testing.T) {
	for _, limit := range []int{1, 200, 1 << 20, 0} {
		p := start(t, func(c *Config) { c.MaxBatchBytes = limit },
			PluginConfig{Module: module(t, misbehaving), Rules: rules("does: drop", "if-contains: drop")})
		in := batch("a", "b", "c", "drop", "e", "f", "g")
		require.NoError(t, p.ConsumeTraces(context.Background(), in))
		if limit == 1 {
			assert.Equal(t, []string{"a", "b", "c", "e", "f", "g"}, names(p.sink.AllTraces()...), "one by one")
			assert.Len(t, p.sink.AllTraces(), 1)
		}
		if limit == 0 {
			assert.Empty(t, p.sink.AllTraces(), "all at once")
		}
	}
}

// Guarantees: a plugin that reads more than its config allows does not start, and
// the refusal names what is more.
func TestAPluginThatReadsMoreThanItMayIsRefused(t *testing.T) {
	sampling := PluginConfig{Module: module(t, "sample-adaptively"), Rules: "../../rules/sample-adaptively/base.yaml"}
	large := func(c *Config) { c.MemoryLimitMiB = 64 }
	sampling.Sight = "everything"
	start(t, large, sampling)
	sampling.Sight = map[string]any{
		"fields": []any{"trace-id", "trace-state", "span-times"},
		"keys":   []any{map[string]any{"carriers": []any{"span"}, "keys": []any{"*"}}},
	}
	p := create(t, large, sampling)
	assert.ErrorContains(t, p.Start(context.Background(), componenttest.NewNopHost()),
		"sample-adaptively.wasm: found a plugin that reads `status-code`; expected no more than `sight` allows")
}
