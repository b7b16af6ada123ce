// Command measure-state times calls of a plugin that keeps orders, with and
// without a host that asks after each what changed, the handing over of the whole
// state, and how much of it is stored every five seconds. It runs bounded work and
// ends.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/lapidary-dev/lapidary/collector/internal/orders"
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

func main() {
	root := flag.String("root", ".", "the project's root")
	flag.Parse()
	fmt.Fprintln(os.Stderr, savesHeader)
	fmt.Println("orders,asked,p50_us,p99_us,max_us,hand_over_ms,rest_ms,entries,entry_bytes_per_order,guest_bytes_per_order")
	for _, count := range []int{10_000, 100_000} {
		if err := measure(*root, count); err != nil {
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

func measure(root string, count int) error {
	module, err := compile(root)
	if err != nil {
		return err
	}
	silent, err := start(root, module, count)
	if err != nil {
		return err
	}
	asked, err := start(root, module, count)
	if err != nil {
		return err
	}
	asked.entries = plugin.NewEntries(3, limit)
	source := orders.NewSource(1, count, 1)
	for first := 0; first < count; first += 500 {
		for _, side := range []*side{silent, asked} {
			if _, err := side.call(source.Opening(first, min(first+500, count))); err != nil {
				return err
			}
		}
	}
	saves := newSaves(count, asked.entries)
	for call := range calls {
		if call%callsPerSave == 0 {
			if err := saves.save(); err != nil {
				return err
			}
		}
		batch := source.Batch(spansPerBatch)
		for _, side := range []*side{silent, asked} {
			took, err := side.call(batch)
			if err != nil {
				return err
			}
			side.took = append(side.took, took)
		}
	}
	fresh, err := start(root, module, count)
	if err != nil {
		return err
	}
	began := time.Now()
	journal := asked.entries.Follow()
	if damaged, err := fresh.LoadAll(asked.entries.Version, asked.entries.Copy().All()); err != nil || damaged > 0 {
		return fmt.Errorf("%d damaged entries: %w", damaged, err)
	}
	handOver := time.Since(began)
	// As many batches as come meanwhile.
	for range int(handOver.Seconds() * 6000 / spansPerBatch) {
		if _, err := asked.call(source.Batch(spansPerBatch)); err != nil {
			return err
		}
	}
	began = time.Now()
	if _, err := fresh.LoadAll(asked.entries.Version, journal.Take()); err != nil {
		return err
	}
	rest := time.Since(began)
	for _, side := range []*side{silent, asked} {
		slices.Sort(side.took)
		at := func(share float64) int64 { return side.took[int(share*float64(len(side.took)-1))].Microseconds() }
		bytes := 0
		if side.entries != nil {
			bytes = side.entries.Bytes() / count
		}
		fmt.Printf("%d,%t,%d,%d,%d,%.1f,%.1f,%d,%d,%d\n", count, side.entries != nil, at(0.5), at(0.99), at(1),
			float64(handOver.Microseconds())/1000, float64(rest.Microseconds())/1000, asked.entries.Len(), bytes, side.MemoryBytes()/count)
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

func start(root string, module *plugin.Module, count int) (*side, error) {
	base, err := os.ReadFile(filepath.Join(root, "rules", "enrich-order-status", "base.yaml"))
	if err != nil {
		return nil, err
	}
	instance, err := module.NewInstance(silence{})
	if err != nil {
		return nil, err
	}
	limits := fmt.Sprintf("limits: { orders: %d, publishes: %d, traces: %d }\n", count, count, count)
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
	_, err := s.Process(seen.Bytes, uint64(began.UnixNano()), time.Minute, func([]byte, plugin.Made) error { return nil })
	if err == nil && s.entries != nil {
		_, err = s.TakeChanges(s.entries)
	}
	return time.Since(began), err
}

// silence is a host that nobody listens to.
type silence struct{}

func (silence) Log(plugin.Level, string)                    {}
func (silence) Secret(string) ([]byte, bool)                { return nil, false }
func (silence) Counter(string, []plugin.Label) func(uint64) { return func(uint64) {} }
