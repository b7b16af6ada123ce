package lapidaryprocessor

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor/processortest"
)

// recorded returns the recorded spans as one batch of so many, or a few more.
func recorded(b *testing.B, spans int) ptrace.Traces {
	b.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "testdata", "recordings", "*", "spans.jsonl"))
	require.NoError(b, err)
	require.NotEmpty(b, files, "testdata/recordings has no recordings")
	all := ptrace.NewTraces()
	for all.SpanCount() < spans {
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(b, err)
			for _, line := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
				traces, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(line)
				require.NoError(b, err)
				if all.SpanCount() < spans {
					traces.ResourceSpans().MoveAndAppendTo(all.ResourceSpans())
				}
			}
		}
	}
	return all
}

// BenchmarkConsumeTraces tells the time per span of a whole batch, views and edits
// included. Each is a copy, for the processor changes what it gets.
func BenchmarkConsumeTraces(b *testing.B) { benchmarkBatches(b, 1000) }

// BenchmarkSmallBatches tells what a call costs that has little to do.
func BenchmarkSmallBatches(b *testing.B) { benchmarkBatches(b, 5) }

func benchmarkBatches(b *testing.B, spans int) {
	chains := map[string][]PluginConfig{}
	one := func(name string) PluginConfig {
		return PluginConfig{Module: module(b, name), Rules: filepath.Join("..", "..", "rules", name, "base.yaml")}
	}
	for _, name := range []string{"enrich-order-status", "sample-adaptively", "redact-pii"} {
		chains[name] = []PluginConfig{one(name)}
	}
	chains["all three"] = []PluginConfig{one("enrich-order-status"), one("sample-adaptively"), one("redact-pii")}
	chains["unchanged"] = []PluginConfig{{Module: module(b, misbehaving), Rules: rules("does: pass")}}
	traces := recorded(b, spans)
	for name, plugins := range chains {
		b.Run(name, func(b *testing.B) {
			config := createDefaultConfig().(*Config)
			config.Plugins = plugins
			config.Clock = ClockEventTime
			config.Timeout = 10 * time.Second
			p, err := NewFactory().CreateTraces(context.Background(), processortest.NewNopSettings(NewFactory().Type()), config, consumertest.NewNop())
			require.NoError(b, err)
			require.NoError(b, p.Start(context.Background(), componenttest.NewNopHost()))
			b.Cleanup(func() { require.NoError(b, p.Shutdown(context.Background())) })
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				in := ptrace.NewTraces()
				traces.CopyTo(in)
				b.StartTimer()
				if err := p.ConsumeTraces(context.Background(), in); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*traces.SpanCount()), "ns/span")
		})
	}
	b.Run("marshal and unmarshal alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			bytes, err := marshaler.MarshalTraces(traces)
			require.NoError(b, err)
			_, err = unmarshaler.UnmarshalTraces(bytes)
			require.NoError(b, err)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*traces.SpanCount()), "ns/span")
	})
}
