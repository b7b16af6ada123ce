package plugin

import (
	"fmt"
	"math/bits"

	"github.com/lapidary-dev/lapidary/collector/internal/sight"
)

// Configured is what follows from the rules.
type Configured struct {
	// Sight is what the plugin reads.
	Sight sight.Sight
	// Writes is what it may change.
	Writes sight.Writes
}

// Changes is a set of things that a plugin may ever do to a batch, whatever its
// rules are; one for each part of [sight.Writes].
type Changes uint8

// What a plugin may do, in the order of the contract.
const (
	DropsSpans Changes = 1 << iota
	MakesSpans
	DropsUnknownFields
	WritesFields
	SetsAttributes
	ReplacesValues
	RenamesKeys
	RemovesEntries
)

// changeNames are the words of the contract, in order.
var changeNames = [...]string{
	"drops-spans", "makes-spans", "drops-unknown-fields", "writes-fields",
	"sets-attributes", "replaces-values", "renames-keys", "removes-entries",
}

// changesOf returns what these writes do.
func changesOf(w *sight.Writes) Changes {
	var all Changes
	for _, part := range [...]struct {
		does   bool
		change Changes
	}{
		{w.DropsSpans, DropsSpans},
		{w.MakesSpans, MakesSpans},
		{w.DropsUnknownFields, DropsUnknownFields},
		{w.Fields != 0, WritesFields},
		{len(w.Sets) > 0, SetsAttributes},
		{len(w.Replaces) > 0, ReplacesValues},
		{len(w.Renames) > 0, RenamesKeys},
		{len(w.Removes) > 0, RemovesEntries},
	} {
		if part.does {
			all |= part.change
		}
	}
	return all
}

// CheckWrites answers with an error where rules let a plugin change more than its
// manifest says.
func (m *Manifest) CheckWrites(writes *sight.Writes) error {
	more := changesOf(writes) &^ m.Changes
	if more == 0 {
		return nil
	}
	return fmt.Errorf("`configure` named `%s`, which the manifest does not", changeNames[bits.TrailingZeros8(uint8(more))])
}

// liftConfigured reads a result<configured, list<problem>>.
func (i *Instance) liftConfigured(pointer uint32) (configured Configured, problems []Problem, err error) {
	r, err := i.view(pointer, sizeConfigureResult, 4)
	if err != nil {
		return configured, nil, err
	}
	switch r.u8(0) {
	case 0:
		if configured.Sight, err = i.liftSight(r[4:20]); err == nil {
			configured.Writes, err = i.liftWrites(r[20:])
		}
	case 1:
		problems, err = i.liftProblems(r)
	default:
		err = breach("`configure` answered neither ok nor error")
	}
	return configured, problems, err
}

func (i *Instance) liftSight(r record) (sight.Sight, error) {
	seen := sight.Sight{Kind: sight.Kind(r.u8(0))}
	if seen.Kind > sight.Parts {
		return seen, breach("`configure` named an unknown sight")
	}
	if seen.Kind != sight.Parts {
		return seen, nil
	}
	seen.Fields = sight.Fields(r.u32(4)) & sight.AllFields
	keys, err := i.liftSelectors(r, 8)
	seen.Keys = keys
	return seen, err
}

func (i *Instance) liftWrites(r record) (sight.Writes, error) {
	writes := sight.Writes{
		DropsSpans:         r.u8(0) != 0,
		MakesSpans:         r.u8(1) != 0,
		DropsUnknownFields: r.u8(2) != 0,
		Fields:             sight.Fields(r.u32(4)) & sight.AllFields,
	}
	entries, count, err := i.list(r, 8, sizeSetKey, 4)
	if err != nil {
		return writes, err
	}
	for index := range count {
		at := index * sizeSetKey
		set := sight.SetKey{Carriers: sight.Carriers(entries.u8(at)) & sight.AllCarriers}
		if err := i.texts(entries, at+4, &set.Key); err != nil {
			return writes, err
		}
		writes.Sets = append(writes.Sets, set)
	}
	for index, selectors := range [...]*[]sight.Selector{&writes.Replaces, &writes.Renames, &writes.Removes} {
		if *selectors, err = i.liftSelectors(r, 16+index*sizeList); err != nil {
			return writes, err
		}
	}
	return writes, nil
}

// liftSelectors reads the list<selector> that r holds at this place.
func (i *Instance) liftSelectors(r record, at int) ([]sight.Selector, error) {
	entries, count, err := i.list(r, at, sizeSelector, 4)
	if err != nil {
		return nil, err
	}
	var selectors []sight.Selector
	for index := range count {
		at := index * sizeSelector
		selector := sight.Selector{Carriers: sight.Carriers(entries.u8(at)) & sight.AllCarriers}
		keys, count, err := i.list(entries, at+4, sizeList, 4)
		if err != nil {
			return nil, err
		}
		for index := range count {
			key, err := i.text(keys, index*sizeList)
			if err != nil {
				return nil, err
			}
			selector.Keys = append(selector.Keys, key)
		}
		selectors = append(selectors, selector)
	}
	return selectors, nil
}

// liftProblems reads the list of a refusal.
func (i *Instance) liftProblems(r record) ([]Problem, error) {
	entries, count, err := i.list(r, 4, sizeProblem, 4)
	if err != nil {
		return nil, err
	}
	problems := make([]Problem, count)
	for index := range problems {
		problem, at := &problems[index], index*sizeProblem
		problem.Line = entries.u32(at + 8)
		if err := i.texts(entries, at, &problem.Document); err != nil {
			return nil, err
		}
		if err := i.texts(entries, at+12, &problem.Path, &problem.Found, &problem.Expected); err != nil {
			return nil, err
		}
	}
	if count == 0 {
		return nil, breach("`configure` refused the rules without naming a problem")
	}
	return problems, nil
}
