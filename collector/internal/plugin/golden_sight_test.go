package plugin

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapidary-dev/lapidary/collector/internal/sight"
)

// goldenConfigured is what a plugin said of itself, as the golden corpus has it:
// the records of wit/types.wit, with what is empty left out of `writes`.
type goldenConfigured struct {
	Sight  json.RawMessage
	Writes struct {
		DropsSpans         bool `json:"drops_spans"`
		MakesSpans         bool `json:"makes_spans"`
		DropsUnknownFields bool `json:"drops_unknown_fields"`
		Fields             []string
		Sets               []struct {
			Carriers []string
			Key      string
		}
		Replaces, Renames, Removes []goldenSelector
	}
	Rules []struct {
		Path, Document string
		Line           uint32
	}
	Protects []string
}

type goldenSelector struct{ Carriers, Keys []string }

func (c *goldenConfigured) read(t *testing.T) Configured {
	t.Helper()
	configured := Configured{
		Sight: readSight(t, c.Sight),
		Writes: sight.Writes{
			DropsSpans:         c.Writes.DropsSpans,
			MakesSpans:         c.Writes.MakesSpans,
			DropsUnknownFields: c.Writes.DropsUnknownFields,
			Fields:             readFields(t, c.Writes.Fields),
			Replaces:           readSelectors(t, c.Writes.Replaces),
			Renames:            readSelectors(t, c.Writes.Renames),
			Removes:            readSelectors(t, c.Writes.Removes),
		},
	}
	for _, set := range c.Writes.Sets {
		configured.Writes.Sets = append(configured.Writes.Sets, sight.SetKey{Carriers: readCarriers(t, set.Carriers), Key: set.Key})
	}
	for _, rule := range c.Rules {
		configured.Rules = append(configured.Rules, Rule(rule))
	}
	if len(c.Protects) > 0 {
		configured.Protects = c.Protects
	}
	return configured
}

func readSight(t *testing.T, text json.RawMessage) sight.Sight {
	t.Helper()
	var word string
	if json.Unmarshal(text, &word) == nil {
		kinds := map[string]sight.Kind{"everything": sight.Everything, "texts": sight.AllTexts}
		require.Contains(t, kinds, word)
		return sight.Sight{Kind: kinds[word]}
	}
	var parts struct {
		Fields []string
		Keys   []goldenSelector
	}
	require.NoError(t, json.Unmarshal(text, &parts))
	return sight.Sight{Kind: sight.Parts, Fields: readFields(t, parts.Fields), Keys: readSelectors(t, parts.Keys)}
}

func readFields(t *testing.T, names []string) (fields sight.Fields) {
	t.Helper()
	for _, name := range names {
		at := slices.Index(sight.FieldNames[:], name)
		require.GreaterOrEqual(t, at, 0, name)
		fields |= 1 << at
	}
	return fields
}

func readSelectors(t *testing.T, all []goldenSelector) (selectors []sight.Selector) {
	t.Helper()
	for _, one := range all {
		selectors = append(selectors, sight.Selector{Carriers: readCarriers(t, one.Carriers), Keys: one.Keys})
	}
	return selectors
}

func readCarriers(t *testing.T, names []string) (carriers sight.Carriers) {
	t.Helper()
	for _, name := range names {
		known := sight.Resource
		for known.String() != name {
			known++
			require.LessOrEqual(t, known, sight.Link, name)
		}
		carriers |= 1 << known
	}
	return carriers
}
