package main

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// scale measures the plugins without state on one core and on two, each with as
// many senders. Plugins with state have one instance, so they cannot be faster.
func (t *table) scale(batches []ptrace.Traces, o options) error {
	const what = "two cores against one, without state"
	if runtime.NumCPU() < 2 {
		fmt.Println(what + ": this machine has one core")
		return nil
	}
	side := inOrder(lapidary(sample(100), redact(builtIn), hash))
	var one, two []float64
	started, err := side.start()
	if err != nil {
		return err
	}
	defer started.stop()
	for range o.rounds {
		for _, cores := range []int{1, 2} {
			spent, err := started.parallel(batches, cores)
			if err != nil {
				return err
			}
			perSpan := float64(spent.Nanoseconds()) / float64(cores*spansOf(batches))
			if cores == 1 {
				one = append(one, perSpan)
			} else {
				two = append(two, perSpan)
			}
		}
	}
	ratio := median(one) / median(two)
	fmt.Printf("%s: %.0f ns a span on one, %.0f on two, %.2f times as fast\n\n", what, median(one), median(two), ratio)
	t.row(what, "", o.sizes[len(o.sizes)-1], median(two), median(one), ratio, 0, 0)
	return nil
}

// parallel sends all batches from each of so many senders, on as many cores,
// and says how long that took. Copies are made before.
func (r *running) parallel(batches []ptrace.Traces, cores int) (time.Duration, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
	copies := make([][]ptrace.Traces, cores)
	for sender := range copies {
		for _, batch := range batches {
			traces := ptrace.NewTraces()
			batch.CopyTo(traces)
			copies[sender] = append(copies[sender], traces)
		}
	}
	problems := make([]error, cores)
	var senders sync.WaitGroup
	start := time.Now()
	for sender := range cores {
		senders.Go(func() {
			for _, batch := range copies[sender] {
				if err := r.first.ConsumeTraces(context.Background(), batch); err != nil {
					problems[sender] = err
					return
				}
			}
		})
	}
	senders.Wait()
	spent := time.Since(start)
	for _, err := range problems {
		if err != nil {
			return 0, err
		}
	}
	return spent, nil
}
