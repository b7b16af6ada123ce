package faultfile

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func newKey(t *testing.T) *age.X25519Identity {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	return key
}

// entries opens every entry of a file with a key.
func entries(t *testing.T, path string, key age.Identity) (all []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for part := range bytes.SplitSeq(text, []byte(armor.Header)) {
		if len(part) == 0 {
			continue
		}
		plain, err := age.Decrypt(armor.NewReader(io.MultiReader(strings.NewReader(armor.Header), bytes.NewReader(part))), key)
		require.NoError(t, err)
		entry, err := io.ReadAll(plain)
		require.NoError(t, err)
		all = append(all, string(entry))
	}
	return all
}

// Guarantees: entries stand behind those of earlier processes; each of the recipients
// reads all of them, and nobody else any.
func TestEntriesAreForTheirRecipients(t *testing.T) {
	path := filepath.Join(t.TempDir(), "faults.age")
	first, second, other := newKey(t), newKey(t), newKey(t)
	recipients := []age.Recipient{first.Recipient(), second.Recipient()}
	for _, entry := range []string{"one", strings.Repeat("two ", 50_000), ""} {
		require.NoError(t, New(path, recipients, 1<<20).Append([]byte(entry)))
	}
	want := []string{"one", strings.Repeat("two ", 50_000), ""}
	assert.Equal(t, want, entries(t, path, first))
	assert.Equal(t, want, entries(t, path, second))
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	_, err = age.Decrypt(armor.NewReader(file), other)
	var none *age.NoIdentityMatchError
	assert.ErrorAs(t, err, &none)
}

// Guarantees: a file is never longer than it may be, and may be exactly as long.
func TestAFileIsNoLongerThanItMayBe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "faults.age")
	key := newKey(t)
	recipients := []age.Recipient{key.Recipient()}
	require.NoError(t, New(path, recipients, 1<<20).Append([]byte("one")))
	info, err := os.Stat(path)
	require.NoError(t, err)
	var full *FullError
	assert.ErrorAs(t, New(path, recipients, 2*info.Size()-1).Append([]byte("two")), &full)
	assert.Equal(t, []string{"one"}, entries(t, path, key))
	require.NoError(t, New(path, recipients, 2*info.Size()).Append([]byte("two")))
	assert.Equal(t, []string{"one", "two"}, entries(t, path, key))
}

// Guarantees: of an entry that has no recipient nothing is written.
func TestWithoutARecipientNothingIsWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "faults.age")
	require.Error(t, New(path, nil, 1<<20).Append([]byte("one")))
	assert.NoFileExists(t, path)
}
