// Command contrib writes what the Collector's own sampler does, as vectors for
// tests/contrib.rs: thresholds.csv from pkg/sampling, decisions.csv from the
// probabilistic sampler in equalizing mode. `go run .` writes the same files
// again.
package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"log"
	"math/rand"
	"os"
	"strconv"
	"strings"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/sampling"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/probabilisticsamplerprocessor"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor/processortest"
)

func main() {
	// The seed makes the files the same each time.
	rng := rand.New(rand.NewSource(3))
	if err := os.WriteFile("thresholds.csv", []byte(thresholds(rng)), 0o644); err != nil {
		log.Fatal(err)
	}
	var decisions strings.Builder
	// A comma stands in tracestate, so tabs part the columns.
	decisions.WriteString("percentage\ttrace id\ttracestate\tkept\ttracestate after\n")
	for _, percentage := range []string{"10", "0.5", "33.3", "90", "100"} {
		if err := decide(&decisions, rng, percentage); err != nil {
			log.Fatal(err)
		}
	}
	if err := os.WriteFile("decisions.csv", []byte(decisions.String()), 0o644); err != nil {
		log.Fatal(err)
	}
}

func thresholds(rng *rand.Rand) string {
	percentages := []string{
		"100", "99.99999", "99.9", "99", "90", "75", "66.6667", "50", "33.3333", "33.3", "25", "20", "12.5", "10",
		"7.3", "6.25", "6.2", "5", "3.125", "2", "1", "0.5", "0.1", "0.01", "0.001", "0.0001", "0.00001", "0.0000001",
	}
	for i := range 40 {
		percentages = append(percentages, strconv.FormatFloat(float64(rng.Float32()*100), 'f', 1+i%7, 32))
	}
	lines := []string{"percentage,precision,threshold"}
	for _, text := range percentages {
		ratio := max(float64(number(text))/100, sampling.MinSamplingProbability)
		for _, precision := range []int{1, 2, 3, 4, 5, 8, 13, 14} {
			threshold, err := sampling.ProbabilityToThresholdWithPrecision(ratio, precision)
			if err != nil {
				log.Fatal(err)
			}
			lines = append(lines, fmt.Sprintf("%s,%d,%s", text, precision, threshold.TValue()))
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

func decide(out *strings.Builder, rng *rand.Rand, percentage string) error {
	factory := probabilisticsamplerprocessor.NewFactory()
	config := factory.CreateDefaultConfig().(*probabilisticsamplerprocessor.Config)
	config.Mode = probabilisticsamplerprocessor.Equalizing
	config.SamplingPercentage = number(percentage)
	sink := &consumertest.TracesSink{}
	settings := processortest.NewNopSettings(factory.Type())
	processor, err := factory.CreateTraces(context.Background(), settings, config, sink)
	if err != nil {
		return err
	}

	traces := ptrace.NewTraces()
	spans := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	var rows []string
	for i := range 150 {
		var id [16]byte
		rng.Read(id[:])
		if i%4 == 0 {
			// More of them near and above the usual thresholds.
			id[9] |= 0xe6
		}
		state := traceState(rng, id)
		span := spans.AppendEmpty()
		span.SetTraceID(pcommon.TraceID(id))
		span.TraceState().FromRaw(state)
		span.SetName(strconv.Itoa(i))
		rows = append(rows, percentage+"\t"+hex.EncodeToString(id[:])+"\t"+state)
	}
	if err := processor.ConsumeTraces(context.Background(), traces); err != nil {
		return err
	}

	after := map[string]string{}
	for _, traces := range sink.AllTraces() {
		kept := traces.ResourceSpans().At(0).ScopeSpans().At(0).Spans()
		for i := range kept.Len() {
			after[kept.At(i).Name()] = kept.At(i).TraceState().AsRaw()
		}
	}
	for i, row := range rows {
		state, kept := after[strconv.Itoa(i)]
		fmt.Fprintf(out, "%s\t%v\t%s\n", row, kept, state)
	}
	return nil
}

// traceState keeps to the grammar: what becomes of one that does not is
// decided otherwise here, see the README of the plugin.
func traceState(rng *rand.Rand, id [16]byte) string {
	randomness := hex.EncodeToString(id[9:])
	var subKeys []string
	if rng.Intn(4) == 0 {
		var bytes [7]byte
		rng.Read(bytes[:])
		randomness = hex.EncodeToString(bytes[:])
		subKeys = append(subKeys, "rv:"+randomness)
	}
	if rng.Intn(4) == 0 {
		threshold := randomness[:1+rng.Intn(14)]
		if rng.Intn(3) == 0 {
			threshold = []string{"0", "8", "c", "e666", "e6660", "fd70a4", "f"}[rng.Intn(7)]
		}
		subKeys = append(subKeys, "th:"+threshold)
	}
	if rng.Intn(5) == 0 {
		subKeys = append(subKeys, "x1:a.b_c-D")
	}
	var members []string
	if rng.Intn(3) == 0 {
		members = append(members, "vendor=a:b;c")
	}
	if len(subKeys) > 0 {
		members = append(members, "ot="+strings.Join(subKeys, ";"))
	}
	if rng.Intn(3) == 0 {
		members = append(members, "1t@other=x y")
	}
	return strings.Join(members, ",")
}

func number(text string) float32 {
	number, err := strconv.ParseFloat(text, 32)
	if err != nil {
		log.Fatal(err)
	}
	return float32(number)
}
