package lapidaryprocessor

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// registerGauges has the Collector ask what runs now whenever it reads the metrics: so
// nothing of a generation that is over is told.
func (p *tracesProcessor) registerGauges() error {
	whole := func(value func(*generation) int64) metric.Int64Callback {
		return func(_ context.Context, observer metric.Int64Observer) error {
			p.each(func(_ int, g *generation) { observer.Observe(value(g), g.telemetry.gauge) })
			return nil
		}
	}
	state := func(value func(*generation) int64) metric.Int64Callback {
		return func(_ context.Context, observer metric.Int64Observer) error {
			p.eachWithState(func(g *generation) { observer.Observe(value(g), g.telemetry.gauge) })
			return nil
		}
	}
	t := p.telemetry
	return errors.Join(
		t.RegisterProcessorLapidaryPausedCallback(whole(func(g *generation) int64 { return oneIf(g.breaker.isOpen()) })),
		t.RegisterProcessorLapidaryMemoryCallback(whole(func(g *generation) int64 { return g.instances.memory.Load() })),
		t.RegisterProcessorLapidaryStateSizeCallback(state(func(g *generation) int64 { return g.held.bytes.Load() })),
		t.RegisterProcessorLapidaryStateEntriesCallback(state(func(g *generation) int64 { return g.held.entries.Load() })),
		t.RegisterProcessorLapidaryStateAgeCallback(func(_ context.Context, observer metric.Float64Observer) error {
			p.eachWithState(func(g *generation) {
				observer.Observe(time.Since(time.Unix(0, g.held.told.Load())).Seconds(), g.telemetry.gauge)
			})
			return nil
		}),
		t.RegisterProcessorLapidaryOutOfDateCallback(func(_ context.Context, observer metric.Int64Observer) error {
			p.each(func(index int, g *generation) {
				observer.Observe(oneIf(p.stages[index].outOfDate.Load()), g.telemetry.gauge)
			})
			return nil
		}),
		t.RegisterProcessorLapidaryPluginInfoCallback(func(_ context.Context, observer metric.Int64Observer) error {
			p.each(func(_ int, g *generation) { observer.Observe(1, g.telemetry.info) })
			return nil
		}),
	)
}

// each visits what runs, if anything does.
func (p *tracesProcessor) each(visit func(index int, g *generation)) {
	chain := p.current.Load()
	// Where a swap is quicker, what it put in place is told the next time.
	if chain == nil || !chain.take() {
		return
	}
	defer chain.release()
	for index, generation := range chain.generations {
		visit(index, generation)
	}
}

func (p *tracesProcessor) eachWithState(visit func(g *generation)) {
	p.each(func(_ int, g *generation) {
		if g.keepsState() {
			visit(g)
		}
	})
}

func oneIf(is bool) int64 {
	if is {
		return 1
	}
	return 0
}

// info are the attributes that say what runs.
func (g *generation) info() metric.MeasurementOption {
	return metric.WithAttributeSet(attribute.NewSet(append([]attribute.KeyValue{
		attribute.String("version", g.manifest.Version),
		attribute.String("module_hash", g.hashes.module),
		attribute.String("rules_hash", g.hashes.rules),
	}, g.telemetry.attributes...)...))
}

// hashes are those that people compare, of a module and of rules.
type hashes struct{ module, rules string }

// hashes returns those of the module, and of all documents, each with its length
// before it.
func (s *sources) hashes() hashes {
	var all []byte
	for _, document := range s.documents {
		all = binary.LittleEndian.AppendUint64(all, uint64(len(document.Text)))
		all = append(all, document.Text...)
	}
	return hashes{module: shortHash(s.module), rules: shortHash(all)}
}

// shortHash is enough to tell one from another, and short enough to read.
func shortHash(bytes []byte) string {
	sum := sha256.Sum256(bytes)
	return hex.EncodeToString(sum[:6])
}
