package lapidaryprocessor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lapidary-dev/lapidary/collector/internal/sight"
)

const (
	sightEverything = "everything"
	sightTexts      = "texts"
	expectedSight   = "`everything`, `texts` or a map of `fields` and `keys`"
)

// sight reads what a plugin may see at most, and returns it as it is written.
func (f *fields) sight() any {
	value, there := f.take("sight")
	if !there {
		return nil
	}
	value = plain(value)
	switch value := value.(type) {
	case string:
		if value != sightEverything && value != sightTexts {
			f.wrong("sight", found(value, said), expectedSight)
		}
	case map[string]any:
		inside, _ := f.below("sight", value)
		inside.parts()
	default:
		f.wrong("sight", found(value, said), expectedSight)
	}
	return value
}

// parts reads named parts of a batch.
func (f *fields) parts() sight.Sight {
	allowed := sight.Sight{Kind: sight.Parts}
	for index, name := range f.words("fields", "a list of fields such as `trace-id`") {
		if name == "" {
			continue
		}
		at := slices.Index(sight.FieldNames[:], name)
		if at < 0 {
			f.wrong(fmt.Sprintf("fields[%d]", index), "`"+name+"`", alternatives(sight.FieldNames[:]))
			continue
		}
		allowed.Fields |= 1 << at
	}
	all, _ := f.take("keys")
	list, ok := all.([]any)
	if !ok && all != nil {
		f.wrong("keys", found(all, said), "a list of keys")
	}
	for index, item := range list {
		at := fmt.Sprintf("keys[%d]", index)
		selector := sight.Selector{Carriers: sight.AllCarriers}
		switch item := item.(type) {
		case string:
			selector.Keys = []string{item}
		case map[string]any:
			inside, _ := f.below(at, item)
			selector = inside.selector()
		default:
			f.wrong(at, found(item, said), "a key, or a map of `carriers` and `keys`")
			continue
		}
		for _, key := range selector.Keys {
			if _, err := sight.NewKeys([]sight.Selector{{Keys: []string{key}}}); err != nil {
				f.wrong(at, err.Error(), "the key of an attribute")
			}
		}
		allowed.Keys = append(allowed.Keys, selector)
	}
	f.finish()
	return allowed
}

func (f *fields) selector() (selector sight.Selector) {
	carriers := []string{"resource", "scope", "span", "event", "link"}
	for index, name := range f.words("carriers", "a list of carriers such as `span`") {
		if name == "" {
			continue
		}
		at := slices.Index(carriers, name)
		if at < 0 {
			f.wrong(fmt.Sprintf("carriers[%d]", index), "`"+name+"`", alternatives(carriers))
			continue
		}
		selector.Carriers |= 1 << at
	}
	keys := f.words("keys", "a list of keys")
	selector.Keys = slices.DeleteFunc(keys, func(key string) bool { return key == "" })
	f.finish()
	return selector
}

// words reads a list of texts. One that is wrong is empty.
func (f *fields) words(key, expected string) []string {
	value, _ := f.take(key)
	list, ok := value.([]any)
	if !ok && value != nil {
		f.wrong(key, found(value, said), expected)
	}
	var words []string
	for index, item := range list {
		word, _ := item.(string)
		if word == "" {
			f.wrong(fmt.Sprintf("%s[%d]", key, index), found(item, said), "a text")
		}
		words = append(words, word)
	}
	return words
}

// allowed returns what the plugin may see at most.
func (c *PluginConfig) allowed() sight.Sight {
	switch value := c.Sight.(type) {
	case string:
		if value == sightTexts {
			return sight.Sight{Kind: sight.AllTexts}
		}
	case map[string]any:
		// What is wrong with it was told when the config was read.
		f := fields{raw: value, problems: new([]error)}
		return f.parts()
	}
	return sight.Sight{Kind: sight.Everything}
}

// checkSight answers with a line for each thing that the plugin reads and may not.
func (g *generation) checkSight(config *PluginConfig) error {
	allowed := config.allowed()
	more, err := g.configured.Sight.Beyond(&allowed)
	if err != nil {
		return refusal{g.sources.path + ": sight: " + err.Error()}
	}
	if len(more) == 0 {
		return nil
	}
	return refusal{fmt.Sprintf("%s: found a plugin that reads %s; expected no more than `sight` allows", g.sources.path, strings.Join(more, ", "))}
}
