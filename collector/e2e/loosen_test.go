package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// guarding is a Collector whose plugins protect something, by overlays and a key
// that the test writes.
const guarding = `
extensions:
  health_check: { endpoint: "${env:LAPIDARY_HEALTH}" }
receivers:
  otlp: { protocols: { grpc: { endpoint: "${env:LAPIDARY_OTLP}" } } }
processors:
  lapidary:
    plugins:
      - module: dist/redact-pii.wasm
        rules: [rules/redact-pii/base.yaml, %[1]s/redact.yaml]
      - module: dist/sample-adaptively.wasm
        rules: [rules/sample-adaptively/base.yaml, %[1]s/sample.yaml]
      - module: dist/hash-operator-id.wasm
        rules: rules/hash-operator-id/base.yaml
        secrets: { operator-key-1: { file: %[1]s/key } }
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

// Scenario: while the Collector runs, rules come that protect less, and another
// key under the same name; then rules that protect as much as these.
// Guarantees: the log names what is no longer protected, each once, and nothing
// else.
func TestASwapThatLoosensIsWarnedOf(t *testing.T) {
	folder := t.TempDir()
	config := filepath.Join(folder, "otelcol.yaml")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, guarding, folder), 0o600))
	write(t, folder, "redact.yaml", "")
	write(t, folder, "sample.yaml", "")
	write(t, folder, "key", strings.Repeat("a", 32))
	c := startCollector(t, config)
	swaps := func(count float64) {
		waitFor(t, fmt.Sprintf("%g swaps", count), func() bool {
			return c.metric(t, "otelcol_processor_lapidary_swaps") == count
		})
	}

	write(t, folder, "redact.yaml", "detectors: { phone: null, ticket: { pattern: 'CRM-[0-9]+' } }\nattributes: { customer.*: search }\n")
	write(t, folder, "sample.yaml", "rules: { slow: { match: { longer_than: 50s } }, gap: { keep: 50% } }\n")
	write(t, folder, "key", strings.Repeat("b", 32))
	swaps(3)
	write(t, folder, "redact.yaml", "detectors: { phone: null, ticket: { pattern: 'CRM-[0-9]+' } }\nattributes: { customer.*: search }\nmask: '[x]'\n")
	swaps(4)
	c.stop(t)

	fingerprint := regexp.MustCompile("fingerprint [0-9a-f]{16}$")
	warned := make(map[string]int)
	for _, found := range regexp.MustCompile(`no longer protected: ([^\t\n]*)`).FindAllStringSubmatch(c.log.String(), -1) {
		warned[fingerprint.ReplaceAllString(found[1], "fingerprint …")]++
	}
	assert.Equal(t, map[string]int{
		"attributes customer.*":                            1,
		"detector phone":                                   1,
		"key k1 fingerprint …":                             1,
		"rule gap keeps 100%: attribute gap_detected true": 1,
		"rule slow keeps 100%: longer than 5s":             1,
		"no key is only searched but partner_id, user_id":  1,
	}, warned)
}
