// Command measure-state times calls of a plugin that keeps orders, with and
// without a host that asks after each what changed, and the handing over of the
// whole state. It runs bounded work and ends.
package main

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
	"github.com/lapidary-dev/lapidary/collector/internal/view"
)

const (
	// spansPerBatch are as many as a batch of an SDK often has.
	spansPerBatch = 30
	// calls are 20 s of 6,000 spans a second.
	calls = 20 * 6000 / spansPerBatch
	limit = 1 << 30
)

var statuses = []string{
	"INITIATED", "FILE_UPLOADED", "SUBMITTED", "PRICE_CALCULATION_STARTED", "PRICE_CALCULATED",
	"MANUFACTURING_APPROVED", "MANUFACTURING_STARTED", "MANUFACTURING_COMPLETED", "PACKAGING", "SHIPPED", "CLOSED",
}

func main() {
	root := flag.String("root", ".", "the project's root")
	flag.Parse()
	fmt.Println("orders,asked,p50_us,p99_us,max_us,hand_over_ms,rest_ms,entries,entry_bytes_per_order,guest_bytes_per_order")
	for _, orders := range []int{10_000, 100_000} {
		if err := measure(*root, orders); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// side is an instance, and the times of its calls.
type side struct {
	*plugin.Instance
	viewer  *view.Maker
	entries *plugin.Entries
	took    []time.Duration
}

func measure(root string, orders int) error {
	module, err := compile(root)
	if err != nil {
		return err
	}
	silent, err := start(root, module, orders)
	if err != nil {
		return err
	}
	asked, err := start(root, module, orders)
	if err != nil {
		return err
	}
	asked.entries = plugin.NewEntries(3, limit)
	source := orderSource{random: rand.New(rand.NewPCG(1, 2)), steps: make([]uint8, orders)}
	for first := 0; first < orders; first += 500 {
		for _, side := range []*side{silent, asked} {
			if _, err := side.call(source.opening(first, min(first+500, orders))); err != nil {
				return err
			}
		}
	}
	for range calls {
		batch := source.batch()
		for _, side := range []*side{silent, asked} {
			took, err := side.call(batch)
			if err != nil {
				return err
			}
			side.took = append(side.took, took)
		}
	}
	fresh, err := start(root, module, orders)
	if err != nil {
		return err
	}
	began := time.Now()
	if damaged, err := fresh.LoadAll(asked.entries.BeginCopy()); err != nil || damaged > 0 {
		return fmt.Errorf("%d damaged entries: %w", damaged, err)
	}
	handOver := time.Since(began)
	// As many batches as come meanwhile.
	for range int(handOver.Seconds() * 6000 / spansPerBatch) {
		if _, err := asked.call(source.batch()); err != nil {
			return err
		}
	}
	began = time.Now()
	if _, err := fresh.Load(asked.entries.Version, asked.entries.EndCopy()); err != nil {
		return err
	}
	rest := time.Since(began)
	for _, side := range []*side{silent, asked} {
		slices.Sort(side.took)
		at := func(share float64) int64 { return side.took[int(share*float64(len(side.took)-1))].Microseconds() }
		bytes := 0
		if side.entries != nil {
			bytes = side.entries.Bytes() / orders
		}
		fmt.Printf("%d,%t,%d,%d,%d,%.1f,%.1f,%d,%d,%d\n", orders, side.entries != nil, at(0.5), at(0.99), at(1),
			float64(handOver.Microseconds())/1000, float64(rest.Microseconds())/1000, asked.entries.Len(), bytes, side.MemoryBytes()/orders)
	}
	return nil
}

func compile(root string) (*plugin.Module, error) {
	wasm, err := os.ReadFile(filepath.Join(root, "dist", "enrich-order-status.wasm"))
	if err != nil {
		return nil, err
	}
	settings := plugin.Settings{Timeout: time.Minute, StartTimeout: time.Minute, MemoryLimitMiB: 2048}
	return plugin.Compile(context.Background(), wasm, settings)
}

func start(root string, module *plugin.Module, orders int) (*side, error) {
	base, err := os.ReadFile(filepath.Join(root, "rules", "enrich-order-status", "base.yaml"))
	if err != nil {
		return nil, err
	}
	instance, err := module.NewInstance(silence{})
	if err != nil {
		return nil, err
	}
	limits := fmt.Sprintf("limits: { orders: %d, publishes: %d, traces: %d }\n", orders, orders, orders)
	configured, problems, err := instance.Configure([]plugin.Document{{Name: "base.yaml", Text: string(base)}, {Name: "limits.yaml", Text: limits}})
	if err != nil || len(problems) > 0 {
		return nil, fmt.Errorf("%v: %w", problems, err)
	}
	viewer, err := view.New(configured.Sight)
	return &side{Instance: instance, viewer: viewer}, err
}

// call hands a batch over, and asks what changed where somebody does.
func (s *side) call(batch ptrace.Traces) (time.Duration, error) {
	seen := s.viewer.Make(nil, batch, 0, view.All, 0)
	began := time.Now()
	_, err := s.Process(seen.Bytes, uint64(began.UnixNano()), time.Minute, func([]byte) error { return nil })
	if err == nil && s.entries != nil {
		_, err = s.TakeChanges(s.entries)
	}
	return time.Since(began), err
}

// orderSource makes batches about orders that go through their life.
type orderSource struct {
	random *rand.Rand
	steps  []uint8
	spans  uint64
}

// opening is a batch that begins the orders from first on.
func (o *orderSource) opening(first, end int) ptrace.Traces {
	batch, spans := newBatch()
	for order := first; order < end; order++ {
		o.add(spans, order, "", statuses[0])
	}
	return batch
}

// batch is one about orders anywhere in their life.
func (o *orderSource) batch() ptrace.Traces {
	batch, spans := newBatch()
	for range spansPerBatch {
		order := o.random.IntN(len(o.steps))
		step := int(o.steps[order])
		if step+1 == len(statuses) {
			o.add(spans, order, "", "")
			continue
		}
		o.steps[order]++
		o.add(spans, order, statuses[step], statuses[step+1])
	}
	return batch
}

func newBatch() (ptrace.Traces, ptrace.SpanSlice) {
	batch := ptrace.NewTraces()
	resource := batch.ResourceSpans().AppendEmpty()
	resource.Resource().Attributes().PutStr("service.name", "mes-api")
	return batch, resource.ScopeSpans().AppendEmpty().Spans()
}

func (o *orderSource) add(spans ptrace.SpanSlice, order int, from, to string) {
	o.spans++
	var trace pcommon.TraceID
	var id pcommon.SpanID
	binary.BigEndian.PutUint64(trace[8:], uint64(order)+1)
	binary.BigEndian.PutUint64(id[:], o.spans)
	span := spans.AppendEmpty()
	span.SetTraceID(trace)
	span.SetSpanID(id)
	span.SetName("mes.step")
	start := 1_772_442_000_000_000_000 + o.spans*1000
	span.SetStartTimestamp(pcommon.Timestamp(start))
	span.SetEndTimestamp(pcommon.Timestamp(start + 500))
	span.Attributes().PutStr("order_id", fmt.Sprintf("ord-%07d", order))
	if from != "" {
		span.Attributes().PutStr("prev_status", from)
	}
	if to != "" {
		span.Attributes().PutStr("new_status", to)
	}
}

// silence is a host that nobody listens to.
type silence struct{}

func (silence) Log(plugin.Level, string)                    {}
func (silence) Secret(string) ([]byte, bool)                { return nil, false }
func (silence) Counter(string, []plugin.Label) func(uint64) { return func(uint64) {} }
