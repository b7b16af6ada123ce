package lapidaryprocessor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"filippo.io/age"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"

	"github.com/lapidary-dev/lapidary/collector/internal/edits"
	"github.com/lapidary-dev/lapidary/collector/internal/faultfile"
	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
)

const (
	// mostWaitingFaults and mostWaitingBytes bound what waits to be written.
	mostWaitingFaults = 1000
	mostWaitingBytes  = 16 << 20
	// lastFaultsWait is how long the end of a processor waits for the file at most.
	lastFaultsWait = 10 * time.Second
)

// faultKeeper writes the content of spans at fault to a file, encrypted, beside the
// batches: no batch waits for it. Nil keeps nothing.
type faultKeeper struct {
	processor component.ID
	path      string
	file      *faultfile.File
	logger    *zap.Logger

	// ended is closed when all was written after the end.
	ended chan struct{}

	mu sync.Mutex
	// come is told when something waits, or it is the end.
	come    *sync.Cond
	waiting [][]byte
	bytes   int
	isOver  bool
	// lost is how many were not kept since the file could last be written to, and
	// nextSaid from how many on that is said again.
	lost, nextSaid int
}

// keptFault is an entry of the file.
type keptFault struct {
	Time       string `json:"time"`
	Processor  string `json:"processor"`
	Place      int    `json:"place"`
	Plugin     string `json:"plugin"`
	Version    string `json:"version"`
	ModuleHash string `json:"module_hash"`
	RulesHash  string `json:"rules_hash"`
	Policy     string `json:"policy"`
	Shadow     bool   `json:"shadow,omitempty"`
	TraceID    string `json:"trace_id,omitempty"`
	SpanID     string `json:"span_id,omitempty"`
	Spans      int    `json:"spans"`
	Reason     string `json:"reason"`
	// OTLP is a TracesData message with the span alone, its resource and scope.
	OTLP []byte `json:"otlp"`
}

// newFaultKeeper returns nil where the config names no file.
func newFaultKeeper(config *FaultsConfig, processor component.ID, logger *zap.Logger) *faultKeeper {
	if config == nil {
		return nil
	}
	var recipients []age.Recipient
	for _, text := range config.Recipients {
		// What is wrong with one was told when the config was read.
		if recipient, err := age.ParseX25519Recipient(text); err == nil {
			recipients = append(recipients, recipient)
		}
	}
	k := &faultKeeper{
		processor: processor, path: fullPath(config.File), logger: logger,
		file:  faultfile.New(config.File, recipients, int64(config.MaxMiB)<<20),
		ended: make(chan struct{}),
	}
	k.come = sync.NewCond(&k.mu)
	return k
}

// start begins to write. That the file cannot be is known now, not at the first fault.
func (k *faultKeeper) start() {
	if k == nil {
		return
	}
	if err := k.file.Try(); err != nil {
		k.say(0, err)
	}
	go k.loop()
}

// keep takes what a plugin could not process, as it came to the plugin. What was not
// searched to its end is not known to be at fault.
func (k *faultKeeper) keep(g *generation, batch *edits.Batch, fault *fault) {
	if k == nil || fault.units != 1 {
		return
	}
	otlp, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(batch.Alone(fault.first))
	if err != nil {
		k.sayLost(err)
		return
	}
	entry, err := json.Marshal(keptFault{
		Time: time.Now().UTC().Format(time.RFC3339Nano), Processor: k.processor.String(), Place: g.place,
		Plugin: g.manifest.Name, Version: g.manifest.Version, ModuleHash: g.hashes.module, RulesHash: g.hashes.rules,
		Policy: g.policy.String(), Shadow: g.shadow, TraceID: fault.traceID, SpanID: fault.spanID,
		Spans: fault.spans, Reason: plugin.Why(fault.cause), OTLP: otlp,
	})
	if err == nil {
		err = k.add(append(entry, '\n'))
	}
	if err != nil {
		k.sayLost(err)
	}
}

var errManyFaults = errors.New("more wait to be written already than are kept")

// add has an entry wait.
func (k *faultKeeper) add(entry []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.isOver || len(k.waiting) >= mostWaitingFaults || k.bytes > 0 && k.bytes+len(entry) > mostWaitingBytes {
		return errManyFaults
	}
	k.waiting = append(k.waiting, entry)
	k.bytes += len(entry)
	k.come.Signal()
	return nil
}

// loop writes what waits, until the end.
func (k *faultKeeper) loop() {
	defer close(k.ended)
	for {
		entry, ok := k.next()
		if !ok {
			return
		}
		if err := k.file.Append(entry); err != nil {
			k.sayLost(err)
			continue
		}
		k.sayKept()
	}
}

// next waits for an entry; it is not ok at the end.
func (k *faultKeeper) next() (entry []byte, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for len(k.waiting) == 0 {
		if k.isOver {
			return nil, false
		}
		k.come.Wait()
	}
	entry = k.waiting[0]
	k.waiting[0], k.waiting = nil, k.waiting[1:]
	k.bytes -= len(entry)
	return entry, true
}

// sayLost says that something is not kept at the first, and again at ten times as many.
func (k *faultKeeper) sayLost(err error) {
	k.mu.Lock()
	k.lost++
	lost, isNew := k.lost, k.lost >= k.nextSaid
	if isNew {
		k.nextSaid = 10 * lost
	}
	k.mu.Unlock()
	if isNew {
		k.say(lost, err)
	}
}

func (k *faultKeeper) say(lost int, err error) {
	found, expected := reason(err), "a file that can be written to"
	var full *faultfile.FullError
	switch {
	case errors.Is(err, os.ErrNotExist):
		found = errors.New("no folder for it")
	case errors.As(err, &full):
		expected = "one that was moved away, or a larger `faults.max_mib`"
	}
	k.logger.Warn(fmt.Sprintf("the content of spans at fault is not kept, %d so far: %s: found %s; expected %s", lost, k.path, found, expected))
}

// sayKept says that the file can be written to again.
func (k *faultKeeper) sayKept() {
	k.mu.Lock()
	lost := k.lost
	k.lost, k.nextSaid = 0, 0
	k.mu.Unlock()
	if lost > 0 {
		k.logger.Info("the content of spans at fault is kept again")
	}
}

// end has what waits written, unless the file takes too long for that.
func (k *faultKeeper) end(ctx context.Context) {
	if k == nil {
		return
	}
	k.mu.Lock()
	k.isOver = true
	k.come.Signal()
	k.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, lastFaultsWait)
	defer cancel()
	select {
	case <-k.ended:
	case <-ctx.Done():
		k.logger.Warn(fmt.Sprintf("the content of spans at fault was not all kept at the end: %s: waiting for it took too long", k.path))
	}
}
