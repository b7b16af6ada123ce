package lapidaryprocessor

import (
	"hash/maphash"
	"sync"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// batchID knows a batch again that its sender brings again: a hash of its span ids.
type batchID uint64

var batchSeed = maphash.MakeSeed()

func idOf(traces ptrace.Traces) batchID {
	var hash maphash.Hash
	hash.SetSeed(batchSeed)
	for _, resource := range traces.ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				trace, id := span.TraceID(), span.SpanID()
				_, _ = hash.Write(trace[:])
				_, _ = hash.Write(id[:])
			}
		}
	}
	return batchID(hash.Sum64())
}

// noBatch is what ticks are about.
func noBatch() batchID { return 0 }

const (
	// maxTrips is how often a batch may go back to its sender because the search in it
	// was too long. The next time it is searched to its end.
	maxTrips = 2
	// maxTripped bounds how many such batches are remembered.
	maxTripped = 256
)

// trips remembers batches that went back to their senders.
type trips struct {
	mu     sync.Mutex
	counts map[batchID]int
	// order is that in which they came, the oldest first.
	order []batchID
}

// areOver says whether a batch has gone back as often as it may. Where none did,
// nobody asks for its id.
func (t *trips) areOver(id func() batchID) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.counts) > 0 && t.counts[id()] >= maxTrips
}

func (t *trips) add(id batchID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = make(map[batchID]int)
	}
	if t.counts[id] == 0 {
		if t.order = append(t.order, id); len(t.order) > maxTripped {
			delete(t.counts, t.order[0])
			t.order = append(t.order[:0], t.order[1:]...)
		}
	}
	t.counts[id]++
}
