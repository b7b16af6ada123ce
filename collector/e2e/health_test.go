package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// attacked is a Collector with one plugin that does what its rules say, and a health
// check that asks components, as the README has it.
const attacked = `
extensions:
  health_check:
    http: { endpoint: "${env:LAPIDARY_HEALTH}", status: { enabled: true, path: / } }
    component_health: { include_recoverable_errors: true, recovery_duration: 200ms }
receivers:
  otlp: { protocols: { grpc: { endpoint: "${env:LAPIDARY_OTLP}" } } }
processors:
  lapidary:
    plugins:
      - module: dist/%[1]s.wasm
        rules: %[2]s/rules.yaml
        on_failure: block
    timeout: 100ms
    reload_interval: 50ms
exporters:
  file: { path: "${env:LAPIDARY_OUT}/all.jsonl" }
service:
  extensions: [health_check]
  pipelines:
    traces: { receivers: [otlp], processors: [lapidary], exporters: [file] }
  telemetry: { metrics: { level: none } }
`

const healthOfComponents = "--feature-gates=+extension.healthcheck.useComponentStatus"

func startAttacked(t *testing.T, module, rules string) (c *collector, folder string) {
	t.Helper()
	built(t, module+".wasm")
	folder = t.TempDir()
	write(t, folder, "rules.yaml", rules)
	config := filepath.Join(folder, "otelcol.yaml")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, attacked, module, folder), 0o600))
	return startCollector(t, config, healthOfComponents), folder
}

// Scenario: a plugin crashes at every batch until its rules are mended.
// Guarantees: the health check says so for as long as it is, and no longer; nothing whose
// sender got an OK is lost.
func TestHealthTurnsWithAPluginThatIsPaused(t *testing.T) {
	c, folder := startAttacked(t, "misbehaving", "does: trap\n")
	teller, stop := begin(t, c, true)
	defer stop()
	waitFor(t, "the health check has seen it", func() bool { return c.answers() == http.StatusInternalServerError })
	write(t, folder, "rules.yaml", "does: pass\n")
	waitFor(t, "the health check has seen it mended", func() bool { return c.answers() == http.StatusOK })
	time.Sleep(500 * time.Millisecond)
	stop()
	c.stop(t)
	require.NotEmpty(t, teller.told)
	require.Len(t, readSpans(t, filepath.Join(c.out, "all.jsonl")), len(teller.told))
}

// Scenario: a plugin claims a meter that it does not have, and spins at every batch while
// four senders try.
// Guarantees: SIGTERM ends the Collector.
func TestAPluginThatSpinsKeepsNobodyFromStopping(t *testing.T) {
	c, _ := startAttacked(t, "claims-a-meter", "does: spin\n")
	_, stop := begin(t, c, true)
	defer stop()
	time.Sleep(time.Second)
	c.stop(t)
}
