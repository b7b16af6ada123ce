package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"
)

// A side is one way through a Collector: processors in order, and behind them
// any number of branches that each get all that is left.
type side struct {
	processors []processorConfig
	branches   [][]processorConfig
}

func inOrder(processors ...processorConfig) side { return side{processors: processors} }

type processorConfig struct {
	factory processor.Factory
	yaml    string
}

type comparison struct {
	what         string
	ours, theirs side
}

type result struct {
	ours, theirs       float64
	oursOut, theirsOut int
}

func (r result) ratio() float64 { return r.theirs / r.ours }

func (c comparison) names() string {
	names := namesOf(c.theirs.processors)
	for _, branch := range c.theirs.branches {
		names += ", " + namesOf(branch)
	}
	return names
}

func namesOf(processors []processorConfig) string {
	names := make([]string, 0, len(processors))
	for _, config := range processors {
		names = append(names, config.factory.Type().String())
	}
	return strings.Join(names, " + ")
}

// contest is a comparison at one size of batches.
type contest struct {
	batches                []ptrace.Traces
	ours, theirs           *running
	oursTimes, theirsTimes []float64
	result                 result
}

// measure compares at every size; the sizes take turns, so that what else the
// machine does meets all of them.
func (c comparison) measure(sizes [][]ptrace.Traces, rounds int) ([]result, error) {
	var contests []*contest
	for _, batches := range sizes {
		contest := &contest{batches: batches}
		var err error
		if contest.ours, err = c.ours.start(); err != nil {
			return nil, fmt.Errorf("ours: %w", err)
		}
		defer contest.ours.stop()
		if contest.theirs, err = c.theirs.start(); err != nil {
			return nil, fmt.Errorf("theirs: %w", err)
		}
		defer contest.theirs.stop()
		// The first round warms caches, pools and lazily built automata.
		if err := contest.round(); err != nil {
			return nil, err
		}
		contest.oursTimes, contest.theirsTimes = nil, nil
		contest.result = result{oursOut: contest.ours.end.seen, theirsOut: contest.theirs.end.seen}
		contests = append(contests, contest)
	}
	for range rounds {
		for _, contest := range contests {
			if err := contest.round(); err != nil {
				return nil, err
			}
		}
	}
	results := make([]result, 0, len(contests))
	for _, contest := range contests {
		contest.result.ours, contest.result.theirs = median(contest.oursTimes), median(contest.theirsTimes)
		results = append(results, contest.result)
	}
	return results, nil
}

// round sends every batch through both sides.
func (c *contest) round() error {
	var ours, theirs time.Duration
	for _, batch := range c.batches {
		spent, err := c.ours.time(batch)
		if err != nil {
			return err
		}
		ours += spent
		if spent, err = c.theirs.time(batch); err != nil {
			return err
		}
		theirs += spent
	}
	spans := float64(spansOf(c.batches))
	c.oursTimes = append(c.oursTimes, float64(ours.Nanoseconds())/spans)
	c.theirsTimes = append(c.theirsTimes, float64(theirs.Nanoseconds())/spans)
	return nil
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// A running side: the first processor to send to, and what arrived at the end.
type running struct {
	first   consumer.Traces
	started []processor.Traces
	end     *counter
}

// counter is the end of all branches.
type counter struct {
	lock sync.Mutex
	seen int
}

func (c *counter) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

func (c *counter) ConsumeTraces(_ context.Context, traces ptrace.Traces) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.seen += traces.SpanCount()
	return nil
}

// fanOut gives every branch a copy but the last, as the Collector does.
type fanOut []consumer.Traces

func (f fanOut) Capabilities() consumer.Capabilities { return consumer.Capabilities{MutatesData: true} }

func (f fanOut) ConsumeTraces(ctx context.Context, traces ptrace.Traces) error {
	for _, branch := range f[:len(f)-1] {
		own := ptrace.NewTraces()
		traces.CopyTo(own)
		if err := branch.ConsumeTraces(ctx, own); err != nil {
			return err
		}
	}
	return f[len(f)-1].ConsumeTraces(ctx, traces)
}

func (s side) start() (*running, error) {
	side := &running{end: &counter{}}
	var last consumer.Traces = side.end
	if len(s.branches) > 0 {
		var branches fanOut
		for _, processors := range s.branches {
			first, err := side.chain(processors, side.end)
			if err != nil {
				return nil, err
			}
			branches = append(branches, first)
		}
		last = branches
	}
	var err error
	side.first, err = side.chain(s.processors, last)
	return side, err
}

// chain starts processors in front of a consumer.
func (r *running) chain(processors []processorConfig, next consumer.Traces) (consumer.Traces, error) {
	for _, config := range slices.Backward(processors) {
		parsed, err := config.parse()
		if err != nil {
			return nil, err
		}
		settings := processortest.NewNopSettings(config.factory.Type())
		created, err := config.factory.CreateTraces(context.Background(), settings, parsed, next)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", config.factory.Type(), err)
		}
		if err := created.Start(context.Background(), componenttest.NewNopHost()); err != nil {
			return nil, fmt.Errorf("%s: %w", config.factory.Type(), err)
		}
		r.started = append(r.started, created)
		next = created
	}
	return next, nil
}

func (c processorConfig) parse() (component.Config, error) {
	retrieved, err := confmap.NewRetrievedFromYAML([]byte(c.yaml))
	if err != nil {
		return nil, err
	}
	conf, err := retrieved.AsConf()
	if err != nil {
		return nil, err
	}
	config := c.factory.CreateDefaultConfig()
	if err := conf.Unmarshal(config); err != nil {
		return nil, fmt.Errorf("%s: %w", c.factory.Type(), err)
	}
	if validator, ok := config.(interface{ Validate() error }); ok {
		if err := validator.Validate(); err != nil {
			return nil, fmt.Errorf("%s: %w", c.factory.Type(), err)
		}
	}
	return config, nil
}

func (r *running) time(batch ptrace.Traces) (time.Duration, error) {
	traces := ptrace.NewTraces()
	batch.CopyTo(traces)
	start := time.Now()
	err := r.first.ConsumeTraces(context.Background(), traces)
	return time.Since(start), err
}

func (r *running) stop() {
	for _, started := range slices.Backward(r.started) {
		_ = started.Shutdown(context.Background())
	}
}
