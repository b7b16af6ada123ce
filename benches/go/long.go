package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// longBytes is what a receiver takes at most where its limit was raised to 64 MiB.
const longBytes = 64 << 20

// longRounds is how often each side gets the long batch.
const longRounds = 5

// longSides are compared over one batch that is as long as a receiver takes it.
// Each runs in a process of its own, which the system measures.
var longSides = []struct {
	name string
	side func() side
}{
	{"ours", func() side { return inOrder(lapidary(redact(samePatterns))) }},
	{"theirs", func() side { return inOrder(redaction()) }},
}

// long prints what a batch of 64 MiB takes on both sides. Linux tells how much
// memory a process had at most; elsewhere this is an error.
func long() error {
	fmt.Printf("a batch of %d MiB, the same patterns\n", longBytes>>20)
	for _, of := range longSides {
		self := exec.Command(os.Args[0], "-root", ".", "-long", of.name)
		self.Stdout, self.Stderr = os.Stdout, os.Stderr
		if err := self.Run(); err != nil {
			return fmt.Errorf("%s: %w", of.name, err)
		}
	}
	return nil
}

// longOf measures one side in this process.
func longOf(name string) error {
	for _, of := range longSides {
		if of.name == name {
			return of.side().long(name)
		}
	}
	return fmt.Errorf("-long: found `%s`; expected `both`, `ours` or `theirs`", name)
}

func (s side) long(name string) error {
	message, err := longBatch()
	if err != nil {
		return err
	}
	started, err := s.start()
	if err != nil {
		return err
	}
	defer started.stop()
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		return err
	}
	before, err := highest()
	if err != nil {
		return err
	}
	var times []float64
	for range longRounds {
		// As a receiver does: the pdata is the sender's alone.
		traces, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(message)
		if err != nil {
			return err
		}
		start := time.Now()
		if err := started.first.ConsumeTraces(context.Background(), traces); err != nil {
			return err
		}
		times = append(times, time.Since(start).Seconds())
	}
	after, err := highest()
	if err != nil {
		return err
	}
	fmt.Printf("%-7s %6.2f s, %5d MiB more than before at most\n", name, median(times), (after-before)>>20)
	return nil
}

// longBatch is the recorded spans, as often as it takes.
func longBatch() ([]byte, error) {
	batches, err := recordedBatches("testdata/recordings", 1000)
	if err != nil {
		return nil, err
	}
	var message []byte
	for len(message) < longBytes {
		for _, batch := range batches {
			bytes, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(batch)
			if err != nil {
				return nil, err
			}
			// Two messages one after the other are one with the spans of both.
			message = append(message, bytes...)
		}
	}
	return message, nil
}

// highest is how many bytes of memory this process had at most.
func highest() (int, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, rest, found := strings.Cut(string(status), "VmHWM:")
	if !found {
		return 0, errors.New("/proc/self/status: found no `VmHWM`; expected Linux's")
	}
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	return kib << 10, err
}
