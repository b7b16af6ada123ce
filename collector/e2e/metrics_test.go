package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// telling is a Collector with a plugin that keeps state, and one whose rules the test
// writes.
const telling = `
extensions:
  health_check: { endpoint: "${env:LAPIDARY_HEALTH}" }
receivers:
  otlp: { protocols: { grpc: { endpoint: "${env:LAPIDARY_OTLP}" } } }
processors:
  lapidary/all:
    plugins:
      - { module: dist/enrich-order-status.wasm, rules: rules/enrich-order-status/base.yaml }
      - module: dist/redact-pii.wasm
        rules: [rules/redact-pii/base.yaml, %[1]s/redact.yaml]
    clock: event_time
    reload_interval: 50ms
exporters:
  file: { path: "${env:LAPIDARY_OUT}/all.jsonl" }
service:
  extensions: [health_check]
  pipelines:
    traces: { receivers: [otlp], processors: [lapidary/all], exporters: [file] }
  telemetry:
    metrics:
      readers:
        - pull: { exporter: { prometheus: { host: 127.0.0.1, port: "${env:LAPIDARY_METRICS_PORT}" } } }
`

// Scenario: recorded spans go through the Collector; then rules come that are wrong.
// Guarantees: its metrics endpoint says by plugin and place what came of the spans, what
// runs, how much it takes and keeps, and that what runs is not what lies on disk.
func TestTheMetricsEndpointTellsWhatRuns(t *testing.T) {
	folder := t.TempDir()
	config := filepath.Join(folder, "otelcol.yaml")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, telling, folder), 0o600))
	write(t, folder, "redact.yaml", "")
	c := startCollector(t, config)
	files := runs(t)[:1]
	send := sender(t, c, files...)
	output, err := send.CombinedOutput()
	require.NoError(t, err, string(output))
	spans := float64(len(readSpans(t, files...)))

	enrich := `\{[^}]*place="0",plugin="enrich-order-status",processor="lapidary/all"[^}]*\}`
	redact := `\{[^}]*place="1",plugin="redact-pii",processor="lapidary/all"[^}]*\}`
	value := func(name, labels string) float64 {
		return c.metricWith(t, "otelcol_processor_"+name, labels)
	}
	waitFor(t, "all spans are through", func() bool { return value("lapidary_spans_out", redact) == spans })
	for _, at := range []string{enrich, redact} {
		assert.Equal(t, spans, value("lapidary_spans_in", at))
		assert.Positive(t, value("lapidary_spans_changed", at))
		assert.Zero(t, value("lapidary_spans_dropped", at))
		assert.Positive(t, value("lapidary_calls", at))
		assert.Equal(t, value("lapidary_calls", at), value("lapidary_call_duration(?:_seconds)?_count", at))
		assert.Positive(t, value("lapidary_memory(?:_bytes)?", at))
		assert.Zero(t, value("lapidary_paused", at))
		assert.Zero(t, value("lapidary_out_of_date", at))
		assert.Equal(t, 1.0, value("lapidary_plugin_info", at))
	}
	assert.Positive(t, value("lapidary_state_entries", enrich))
	assert.Positive(t, value("lapidary_state_size(?:_bytes)?", enrich))
	assert.Positive(t, value("lapidary_state_age(?:_seconds)?", enrich))
	assert.Positive(t, value("lapidary_plugin_count", `\{[^}]*counter="values_masked"[^}]*place="1"[^}]*\}`))
	assert.Equal(t, spans, value("incoming_items", `\{[^}]*processor="lapidary/all"[^}]*\}`))
	assert.Equal(t, spans, value("outgoing_items", `\{[^}]*processor="lapidary/all"[^}]*\}`))

	write(t, folder, "redact.yaml", "nonsense: true\n")
	waitFor(t, "wrong rules are seen", func() bool { return value("lapidary_out_of_date", redact) == 1 })
	waitFor(t, "wrong rules are refused", func() bool { return value("lapidary_refused_generations", redact) == 1 })
	write(t, folder, "redact.yaml", "mask: '[x]'\n")
	waitFor(t, "good rules took over", func() bool { return value("lapidary_swaps", redact) == 1 })
	waitFor(t, "nothing is out of date", func() bool { return value("lapidary_out_of_date", redact) == 0 })
	c.stop(t)
	assert.Equal(t, 1, strings.Count(c.log.String(), "the running generation stays"))
}
