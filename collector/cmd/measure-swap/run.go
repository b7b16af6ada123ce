package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/lapidary-dev/lapidary/collector/internal/orders"
	"github.com/lapidary-dev/lapidary/collector/lapidaryprocessor"
)

// kind is what is changed in a swap, of which plugin.
type kind struct {
	name, plugin string
	change       func(f *files, round int) error
}

var kinds = []kind{
	{"rules of redact-pii", "redact-pii", newRules},
	{"module of redact-pii", "redact-pii", newModule},
	{"secret of hash-operator-id", "hash-operator-id", newSecret},
	{"rules of enrich-order-status", "enrich-order-status", newRules},
	{"module of enrich-order-status", "enrich-order-status", newModule},
}

func newRules(f *files, round int) error {
	return f.put("overlay.yaml", append(f.overlay(), fmt.Sprintf("# round %d\n", round)...))
}

// newModule is the same code with other bytes behind it, a custom section of the
// component: one of two, which the folder for compiled modules soon has both.
func newModule(f *files, round int) error {
	wasm, err := os.ReadFile(f.path("first.wasm"))
	if err != nil {
		return err
	}
	name := fmt.Sprintf("round-%03d", round%2)
	section := append([]byte{0, byte(len(name) + 1), byte(len(name))}, name...)
	return f.put("plugin.wasm", append(wasm, section...))
}

func newSecret(f *files, round int) error {
	return f.put("secret", fmt.Appendf(nil, "a secret of thirty-two bytes %03d", round%1000))
}

// overlay are the rules of this run before anything is changed.
func (f *files) overlay() []byte {
	text, _ := os.ReadFile(f.path("first.yaml"))
	return text
}

// run is a processor that runs, and what goes in and comes out.
type run struct {
	processor.Traces
	telemetry *componenttest.Telemetry
	sources   []*orders.Source
	in, out   atomic.Int64
}

func start(f *files, kind kind, open int) (*run, error) {
	if err := f.prepare(kind, open); err != nil {
		return nil, err
	}
	base := filepath.Join(f.root, "rules", kind.plugin, "base.yaml")
	plugin := lapidaryprocessor.PluginConfig{Module: f.path("plugin.wasm"), Rules: []any{base, f.path("overlay.yaml")}}
	if kind.plugin == "hash-operator-id" {
		plugin.Secrets = map[string]lapidaryprocessor.SecretConfig{"operator-key-1": {File: f.path("secret")}}
	}
	factory := lapidaryprocessor.NewFactory()
	config := factory.CreateDefaultConfig().(*lapidaryprocessor.Config)
	config.Plugins = []lapidaryprocessor.PluginConfig{plugin}
	config.MemoryLimitMiB = 1024
	config.ReloadInterval = 100 * time.Millisecond
	config.Timeout = 10 * time.Second
	config.CacheDir = f.path("compiled")

	r := &run{telemetry: componenttest.NewTelemetry()}
	set := processor.Settings{ID: processortest.NewNopSettings(factory.Type()).ID, TelemetrySettings: r.telemetry.NewTelemetrySettings()}
	sink, err := consumer.NewTraces(func(_ context.Context, traces ptrace.Traces) error {
		r.out.Add(int64(traces.SpanCount()))
		return nil
	}, consumer.WithCapabilities(consumer.Capabilities{MutatesData: true}))
	if err != nil {
		return nil, err
	}
	if r.Traces, err = factory.CreateTraces(context.Background(), set, config, sink); err != nil {
		return nil, err
	}
	if err := r.Start(context.Background(), componenttest.NewNopHost()); err != nil {
		return nil, err
	}
	r.open(open / senders)
	return r, nil
}

// prepare puts the files in place that the run begins with.
func (f *files) prepare(kind kind, open int) error {
	wasm, err := os.ReadFile(filepath.Join(f.root, "dist", kind.plugin+".wasm"))
	if err != nil {
		return err
	}
	overlay := ""
	if kind.plugin == "enrich-order-status" {
		room := open + open/4
		overlay = fmt.Sprintf("limits: { orders: %d, publishes: %d, traces: %d }\n", room, room, room)
	}
	for name, content := range map[string][]byte{"plugin.wasm": wasm, "first.wasm": wasm,
		"overlay.yaml": []byte(overlay), "first.yaml": []byte(overlay), "secret": []byte(strings.Repeat("first ", 6))} {
		if err := f.put(name, content); err != nil {
			return err
		}
	}
	return nil
}

// open begins all orders.
func (r *run) open(each int) {
	for sender := range senders {
		source := orders.NewSource(uint32(sender)+1, each, 10)
		for first := 0; first < each; first += 500 {
			r.consume(source.Opening(first, min(first+500, each)))
		}
		r.sources = append(r.sources, source)
	}
}

func (r *run) consume(batch ptrace.Traces) {
	r.in.Add(int64(batch.SpanCount()))
	if err := r.ConsumeTraces(context.Background(), batch); err != nil {
		// What did not go in is seen in the sums.
		fmt.Fprintln(os.Stderr, err)
	}
}

// swaps is how many generations took over.
func (r *run) swaps() (int64, error) {
	metric, err := r.telemetry.GetMetric("otelcol_processor_lapidary_swaps")
	if err != nil {
		return 0, err
	}
	return metric.Data.(metricdata.Sum[int64]).DataPoints[0].Value, nil
}
