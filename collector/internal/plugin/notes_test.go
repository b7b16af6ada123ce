package plugin

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lapidary-dev/lapidary/collector/internal/sight"
)

// Guarantees: the notes of an answer are what was asked for, and name what there
// is; every host says the same of the same notes.
func TestNotesAreJudgedAsByEveryHost(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", "notes.json"))
	require.NoError(t, err)
	var table struct {
		View        string
		Rules, Sets int
		Rows        []struct {
			About, Noting, Notes, Refused string
			Times                         int
		}
	}
	require.NoError(t, json.Unmarshal(text, &table))
	view, err := hex.DecodeString(table.View)
	require.NoError(t, err)
	for _, row := range table.Rows {
		t.Run(row.About, func(t *testing.T) {
			notes, err := hex.DecodeString(row.Notes)
			require.NoError(t, err)
			noting := map[string]Noting{"off": NotingOff, "acts": NotingActs, "looked": NotingLooked}[row.Noting]
			i := &Instance{Noting: noting, configured: Configured{
				Rules:  make([]Rule, table.Rules),
				Writes: sight.Writes{Sets: make([]sight.SetKey, table.Sets)},
			}}
			err = i.checkNotes(bytes.Repeat(notes, max(row.Times, 1)), view)
			if row.Refused == "" {
				assert.NoError(t, err)
				return
			}
			var contract *contractError
			require.ErrorAs(t, err, &contract)
			assert.Equal(t, "answered with "+row.Refused, contract.detail)
		})
	}
}

// Guarantees: notes without end are not held. A note takes two bytes on the wire,
// and an answer may be as long as a plugin's memory.
func TestNotesWithoutEndAreNotHeld(t *testing.T) {
	notes, ok := readNotes(bytes.Repeat([]byte{0x0a, 0x00}, 100*MostNotes))
	assert.True(t, ok)
	assert.Len(t, notes, MostNotes+1)
}
