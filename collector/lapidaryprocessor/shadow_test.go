package lapidaryprocessor

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/otel/attribute"
	"go.uber.org/zap"
)

var inShadow = attribute.Bool("shadow", true)

// Scenario: a plugin in the shadow traps, fails or breaks the contract over every batch, until it is
// paused and beyond, though its policy is `block`.
// Guarantees: every batch passes as it came, no sender gets an error, the component's status is never
// told; that the plugin is paused stands in the log, and in its metric as one of the shadow.
func TestAPluginInTheShadowIsPausedForItself(t *testing.T) {
	for _, does := range []string{"trap", "fail", "garbage", "drop-twice", "count-unknown"} {
		t.Run(does, func(t *testing.T) {
			p := create(t, nil, PluginConfig{
				Module: module(t, misbehaving), Rules: rules("does: " + does), OnFailure: "block", Shadow: true,
			})
			host := &statusHost{Host: componenttest.NewNopHost()}
			require.NoError(t, p.Start(context.Background(), host))
			t.Cleanup(func() { assert.NoError(t, p.Shutdown(context.Background())) })
			came, err := marshaler.MarshalTraces(batch("a", "b", "c", "d"))
			require.NoError(t, err)
			for range 20 {
				require.NoError(t, p.ConsumeTraces(context.Background(), batch("a", "b", "c", "d")))
			}
			require.Len(t, p.sink.AllTraces(), 20)
			for _, traces := range p.sink.AllTraces() {
				passed, err := marshaler.MarshalTraces(traces)
				require.NoError(t, err)
				assert.Equal(t, came, passed)
			}
			assert.EqualValues(t, 1, p.sum(t, "paused", inShadow))
			assert.NotEmpty(t, p.logs.FilterLevelExact(zap.ErrorLevel).FilterMessageSnippet("keeps crashing and is paused").All())
			assert.Empty(t, host.events)
		})
	}
}

// Scenario: plugins in the shadow drop every span, rename it, make spans of their own, and trap over
// one; behind them stands one at work.
// Guarantees: their metrics tell what each would have done and have the attribute `shadow`; those of the
// plugin at work have it not, and tell of all that came.
func TestWhatAPluginInTheShadowWouldDoIsCounted(t *testing.T) {
	for _, row := range []struct {
		rules                         []string
		in, out, changed, drops, lost int64
	}{
		{rules: []string{"does: drop"}, in: 4, drops: 4},
		{rules: []string{"does: rename"}, in: 4, out: 4, changed: 4},
		{rules: []string{"does: make"}, in: 4, out: 8},
		{rules: []string{"does: trap", "if-contains: poison"}, in: 3, out: 3, lost: 1},
	} {
		t.Run(row.rules[0], func(t *testing.T) {
			p := start(t, nil,
				PluginConfig{Module: module(t, misbehaving), Rules: rules(row.rules...), Shadow: true},
				PluginConfig{Module: module(t, misbehaving), Rules: rules("does: pass")})
			require.NoError(t, p.ConsumeTraces(context.Background(), batch("a", "b", "poison", "d")))
			assert.Equal(t, []string{"a", "b", "poison", "d"}, names(p.sink.AllTraces()...))
			for name, expected := range map[string]int64{
				"spans_in": row.in, "spans_out": row.out, "spans_changed": row.changed,
				"spans_dropped": row.drops, "spans_blocked": row.lost,
			} {
				assert.Equal(t, expected, p.sum(t, name, inShadow), name)
			}
			assert.EqualValues(t, 4, p.sum(t, "spans_in")-p.sum(t, "spans_in", inShadow))
			assert.Zero(t, p.sum(t, "spans_dropped")-p.sum(t, "spans_dropped", inShadow))
		})
	}
}

// Scenario: a plugin in the shadow spins over every span of a batch of 64.
// Guarantees: nobody waits longer than for one call, where a search may take ten times as long.
func TestNobodyWaitsForAPluginInTheShadowLongerThanForOneCall(t *testing.T) {
	const timeout = time.Second
	p := start(t, func(c *Config) { c.Timeout = timeout },
		PluginConfig{Module: module(t, misbehaving), Rules: rules("does: spin"), Shadow: true})
	many := make([]string, 64)
	for index := range many {
		many[index] = "span"
	}
	began := time.Now()
	require.NoError(t, p.ConsumeTraces(context.Background(), batch(many...)))
	// What an instance takes to end is no part of the call, and machines are busy.
	assert.Less(t, time.Since(began), 4*timeout)
	assert.Len(t, names(p.sink.AllTraces()...), 64)
	assert.EqualValues(t, 64, p.sum(t, "spans_blocked", inShadow))
}

// Scenario: another batch has the only instance of a plugin in the shadow, and the sender gives up
// waiting.
// Guarantees: what the shadow could not see is no error.
func TestWaitingForAPluginInTheShadowEndsWithTheSendersPatience(t *testing.T) {
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: rename"), Shadow: true})
	generation := p.current.Load().generations[0]
	lease, err := generation.instances.acquire(context.Background())
	require.NoError(t, err)
	defer lease.release()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	traces := batch("a")
	require.NoError(t, p.work(generation, new(counts)).process(ctx, traces))
	assert.Equal(t, []string{"a"}, names(traces))
}

// Scenario: what a plugin in the shadow protects goes with its next rules.
// Guarantees: there is no warning, for nothing was protected.
func TestASwapInTheShadowLoosensNothing(t *testing.T) {
	path := t.TempDir() + "/rules.yaml"
	for _, shadow := range []bool{true, false} {
		writeFile(t, path, "protects: a\n")
		p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: path, Shadow: shadow})
		writeFile(t, path, "does: pass\n")
		p.reload(0)
		require.EqualValues(t, 1, p.sum(t, "swaps"))
		said := p.logs.FilterMessage("no longer protected: a").Len()
		assert.Equal(t, map[bool]int{true: 0, false: 1}[shadow], said)
	}
}
