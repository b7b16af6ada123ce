package lapidaryprocessor

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
)

// restart ends a processor and starts another in its place, as a Collector does that
// gets SIGHUP.
func restart(t *testing.T, p *running, lines ...string) *running {
	t.Helper()
	next := create(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules(lines...)})
	p.end(t)
	require.NoError(t, next.Start(context.Background(), componenttest.NewNopHost()))
	return next
}

// Protects: a Collector that reads its config again keeps what plugins remember.
func TestStateWaitsForTheNextProcessorInTheProcess(t *testing.T) {
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving)})
	p.send(t, 3)
	p = restart(t, p)
	assert.Equal(t, 3, p.batchesSeen())
	assert.Contains(t, p.logText(), "took over the state from before the restart, 1 entries")
	p.send(t, 1)
	p = restart(t, p, "does: fail", "during: load")
	assert.Zero(t, p.batchesSeen())
	assert.Contains(t, p.logText(), "the state from before the restart, 1 entries, cannot be taken over")
	p.end(t)
}

// Protects: what last spans told is not remembered and told again.
func TestAStateThatWasToldInLastSpansIsNotHandedOn(t *testing.T) {
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("tick: repeat")})
	p.send(t, 3)
	next := restart(t, p)
	assert.Equal(t, 4, p.sink.SpanCount(), "the last batch, again")
	assert.Zero(t, next.batchesSeen())
	next.end(t)
}

// Protects: of two processors of one name nobody can tell whose state is whose.
func TestStatesOfOneKeyAreNotMixedUp(t *testing.T) {
	one := start(t, nil, PluginConfig{Module: module(t, misbehaving)})
	two := start(t, nil, PluginConfig{Module: module(t, misbehaving)})
	one.send(t, 1)
	two.send(t, 2)
	next := []*running{
		create(t, nil, PluginConfig{Module: module(t, misbehaving)}),
		create(t, nil, PluginConfig{Module: module(t, misbehaving)}),
	}
	one.end(t)
	two.end(t)
	for _, p := range next {
		require.NoError(t, p.Start(context.Background(), componenttest.NewNopHost()))
		assert.Zero(t, p.batchesSeen())
	}
	for _, p := range next {
		p.end(t)
	}
}

// Protects: a Collector that reads its config again compiles nothing again. No other
// test here uses the module, so that the first start compiles it; that takes many
// times as long as finding it.
func TestCompiledCodeIsThereAfterARestart(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key")
	writeFile(t, key, strings.Repeat("k", 32))
	begin := func() time.Duration {
		p := create(t, func(c *Config) { c.MemoryLimitMiB = 64 }, PluginConfig{
			Module:  module(t, "hash-operator-id"),
			Rules:   map[string]any{"attributes": []any{"operator_id"}, "key": map[string]any{"id": "k1", "secret": "key"}},
			Secrets: map[string]SecretConfig{"key": {File: key}},
		})
		began := time.Now()
		require.NoError(t, p.Start(context.Background(), componenttest.NewNopHost()))
		took := time.Since(began)
		p.end(t)
		return took
	}
	first, second := begin(), begin()
	t.Logf("started in %s, and again in %s", first, second)
	assert.Less(t, second, first/3)
}
