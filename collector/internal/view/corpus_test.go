package view

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/lapidary-dev/lapidary/collector/internal/sight"
)

// jsonSight is a sight as it stands in testdata: `"everything"`, `"texts"` or an
// object with fields and keys.
type jsonSight struct{ sight.Sight }

func (s *jsonSight) UnmarshalJSON(text []byte) error {
	switch string(text) {
	case `"everything"`:
		s.Kind = sight.Everything
		return nil
	case `"texts"`:
		s.Kind = sight.AllTexts
		return nil
	}
	var parts struct {
		Fields []string
		Keys   []struct{ Carriers, Keys []string }
	}
	if err := json.Unmarshal(text, &parts); err != nil {
		return err
	}
	s.Kind = sight.Parts
	for _, name := range parts.Fields {
		index := slices.Index(sight.FieldNames[:], name)
		if index < 0 {
			return fmt.Errorf("no field `%s`", name)
		}
		s.Fields |= 1 << index
	}
	for _, selector := range parts.Keys {
		var carriers sight.Carriers
		for on := sight.Resource; on <= sight.Link; on++ {
			if slices.Contains(selector.Carriers, on.String()) {
				carriers |= 1 << on
			}
		}
		s.Keys = append(s.Keys, sight.Selector{Carriers: carriers, Keys: selector.Keys})
	}
	return nil
}

type corpusCase struct {
	About     string
	Sight     jsonSight
	Traces    []byte
	Units     *[2]int
	Limit     int
	View      []byte
	Spans     int
	ViewUnits [2]int `json:"view_units"`
}

func readCorpus(t testing.TB) map[string]corpusCase {
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "testdata", "views", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	cases := make(map[string]corpusCase)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var read corpusCase
		require.NoError(t, json.Unmarshal(text, &read), file)
		cases[strings.TrimSuffix(filepath.Base(file), ".json")] = read
	}
	return cases
}

// Guarantees: views made from pdata are those that crates/spans makes of the bytes.
func TestAViewIsTheSameFromPdataAndFromBytes(t *testing.T) {
	for name, c := range readCorpus(t) {
		t.Run(name, func(t *testing.T) {
			traces, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(c.Traces)
			require.NoError(t, err)
			maker, err := New(c.Sight.Sight)
			require.NoError(t, err)
			first, end := 0, All
			if c.Units != nil {
				first, end = c.Units[0], c.Units[1]
			}
			// What stands in the buffer before counts for nothing.
			made := maker.Make([]byte("before"), traces, first, end, c.Limit)
			assert.Equal(t, c.View, made.Bytes[len("before"):], c.About)
			assert.Equal(t, c.Spans, made.Spans, c.About)
			assert.Equal(t, c.ViewUnits, [2]int{made.First, made.End}, c.About)
		})
	}
}
