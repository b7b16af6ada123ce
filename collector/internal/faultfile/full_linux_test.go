package faultfile

import (
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"filippo.io/age"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Scenario: the disk takes half of an entry, as one that becomes full does.
// Guarantees: nothing of the entry stays, and what was there is as it was.
func TestHalfAnEntryIsTakenBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "faults.age")
	key := newKey(t)
	file := New(path, []age.Recipient{key.Recipient()}, 1<<20)
	require.NoError(t, file.Append([]byte("one")))

	var before syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before))
	signal.Ignore(syscall.SIGXFSZ)
	t.Cleanup(func() { signal.Reset(syscall.SIGXFSZ) })
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1000, Max: before.Max}))
	err := file.Append(make([]byte, 4000))
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before))

	assert.ErrorIs(t, err, syscall.EFBIG)
	assert.Equal(t, []string{"one"}, entries(t, path, key))
}
