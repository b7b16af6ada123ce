package lapidaryprocessor

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
	"github.com/lapidary-dev/lapidary/collector/lapidaryprocessor/internal/metadata"
)

// counterPrefix keeps a plugin's counters apart from the processor's own: a
// plugin may well have its own idea of `spans_dropped`.
const counterPrefix = "otelcol_processor_lapidary_plugin_"

// pluginTelemetry counts what one plugin of one processor does.
type pluginTelemetry struct {
	builder    *metadata.TelemetryBuilder
	meter      metric.Meter
	attributes []attribute.KeyValue
	// Made once: an attribute set for every batch would be garbage.
	add     []metric.AddOption
	observe []metric.RecordOption

	counters map[string]metric.Int64Counter
}

func newPluginTelemetry(builder *metadata.TelemetryBuilder, set component.TelemetrySettings, processor component.ID, manifest *plugin.Manifest, shadow bool) (*pluginTelemetry, error) {
	attributes := []attribute.KeyValue{
		attribute.String("processor", processor.String()),
		attribute.String("plugin", manifest.Name),
	}
	if shadow {
		attributes = append(attributes, attribute.Bool("shadow", true))
	}
	option := metric.WithAttributeSet(attribute.NewSet(attributes...))
	t := &pluginTelemetry{
		builder:    builder,
		meter:      metadata.Meter(set),
		attributes: attributes,
		add:        []metric.AddOption{option},
		observe:    []metric.RecordOption{option},
		counters:   make(map[string]metric.Int64Counter),
	}
	for _, counter := range manifest.Counters {
		if !isMetricName(counter.Name) {
			return nil, fmt.Errorf("found a counter named `%s`; expected lower case letters, digits and underscores", counter.Name)
		}
		instrument, err := t.meter.Int64Counter(counterPrefix+counter.Name,
			metric.WithDescription(counter.Description), metric.WithUnit(counter.Unit))
		if err != nil {
			return nil, fmt.Errorf("counter `%s`: %w", counter.Name, err)
		}
		t.counters[counter.Name] = instrument
	}
	return t, nil
}

func isMetricName(name string) bool {
	for _, letter := range name {
		if (letter < 'a' || letter > 'z') && (letter < '0' || letter > '9') && letter != '_' {
			return false
		}
	}
	return name != "" && len(name) <= 64
}

// counter returns what adds to a counter of the plugin's own, or nil where the
// manifest names no such counter.
func (t *pluginTelemetry) counter(name string, labels []plugin.Label) func(uint64) {
	instrument, ok := t.counters[name]
	if !ok {
		return nil
	}
	// Our own attributes come last, so they win over labels of the same name.
	var attributes []attribute.KeyValue
	for _, label := range labels {
		attributes = append(attributes, attribute.String(label.Key, label.Value))
	}
	attributes = append(attributes, t.attributes...)
	add := []metric.AddOption{metric.WithAttributeSet(attribute.NewSet(attributes...))}
	return func(delta uint64) { instrument.Add(context.Background(), int64(delta), add...) }
}

func (t *pluginTelemetry) called(ctx context.Context, took time.Duration) {
	t.builder.ProcessorLapidaryCallDuration.Record(ctx, took.Seconds(), t.observe...)
}

// processed counts a batch, of which the plugin answered for this many spans.
// The others count as blocked or passed.
func (t *pluginTelemetry) processed(ctx context.Context, answered, changed, dropped int) {
	t.builder.ProcessorLapidarySpansIn.Add(ctx, int64(answered), t.add...)
	t.builder.ProcessorLapidarySpansOut.Add(ctx, int64(answered-dropped), t.add...)
	t.builder.ProcessorLapidarySpansChanged.Add(ctx, int64(changed), t.add...)
	t.builder.ProcessorLapidarySpansDropped.Add(ctx, int64(dropped), t.add...)
}

// made counts spans of the plugin's own.
func (t *pluginTelemetry) made(ctx context.Context, spans int) {
	t.builder.ProcessorLapidarySpansOut.Add(ctx, int64(spans), t.add...)
}

func (t *pluginTelemetry) trapped(ctx context.Context, reason plugin.Reason) {
	attributes := append([]attribute.KeyValue{attribute.String("reason", string(reason))}, t.attributes...)
	t.builder.ProcessorLapidaryTraps.Add(ctx, 1, metric.WithAttributeSet(attribute.NewSet(attributes...)))
}

func (t *pluginTelemetry) paused(ctx context.Context, paused bool) {
	value := int64(0)
	if paused {
		value = 1
	}
	t.builder.ProcessorLapidaryPaused.Record(ctx, value, t.observe...)
}
