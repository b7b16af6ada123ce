//go:build linux

package plugin

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/lapidary-dev/lapidary/collector/internal/view"
)

// BenchmarkMeterCost measures what the meter costs: each plugin as it ships, and
// the same code without a meter and without any limit, which no host would run.
// Both get the same views of the recorded spans, in turn; a line holds the quickest
// times and, as metered-%, by how much the first is slower.
//
// LAPIDARY_BARE is the folder that `lapidary componentize --no-meter` wrote the
// others to; `make bench` does both.
func BenchmarkMeterCost(b *testing.B) {
	bare := os.Getenv("LAPIDARY_BARE")
	if bare == "" {
		b.Skip("LAPIDARY_BARE names no folder; `make bench` in the project's root writes one")
	}
	root := filepath.Join("..", "..", "..")
	traces := recordedTraces(b, filepath.Join(root, "testdata", "recordings"), 500)
	for _, name := range []string{"enrich-order-status", "hash-operator-id", "redact-pii", "sample-adaptively"} {
		b.Run(name, func(b *testing.B) {
			rules, err := os.ReadFile(filepath.Join(root, "rules", name, "base.yaml"))
			require.NoError(b, err)
			run := func(file string, limited bool) func() time.Duration {
				wasm, err := os.ReadFile(file)
				require.NoError(b, err)
				return timed(b, compileFor(b, wasm, limited), string(rules), traces)
			}
			metered, unlimited := run(filepath.Join(root, "dist", name+".wasm"), true), run(filepath.Join(bare, name+".wasm"), false)
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			var with, without []time.Duration
			for b.Loop() {
				with = append(with, metered())
				without = append(without, unlimited(), unlimited())
				with = append(with, metered())
			}
			fast, slow := quickest(without), quickest(with)
			b.ReportMetric(float64(slow.Microseconds()), "metered-µs")
			b.ReportMetric(float64(fast.Microseconds()), "bare-µs")
			b.ReportMetric(100*(float64(slow)/float64(fast)-1), "metered-%")
		})
	}
}

// compileFor is Compile, but with no limit at all where a module is not metered.
func compileFor(b *testing.B, file []byte, limited bool) *Module {
	b.Helper()
	settings := Settings{Timeout: time.Minute, StartTimeout: time.Minute, MemoryLimitMiB: 128, RoundsPerRefill: defaultRoundsPerRefill}
	if limited {
		module := compile(b, file, settings)
		require.Empty(b, module.Warning())
		return module
	}
	core, err := findCore(file)
	require.NoError(b, err)
	require.Equal(b, meteredNo, core.metered)
	config, err := compilerConfig()
	require.NoError(b, err)
	settings.Clock = systemClock
	// Said to be metered, so that no call has a context with a deadline.
	module := &Module{settings: settings, runtime: wazero.NewRuntimeWithConfig(context.Background(), config), metered: meteredYes}
	require.NoError(b, module.compile(context.Background(), core.wasm))
	b.Cleanup(func() { require.NoError(b, module.Close(context.Background())) })
	return module
}

// timed returns what hands all batches to an instance, and says how long that took.
func timed(b *testing.B, module *Module, rules string, traces []ptrace.Traces) func() time.Duration {
	b.Helper()
	instance, err := module.NewInstance(&recordingHost{secrets: map[string][]byte{"operator-key-1": make([]byte, 32)}})
	require.NoError(b, err)
	configured, problems, err := instance.Configure([]Document{{Name: "/rules/base.yaml", Text: rules}})
	require.NoError(b, err)
	require.Empty(b, problems)
	maker, err := view.New(configured.Sight)
	require.NoError(b, err)
	var views [][]byte
	for _, batch := range traces {
		views = append(views, maker.Make(nil, batch, 0, view.All, 0).Bytes)
	}
	return func() time.Duration {
		began := threadTime(threadID())
		for _, bytes := range views {
			if _, err := instance.Process(bytes, testNow, time.Minute, anyEdits); err != nil {
				b.Fatal(err)
			}
		}
		return threadTime(threadID()) - began
	}
}

// recordedTraces reads every recording, in batches of so many spans or a few more.
func recordedTraces(b *testing.B, folder string, spans int) (batches []ptrace.Traces) {
	b.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*", "spans.jsonl"))
	require.NoError(b, err)
	require.NotEmpty(b, files)
	current := ptrace.NewTraces()
	for _, path := range files {
		file, err := os.Open(path)
		require.NoError(b, err)
		lines := bufio.NewScanner(file)
		lines.Buffer(nil, 64<<20)
		for lines.Scan() {
			traces, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(lines.Bytes())
			require.NoError(b, err)
			traces.ResourceSpans().MoveAndAppendTo(current.ResourceSpans())
			if current.SpanCount() >= spans {
				batches = append(batches, current)
				current = ptrace.NewTraces()
			}
		}
		require.NoError(b, lines.Err())
		require.NoError(b, file.Close())
	}
	return append(batches, current)
}

// quickest is the time that one in ten took or less: whatever else runs on a
// machine makes a pass slower, and none faster.
func quickest(durations []time.Duration) time.Duration {
	return slices.Sorted(slices.Values(durations))[len(durations)/10]
}
