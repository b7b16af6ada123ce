package lapidaryprocessor

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
)

// Scenario: 64 senders at once, rules that change all the time, good ones and
// wrong ones, spans at fault in between, and a shutdown in the middle.
// Guarantees: every span of a batch that was accepted leaves once, but those
// at fault; no span of a batch that was refused leaves.
func TestSendersSwapsAndAShutdownLoseAndDoubleNothing(t *testing.T) {
	const senders = 64
	folder := t.TempDir()
	enrich, redact, fault := filepath.Join(folder, "enrich.yaml"), filepath.Join(folder, "redact.yaml"), filepath.Join(folder, "fault.yaml")
	writeFile(t, enrich, "")
	writeFile(t, redact, "detectors: { email: { mask: '[7]' } }\n")
	writeFile(t, fault, "does: panic\nif-contains: at-fault\n")
	p := create(t, func(c *Config) {
		c.MemoryLimitMiB = 64
		c.Instances = 4
	},
		PluginConfig{Module: module(t, "enrich-order-status"), Rules: []any{"../../rules/enrich-order-status/base.yaml", enrich}},
		PluginConfig{Module: module(t, misbehaving), Rules: fault},
		PluginConfig{Module: module(t, "redact-pii"), Rules: []any{"../../rules/redact-pii/base.yaml", redact}},
	)
	require.NoError(t, p.Start(context.Background(), componenttest.NewNopHost()))

	var accepted sync.Map
	var refused, sent atomic.Int64
	stop := make(chan struct{})
	var running sync.WaitGroup
	for sender := range senders {
		running.Go(func() {
			for number := 0; ; number++ {
				select {
				case <-stop:
					return
				default:
				}
				name := fmt.Sprintf("%d-%d", sender, number)
				traces := batch(name+"-a", name+"-b ann@example.org", name+"-c")
				if sender%16 == 0 && number%8 == 0 {
					traces = batch(name+"-a", name+"-b at-fault", name+"-c")
				}
				sent.Add(1)
				if err := p.ConsumeTraces(context.Background(), traces); err != nil {
					assert.ErrorIs(t, err, errNotRunning)
					refused.Add(1)
					return
				}
				accepted.Store(name, sender%16 == 0 && number%8 == 0)
			}
		})
	}
	for round := range 8 {
		writeFile(t, redact, fmt.Sprintf("detectors: { email: { mask: '[%d]' } }\n", round))
		writeFile(t, enrich, fmt.Sprintf("# round %d\n", round))
		if round%4 == 3 {
			writeFile(t, redact, "detectors: []\n")
		}
		p.reload(0)
		p.reload(2)
	}
	require.NoError(t, p.Shutdown(context.Background()))
	close(stop)
	running.Wait()

	left := make(map[string]int)
	for _, name := range names(p.sink.AllTraces()...) {
		left[name]++
	}
	count := 0
	accepted.Range(func(name, atFault any) bool {
		for _, part := range []string{"-a", "-b [0]", "-b [1]", "-b [2]", "-b [3]", "-b [4]", "-b [5]", "-b [6]", "-b [7]", "-c"} {
			full := name.(string) + part
			if left[full] == 1 {
				count++
				delete(left, full)
			}
		}
		if atFault.(bool) {
			count++
		}
		return true
	})
	total := 0
	accepted.Range(func(any, any) bool { total++; return true })
	assert.Equal(t, 3*total, count, "every span of an accepted batch left once")
	assert.Empty(t, left, "no span left twice or out of a refused batch")
	assert.EqualValues(t, 14, p.sum(t, "swaps"), "8 of enrich-order-status, 6 of redact-pii")
	assert.EqualValues(t, 2, p.sum(t, "refused_generations"))
	t.Logf("%d batches sent, %d refused after the shutdown", sent.Load(), refused.Load())
	assert.Positive(t, refused.Load())
}
