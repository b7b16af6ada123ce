package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// restarting is a Collector that says yes to a sender when the sink has said it, where
// no queue stands between.
const restarting = `
extensions:
  health_check: { endpoint: "${env:LAPIDARY_HEALTH}" }
  file_storage: { directory: %[1]s }
receivers:
  otlp: { protocols: { grpc: { endpoint: "${env:LAPIDARY_OTLP}" } } }
processors:
  lapidary:
    plugins:
      - module: dist/enrich-order-status.wasm
        rules: [rules/enrich-order-status/base.yaml, %[1]s/limits.yaml]
    memory_limit_mib: 1024
%[2]s
exporters:
  otlp_grpc:
    endpoint: %[3]s
    tls: { insecure: true }
    compression: none
    sending_queue: { %[4]s }
    retry_on_failure: { enabled: false }
service:
  extensions: [health_check, file_storage]
  pipelines:
    traces: { receivers: [otlp], processors: [lapidary], exporters: [otlp_grpc] }
  telemetry:
    metrics:
      readers:
        - pull: { exporter: { prometheus: { host: 127.0.0.1, port: "${env:LAPIDARY_METRICS_PORT}" } } }
`

const (
	storedEvery = time.Second
	// storingTakes is how late a save may be on a busy machine.
	storingTakes = 3 * time.Second
	senders      = 4
	ordersEach   = 100_000
)

const (
	noQueue = "enabled: false"
	// keptQueue holds spans in the storage until the sink has them.
	keptQueue = "storage: file_storage, queue_size: 100000, num_consumers: 2"
)

func restartingConfig(t *testing.T, s *sink, storage, queue string) string {
	t.Helper()
	folder := t.TempDir()
	write(t, folder, "limits.yaml", "limits: { orders: 200000 }\n")
	config := filepath.Join(folder, "otelcol.yaml")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, restarting, folder, storage, s.address, queue), 0o600))
	return config
}

// begin tells a Collector of orders that begin, from some senders at once, until stop
// is called.
func begin(t *testing.T, c *collector, again bool) (teller *teller, stop func()) {
	t.Helper()
	teller = newTeller(c, "", "INITIATED")
	stopped := make(chan struct{})
	var running sync.WaitGroup
	for number := range senders {
		running.Go(func() { teller.tell(t, number*ordersEach, ordersEach, 20, again, stopped) })
	}
	return teller, sync.OnceFunc(func() {
		close(stopped)
		running.Wait()
	})
}

func newTeller(c *collector, from, to string) *teller {
	return &teller{endpoint: c.endpoint, status: [2]string{from, to}}
}

// remembered tells of the next step of each order, and returns how many of them the
// Collector knows from before.
func remembered(t *testing.T, c *collector, s *sink, begun []told) (count int) {
	t.Helper()
	next := newTeller(c, "INITIATED", "FILE_UPLOADED")
	for _, one := range begun {
		next.tell(t, one.order, 1, 1, true, nil)
	}
	require.Len(t, next.told, len(begun))
	for _, one := range next.told {
		span, ok := s.span(one.id)
		require.True(t, ok, one.id)
		if _, ok := span.Attributes().Get("stage_duration"); ok {
			count++
		}
	}
	return count
}

// Scenario: a Collector without a queue, whose state is stored every second, is
// killed with SIGKILL while four senders tell it of orders; another starts.
// Guarantees: every span whose sender got an OK is at the sink; every order that was
// told an interval before the end, and the time that a save takes, is known.
func TestAKillLosesNoSpanAndAtMostAnIntervalOfState(t *testing.T) {
	s := startSink(t)
	config := restartingConfig(t, s, fmt.Sprintf("    storage: file_storage\n    storage_interval: %s", storedEvery), noQueue)
	c := startCollector(t, config)
	teller, stop := begin(t, c, false)
	defer stop()
	time.Sleep(6 * time.Second)
	killed := time.Now()
	require.NoError(t, c.command.Process.Kill())
	_ = c.command.Wait()
	stop()

	for _, one := range teller.told {
		_, ok := s.span(one.id)
		require.True(t, ok, "a span whose sender got an OK is lost")
	}
	var must []told
	for _, one := range teller.told {
		if one.at.Before(killed.Add(-storedEvery - storingTakes)) {
			must = append(must, one)
		}
	}
	t.Logf("%d spans with an OK, of %d orders that must be known", len(teller.told), len(must))
	require.NotEmpty(t, must)
	must = must[max(0, len(must)-500):]
	next := startCollector(t, config)
	assert.Contains(t, next.log.String(), "took over the state that was stored")
	assert.Equal(t, len(must), remembered(t, next, s, must))
	next.stop(t)
}

// Scenario: a Collector whose queue is kept in the storage says yes before the sink has
// it, and is killed with SIGKILL under load; another starts.
// Guarantees: every span whose sender got an OK comes to the sink.
func TestAKillLosesNoSpanOfAQueueThatIsKept(t *testing.T) {
	s := startSink(t)
	config := restartingConfig(t, s, "    storage: file_storage", keptQueue)
	c := startCollector(t, config)
	teller, stop := begin(t, c, false)
	defer stop()
	time.Sleep(3 * time.Second)
	require.NoError(t, c.command.Process.Kill())
	_ = c.command.Wait()
	stop()

	require.NotEmpty(t, teller.told)
	next := startCollector(t, config)
	missing := func() (count int) {
		for _, one := range teller.told {
			if _, ok := s.span(one.id); !ok {
				count++
			}
		}
		return count
	}
	t.Logf("%d spans with an OK; %d were at the sink when the next Collector was ready", len(teller.told), len(teller.told)-missing())
	waitFor(t, "every span is at the sink", func() bool { return missing() == 0 })
	next.stop(t)
}

// Scenario: a Collector reads its config again at SIGHUP, again and again, while
// senders tell it of orders and send again what got no OK.
// Guarantees: every span is at the sink; every order of before is known, whether its
// state is stored or waits in memory.
func TestAConfigThatIsReadAgainCostsNoState(t *testing.T) {
	for what, storage := range map[string]string{
		"stored":    "    storage: file_storage\n    storage_interval: 1h",
		"in memory": "",
	} {
		t.Run(what, func(t *testing.T) {
			s := startSink(t)
			c := startCollector(t, restartingConfig(t, s, storage, noQueue))
			teller, stop := begin(t, c, true)
			defer stop()
			took := "took over the state from before the restart"
			if storage != "" {
				took = "took over the state that was stored"
			}
			for restart := range 3 {
				time.Sleep(time.Second)
				require.NoError(t, c.command.Process.Signal(syscall.SIGHUP))
				waitFor(t, "the Collector has restarted", func() bool { return strings.Count(c.log.String(), took) == restart+1 })
			}
			time.Sleep(time.Second)
			stop()
			require.NotEmpty(t, teller.told)
			for _, one := range teller.told {
				_, ok := s.span(one.id)
				require.True(t, ok, "a span whose sender got an OK is lost")
			}
			first := teller.told[:min(300, len(teller.told))]
			assert.Equal(t, len(first), remembered(t, c, s, first))
			c.stop(t)
		})
	}
}
