package sight

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Guarantees: a pattern means the same keys here as in the rules of plugins.
func TestAPatternMeansWhatItMeansToCratesKeys(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", "keys.json"))
	require.NoError(t, err)
	var rows []struct {
		Pattern string
		Keys    []string
		Matches bool
		// Shown is said where a host shows what is not meant.
		Shown bool
	}
	require.NoError(t, json.Unmarshal(text, &rows))
	require.NotEmpty(t, rows)
	for _, row := range rows {
		keys, err := NewKeys([]Selector{{Carriers: 1 << Span, Keys: []string{row.Pattern}}})
		require.NoError(t, err, row.Pattern)
		assert.Equal(t, row.Matches || row.Shown, keys.Match(Span, row.Keys), "%q %q", row.Pattern, row.Keys)
		assert.False(t, keys.Match(Event, row.Keys), "another carrier")
	}
}

func TestWhatCanMeanNoKeyIsRefused(t *testing.T) {
	for _, written := range []string{"", " a", "a\nb", "a..b", ".a", "a.b.", "\u2003"} {
		_, err := NewKeys([]Selector{{Keys: []string{written}}})
		assert.EqualError(t, err, "`"+written+"` can mean no key")
	}
}

// Scenario: keys as spans have them, none of which is meant.
func BenchmarkKeysThatAreNotMeant(b *testing.B) {
	keys, err := NewKeys([]Selector{{Carriers: AllCarriers, Keys: []string{"order_id", "*.operator_id", "customer.*"}}})
	require.NoError(b, err)
	spans := []string{"http.request.method", "url.path", "server.address", "messaging.destination.name", "thread.id"}
	path := make([]string, 1)
	for b.Loop() {
		for _, key := range spans {
			path[0] = key
			if keys.Match(Span, path) {
				b.Fatal(key)
			}
		}
	}
}
