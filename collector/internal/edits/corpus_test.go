package edits

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lapidary-dev/lapidary/collector/internal/sight"
)

// corpusCase is a batch with what a plugin answers to its parts, and what comes of
// it in every host.
type corpusCase struct {
	Sight  json.RawMessage
	Writes struct {
		DropsSpans         bool `json:"drops_spans"`
		DropsUnknownFields bool `json:"drops_unknown_fields"`
		Fields             []string
		Sets               []struct {
			Carriers []string
			Key      string
		}
		Replaces, Renames, Removes []corpusSelector
	}
	Traces []byte
	Parts  []struct {
		Units [2]int
		Edits string
	}
	Result  []byte
	Refused string
	Counts  struct {
		In      int `json:"spans_in"`
		Out     int `json:"spans_out"`
		Changed int `json:"spans_changed"`
		Dropped int `json:"spans_dropped"`
	}
}

type corpusSelector struct{ Carriers, Keys []string }

func TestCorpus(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "testdata", "edits", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files, "testdata/edits has no cases")
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			var c corpusCase
			require.NoError(t, json.Unmarshal(text, &c))
			c.run(t)
		})
	}
}

func (c *corpusCase) run(t *testing.T) {
	editor := editorOf(t, c.sight(t), c.writes(t))
	traces, err := unmarshaler.UnmarshalTraces(c.Traces)
	require.NoError(t, err)
	batch := NewBatch(traces)
	defer batch.Release()
	for _, part := range c.Parts {
		switch part.Edits {
		case "drop":
			batch.Drop(part.Units[0], part.Units[1])
		case "leave":
		default:
			var answer []byte
			require.NoError(t, json.Unmarshal([]byte(`"`+part.Edits+`"`), &answer))
			if err := editor.Check(batch, part.Units[0], part.Units[1], answer); err != nil {
				assert.Equal(t, c.Refused, err.Error())
				return
			}
		}
	}
	require.Empty(t, c.Refused, "it was not refused")
	counts := batch.Apply()
	want, err := unmarshaler.UnmarshalTraces(c.Result)
	require.NoError(t, err)
	requireSame(t, want, traces)
	assert.Equal(t, Counts(c.Counts), counts)
}

func (c *corpusCase) sight(t *testing.T) sight.Sight {
	var word string
	if json.Unmarshal(c.Sight, &word) == nil {
		return map[string]sight.Sight{"everything": {}, "texts": {Kind: sight.AllTexts}}[word]
	}
	var parts struct {
		Fields []string
		Keys   []corpusSelector
	}
	require.NoError(t, json.Unmarshal(c.Sight, &parts))
	return sight.Sight{Kind: sight.Parts, Fields: fieldsOf(t, parts.Fields), Keys: selectorsOf(t, parts.Keys)}
}

func (c *corpusCase) writes(t *testing.T) sight.Writes {
	w := sight.Writes{
		DropsSpans: c.Writes.DropsSpans, DropsUnknownFields: c.Writes.DropsUnknownFields,
		Fields:   fieldsOf(t, c.Writes.Fields),
		Replaces: selectorsOf(t, c.Writes.Replaces),
		Renames:  selectorsOf(t, c.Writes.Renames),
		Removes:  selectorsOf(t, c.Writes.Removes),
	}
	for _, set := range c.Writes.Sets {
		w.Sets = append(w.Sets, sight.SetKey{Carriers: carriersOf(t, set.Carriers), Key: set.Key})
	}
	return w
}

func selectorsOf(t *testing.T, from []corpusSelector) (out []sight.Selector) {
	for _, selector := range from {
		out = append(out, sight.Selector{Carriers: carriersOf(t, selector.Carriers), Keys: selector.Keys})
	}
	return out
}

func carriersOf(t *testing.T, names []string) (out sight.Carriers) {
	for _, name := range names {
		at := map[string]sight.Carrier{
			"resource": sight.Resource, "scope": sight.Scope, "span": sight.Span, "event": sight.Event, "link": sight.Link,
		}
		require.Contains(t, at, name)
		out |= 1 << at[name]
	}
	return out
}

func fieldsOf(t *testing.T, names []string) (out sight.Fields) {
	all := []string{
		"trace-id", "span-id", "parent-span-id", "trace-state", "span-flags", "span-name", "span-kind", "span-times",
		"status-code", "status-message", "events", "event-name", "links", "link-trace-state",
		"scope-name", "scope-version", "schema-urls", "entities",
	}
	for _, name := range names {
		require.Contains(t, all, name)
		for index := range all {
			if all[index] == name {
				out |= 1 << index
			}
		}
	}
	return out
}
