package lapidaryprocessor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
	"github.com/lapidary-dev/lapidary/collector/lapidaryprocessor/internal/metadata"
)

var (
	marshaler   ptrace.ProtoMarshaler
	unmarshaler ptrace.ProtoUnmarshaler
)

// misbehaving is a plugin that does what its rules say. It keeps state and
// declares `block`.
const misbehaving = "misbehaving"

func module(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "dist", name+".wasm")
	_, err := os.Stat(path)
	require.NoError(t, err, "build the components first: `make build` in the project's root")
	return path
}

func rules(lines ...string) map[string]any {
	all := make(map[string]any)
	for _, line := range lines {
		key, value, _ := strings.Cut(line, ": ")
		all[key] = value
	}
	return all
}

// running is a processor between its start and the end of the test.
type running struct {
	*tracesProcessor
	sink      *consumertest.TracesSink
	logs      *observer.ObservedLogs
	telemetry *componenttest.Telemetry
}

func create(t testing.TB, change func(*Config), plugins ...PluginConfig) *running {
	t.Helper()
	sink := new(consumertest.TracesSink)
	p := createBefore(t, sink, change, plugins...)
	p.sink = sink
	return p
}

// createBefore makes a processor that hands on to this consumer.
func createBefore(t testing.TB, next consumer.Traces, change func(*Config), plugins ...PluginConfig) *running {
	t.Helper()
	config := createDefaultConfig().(*Config)
	config.Plugins = plugins
	// Long enough for a busy machine; what spins has less.
	config.Timeout = 10 * time.Second
	config.MemoryLimitMiB = 16
	config.ReloadInterval = 0
	if change != nil {
		change(config)
	}
	require.NoError(t, config.Validate())
	// What another test left is no state of this one.
	handedOn.clear()
	core, logs := observer.New(zap.InfoLevel)
	telemetry := componenttest.NewTelemetry()
	t.Cleanup(func() { assert.NoError(t, telemetry.Shutdown(context.Background())) })
	set := processor.Settings{ID: processortest.NewNopSettings(metadata.Type).ID, TelemetrySettings: telemetry.NewTelemetrySettings()}
	set.Logger = zap.New(core)
	p, err := newTracesProcessor(set, config, next)
	require.NoError(t, err)
	return &running{tracesProcessor: p, logs: logs, telemetry: telemetry}
}

func start(t testing.TB, change func(*Config), plugins ...PluginConfig) *running {
	t.Helper()
	p := create(t, change, plugins...)
	require.NoError(t, p.Start(context.Background(), componenttest.NewNopHost()))
	t.Cleanup(func() { assert.NoError(t, p.Shutdown(context.Background())) })
	return p
}

// reload has a stage look at its files as often as it must before it takes
// them.
func (r *running) reload(index int) {
	now := time.Now()
	at := func() time.Time { return now }
	if r.look(context.Background(), index, at) {
		now = now.Add(settleTime)
		r.look(context.Background(), index, at)
	}
}

// runs is the generation of a stage that runs now.
func (r *running) runs(index int) *generation { return r.current.Load().generations[index] }

// state is what a plugin keeps now, looked at between two calls: a tick may be one.
func (r *running) state(index int) []plugin.Entry {
	g := r.runs(index)
	g.instances.permits <- struct{}{}
	defer func() { <-g.instances.permits }()
	return g.entries.All()
}

// batch makes a span of each name, in two resources.
func batch(names ...string) ptrace.Traces {
	traces := ptrace.NewTraces()
	for index, name := range names {
		if index%2 == 0 {
			resource := traces.ResourceSpans().AppendEmpty()
			resource.Resource().Attributes().PutStr("service.name", fmt.Sprint("shop-", index))
			resource.ScopeSpans().AppendEmpty().Scope().SetName("test")
		}
		spans := traces.ResourceSpans().At(index / 2).ScopeSpans().At(0).Spans()
		span := spans.AppendEmpty()
		span.SetName(name)
		span.SetTraceID(pcommon.TraceID{1, byte(index)})
		span.SetSpanID(pcommon.SpanID{2, byte(index)})
		span.SetEndTimestamp(pcommon.Timestamp(1_700_000_000_000_000_000 + index))
	}
	return traces
}

// batchNumbered is one whose spans are of other traces than those of other numbers.
func batchNumbered(number int, names ...string) ptrace.Traces {
	traces := batch(names...)
	for _, resource := range traces.ResourceSpans().All() {
		for _, span := range resource.ScopeSpans().At(0).Spans().All() {
			id := span.TraceID()
			id[8], id[9], id[10] = byte(number>>8), byte(number), 1
			span.SetTraceID(id)
		}
	}
	return traces
}

func names(all ...ptrace.Traces) []string {
	names := []string{}
	for _, traces := range all {
		for _, resource := range traces.ResourceSpans().All() {
			for _, scope := range resource.ScopeSpans().All() {
				for _, span := range scope.Spans().All() {
					names = append(names, span.Name())
				}
			}
		}
	}
	return names
}

// sum adds up all points of a counter that have this attribute, or all.
func (r *running) sum(t testing.TB, name string, with ...attribute.KeyValue) int64 {
	t.Helper()
	metric, err := r.telemetry.GetMetric("otelcol_processor_lapidary_" + name)
	if err != nil {
		return 0
	}
	var points []metricdata.DataPoint[int64]
	switch data := metric.Data.(type) {
	case metricdata.Sum[int64]:
		points = data.DataPoints
	case metricdata.Gauge[int64]:
		points = data.DataPoints
	}
	var sum int64
point:
	for _, point := range points {
		for _, wanted := range with {
			if found, _ := point.Attributes.Value(wanted.Key); found != wanted.Value {
				continue point
			}
		}
		sum += point.Value
	}
	return sum
}

func (r *running) logText() string {
	var text strings.Builder
	for _, entry := range r.logs.All() {
		fmt.Fprintln(&text, entry.Level, entry.Message, entry.ContextMap())
	}
	return text.String()
}

func writeFile(t testing.TB, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}
