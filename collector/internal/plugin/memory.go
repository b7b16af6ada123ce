package plugin

import "github.com/tetratelabs/wazero/experimental"

// linearMemory is the memory of one instance, up to a limit.
//
// It is ours rather than wazero's so that a plugin that asked for too much can
// be told from one that failed otherwise: what the guest does then is trap.
type linearMemory struct {
	bytes   []byte
	limit   uint64
	refused bool
}

var _ experimental.LinearMemory = (*linearMemory)(nil)

// Reallocate returns the memory at its new size, or nil above the limit.
func (m *linearMemory) Reallocate(size uint64) []byte {
	if size > m.limit {
		m.refused = true
		return nil
	}
	if size > uint64(cap(m.bytes)) {
		// Twice what is asked for: a batch that is a little larger than the
		// one before must not copy the whole memory again.
		grown := make([]byte, size, min(2*size, m.limit))
		copy(grown, m.bytes)
		m.bytes = grown
	}
	m.bytes = m.bytes[:size]
	return m.bytes
}

// Free lets go of the memory.
func (m *linearMemory) Free() { m.bytes = nil }
