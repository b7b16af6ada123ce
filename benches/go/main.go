// Command benches measures the lapidary processor against native processors of
// the Collector on the same recorded spans, in one run, one batch of ours after
// one of theirs, and prints a line per comparison.
//
//	go run . [-rounds 60] [-only WORDS] [-record FILE.csv]
//
// A time is that of ConsumeTraces, marshal and unmarshal included; the copy
// that each side gets of a batch is made before the clock starts.
package main

import (
	"context"
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"
)

func main() {
	rounds := flag.Int("rounds", 60, "batches that each side gets of every recording set")
	record := flag.String("record", "", "CSV file to write the figures to")
	root := flag.String("root", "../..", "root of the project")
	spans := flag.Int("spans", 1000, "spans of a batch, about")
	only := flag.String("only", "", "measure only the comparisons with this in their name")
	profile := flag.String("cpuprofile", "", "file to write a CPU profile to")
	flag.Parse()
	if *profile != "" {
		file, err := os.Create(*profile)
		if err != nil {
			fmt.Fprintln(os.Stderr, "benches:", err)
			os.Exit(1)
		}
		_ = pprof.StartCPUProfile(file)
		defer pprof.StopCPUProfile()
	}
	if err := run(*root, *only, *rounds, *spans, *record); err != nil {
		fmt.Fprintln(os.Stderr, "benches:", err)
		os.Exit(1)
	}
}

func run(root, only string, rounds, spans int, record string) error {
	if err := os.Chdir(root); err != nil {
		return err
	}
	batches, err := recordedBatches("testdata/recordings", spans)
	if err != nil {
		return err
	}
	total := 0
	for _, batch := range batches {
		total += batch.SpanCount()
	}
	fmt.Printf("%d recorded spans in %d batches, %d rounds, GOMAXPROCS %d; medians, ns a span\n",
		total, len(batches), rounds, runtime.GOMAXPROCS(0))

	var rows [][]string
	for _, comparison := range comparisons() {
		if !strings.Contains(comparison.what, only) {
			continue
		}
		result, err := comparison.measure(batches, rounds)
		if err != nil {
			return fmt.Errorf("%s: %w", comparison.what, err)
		}
		fmt.Printf("%-44s ours %7.0f   theirs %7.0f (%s)   %.2f times as fast\n",
			comparison.what, result.ours, result.theirs, comparison.names(), result.theirs/result.ours)
		fmt.Printf("%-44s spans out: ours %d of %d, theirs %d\n", "", result.oursOut, total, result.theirsOut)
		rows = append(rows, []string{
			comparison.what, comparison.names(),
			strconv.FormatFloat(result.ours, 'f', 0, 64), strconv.FormatFloat(result.theirs, 'f', 0, 64),
			strconv.FormatFloat(result.theirs/result.ours, 'f', 2, 64),
			strconv.Itoa(result.oursOut), strconv.Itoa(result.theirsOut), strconv.Itoa(total), strconv.Itoa(rounds),
		})
	}
	printWhatTheyCannot()
	if record == "" {
		return nil
	}
	return writeRecord(record, rows)
}

// A side is one way through a Collector: processors in order.
type side []processorConfig

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

func (c comparison) names() string {
	names := make([]string, 0, len(c.theirs))
	for _, config := range c.theirs {
		names = append(names, config.factory.Type().String())
	}
	return strings.Join(names, " + ")
}

func (c comparison) measure(batches []ptrace.Traces, rounds int) (result, error) {
	ours, err := c.ours.start()
	if err != nil {
		return result{}, fmt.Errorf("ours: %w", err)
	}
	defer ours.stop()
	theirs, err := c.theirs.start()
	if err != nil {
		return result{}, fmt.Errorf("theirs: %w", err)
	}
	defer theirs.stop()

	// The first round warms caches, pools and lazily built automata.
	var out result
	for _, batch := range batches {
		if _, err := ours.time(batch); err != nil {
			return result{}, err
		}
		if _, err := theirs.time(batch); err != nil {
			return result{}, err
		}
	}
	out.oursOut, out.theirsOut = ours.spans(), theirs.spans()

	var oursTimes, theirsTimes []float64
	for range rounds {
		var oursTotal, theirsTotal time.Duration
		spans := 0
		for _, batch := range batches {
			spent, err := ours.time(batch)
			if err != nil {
				return result{}, err
			}
			oursTotal += spent
			if spent, err = theirs.time(batch); err != nil {
				return result{}, err
			}
			theirsTotal += spent
			spans += batch.SpanCount()
		}
		oursTimes = append(oursTimes, float64(oursTotal.Nanoseconds())/float64(spans))
		theirsTimes = append(theirsTimes, float64(theirsTotal.Nanoseconds())/float64(spans))
	}
	out.ours, out.theirs = median(oursTimes), median(theirsTimes)
	return out, nil
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// A running side: the first processor to send to, and what arrived at the end.
type running struct {
	first consumer.Traces
	chain []processor.Traces
	end   *counter
}

type counter struct{ seen int }

func (c *counter) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

func (c *counter) ConsumeTraces(_ context.Context, traces ptrace.Traces) error {
	c.seen += traces.SpanCount()
	return nil
}

func (s side) start() (*running, error) {
	side := &running{end: &counter{}}
	side.first = side.end
	for _, config := range slices.Backward(s) {
		parsed, err := config.parse()
		if err != nil {
			return nil, err
		}
		settings := processortest.NewNopSettings(config.factory.Type())
		created, err := config.factory.CreateTraces(context.Background(), settings, parsed, side.first)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", config.factory.Type(), err)
		}
		if err := created.Start(context.Background(), componenttest.NewNopHost()); err != nil {
			return nil, fmt.Errorf("%s: %w", config.factory.Type(), err)
		}
		side.chain = append(side.chain, created)
		side.first = created
	}
	return side, nil
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

func (r *running) spans() int { return r.end.seen }

func (r *running) stop() {
	for _, started := range slices.Backward(r.chain) {
		_ = started.Shutdown(context.Background())
	}
}

func writeRecord(path string, rows [][]string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	writer := csv.NewWriter(file)
	_ = writer.Write([]string{
		"comparison", "theirs", "ours_ns_per_span", "theirs_ns_per_span", "ratio",
		"ours_spans_out", "theirs_spans_out", "spans_in", "rounds",
	})
	_ = writer.WriteAll(rows)
	if err := writer.Error(); err != nil {
		return err
	}
	return file.Close()
}
