package edits

import (
	"fmt"
	"strings"

	"github.com/lapidary-dev/lapidary/collector/internal/sight"
)

// Editor checks what one plugin answers. It can be used for several batches at
// the same time.
type Editor struct {
	sight    shown
	writes   sight.Writes
	replaces *sight.Keys
	renames  *sight.Keys
	removes  *sight.Keys
}

// New returns one for a plugin that sees and writes what `configure` named. It
// fails where that makes no sense.
func New(s sight.Sight, w sight.Writes) (*Editor, error) {
	if others := w.Fields &^ sight.Texts; others != 0 {
		return nil, fmt.Errorf("%s cannot be written", namesOf(others))
	}
	shown, err := newShown(s)
	if err != nil {
		return nil, err
	}
	if err := shown.showsSets(w.Sets); err != nil {
		return nil, err
	}
	e := &Editor{sight: shown, writes: w}
	if e.replaces, err = sight.NewKeys(w.Replaces); err != nil {
		return nil, err
	}
	if e.renames, err = sight.NewKeys(w.Renames); err != nil {
		return nil, err
	}
	if e.removes, err = sight.NewKeys(w.Removes); err != nil {
		return nil, err
	}
	return e, nil
}

// Check resolves one answer to the view of the units [first, end) of a batch: all
// or nothing. Nothing is changed yet, and nothing of the answer is kept.
func (e *Editor) Check(batch *Batch, first, end int, edits []byte) error {
	before := batch.mark()
	err := batch.checker.check(e, batch, numbers{first, end}, edits)
	if err != nil {
		batch.rollback(before)
	}
	return err
}

func (e *Editor) maySet(key uint32, on carrier) bool {
	return int64(key) < int64(len(e.writes.Sets)) && on != carrierEntity &&
		e.writes.Sets[key].Carriers.Has(on.attributes())
}

// writableFields says by which name `configure` calls a field of a carrier; 0 where it
// has none.
var writableFields = [carriers][textFields]sight.Fields{
	carrierSpan:     {fieldName: sight.SpanName, fieldStatusMessage: sight.StatusMessage, fieldTraceState: sight.TraceState},
	carrierResource: {fieldSchemaURL: sight.SchemaURLs},
	carrierScope:    {fieldName: sight.ScopeName, fieldVersion: sight.ScopeVersion, fieldSchemaURL: sight.SchemaURLs},
	carrierEvent:    {fieldName: sight.EventName},
	carrierLink:     {fieldTraceState: sight.LinkTraceState},
	carrierEntity:   {fieldSchemaURL: sight.Entities, fieldType: sight.Entities},
}

var fieldNames = map[sight.Fields]string{
	sight.SpanName:       "span name",
	sight.StatusMessage:  "status message",
	sight.TraceState:     "trace state",
	sight.EventName:      "event name",
	sight.LinkTraceState: "link trace state",
	sight.ScopeName:      "scope name",
	sight.ScopeVersion:   "scope version",
	sight.SchemaURLs:     "schema urls",
	sight.Entities:       "entities",
}

// namesOf returns fields as `configure` calls them.
func namesOf(fields sight.Fields) string { return strings.Join(fields.Names(), ", ") }
