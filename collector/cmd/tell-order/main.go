// Command tell-order tells in words what a Collector's processors made of one
// recorded order: what came, what was added, masked and replaced, and why the
// span was kept. It reads the recording and what the Collector wrote.
//
//	tell-order -recording spans.jsonl -written outside.jsonl
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

func main() {
	recording := flag.String("recording", "", "the recorded spans, OTLP JSON, a batch a line")
	written := flag.String("written", "", "what the Collector wrote, in the same form")
	flag.Parse()
	if err := run(*recording, *written, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "tell-order:", err)
		os.Exit(1)
	}
}

func run(recording, written string, out io.Writer) error {
	came, err := read(recording)
	if err != nil {
		return err
	}
	went, err := read(written)
	if err != nil {
		return err
	}
	return tell(came, went, out)
}

// Spans by their ids, and the services that they are of.
type spans struct {
	byID     map[[24]byte]ptrace.Span
	services map[string]bool
}

func id(span ptrace.Span) (id [24]byte) {
	trace, own := span.TraceID(), span.SpanID()
	copy(id[:16], trace[:])
	copy(id[16:], own[:])
	return id
}

func read(path string) (spans, error) {
	all := spans{byID: make(map[[24]byte]ptrace.Span), services: make(map[string]bool)}
	file, err := os.Open(path)
	if err != nil {
		return all, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		batch, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(lines.Bytes())
		if err != nil {
			return all, fmt.Errorf("%s: a line that is no OTLP", path)
		}
		for _, resource := range batch.ResourceSpans().All() {
			if name, ok := resource.Resource().Attributes().Get("service.name"); ok {
				all.services[name.Str()] = true
			}
			for _, scope := range resource.ScopeSpans().All() {
				for _, span := range scope.Spans().All() {
					all.byID[id(span)] = span
				}
			}
		}
	}
	return all, lines.Err()
}

// tell chooses the span with a gap, for it has most to tell.
func tell(came, went spans, out io.Writer) error {
	var story ptrace.Span
	kept, found := 0, false
	for id, span := range went.byID {
		if _, ok := came.byID[id]; !ok {
			continue
		}
		kept++
		if gap, ok := span.Attributes().Get("gap_detected"); ok && gap.Bool() {
			story, found = span, true
		}
	}
	if !found {
		return fmt.Errorf("found no span with a gap among %d that were kept", kept)
	}
	before := came.byID[id(story)]
	fmt.Fprintf(out, "Order %s came as %d spans of %d services; %d of them leave the company.\n",
		text(story.Attributes(), "order_id"), len(came.byID), len(came.services), kept)
	fmt.Fprintf(out, "Its span %s:\n", story.Name())
	says := changes(before.Attributes(), story.Attributes())
	line(out, "came", fmt.Sprintf("%s after %s; %d attributes", text(story.Attributes(), "new_status"),
		text(story.Attributes(), "prev_status"), before.Attributes().Len()))
	line(out, "added", strings.Join(says.added, ", "))
	line(out, "masked", strings.Join(says.masked, ", "))
	line(out, "replaced", strings.Join(says.replaced, ", "))
	line(out, "kept", fmt.Sprintf("for its gap; tracestate %s says that it stands for itself", story.TraceState().AsRaw()))
	return nil
}

func line(out io.Writer, label, text string) {
	if text != "" {
		fmt.Fprintf(out, "  %-9s %s\n", label, text)
	}
}

func text(attributes pcommon.Map, key string) string {
	value, ok := attributes.Get(key)
	if !ok {
		return "nothing"
	}
	return value.AsString()
}

// What differs between the attributes of a span as it came and as it went.
type said struct{ added, masked, replaced []string }

func changes(came, went pcommon.Map) said {
	var all said
	for key, value := range went.All() {
		before, ok := came.Get(key)
		switch {
		case !ok:
			all.added = append(all.added, key+" "+value.AsString())
		case before.Equal(value):
		case strings.Contains(value.AsString(), "["):
			all.masked = append(all.masked, key)
		default:
			all.replaced = append(all.replaced, key+" by "+value.AsString())
		}
	}
	slices.Sort(all.added)
	slices.Sort(all.masked)
	slices.Sort(all.replaced)
	return all
}
