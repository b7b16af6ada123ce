// Command benches measures the lapidary processor against native processors of
// the Collector on the same recorded spans, in one run, one batch of ours after
// one of theirs, and prints a table of how many times as fast ours are.
//
//	go run . [-rounds 60] [-sizes 5,30,1000] [-only WORDS] [-record FILE.csv]
//	go run . -long both
//	go run . -collectors [-only WORDS] [-record FILE.csv]
//
// A time is that of ConsumeTraces; the copy that each side gets of a batch is
// made before the clock starts.
package main

import (
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

type options struct {
	root, only, record, long string
	collectors               bool
	rounds                   int
	sizes                    []int
}

func main() {
	var o options
	flag.IntVar(&o.rounds, "rounds", 60, "times that each side gets all recordings")
	flag.StringVar(&o.record, "record", "", "CSV file to write the figures to")
	flag.StringVar(&o.root, "root", "../..", "root of the project")
	sizes := flag.String("sizes", "5,30,1000", "spans of a batch, about")
	flag.StringVar(&o.only, "only", "", "measure only the comparisons with this in their name")
	flag.StringVar(&o.long, "long", "", "measure a batch of 64 MiB instead: `both`, ours or theirs")
	flag.BoolVar(&o.collectors, "collectors", false, "measure whole Collectors instead, by their processor time")
	profile := flag.String("cpuprofile", "", "file to write a CPU profile to")
	flag.Parse()
	for size := range strings.SplitSeq(*sizes, ",") {
		spans, err := strconv.Atoi(size)
		if err != nil || spans < 1 {
			fail(fmt.Errorf("-sizes: found `%s`; expected numbers of spans such as `5,30,1000`", size))
		}
		o.sizes = append(o.sizes, spans)
	}
	if *profile != "" {
		file, err := os.Create(*profile)
		if err != nil {
			fail(err)
		}
		_ = pprof.StartCPUProfile(file)
		defer pprof.StopCPUProfile()
	}
	if err := run(o); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "benches:", err)
	os.Exit(1)
}

func run(o options) error {
	if err := os.Chdir(o.root); err != nil {
		return err
	}
	if o.collectors {
		return collectors(o.only, o.record)
	}
	switch o.long {
	case "":
	case "both":
		return long()
	default:
		return longOf(o.long)
	}
	batches := make([][]ptrace.Traces, len(o.sizes))
	for index, size := range o.sizes {
		var err error
		if batches[index], err = recordedBatches("testdata/recordings", size); err != nil {
			return err
		}
	}
	fmt.Printf("%d recorded spans, %d rounds, GOMAXPROCS %d; medians, ns a span\n",
		spansOf(batches[0]), o.rounds, runtime.GOMAXPROCS(0))

	var table table
	for _, comparison := range comparisons() {
		if !strings.Contains(comparison.what, o.only) {
			continue
		}
		results, err := comparison.measure(batches, o.rounds)
		if err != nil {
			return fmt.Errorf("%s: %w", comparison.what, err)
		}
		for index, result := range results {
			fmt.Printf("%-42s %5d spans: ours %7.0f (%d out)   theirs %7.0f (%d out)   %.2f times as fast\n",
				comparison.what, o.sizes[index], result.ours, result.oursOut, result.theirs, result.theirsOut, result.ratio())
			table.add(&comparison, o.sizes[index], result)
		}
	}
	table.print(o.sizes)
	if strings.Contains("two cores", o.only) {
		if err := table.scale(batches[len(batches)-1], o); err != nil {
			return err
		}
	}
	printWhatTheyCannot()
	if o.record == "" {
		return nil
	}
	return table.write(o.record, o.rounds)
}

func spansOf(batches []ptrace.Traces) int {
	total := 0
	for _, batch := range batches {
		total += batch.SpanCount()
	}
	return total
}

// table has a row for each size and a column for each comparison.
type table struct {
	columns []string
	ratios  map[string]map[int]float64
	rows    [][]string
}

func (t *table) add(c *comparison, size int, r result) {
	if t.ratios == nil {
		t.ratios = make(map[string]map[int]float64)
	}
	if t.ratios[c.what] == nil {
		t.ratios[c.what] = make(map[int]float64)
		t.columns = append(t.columns, c.what)
	}
	t.ratios[c.what][size] = r.ratio()
	t.row(c.what, c.names(), size, r.ours, r.theirs, r.ratio(), r.oursOut, r.theirsOut)
}

func (t *table) row(what, names string, size int, ours, theirs, ratio float64, oursOut, theirsOut int) {
	t.rows = append(t.rows, []string{
		what, names, strconv.Itoa(size),
		strconv.FormatFloat(ours, 'f', 0, 64), strconv.FormatFloat(theirs, 'f', 0, 64),
		strconv.FormatFloat(ratio, 'f', 2, 64), strconv.Itoa(oursOut), strconv.Itoa(theirsOut),
	})
}

func (t *table) print(sizes []int) {
	fmt.Print("\ntimes as fast as theirs\n| Batch |")
	for _, column := range t.columns {
		fmt.Printf(" %s |", column)
	}
	fmt.Print("\n| --- |", strings.Repeat(" --- |", len(t.columns)), "\n")
	for _, size := range sizes {
		fmt.Printf("| %d spans |", size)
		for _, column := range t.columns {
			fmt.Printf(" %.2f |", t.ratios[column][size])
		}
		fmt.Println()
	}
	fmt.Println()
}

func (t *table) write(path string, rounds int) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	writer := csv.NewWriter(file)
	_ = writer.Write([]string{
		"comparison", "theirs", "batch_spans", "ours_ns_per_span", "theirs_ns_per_span", "ratio",
		"ours_spans_out", "theirs_spans_out", "rounds",
	})
	for _, row := range t.rows {
		_ = writer.Write(append(row, strconv.Itoa(rounds)))
	}
	writer.Flush()
	if err := writer.Error(); err != nil {
		return err
	}
	return file.Close()
}
