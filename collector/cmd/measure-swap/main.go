// Command measure-swap times batches through a running processor while generations
// of its plugins are swapped, beside the same without. It runs bounded work and ends.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

const (
	spansPerSecond = 20_000
	spansPerBatch  = 100
	senders        = 4
	between        = 2 * time.Second
	// window is how long it goes on with swaps, and then without, in turn: so both
	// meet the same moods of the machine.
	window = 10 * time.Second
)

func main() {
	root := flag.String("root", ".", "the project's root")
	length := flag.Duration("for", 5*time.Minute, "how long swaps go on, for each kind")
	orders := flag.Int("orders", 10_000, "how many orders are open")
	only := flag.String("only", "", "one kind of swap")
	flag.Parse()
	fmt.Println("kind,orders,swaps,batches,p50_us,p99_us,max_us,quiet_p50_us,quiet_p99_us,quiet_max_us,p99_added_us,spans_in,spans_out")
	for _, kind := range kinds {
		if *only != "" && *only != kind.name {
			continue
		}
		if err := measure(*root, kind, *orders, *length); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %s\n", kind.name, err)
			os.Exit(1)
		}
	}
}

func measure(root string, kind kind, orders int, length time.Duration) error {
	folder, err := os.MkdirTemp("", "measure-swap")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	files := files{root: root, folder: folder}
	run, err := start(&files, kind, orders)
	if err != nil {
		return err
	}
	if err := files.warm(kind); err != nil {
		return err
	}
	var swapping, quiet []time.Duration
	for range max(1, int(length/window)) {
		stop := files.changing(kind)
		swapping = append(swapping, run.load(window)...)
		if err := stop(); err != nil {
			return err
		}
		// The last change is taken before it is quiet.
		run.load(3 * time.Second)
		quiet = append(quiet, run.load(window)...)
	}
	swaps, err := run.swaps()
	if err != nil {
		return err
	}
	if err := run.Shutdown(context.Background()); err != nil {
		return err
	}
	with, without := told(swapping), told(quiet)
	fmt.Printf("%s,%d,%d,%d,%d,%d,%d,%d,%d,%d,%d,%d,%d\n", kind.name, orders, swaps, len(swapping),
		with[0], with[1], with[2], without[0], without[1], without[2], with[1]-without[1], run.in.Load(), run.out.Load())
	if run.in.Load() != run.out.Load() {
		return fmt.Errorf("%d spans went in and %d came out", run.in.Load(), run.out.Load())
	}
	return nil
}

// told is the median, the 99th percentile and the longest, in microseconds.
func told(took []time.Duration) [3]int64 {
	slices.Sort(took)
	at := func(share float64) int64 { return took[int(share*float64(len(took)-1))].Microseconds() }
	return [3]int64{at(0.5), at(0.99), at(1)}
}

// load sends batches at a steady rate. A batch's time begins when it was due, so
// whoever stands in the way of the next ones is seen in theirs.
func (r *run) load(length time.Duration) []time.Duration {
	const interval = time.Second * senders * spansPerBatch / spansPerSecond
	took := make([][]time.Duration, senders)
	begun := time.Now()
	var all sync.WaitGroup
	for sender := range senders {
		all.Go(func() {
			offset := time.Duration(sender) * interval / senders
			for number := range int(length / interval) {
				batch := r.sources[sender].Batch(spansPerBatch)
				due := begun.Add(offset + time.Duration(number)*interval)
				time.Sleep(time.Until(due))
				r.consume(batch)
				took[sender] = append(took[sender], time.Since(due))
			}
		})
	}
	all.Wait()
	return slices.Concat(took...)
}

// files are those of one run, in a folder of its own.
type files struct{ root, folder string }

func (f *files) path(name string) string { return filepath.Join(f.folder, name) }

// warm swaps back and forth once, so that nothing is compiled any more.
func (f *files) warm(kind kind) error {
	stop := f.changing(kind)
	time.Sleep(3 * between)
	return stop()
}

// changing changes a file of the kind over and over until it is stopped.
func (f *files) changing(kind kind) (stop func() error) {
	done, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ticker := time.NewTicker(between)
		defer ticker.Stop()
		for round := 0; ; round++ {
			if err := kind.change(f, round); err != nil {
				ended <- err
				return
			}
			select {
			case <-done:
				ended <- nil
				return
			case <-ticker.C:
			}
		}
	}()
	return func() error {
		close(done)
		return <-ended
	}
}

// put puts a file in its place by renaming, as the README tells.
func (f *files) put(name string, content []byte) error {
	if err := os.WriteFile(f.path("."+name), content, 0o600); err != nil {
		return err
	}
	return os.Rename(f.path("."+name), f.path(name))
}
