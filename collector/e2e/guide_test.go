package e2e

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var fenced = regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$")

// Scenario: somebody follows docs/write-a-plugin.md in an empty folder, block for
// block.
// Guarantees: every command ends well, prints what the page says, and the plugin
// works in the Collector.
func TestTheGuideToAPluginIsTrueWordForWord(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join(root(t), "docs", "write-a-plugin.md"))
	require.NoError(t, err)
	shell := guideShell{folder: t.TempDir(), otlp: freeAddress(t)}
	var said string
	for _, block := range fenced.FindAllSubmatch(guide, -1) {
		kind, text := string(block[1]), string(block[2])
		switch {
		case kind == "sh" && strings.HasPrefix(text, "otelcol-lapidary"):
			shell.collect(t, text)
		case kind == "sh":
			said = shell.run(t, text)
		case kind == "text":
			for line := range strings.Lines(text) {
				assertSaid(t, said, strings.TrimSpace(line))
			}
		case kind == "json":
			notes, err := os.ReadFile(filepath.Join(shell.folder, "why.jsonl"))
			require.NoError(t, err)
			assertSaid(t, string(notes), strings.TrimSpace(text))
		case kind == "yaml":
			require.NoError(t, os.WriteFile(filepath.Join(shell.folder, "otelcol.yaml"), []byte(text), 0o600))
		case kind == "rust":
			work, err := os.ReadFile(filepath.Join(shell.folder, "src", "work.rs"))
			require.NoError(t, err)
			for line := range strings.Lines(text) {
				assert.Contains(t, string(work), strings.TrimSpace(line))
			}
		default:
			t.Fatalf("a block of no known kind: %s", kind)
		}
	}
	spans := readSpans(t, filepath.Join(shell.folder, "spans.jsonl"))
	require.Len(t, spans, 2)
	slow, ok := spans[0].span.Attributes().Get("slow")
	assert.True(t, ok && slow.Bool())
}

// assertSaid looks for what the page says; … stands for anything.
func assertSaid(t *testing.T, said, expected string) {
	t.Helper()
	parts := strings.Split(expected, "…")
	for index := range parts {
		parts[index] = regexp.QuoteMeta(parts[index])
	}
	assert.Regexp(t, strings.Join(parts, ".*"), said)
}

// guideShell is a terminal in which the folder stays what the page made it.
type guideShell struct{ folder, otlp, metrics string }

func (g *guideShell) command(t *testing.T, text string) *exec.Cmd {
	t.Helper()
	command := exec.Command("bash", "-euo", "pipefail", "-c", text)
	command.Dir = g.folder
	command.Env = append(os.Environ(), "LAPIDARY="+root(t), "LAPIDARY_OTLP="+g.otlp, "LAPIDARY_METRICS_PORT="+g.metrics,
		"GIT_AUTHOR_NAME=Vera", "GIT_AUTHOR_EMAIL=vera@orders.example",
		"GIT_COMMITTER_NAME=Vera", "GIT_COMMITTER_EMAIL=vera@orders.example",
		"PATH="+filepath.Join(root(t), "dist")+":"+os.Getenv("PATH"),
		// What was compiled for the project need not be compiled again each time.
		"CARGO_TARGET_DIR="+filepath.Join(root(t), "target", "guide"))
	return command
}

func (g *guideShell) run(t *testing.T, text string) string {
	t.Helper()
	// The page says `target`, which is not where this test has it built.
	text = strings.ReplaceAll(text, " target/", " $CARGO_TARGET_DIR/")
	output, err := g.command(t, text+"\npwd > "+g.folder+"/.pwd").CombinedOutput()
	require.NoError(t, err, text+"\n"+string(output))
	if strings.Contains(text, "\ncd ") {
		pwd, err := os.ReadFile(filepath.Join(g.folder, ".pwd"))
		require.NoError(t, err)
		g.folder = strings.TrimSpace(string(pwd))
	}
	return string(output)
}

// collect starts the Collector as the page says, sends the case's batch through
// it and ends it.
func (g *guideShell) collect(t *testing.T, text string) {
	t.Helper()
	stop := g.start(t, text)
	input := filepath.Join(g.folder, "testdata", "marks-slow-spans", "input.json")
	one, err := os.ReadFile(input)
	require.NoError(t, err)
	lines := filepath.Join(t.TempDir(), "input.jsonl")
	require.NoError(t, os.WriteFile(lines, append([]byte(strings.ReplaceAll(string(one), "\n", "")), '\n'), 0o600))
	g.send(t, lines)
	stop()
}

func (g *guideShell) send(t *testing.T, lines string) {
	t.Helper()
	output, err := sender(t, &collector{endpoint: g.otlp}, lines).CombinedOutput()
	require.NoError(t, err, string(output))
}

// start starts the Collector as the page says, and returns what ends it.
func (g *guideShell) start(t *testing.T, text string) func() {
	t.Helper()
	running := g.command(t, "exec "+text)
	log := new(bytes.Buffer)
	running.Stdout, running.Stderr = log, log
	require.NoError(t, running.Start())
	ended := false
	t.Cleanup(func() {
		if !ended {
			_ = running.Process.Kill()
			_ = running.Wait()
			t.Log(log.String())
		}
	})
	waitFor(t, "the Collector listens", func() bool {
		connection, err := net.DialTimeout("tcp", g.otlp, time.Second)
		if err == nil {
			_ = connection.Close()
		}
		return err == nil
	})
	return func() {
		require.NoError(t, running.Process.Signal(syscall.SIGTERM))
		require.NoError(t, running.Wait())
		ended = true
	}
}
