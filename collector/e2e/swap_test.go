package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// swapping is a Collector whose two plugins have an overlay each that the test
// writes; nothing is sampled, so every span must come out.
const swapping = `
extensions:
  health_check: { endpoint: "${env:LAPIDARY_HEALTH}" }
receivers:
  otlp: { protocols: { grpc: { endpoint: "${env:LAPIDARY_OTLP}" } } }
processors:
  lapidary:
    plugins:
      - module: dist/enrich-order-status.wasm
        rules: [rules/enrich-order-status/base.yaml, %[1]s/enrich.yaml]
      - module: dist/redact-pii.wasm
        rules: [rules/redact-pii/base.yaml, %[1]s/redact.yaml]
    clock: event_time
    reload_interval: 50ms
exporters:
  file: { path: "${env:LAPIDARY_OUT}/all.jsonl" }
service:
  extensions: [health_check]
  pipelines:
    traces: { receivers: [otlp], processors: [lapidary], exporters: [file] }
  telemetry:
    metrics:
      readers:
        - pull: { exporter: { prometheus: { host: 127.0.0.1, port: "${env:LAPIDARY_METRICS_PORT}" } } }
`

// masks are what stands for a masked value before and after the rules change.
var masks = [2]string{"[masked]", "[changed]"}

// Scenario: while recorded orders stream through, the rules of both plugins
// change, once wrongly and once well.
// Guarantees: wrong rules change nothing; from one batch on, what leaves is
// masked by the new rules; no span is lost or comes twice; every order keeps
// its status and stage durations, though its beginning came before the change.
func TestRulesChangeInTheMiddleOfTheStream(t *testing.T) {
	files := runs(t)
	unchanged := streamAndChange(t, files, func(*collector, string) {})
	changed := streamAndChange(t, files, func(c *collector, folder string) {
		waitFor(t, "half of the spans are through", func() bool {
			return c.metric(t, "otelcol_processor_lapidary_spans_out") >= float64(len(unchanged))/2
		})
		write(t, folder, "redact.yaml", "mask: 7\nnonsense: true\n")
		waitFor(t, "wrong rules are refused", func() bool {
			return c.metric(t, "otelcol_processor_lapidary_refused_generations") == 1
		})
		write(t, folder, "redact.yaml", "mask: '"+masks[1]+"'\n")
		write(t, folder, "enrich.yaml", "# The same rules in other words.\nwrite: { order_status: order_status }\n")
		waitFor(t, "both plugins have new rules", func() bool {
			return c.metric(t, "otelcol_processor_lapidary_swaps") == 2
		})
	})

	require.Equal(t, ids(unchanged), ids(changed), "no span lost, none twice, all in order")
	seen := [2]int{}
	generation := 0
	for index, span := range changed {
		old, new := strings.Contains(span.text, masks[0]), strings.Contains(span.text, masks[1])
		if new {
			generation = 1
		}
		if old || new {
			assert.False(t, old && generation == 1, "%s is masked by the old rules after the new ones took over", span.id())
			seen[generation]++
		}
		assert.Equal(t, unchanged[index].text, strings.ReplaceAll(span.text, masks[1], masks[0]), span.id())
	}
	assert.Positive(t, seen[0], "spans masked by the old rules")
	assert.Positive(t, seen[1], "spans masked by the new rules")

	// Nothing was sampled away here, so every planted value and every key was met.
	in := readSpans(t, files...)
	checkPlanted(t, "unsampled", in, changed)
	checkKeys(t, in, unchanged)
	checkSkeleton(t, in, changed)

	remembered := 0
	for _, span := range changed[len(changed)/2:] {
		if _, ok := span.span.Attributes().Get("stage_duration"); ok {
			remembered++
		}
	}
	assert.Positive(t, remembered, "transitions after the change that know the one before")
}

// streamAndChange sends files slowly, and calls change meanwhile.
func streamAndChange(t *testing.T, files []string, change func(c *collector, folder string)) []oneSpan {
	t.Helper()
	folder := t.TempDir()
	config := filepath.Join(folder, "otelcol.yaml")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, swapping, folder), 0o600))
	write(t, folder, "enrich.yaml", "")
	write(t, folder, "redact.yaml", "mask: '"+masks[0]+"'\n")

	c := startCollector(t, config)
	send := sender(t, c, append([]string{"-every", (12 * time.Second / time.Duration(countBatches(t, files))).String()}, files...)...)
	output := new(bytes.Buffer)
	send.Stdout, send.Stderr = output, output
	require.NoError(t, send.Start())
	change(c, folder)
	require.NoError(t, send.Wait(), output.String())
	c.stop(t)
	return readSpans(t, filepath.Join(c.out, "all.jsonl"))
}

func countBatches(t *testing.T, files []string) int {
	t.Helper()
	count := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		count += bytes.Count(text, []byte("\n"))
	}
	return count
}

func write(t *testing.T, folder, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
}
