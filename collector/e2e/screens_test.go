package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Scenario: the command line shows, where nobody sees it on a terminal, what
// every processor of deploy/replay.yaml makes of all recorded orders, and why.
// Guarantees: it shows much of it, and no planted value of any kind, neither
// in what differs nor in keys, names and messages.
func TestScreensHoldNoPlantedValue(t *testing.T) {
	prepared(t)
	var all strings.Builder
	for _, processor := range []string{"head", "inside", "outside"} {
		for _, run := range runs(t) {
			for _, asked := range [][]string{{"--diff"}, {"--diff", "--only", "kept"}, {"--why", "*", "--coverage"}} {
				arguments := []string{"run", "--config", "deploy/replay.yaml", "--processor", "lapidary/" + processor, run}
				shown := lapidary(t, append(arguments, asked...)...)
				assert.NotEmpty(t, shown, asked)
				all.WriteString(shown)
			}
		}
	}
	for _, run := range runs(t) {
		report := filepath.Join(t.TempDir(), "report")
		arguments := []string{"compare", "--plugin", "dist/redact-pii.wasm=rules/redact-pii/base.yaml", "--old-plugin", "dist/redact-pii.wasm=rules/redact-pii/strict.yaml"}
		for _, ending := range []string{".html", ".md", ".json"} {
			arguments = append(arguments, "--report", report+ending)
		}
		all.WriteString(lapidary(t, append(arguments, run)...))
		for _, ending := range []string{".html", ".md", ".json"} {
			text, err := os.ReadFile(report + ending)
			require.NoError(t, err)
			require.Contains(t, string(text), "What leaves")
			all.Write(text)
		}
	}
	require.Contains(t, all.String(), "detectors.email")
	for line := range strings.Lines(all.String()) {
		if strings.HasPrefix(line, "  + ") {
			assert.Contains(t, line, "←", "a change without a reason")
		}
		assert.NotContains(t, line, "nothing differs", "a reason without a change")
	}
	for _, value := range readPlanted(t) {
		assert.NotContains(t, all.String(), value.Value, "a planted %s, sent as %s in run %s", value.Kind, value.Form, value.Run)
	}
}
