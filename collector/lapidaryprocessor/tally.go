package lapidaryprocessor

import (
	"context"
	"sync"

	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
)

// tally is what one batch adds to the counters, once the next consumer has said yes:
// a sender brings again what was refused, and it would count twice.
type tally struct {
	places []counts
}

type tallyKey struct{}

// tallyOf is the tally of the batch that is on its way.
func tallyOf(ctx context.Context) *tally { return ctx.Value(tallyKey{}).(*tally) }

// counts are those of one plugin.
type counts struct {
	telemetry *pluginTelemetry
	// answered are the spans that it gave an answer for; dropped and changed are some
	// of these.
	answered, changed, dropped int
	// made are spans of its own.
	made int
	// blocked and passed are those that went by its failure policy.
	blocked, passed int
	// own is what it counts itself.
	own []plugin.Count
}

var tallies = sync.Pool{New: func() any { return new(tally) }}

func takeTally(places int) *tally {
	t := tallies.Get().(*tally)
	for len(t.places) < places {
		t.places = append(t.places, counts{})
	}
	return t
}

// give makes room for the next batch.
func (t *tally) give() {
	for index := range t.places {
		clear(t.places[index].own)
		t.places[index] = counts{own: t.places[index].own[:0]}
	}
	tallies.Put(t)
}

// at is where the plugin at one place counts.
func (t *tally) at(place int, telemetry *pluginTelemetry) *counts {
	t.places[place].telemetry = telemetry
	return &t.places[place]
}

// commit adds everything to the counters.
func (t *tally) commit(ctx context.Context) {
	for index := range t.places {
		if c := &t.places[index]; c.telemetry != nil {
			c.commit(ctx)
		}
	}
}

func (c *counts) commit(ctx context.Context) {
	b, add := c.telemetry.builder, c.telemetry.add
	b.ProcessorLapidarySpansIn.Add(ctx, int64(c.answered), add...)
	b.ProcessorLapidarySpansOut.Add(ctx, int64(c.answered-c.dropped+c.made), add...)
	b.ProcessorLapidarySpansChanged.Add(ctx, int64(c.changed), add...)
	b.ProcessorLapidarySpansDropped.Add(ctx, int64(c.dropped), add...)
	if c.blocked > 0 {
		b.ProcessorLapidarySpansBlocked.Add(ctx, int64(c.blocked), add...)
	}
	if c.passed > 0 {
		b.ProcessorLapidarySpansPassed.Add(ctx, int64(c.passed), add...)
	}
	for _, own := range c.own {
		own.Add(own.Delta)
	}
}
