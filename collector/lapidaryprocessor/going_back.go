package lapidaryprocessor

import (
	"fmt"

	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
)

// A plugin reads the state of its own version and of older ones. Whoever puts an older
// module back gets the state that this one had before the newer one came: it is kept
// for as long as the newer one runs.

// goesBack says whether the state of the older generation is too new for the next one.
func (h *handOver) goesBack() bool {
	return h.old.manifest.StateVersion > h.next.manifest.StateVersion
}

// earlier is the state to go back to, empty where there is none that the next
// generation can read.
func (h *handOver) earlier() *plugin.Entries {
	// Whoever stores it writes all of it anew.
	entries := plugin.NewEntries(h.next.manifest.StateVersion, h.next.stateLimit)
	if earlier := h.old.earlier; earlier != nil && earlier.Version <= h.next.manifest.StateVersion {
		entries.Version = earlier.Version
		h.next.exceeded += entries.Take(plugin.Changed{Entries: earlier.All()})
	}
	return entries
}

// keepEarlier has the next generation know the state to go back to from it. No batch is
// in the older one, and none will be.
func (h *handOver) keepEarlier() {
	switch from, to := h.old.manifest.StateVersion, h.next.manifest.StateVersion; {
	case from < to:
		h.next.earlier = h.old.entries
	case from == to:
		h.next.earlier = h.old.earlier
	default:
		h.next.logger.Warn(fmt.Sprintf("the state goes back from version %d to version %d, which this plugin reads: it has %d entries from before version %d came; %d entries of that version are lost",
			from, to, h.next.entries.Len(), from, h.old.entries.Len()))
	}
}
