// Command report reads a Collector's own metrics and prints what its lapidary
// processors did, as one short table.
//
//	report [-metrics http://127.0.0.1:8888/metrics]
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

func main() {
	url := flag.String("metrics", "http://127.0.0.1:8888/metrics", "where the Collector's own metrics are")
	flag.Parse()
	families, err := fetch(*url)
	if err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
	out := bufio.NewWriter(os.Stdout)
	print(out, families)
	if err := out.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

type families map[string]*dto.MetricFamily

func fetch(url string) (families, error) {
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Get(url)
	if err != nil {
		return nil, fmt.Errorf("reading the Collector's metrics: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("reading the Collector's metrics: %s answered %s", url, response.Status)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	parsed, err := parser.TextToMetricFamilies(response.Body)
	if err != nil {
		return nil, fmt.Errorf("reading the Collector's metrics: %w", err)
	}
	return parsed, nil
}

const prefix = "otelcol_processor_lapidary_"

// print writes a line per processor and plugin, in the order of their names,
// and below it the plugin's own counters.
func print(out io.Writer, metrics families) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "processor\tplugin\tspans in\tkept\tchanged\ttime a span\t")
	var keys []key
	for _, metric := range metrics.of("spans_in") {
		keys = append(keys, keyOf(metric))
	}
	slices.SortFunc(keys, func(a, b key) int {
		return strings.Compare(a.processor+" "+a.plugin, b.processor+" "+b.plugin)
	})
	for _, key := range keys {
		in := metrics.sum("spans_in", key)
		each := "-"
		if in > 0 {
			each = fmt.Sprintf("%.1f µs", metrics.seconds(key)/in*1e6)
		}
		fmt.Fprintf(table, "%s\t%s\t%.0f\t%.0f\t%.0f\t%s\t\n", key.processor, key.plugin, in,
			metrics.sum("spans_out", key), metrics.sum("spans_changed", key), each)
	}
	table.Flush()
	for _, key := range keys {
		lines := metrics.counters(key)
		if len(lines) > 0 {
			fmt.Fprintf(out, "\n%s, %s\n", key.processor, key.plugin)
		}
		for _, line := range lines {
			fmt.Fprintf(out, "  %s\n", line)
		}
	}
}

// A key tells one plugin of one processor from the others.
type key struct{ processor, plugin string }

func keyOf(metric *dto.Metric) key {
	return key{label(metric, "processor"), label(metric, "plugin")}
}

func label(metric *dto.Metric, name string) string {
	for _, pair := range metric.GetLabel() {
		if pair.GetName() == name {
			return pair.GetValue()
		}
	}
	return ""
}

func (f families) of(name string) []*dto.Metric {
	// Whether a counter's name ends in `_total` is a setting of the exporter.
	if family, ok := f[prefix+name+"_total"]; ok {
		return family.GetMetric()
	}
	return f[prefix+name].GetMetric()
}

func (f families) sum(name string, of key) float64 {
	total := 0.0
	for _, metric := range f.of(name) {
		if keyOf(metric) == of {
			total += value(metric)
		}
	}
	return total
}

func value(metric *dto.Metric) float64 {
	if metric.GetCounter() != nil {
		return metric.GetCounter().GetValue()
	}
	return metric.GetUntyped().GetValue() + metric.GetGauge().GetValue()
}

// seconds that the calls of a plugin took in all.
func (f families) seconds(of key) float64 {
	total := 0.0
	for _, metric := range append(f.of("call_duration"), f.of("call_duration_seconds")...) {
		if keyOf(metric) == of {
			total += metric.GetHistogram().GetSampleSum()
		}
	}
	return total
}

// counters are a plugin's own: a line per counter, and one below it for each
// of its kinds.
func (f families) counters(of key) []string {
	parts := make(map[string][]string)
	for _, metric := range f.of("plugin_count") {
		if keyOf(metric) == of {
			name := label(metric, "counter")
			parts[name] = append(parts[name], labels(metric)+fmt.Sprintf("%.0f", value(metric)))
		}
	}
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		if of := parts[name]; len(of) == 1 && !strings.Contains(of[0], " ") {
			lines = append(lines, name+" "+of[0])
			continue
		}
		lines = append(lines, name)
		for _, part := range parts[name] {
			lines = append(lines, "  "+part)
		}
	}
	return lines
}

// labels of a plugin's own, each value before its number: `email 170`.
func labels(metric *dto.Metric) string {
	var values []string
	for _, pair := range metric.GetLabel() {
		switch pair.GetName() {
		case "processor", "plugin", "place", "counter":
		default:
			if strings.HasPrefix(pair.GetName(), "otel_scope") || pair.GetValue() == "" {
				continue
			}
			values = append(values, pair.GetValue())
		}
	}
	if len(values) == 0 {
		return ""
	}
	return strings.Join(values, " → ") + " "
}
