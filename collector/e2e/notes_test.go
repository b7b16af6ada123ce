package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Scenario: the command line sends all recorded orders through every processor
// of deploy/replay.yaml, whose plugins are asked for all that they can say.
// Guarantees: each plugin says why, and no note and nothing that follows from
// rules holds a planted value of any kind.
func TestNotesHoldNoPlantedValue(t *testing.T) {
	prepared(t)
	folder := t.TempDir()
	said := make(map[string]int)
	var all strings.Builder
	for _, processor := range []string{"head", "inside", "outside"} {
		for index, run := range runs(t) {
			notes := filepath.Join(folder, "notes.jsonl")
			lapidary(t, "run", "--config", "deploy/replay.yaml", "--processor", "lapidary/"+processor,
				"--notes", notes, "--notes-level", "looked", "-o", filepath.Join(folder, "out.jsonl"), run)
			text, err := os.ReadFile(notes)
			require.NoError(t, err)
			all.Write(text)
			for line := range strings.Lines(string(text)) {
				var note struct{ Plugin, Deed string }
				require.NoError(t, json.Unmarshal([]byte(line), &note), "line of run %d", index)
				said[note.Plugin+" "+note.Deed]++
			}
		}
	}
	for _, expected := range []string{
		"enrich-order-status added", "enrich-order-status left_in_doubt", "sample-adaptively kept",
		"sample-adaptively dropped", "redact-pii masked", "redact-pii looked_and_left", "hash-operator-id replaced",
	} {
		assert.Positive(t, said[expected], expected)
	}
	for _, value := range readPlanted(t) {
		assert.NotContains(t, all.String(), value.Value, "a planted %s, sent as %s in run %s", value.Kind, value.Form, value.Run)
	}
}
