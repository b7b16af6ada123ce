//go:build unix

package lapidaryprocessor

import (
	"io/fs"
	"syscall"
)

// ownerOf returns the user whom a file belongs to.
func ownerOf(info fs.FileInfo) (user int, isKnown bool) {
	system, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return -1, false
	}
	return int(system.Uid), true
}
