package plugin

import (
	"fmt"
	"runtime"

	"github.com/tetratelabs/wazero/experimental"
)

// linearMemory is the memory of one instance, up to a limit.
//
// It is ours rather than wazero's so that a plugin that asked for too much can
// be told from one that failed otherwise, for what the guest does then is trap; and
// so that it grows where it is: copies would be garbage beside it for a while.
type linearMemory struct {
	space *space
	limit uint64
	// refusal says why the guest did not get what it asked for, to stand behind "the
	// plugin"; empty where it got all.
	refusal string
	cleanup runtime.Cleanup
}

var _ experimental.LinearMemory = (*linearMemory)(nil)

// newLinearMemory returns a memory that can begin with so many bytes: what wazero
// asks for first cannot be refused.
func newLinearMemory(first, limit uint64) (*linearMemory, error) {
	reserved, err := reserve(limit)
	if err != nil {
		return nil, err
	}
	m := &linearMemory{space: reserved, limit: limit}
	// For an instance that nobody closes.
	m.cleanup = runtime.AddCleanup(m, (*space).release, reserved)
	if _, err := reserved.use(first); err != nil {
		m.Free()
		return nil, err
	}
	return m, nil
}

// Reallocate returns the memory at its new size, or nil where there is none.
func (m *linearMemory) Reallocate(size uint64) []byte {
	if size > m.limit {
		m.refusal = fmt.Sprintf("asked for more than %d MiB of memory", m.limit>>20)
		return nil
	}
	bytes, err := m.space.use(size)
	if err != nil {
		m.refusal = "asked for memory that the machine did not give"
		return nil
	}
	return bytes
}

// Free lets go of the memory. Nothing of it may be read or written afterwards.
func (m *linearMemory) Free() {
	m.cleanup.Stop()
	m.space.release()
}
