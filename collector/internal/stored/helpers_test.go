package stored

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
)

const (
	name  = "enrich-order-status"
	limit = 1 << 20
)

// memory is a storage. A batch is written whole, or up to the operation that fails.
type memory struct {
	held map[string][]byte
	// left is how many operations go well before one fails; below 0 all do.
	left int
}

var errFull = errors.New("no space left on device")

func newMemory() *memory { return &memory{held: make(map[string][]byte), left: -1} }

func (m *memory) Batch(_ context.Context, operations ...*storage.Operation) error {
	for _, operation := range operations {
		if m.left == 0 {
			return errFull
		}
		m.left--
		switch operation.Type {
		case storage.Get:
			operation.Value = m.held[operation.Key]
		case storage.Set:
			m.held[operation.Key] = operation.Value
		case storage.Delete:
			delete(m.held, operation.Key)
		}
	}
	return nil
}

func (m *memory) Get(context.Context, string) ([]byte, error) { panic("asked for one by one") }
func (m *memory) Set(context.Context, string, []byte) error   { panic("written one by one") }
func (m *memory) Delete(context.Context, string) error        { panic("deleted one by one") }
func (m *memory) Close(context.Context) error                 { return nil }
func (m *memory) copy() *memory                               { return &memory{held: maps.Clone(m.held), left: -1} }

// random makes entries of few keys, so that they change, go, and come under another
// owner.
type random struct{ *rand.Rand }

func newRandom(seed uint64) random { return random{rand.New(rand.NewPCG(seed, 11))} }

func (r random) bytes(most int) []byte {
	made := make([]byte, r.IntN(most+1))
	for index := range made {
		made[index] = byte(r.Uint32())
	}
	return made
}

func (r random) changed(count int) (changed plugin.Changed) {
	for range r.IntN(count + 1) {
		entry := plugin.Entry{Key: fmt.Append(nil, "key-", r.IntN(60)), Gone: r.IntN(4) == 0}
		if r.IntN(2) == 0 {
			entry.BelongsTo = fmt.Append(nil, "order-", r.IntN(10))
		}
		if !entry.Gone {
			entry.Value = r.bytes(40)
		}
		changed.Entries = append(changed.Entries, entry)
	}
	return changed
}

// plain is a state that can be compared: nil and empty are the same.
func plain(entries *plugin.Entries) map[string][2]string {
	all := make(map[string][2]string)
	for _, entry := range entries.All() {
		all[string(entry.Key)] = [2]string{string(entry.BelongsTo), string(entry.Value)}
	}
	return all
}

func save(t *testing.T, place *Place, entries *plugin.Entries) Stats {
	t.Helper()
	stats, err := place.Take(name, entries).Write(context.Background())
	require.NoError(t, err)
	return stats
}

// load reads a state as the next process does.
func load(t *testing.T, from *memory, version uint32) (Loaded, *Place) {
	t.Helper()
	place := NewPlace(from, 0)
	loaded, err := place.Load(context.Background(), name, version, limit)
	require.NoError(t, err)
	return loaded, place
}
