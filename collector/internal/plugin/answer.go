package plugin

import (
	"unicode/utf8"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/lapidary-dev/lapidary/collector/internal/own"
)

// Outcome is what a plugin answers with to a view.
type Outcome struct {
	// Edits are a message of wit/edits.proto, valid until the next call of the
	// instance.
	Edits []byte
	// Notes are a message of wit/notes.proto, no bytes where nothing is said.
	Notes []byte
	Made
	// Counts are what the plugin counts itself, valid until the next call of the
	// instance.
	Counts []Count
}

// Count is what a call adds to a counter of the plugin's own.
type Count struct {
	Add   func(delta uint64)
	Delta uint64
}

// Made is what a plugin makes of its own.
type Made struct {
	// Spans is set where HasSpans is.
	Spans    ptrace.Traces
	HasSpans bool
}

// addition is what a call adds to a counter.
type addition struct {
	series uint32
	delta  uint64
}

// maxKeptEdits is how large the buffer of an instance for edits may stay: larger
// ones are rare.
const maxKeptEdits = 1 << 20

// liftOutcome reads a result<outcome, string>.
func (i *Instance) liftOutcome(pointer uint32) (Outcome, error) {
	var outcome Outcome
	r, err := i.view(pointer, sizeProcessResult, 4)
	if err != nil {
		return outcome, err
	}
	if err := i.liftFailure(r, process); err != nil {
		return outcome, err
	}
	edits, err := i.bytes(r, 4)
	if err != nil {
		return outcome, err
	}
	if cap(i.edits) > maxKeptEdits {
		i.edits = nil
	}
	// A copy: they are checked when the guest has its memory back, and nothing can
	// fail any more.
	i.edits = append(i.edits[:0], edits...)
	outcome.Edits = i.edits
	if outcome.Made, err = i.liftMade(r[12:24]); err != nil {
		return outcome, err
	}
	notes, err := i.bytes(r, 32)
	if err != nil {
		return outcome, err
	}
	if len(notes) > 0 {
		outcome.Notes = append([]byte(nil), notes...)
	}
	return outcome, i.liftAdditions(r, 24)
}

// liftMadeResult reads a result<made, string>.
func (i *Instance) liftMadeResult(pointer uint32, function int) (Made, error) {
	r, err := i.view(pointer, sizeMadeResult, 4)
	if err != nil {
		return Made{}, err
	}
	if err := i.liftFailure(r, function); err != nil {
		return Made{}, err
	}
	made, err := i.liftMade(r[4:16])
	if err != nil {
		return made, err
	}
	return made, i.liftAdditions(r, 16)
}

// liftFailure answers with nil where a result<_, string> is no error.
func (i *Instance) liftFailure(r record, function int) error {
	switch r.u8(0) {
	case 0:
		return nil
	case 1:
		text, err := i.bytes(r, 4)
		if err != nil {
			return err
		}
		if !utf8.Valid(text) {
			return breach("a string is not UTF-8")
		}
		return &Failure{Text: string(cut(text, maxLogBytes))}
	}
	return breach("`%s` answered neither ok nor error", exportedFunctions[function].name)
}

var unmarshaler ptrace.ProtoUnmarshaler

// liftMade reads an option<list<u8>> of spans.
func (i *Instance) liftMade(r record) (Made, error) {
	switch r.u8(0) {
	case 0:
		return Made{}, nil
	case 1:
	default:
		return Made{}, breach("the answer has neither spans nor none")
	}
	bytes, err := i.bytes(r, 4)
	if err != nil {
		return Made{}, err
	}
	if !i.configured.Writes.MakesSpans {
		return Made{}, breach("made spans, which `configure` did not name")
	}
	if err := own.CheckParts(bytes); err != nil {
		return Made{}, breach("%s", err)
	}
	spans, err := unmarshaler.UnmarshalTraces(bytes)
	if err != nil {
		// What pdata says of them helps nobody, and might quote them.
		return Made{}, breach("answered with bytes that are not OTLP")
	}
	if _, err := own.Numbers(spans); err != nil {
		return Made{}, breach("%s", err)
	}
	return Made{Spans: spans, HasSpans: true}, nil
}

// maxDelta is the most that one call adds to a series: as much as its memory has bytes.
// A sum of such takes a process longer to run over than it lives.
const maxDelta = 1 << 32

// liftAdditions reads the list<addition> that r holds at this place. They count
// when the call has ended well.
func (i *Instance) liftAdditions(r record, at int) error {
	entries, count, err := i.list(r, at, sizeAddition, 8)
	if err != nil {
		return err
	}
	if count > len(i.series) {
		return breach("made %d additions to counters; it has %d series", count, len(i.series))
	}
	for index := range count {
		added := addition{series: entries.u32(index * sizeAddition), delta: entries.u64(index*sizeAddition + 8)}
		if int64(added.series) >= int64(len(i.series)) {
			return breach("added to series %d; it has %d", added.series, len(i.series))
		}
		if added.delta > maxDelta {
			return breach("added %d to a counter; the most of one call is %d", added.delta, uint64(maxDelta))
		}
		i.additions = append(i.additions, added)
	}
	return nil
}

// counted is what the call has added to the counters.
func (i *Instance) counted() []Count {
	i.counts = i.counts[:0]
	for _, added := range i.additions {
		if added.delta > 0 {
			i.counts = append(i.counts, Count{i.series[added.series], added.delta})
		}
	}
	return i.counts
}
