package lapidaryprocessor

import (
	"context"

	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
)

// handOver gives the state of a generation to the next one: all of it while batches
// go through the old one, then what changed meanwhile, and at last, when no batch is
// in the old one, what changed in the last moment.
type handOver struct {
	old, next *generation
	// journal is nil until the state was copied, and where it is not.
	journal *plugin.Journal
}

const (
	// mostRounds of handing over what changed meanwhile, each shorter than the one
	// before where more goes over than comes.
	mostRounds = 8
	// fewEntries go over while batches wait: about a millisecond.
	fewEntries = 200
)

// begin hands over the state as it is now.
func (h *handOver) begin(ctx context.Context) error {
	if h.goesBack() {
		return h.next.takeOver(h.earlier())
	}
	lease, err := h.old.instances.acquire(ctx)
	if err != nil {
		return err
	}
	h.journal = h.old.entries.Follow()
	entries := h.old.entries.Copy()
	lease.release()
	return h.next.takeOver(entries)
}

// goOn hands over what changed meanwhile, until it is little.
func (h *handOver) goOn() error {
	for range mostRounds {
		changed := h.changed()
		if err := h.next.takeOverRest(h.old.manifest.StateVersion, changed); err != nil {
			return err
		}
		if len(changed) <= fewEntries {
			break
		}
	}
	return nil
}

// end hands over what is left, unless there was an error before, and has the next
// generation take over while no batch is in the old one. Whoever waits for that gets
// the next one.
func (h *handOver) end(ctx context.Context, before error, takeOver func()) error {
	lease, err := h.old.instances.acquire(ctx)
	if err != nil {
		return err
	}
	defer lease.release()
	if h.journal != nil {
		h.old.entries.Unfollow(h.journal)
	}
	if before != nil {
		return before
	}
	if err := h.next.takeOverRest(h.old.manifest.StateVersion, h.changed()); err != nil {
		return err
	}
	h.keepEarlier()
	// It stays for as long as somebody may still come from the old one.
	h.next.references.Add(1)
	h.old.heir = h.next
	takeOver()
	return nil
}

// changed is what changed since it was asked for last.
func (h *handOver) changed() []plugin.Entry {
	if h.journal == nil {
		return nil
	}
	return h.journal.Take()
}
