package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
	"github.com/lapidary-dev/lapidary/collector/internal/stored"
)

// callsPerSave are 5 s of 6,000 spans a second.
const callsPerSave = 5 * 6000 / spansPerBatch

// savesHeader is of what is told of each save, on the standard error. The plugin
// waits for take_us; write_ms is what a storage in memory takes.
const savesHeader = "orders,take_us,write_ms,pages,bytes"

// saves stores a state again and again.
type saves struct {
	orders  int
	entries *plugin.Entries
	place   *stored.Place
}

func newSaves(orders int, entries *plugin.Entries) *saves {
	return &saves{orders: orders, entries: entries, place: stored.NewPlace(make(memory), 0)}
}

func (s *saves) save() error {
	began := time.Now()
	taken := s.place.Take("enrich-order-status", s.entries)
	took := time.Since(began)
	stats, err := taken.Write(context.Background())
	fmt.Fprintf(os.Stderr, "%d,%d,%.1f,%d,%d\n", s.orders, took.Microseconds(), float64(stats.Took.Microseconds())/1000, stats.Pages, stats.Bytes)
	return err
}

// memory is a storage.
type memory map[string][]byte

func (m memory) Batch(_ context.Context, operations ...*storage.Operation) error {
	for _, operation := range operations {
		switch operation.Type {
		case storage.Get:
			operation.Value = m[operation.Key]
		case storage.Set:
			m[operation.Key] = operation.Value
		case storage.Delete:
			delete(m, operation.Key)
		}
	}
	return nil
}

func (m memory) Get(_ context.Context, key string) ([]byte, error) { return m[key], nil }

func (m memory) Set(_ context.Context, key string, value []byte) error {
	m[key] = value
	return nil
}

func (m memory) Delete(_ context.Context, key string) error {
	delete(m, key)
	return nil
}

func (m memory) Close(context.Context) error { return nil }
