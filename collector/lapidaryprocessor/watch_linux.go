package lapidaryprocessor

import (
	"os"
	"syscall"
)

// stateOf returns the state of a file, and whether it has all that changes with
// the content.
func stateOf(path string) (state fileState, isComplete bool) {
	info, err := os.Stat(path)
	if err != nil {
		return fileState{problem: err.Error()}, true
	}
	state = fileState{size: info.Size(), modified: info.ModTime().UnixNano(), mode: uint32(info.Mode())}
	system, ok := info.Sys().(*syscall.Stat_t)
	if ok {
		state.changed, state.inode, state.device = system.Ctim.Nano(), system.Ino, uint64(system.Dev)
	}
	return state, ok
}
