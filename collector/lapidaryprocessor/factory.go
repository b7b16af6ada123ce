package lapidaryprocessor

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/processor"

	"github.com/lapidary-dev/lapidary/collector/lapidaryprocessor/internal/metadata"
)

// NewFactory returns the factory of the `lapidary` processor.
func NewFactory() processor.Factory {
	return processor.NewFactory(
		metadata.Type,
		createDefaultConfig,
		processor.WithTraces(createTraces, metadata.TracesStability))
}

// createTraces loads every plugin, though nothing runs before Start: what is wrong
// with one is told by whoever only makes components, as `otelcol validate` does.
func createTraces(ctx context.Context, set processor.Settings, config component.Config, next consumer.Traces) (processor.Traces, error) {
	p, err := newTracesProcessor(set, config.(*Config), next)
	if err != nil {
		return nil, err
	}
	if p.loaded, err = p.loadAll(ctx); err != nil {
		return nil, err
	}
	return p, nil
}
