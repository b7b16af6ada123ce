package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// root is the project's folder, in which configs and recordings have relative
// paths.
func root(t testing.TB) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	return path
}

// built returns the path of a file that `make build` makes.
func built(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(root(t), "dist", name)
	_, err := os.Stat(path)
	require.NoError(t, err, "run `make build` in the project's root first")
	return path
}

// runs returns the recordings, in the order of their names.
func runs(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root(t), "testdata", "recordings", "*", "spans.jsonl"))
	require.NoError(t, err)
	require.NotEmpty(t, files, "testdata/recordings has no recordings")
	return files
}

// collector is a running dist/otelcol-lapidary.
type collector struct {
	command  *exec.Cmd
	endpoint string
	metrics  string
	health   string
	// out is where it writes inside.jsonl and outside.jsonl.
	out string
	log *logText
}

// logText is what a Collector writes to its log, which may be read meanwhile.
type logText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logText) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(text)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// startCollector returns when the Collector is ready for spans.
func startCollector(t *testing.T, config string, flags ...string) *collector {
	t.Helper()
	for _, plugin := range []string{"enrich-order-status", "sample-adaptively", "redact-pii", "hash-operator-id"} {
		built(t, plugin+".wasm")
	}
	prepared(t)

	c := &collector{endpoint: freeAddress(t), metrics: freeAddress(t), health: freeAddress(t), out: t.TempDir(), log: new(logText)}
	_, metricsPort, err := net.SplitHostPort(c.metrics)
	require.NoError(t, err)
	c.command = exec.Command(built(t, "otelcol-lapidary"), append(flags, "--config", config)...)
	c.command.Dir = root(t)
	c.command.Env = append(os.Environ(),
		"LAPIDARY_OTLP="+c.endpoint, "LAPIDARY_HEALTH="+c.health, "LAPIDARY_METRICS_PORT="+metricsPort,
		"LAPIDARY_SPAN_METRICS="+freeAddress(t), "LAPIDARY_OUT="+c.out)
	c.command.Stdout, c.command.Stderr = c.log, c.log
	require.NoError(t, c.command.Start())
	t.Cleanup(func() {
		if c.command.ProcessState == nil {
			_ = c.command.Process.Kill()
			_ = c.command.Wait()
		}
		if t.Failed() {
			t.Log(c.log.String())
		}
	})
	waitFor(t, "the Collector is ready", func() bool { return c.answers() == http.StatusOK })
	return c
}

// answers is what its health check answers, 0 where it does not.
func (c *collector) answers() int {
	answer, err := http.Get("http://" + c.health)
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	return answer.StatusCode
}

// prepared makes what the configs of deploy need.
func prepared(t *testing.T) {
	t.Helper()
	prepare := exec.Command(filepath.Join(root(t), "deploy", "prepare.sh"))
	output, err := prepare.CombinedOutput()
	require.NoError(t, err, string(output))
}

// stop ends the Collector as an operator would, and waits until what it had
// in hand is written.
func (c *collector) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, c.command.Process.Signal(syscall.SIGTERM))
	ended := make(chan error, 1)
	go func() { ended <- c.command.Wait() }()
	select {
	case err := <-ended:
		require.NoError(t, err, c.log.String())
	case <-time.After(20 * time.Second):
		require.NoError(t, c.command.Process.Kill())
		t.Fatal("the Collector did not end within 20s after SIGTERM")
	}
}

// metric adds up a metric of the Collector's own over all its labels.
func (c *collector) metric(t *testing.T, name string) float64 {
	t.Helper()
	return c.metricWith(t, name, `(?:\{.*\})?`)
}

// metricWith adds up a metric under the labels that this matches.
func (c *collector) metricWith(t *testing.T, name, labels string) float64 {
	t.Helper()
	answer, err := http.Get("http://" + c.metrics + "/metrics")
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	var sum float64
	for _, line := range regexp.MustCompile(`(?m)^`+name+labels+` (\S+)$`).FindAllStringSubmatch(string(text), -1) {
		value, err := strconv.ParseFloat(line[1], 64)
		require.NoError(t, err)
		sum += value
	}
	return sum
}

// sender returns a command that sends recordings from a process of its own.
func sender(t *testing.T, c *collector, arguments ...string) *exec.Cmd {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "send-otlp")
	build := exec.Command("go", "build", "-o", binary, "../cmd/send-otlp")
	output, err := build.CombinedOutput()
	require.NoError(t, err, string(output))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return exec.CommandContext(ctx, binary, append([]string{"-endpoint", c.endpoint}, arguments...)...)
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().String()
}

func waitFor(t *testing.T, what string, met func() bool) {
	t.Helper()
	assert.Eventually(t, met, 30*time.Second, 20*time.Millisecond, what)
	if t.Failed() {
		t.FailNow()
	}
}

// lapidary runs the command line in the project's root.
func lapidary(t *testing.T, arguments ...string) string {
	t.Helper()
	command := exec.Command(built(t, "lapidary"), arguments...)
	command.Dir = root(t)
	output, err := command.CombinedOutput()
	require.NoError(t, err, fmt.Sprint("lapidary ", strings.Join(arguments, " "), "\n", string(output)))
	return string(output)
}
