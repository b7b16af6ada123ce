package lapidaryprocessor

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
	"github.com/lapidary-dev/lapidary/collector/lapidaryprocessor/internal/metadata"
)

// pluginTelemetry counts what one plugin of one processor does.
type pluginTelemetry struct {
	builder    *metadata.TelemetryBuilder
	attributes []attribute.KeyValue
	// Made once: an attribute set for every batch would be garbage.
	add     []metric.AddOption
	observe []metric.RecordOption
	gauge   metric.MeasurementOption
	// info are the attributes that say what runs.
	info metric.MeasurementOption
	// counters are the names of the plugin's own.
	counters map[string]bool
}

func newPluginTelemetry(builder *metadata.TelemetryBuilder, processor component.ID, place int, manifest *plugin.Manifest, shadow bool) (*pluginTelemetry, error) {
	attributes := []attribute.KeyValue{
		attribute.String("processor", processor.String()),
		attribute.Int("place", place),
		attribute.String("plugin", manifest.Name),
	}
	if shadow {
		attributes = append(attributes, attribute.Bool("shadow", true))
	}
	option := metric.WithAttributeSet(attribute.NewSet(attributes...))
	t := &pluginTelemetry{
		builder:    builder,
		attributes: attributes,
		add:        []metric.AddOption{option},
		observe:    []metric.RecordOption{option},
		gauge:      option,
		counters:   make(map[string]bool),
	}
	for _, counter := range manifest.Counters {
		if !isMetricName(counter.Name) {
			return nil, fmt.Errorf("found a counter named `%s`; expected lower case letters, digits and underscores", counter.Name)
		}
		t.counters[counter.Name] = true
	}
	return t, nil
}

// with are the attributes and more; ours win over others of the same name.
func (t *pluginTelemetry) with(more ...attribute.KeyValue) metric.MeasurementOption {
	return metric.WithAttributeSet(attribute.NewSet(append(more, t.attributes...)...))
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
	if !t.counters[name] {
		return nil
	}
	attributes := make([]attribute.KeyValue, 0, len(labels)+1+len(t.attributes))
	for _, label := range labels {
		attributes = append(attributes, attribute.String(label.Key, label.Value))
	}
	attributes = append(attributes, attribute.String("counter", name))
	add := []metric.AddOption{t.with(attributes...)}
	return func(delta uint64) {
		t.builder.ProcessorLapidaryPluginCount.Add(context.Background(), int64(min(delta, math.MaxInt64)), add...)
	}
}

// called counts a call, which took so long where it ended well.
func (t *pluginTelemetry) called(ctx context.Context, took time.Duration, err error) {
	t.builder.ProcessorLapidaryCalls.Add(ctx, 1, t.add...)
	if err == nil {
		t.builder.ProcessorLapidaryCallDuration.Record(ctx, took.Seconds(), t.observe...)
		return
	}
	kind := "failure"
	var trap *plugin.Trap
	if errors.As(err, &trap) {
		kind = string(trap.Reason)
	}
	t.builder.ProcessorLapidaryFailures.Add(ctx, 1, t.with(attribute.String("kind", kind)))
}

func (t *pluginTelemetry) trapped(ctx context.Context, reason plugin.Reason) {
	t.builder.ProcessorLapidaryTraps.Add(ctx, 1, t.with(attribute.String("reason", string(reason))))
}
