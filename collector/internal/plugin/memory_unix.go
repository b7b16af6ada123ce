//go:build unix

package plugin

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// space is a range of addresses, of which so many bytes from its start on can be
// used. The machine gives memory for what is touched of them.
type space struct {
	all  []byte
	used uint64
}

func reserve(size uint64) (*space, error) {
	all, err := unix.Mmap(-1, 0, int(size), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil, fmt.Errorf("reserving %d MiB of addresses: %w", size>>20, err)
	}
	return &space{all: all}, nil
}

// use returns the first bytes; what was there before is there still, what is new
// is 0.
func (s *space) use(size uint64) ([]byte, error) {
	if size > s.used {
		if err := unix.Mprotect(s.all[s.used:size], unix.PROT_READ|unix.PROT_WRITE); err != nil {
			return nil, fmt.Errorf("using %d of %d bytes: %w", size, len(s.all), err)
		}
		s.used = size
	}
	return s.all[:size:size], nil
}

func (s *space) release() {
	if s.all != nil {
		// What is unmapped is ours and whole: nothing can be wrong with it.
		_ = unix.Munmap(s.all)
		s.all = nil
	}
}
