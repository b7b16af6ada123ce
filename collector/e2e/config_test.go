package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Protects: live.yaml and replay.yaml are one set of chains; what is shown
// with recordings is what runs in production.
func TestTheConfigsDifferOnlyInTheirClock(t *testing.T) {
	// What is checked is checked with its secret.
	prepared(t)
	text := make(map[string]string)
	for _, name := range []string{"live", "replay"} {
		path := filepath.Join(root(t), "deploy", name+".yaml")
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		_, body, found := strings.Cut(string(content), "\nextensions:")
		require.True(t, found)
		text[name] = body
		output, err := collectorCommand(t, "validate", "--config", path).CombinedOutput()
		assert.NoError(t, err, string(output))
	}
	assert.Equal(t, text["live"], strings.ReplaceAll(text["replay"], "    clock: event_time\n", ""))
}

// Scenario: rules with three mistakes, a plugin that is none, a key that is
// too short.
// Guarantees: the Collector does not start; its last words name every one,
// with the full path of the file. `otelcol validate` and `lapidary check --config`
// say the same.
func TestTheCollectorRefusesToStartWithEveryProblem(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "redact.yaml", "detectors: { email: { patern: x } }\nmask: 7\nattributes: { user.name: hide }\n")
	write(t, folder, "no-plugin.wasm", "plain text")
	write(t, folder, "short-key", "c2hvcnQ=")
	write(t, folder, "otelcol.yaml", fmt.Sprintf(`
receivers: { otlp: { protocols: { grpc: { endpoint: "%[2]s" } } } }
processors:
  lapidary:
    plugins:
      - { module: dist/redact-pii.wasm, rules: %[1]s/redact.yaml }
      - { module: %[1]s/no-plugin.wasm }
      - module: dist/hash-operator-id.wasm
        rules: rules/hash-operator-id/base.yaml
        secrets: { operator-key-1: { file: %[1]s/short-key, encoding: base64 } }
exporters: { debug: }
service:
  pipelines: { traces: { receivers: [otlp], processors: [lapidary], exporters: [debug] } }
  telemetry: { metrics: { level: none } }
`, folder, freeAddress(t)))
	output, err := collectorCommand(t, "--config", filepath.Join(folder, "otelcol.yaml")).CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit, string(output))
	assert.Equal(t, 1, exit.ExitCode())
	_, words, found := strings.Cut(string(output), "\nError: ")
	require.True(t, found, string(output))
	validated, err := collectorCommand(t, "validate", "--config", filepath.Join(folder, "otelcol.yaml")).CombinedOutput()
	require.ErrorAs(t, err, &exit, string(validated))
	check := exec.Command(built(t, "lapidary"), "check", "--config", filepath.Join(folder, "otelcol.yaml"))
	check.Dir = root(t)
	checked, err := check.CombinedOutput()
	require.ErrorAs(t, err, &exit, string(checked))
	for _, expected := range []string{
		"lapidary: plugins[0] refused:",
		folder + "/redact.yaml:1: detectors.email.patern: found ",
		folder + "/redact.yaml:2: mask: found ",
		folder + "/redact.yaml:3: attributes.\"user.name\": found ",
		"lapidary: plugins[1] refused:",
		folder + "/no-plugin.wasm: found a file that is not WebAssembly; expected a component that exports `lapidary:processor/plugin@0.2.0`",
		"lapidary: plugins[2] refused:",
		"base.yaml:10: key.secret: found secret `operator-key-1` of 5 bytes; expected 32 bytes or more",
	} {
		assert.Contains(t, words, expected)
		assert.Contains(t, string(validated), expected, "`validate` says the same")
		if !strings.HasSuffix(expected, " refused:") {
			assert.Contains(t, string(checked), expected, "and so does the command line")
		}
	}
	assert.NotContains(t, string(output), "c2hvcnQ", "no part of the secret is said")
}

func collectorCommand(t *testing.T, arguments ...string) *exec.Cmd {
	t.Helper()
	command := exec.Command(built(t, "otelcol-lapidary"), arguments...)
	command.Dir = root(t)
	return command
}
