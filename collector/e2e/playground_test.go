package e2e

import (
	"bytes"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// beforeExporter and afterExporter are a config around the lines that the playground prints.
const (
	beforeExporter = `
extensions: { health_check: { endpoint: "${env:LAPIDARY_HEALTH}" } }
receivers: { otlp: { protocols: { grpc: { endpoint: "${env:LAPIDARY_OTLP}" } } } }
`
	afterExporter = `
service:
  extensions: [health_check]
  pipelines: { traces: { receivers: [otlp], exporters: [otlp_http/playground] } }
  telemetry: { metrics: { level: none } }
`
)

// Scenario: the lines that the playground prints are pasted into a Collector's config, and a
// recording is sent to that Collector.
// Guarantees: the page gets every span, once.
func TestTheLinesOfThePlaygroundBringSpansToIt(t *testing.T) {
	said := startPlayground(t)
	config := filepath.Join(t.TempDir(), "otelcol.yaml")
	exporter := regexp.MustCompile(`(?m)^exporters:\n(  .*\n)+`).FindString(said)
	require.NoError(t, os.WriteFile(config, []byte(beforeExporter+exporter+afterExporter), 0o600))
	c := startCollector(t, config)
	recording := filepath.Join(root(t), "testdata", "recordings", "redelivery", "spans.jsonl")
	output, err := sender(t, c, recording).CombinedOutput()
	require.NoError(t, err, string(output))
	c.stop(t)

	came := ids(live(t, regexp.MustCompile(`http://\S+token=\w+`).FindString(said)))
	assert.ElementsMatch(t, ids(readSpans(t, recording)), came)
}

// startPlayground returns what `lapidary playground --listen` prints.
func startPlayground(t *testing.T) string {
	t.Helper()
	command := exec.Command(built(t, "lapidary"), "playground", "--port", "0", "--listen", "127.0.0.1:0")
	printed := &bytes.Buffer{}
	output, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	part := make([]byte, 4096)
	for !bytes.Contains(printed.Bytes(), []byte("Ctrl-C")) {
		read, err := output.Read(part)
		require.NoError(t, err, printed.String())
		printed.Write(part[:read])
	}
	return printed.String()
}

// live returns all spans that the page at an address gets.
func live(t *testing.T, address string) (all []oneSpan) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	browser := &http.Client{Jar: jar}
	page, err := browser.Get(address)
	require.NoError(t, err)
	defer page.Body.Close()
	for after := "0"; ; {
		answer, err := browser.Get(page.Request.URL.JoinPath("live").String() + "?after=" + after)
		require.NoError(t, err)
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		if answer.StatusCode == http.StatusNoContent {
			return all
		}
		require.Equal(t, http.StatusOK, answer.StatusCode, string(body))
		after = answer.Header.Get("Lapidary-Sequence")
		traces, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(body)
		require.NoError(t, err)
		all = append(all, spansOf(t, traces)...)
	}
}
