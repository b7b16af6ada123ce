package edits

import (
	"fmt"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/lapidary-dev/lapidary/collector/internal/own"
)

// CheckWithOwn is [Editor.Check] for an answer that has spans of the plugin's own:
// none may be one of the view, but one that the answer drops.
func (e *Editor) CheckWithOwn(batch *Batch, first, end int, edits []byte, made ptrace.Traces) error {
	before, answered := batch.mark(), batch.answered
	err := e.Check(batch, first, end, edits)
	if err == nil {
		err = batch.checkOwn(numbers{first, end}, batch.dropped[before.dropped:], made)
	}
	if err != nil {
		batch.rollback(before)
		batch.answered = answered
	}
	return err
}

// checkOwn looks for the first span of these units that stays and that the plugin
// made once more.
func (b *Batch) checkOwn(units numbers, dropped []numbers, made ptrace.Traces) error {
	madeByID, err := own.Numbers(made)
	if err != nil || len(madeByID) == 0 {
		return err
	}
	shown, gone := b.layout.within(units, carrierSpan), counter{dropped}
	for number := shown.first; number < shown.end; {
		scope := b.layout.scopeOfSpan(number, 0)
		place, inScope := b.layout.scopes[scope], b.layout.scopeSpans(scope)
		spans := b.traces.ResourceSpans().At(place.resource).ScopeSpans().At(place.index).Spans()
		for ; number < min(inScope.end, shown.end); number++ {
			at, isMade := madeByID[own.IDOf(spans.At(number-inScope.first))]
			if isMade && gone.in(numbers{number, number + 1}) == 0 {
				return fmt.Errorf("made span %d with the ids of span %d of the view, which it does not drop", at, number-shown.first)
			}
		}
	}
	return nil
}
