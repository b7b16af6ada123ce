package plugin

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"github.com/lapidary-dev/lapidary/collector/internal/sight"
)

// Configured is what follows from the rules.
type Configured struct {
	// Sight is what the plugin reads.
	Sight sight.Sight
	// Writes is what it may change.
	Writes sight.Writes
	// Rules are what it acts by, each once.
	Rules []Rule
	// Protects says what is protected, in short texts that stay the same for as
	// long as it is.
	Protects []string
}

// Rule is one of the rules that a plugin acts by.
type Rule struct {
	// Path is where in the merged rules: `detectors.phone`.
	Path string
	// Document is the name of the one that it comes from; empty where there is
	// none at all.
	Document string
	// Line counts from 1; 0 where no line leads to it.
	Line uint32
}

// Loosened returns what these rules protect and the next ones do not, sorted.
func (c *Configured) Loosened(next *Configured) []string {
	var gone []string
	for _, text := range c.Protects {
		if !slices.Contains(next.Protects, text) {
			gone = append(gone, text)
		}
	}
	slices.Sort(gone)
	return slices.Compact(gone)
}

// CheckRules answers with an error where a rule is of none of the documents.
func (c *Configured) CheckRules(documents []Document) error {
	for _, rule := range c.Rules {
		isOf := func(document Document) bool { return document.Name == rule.Document }
		if rule.Document != "" && !slices.ContainsFunc(documents, isOf) {
			return errors.New("`configure` named a rule of a document that it did not get")
		}
	}
	return nil
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
		if configured.Sight, err = i.liftSight(r[4:20]); err != nil {
			break
		}
		if configured.Writes, err = i.liftWrites(r[20:60]); err != nil {
			break
		}
		if configured.Rules, err = i.liftRules(r, 60); err != nil {
			break
		}
		configured.Protects, err = i.liftTexts(r, 68)
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

// liftRules reads the list<rule> that r holds at this place.
func (i *Instance) liftRules(r record, at int) ([]Rule, error) {
	entries, count, err := i.list(r, at, sizeRule, 4)
	if err != nil || count == 0 {
		return nil, err
	}
	rules := make([]Rule, count)
	for index := range rules {
		rule, at := &rules[index], index*sizeRule
		if err := i.texts(entries, at, &rule.Path, &rule.Document); err != nil {
			return nil, err
		}
		rule.Line = entries.u32(at + 2*sizeList)
	}
	return rules, nil
}

// liftTexts reads the list<string> that r holds at this place.
func (i *Instance) liftTexts(r record, at int) (texts []string, err error) {
	entries, count, err := i.list(r, at, sizeList, 4)
	if err != nil {
		return nil, err
	}
	for index := range count {
		text, err := i.text(entries, index*sizeList)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
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
		if selector.Keys, err = i.liftTexts(entries, at+4); err != nil {
			return nil, err
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
