package lapidaryprocessor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/lapidary-dev/lapidary/collector/internal/orders"
)

// swapping is a processor with all four plugins, whose files a test changes.
type swapping struct {
	*running
	folder string
}

func startSwapping(t *testing.T) *swapping {
	t.Helper()
	s := &swapping{folder: t.TempDir()}
	writeFile(t, s.path("key"), "0123456789abcdef0123456789abcdef")
	var plugins []PluginConfig
	for _, name := range []string{"enrich-order-status", "sample-adaptively", "redact-pii", "hash-operator-id"} {
		wasm, err := os.ReadFile(module(t, name))
		require.NoError(t, err)
		writeFile(t, s.path(name+".wasm"), string(wasm))
		writeFile(t, s.path(name+".yaml"), "")
		plugins = append(plugins, PluginConfig{Module: s.path(name + ".wasm"),
			Rules:   []any{"../../rules/" + name + "/base.yaml", s.path(name + ".yaml")},
			Secrets: map[string]SecretConfig{"operator-key-1": {File: s.path("key")}}})
	}
	s.running = start(t, func(c *Config) { c.MemoryLimitMiB = 64; c.Clock = ClockEventTime }, plugins...)
	return s
}

func (s *swapping) path(name string) string { return filepath.Join(s.folder, name) }

// swapAll swaps each plugin, for rules or a module that say the same in other words.
func (s *swapping) swapAll(t *testing.T, round int) {
	for index, config := range s.config.Plugins {
		if round%2 == 0 {
			writeFile(t, config.Rules.([]any)[1].(string), fmt.Sprintf("# round %d\n", round))
		} else {
			s.lengthen(t, config.Module, byte(round))
		}
		s.reload(index)
	}
}

// lengthen puts a custom section behind a component.
func (s *swapping) lengthen(t *testing.T, path string, round byte) {
	wasm, err := os.ReadFile(path)
	require.NoError(t, err)
	writeFile(t, path, string(wasm)+string([]byte{0, 3, 1, 'r', round}))
}

// send sends the same batches each time, and returns the ids of their spans.
func (s *swapping) send(t *testing.T) (sent []string) {
	source := orders.NewSource(1, 300, 3)
	batches := []ptrace.Traces{source.Opening(0, 300)}
	for range 400 {
		batches = append(batches, source.Batch(20))
	}
	for _, batch := range batches {
		sent = append(sent, spanIDs(batch)...)
		require.NoError(t, s.ConsumeTraces(context.Background(), batch))
	}
	return sent
}

func spanIDs(all ...ptrace.Traces) (ids []string) {
	for _, traces := range all {
		for _, resource := range traces.ResourceSpans().All() {
			for _, scope := range resource.ScopeSpans().All() {
				for _, span := range scope.Spans().All() {
					ids = append(ids, span.SpanID().String())
				}
			}
		}
	}
	return ids
}

// came are the spans that came out, as bytes.
func (s *swapping) came(t *testing.T) (all [][]byte) {
	for _, traces := range s.sink.AllTraces() {
		bytes, err := marshaler.MarshalTraces(traces)
		require.NoError(t, err)
		all = append(all, bytes)
	}
	return all
}

// Scenario: orders go through all four plugins, once in peace, and once while all of
// the plugins are swapped, again and again, for other rules and other modules.
// Guarantees: what goes in comes out or is sampled away, nothing twice; the same
// comes out, byte for byte; and what is known of the orders in the end is the same.
func TestSwapsChangeNothingThatGoesThrough(t *testing.T) {
	peaceful := startSwapping(t)
	sent := peaceful.send(t)

	swapped := startSwapping(t)
	done := make(chan struct{})
	var swaps sync.WaitGroup
	rounds := 0
	swaps.Go(func() {
		for ; ; rounds++ {
			select {
			case <-done:
				return
			default:
				swapped.swapAll(t, rounds)
			}
		}
	})
	swapped.send(t)
	close(done)
	swaps.Wait()

	assert.Positive(t, rounds)
	assert.EqualValues(t, 4*rounds, swapped.sum(t, "swaps"))
	left := spanIDs(swapped.sink.AllTraces()...)
	assert.EqualValues(t, len(sent), int64(len(left))+swapped.sum(t, "spans_dropped"))
	slices.Sort(left)
	assert.Len(t, slices.Compact(left), swapped.sink.SpanCount(), "none twice")
	assert.Equal(t, peaceful.came(t), swapped.came(t))
	assert.Len(t, peaceful.state(0), len(swapped.state(0)))
	assert.Equal(t, peaceful.state(0), swapped.state(0))
	t.Logf("%d rounds of swaps", rounds)
}
