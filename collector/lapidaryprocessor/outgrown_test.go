package lapidaryprocessor

import (
	"context"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Scenario: a plugin keeps 1 MiB of each batch, and may have 32.
// Guarantees: an instance that has outgrown its memory gives way to another, which
// knows all that it knew; none gets so far that it traps.
func TestAnInstanceThatHasOutgrownItsMemoryGivesWayWithItsState(t *testing.T) {
	p := start(t, func(c *Config) { c.MemoryLimitMiB = 32 }, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: leak")})
	const batches = 60
	for range batches {
		require.NoError(t, p.ConsumeTraces(context.Background(), batch("a")))
		assert.LessOrEqual(t, p.instanceBytes(), 24<<20)
	}
	assert.Equal(t, batches, p.sink.SpanCount())
	assert.Zero(t, p.sum(t, "traps"))
	assert.Equal(t, 2, p.logs.FilterMessageSnippet("a new instance goes on with less").Len())
	entries := p.state(0)
	require.Len(t, entries, 1)
	assert.Equal(t, uint64(batches), binary.BigEndian.Uint64(entries[0].Value))
}

// instanceBytes is what the instances have, as they were after they were last used.
func (r *running) instanceBytes() (bytes int) {
	for index := range r.stages {
		bytes += int(r.runs(index).instances.memory.Load())
	}
	return bytes
}
