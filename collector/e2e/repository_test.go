package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Scenario: somebody follows docs/rules-repository.md in an empty folder, block
// for block, and then loosens a rule.
// Guarantees: every command ends well and prints what the page says; the shadow
// exports nothing, and after the swap the new rules count; CI lets no loosening
// pass that nobody accepted; no planted value stands in the case or the report.
func TestTheGuideToARulesRepositoryIsTrueWordForWord(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join(root(t), "docs", "rules-repository.md"))
	require.NoError(t, err)
	_, metrics, _ := strings.Cut(freeAddress(t), ":")
	shell := guideShell{folder: t.TempDir(), otlp: freeAddress(t), metrics: metrics}
	out := func() string {
		text, err := os.ReadFile(filepath.Join(shell.folder, "..", "etc", "spans.jsonl"))
		if err != nil {
			return ""
		}
		return string(text)
	}
	var said string
	for _, block := range fenced.FindAllSubmatch(guide, -1) {
		kind, text := string(block[1]), string(block[2])
		first, _, _ := strings.Cut(text, "\n")
		switch {
		case strings.HasPrefix(first, "# "):
			shell.write(t, strings.TrimPrefix(first, "# "), text)
		case kind == "sh" && strings.HasPrefix(text, "otelcol-lapidary"):
			defer shell.start(t, text)()
			shell.send(t, filepath.Join(shell.folder, "recordings", "orders.jsonl"))
			waitFor(t, "the spans of the recording leave", func() bool { return strings.Contains(out(), `"[gone]"`) })
			assert.Contains(t, out(), `"delivery.address"`)
			assert.NotRegexp(t, deliveryGone, out(), "the shadow exports what it does")
		case kind == "sh":
			said = shell.run(t, text)
		case kind == "text":
			for line := range strings.Lines(text) {
				assertSaid(t, said, strings.TrimSpace(line))
			}
		default:
			t.Fatalf("a block of no known kind: %s", first)
		}
	}
	waitFor(t, "the new rules count", func() bool {
		shell.send(t, filepath.Join(shell.folder, "recordings", "orders.jsonl"))
		return len(deliveryGone.FindString(out())) > 0
	})
	shell.holdsNoPlantedValue(t, "cases/masks-who-ordered/spans.json", "cases/masks-who-ordered/case.yaml",
		"cases/masks-who-ordered/expected.json", "report.html", "junit.xml")
	shell.letsNoLooseningPass(t)
}

var deliveryGone = regexp.MustCompile(`"delivery.address","value":\{"stringValue":"\[gone\]"`)

func (g *guideShell) write(t *testing.T, path, text string) {
	t.Helper()
	path = filepath.Join(g.folder, path)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

func (g *guideShell) holdsNoPlantedValue(t *testing.T, files ...string) {
	t.Helper()
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(g.folder, file))
		require.NoError(t, err)
		require.NotEmpty(t, text, file)
		for _, value := range readPlanted(t) {
			assert.NotContains(t, string(text), value.Value, "%s: a planted %s", file, value.Kind)
		}
	}
}

func (g *guideShell) letsNoLooseningPass(t *testing.T) {
	t.Helper()
	base := filepath.Join(g.folder, "rules", "redact-pii.yaml")
	text, err := os.ReadFile(base)
	require.NoError(t, err)
	looser := strings.Replace(string(text), "  customer.*: mask\n", "  customer.*: search\n", 1)
	require.NotEqual(t, string(text), looser)
	require.NoError(t, os.WriteFile(base, []byte(looser), 0o600))
	output, err := g.command(t, "sh ci.sh main").CombinedOutput()
	require.Error(t, err, "a case differs")
	require.Contains(t, string(output), "FAIL")
	g.run(t, "lapidary test cases --plugins-dir modules --bless")
	output, err = g.command(t, "sh ci.sh main").CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit, string(output))
	assert.Equal(t, 1, exit.ExitCode(), string(output))
	assert.Contains(t, string(output), "oosened")
}
