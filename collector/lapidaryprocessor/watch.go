package lapidaryprocessor

import (
	"fmt"
	"slices"
	"time"
)

// watch reads the sources of one plugin again and again, and their content only
// where the files may have changed. The zero value has read nothing yet. Only
// one goroutine at a time may use it.
type watch struct {
	states []fileState
	read   *sources
	err    error
	// until is when the content is read again in any case.
	until time.Time
}

// fileState tells one content of a file from another without reading it. It is
// that of the file at the end of all links, or says why there is none.
type fileState struct {
	size              int64
	changed, modified int64
	inode, device     uint64
	mode              uint32
	problem           string
}

const (
	// tickTime is within how much time of a change a file system may give
	// another change the same time.
	tickTime = 2 * time.Second
	// longestTrust is how long states of files are believed: a file system over
	// a network may keep old ones.
	longestTrust = 10 * time.Minute
)

// sources returns what [readSources] would. Where the files are those that were
// read last, and nothing is waited for, it is the same pointer.
func (w *watch) sources(config *PluginConfig, place string, waits bool, now time.Time) (*sources, error) {
	states, isKnown := statesOf(config.files(), now)
	if w.read != nil && !waits && now.Before(w.until) && slices.Equal(states, w.states) {
		return w.read, w.err
	}
	before := w.read
	w.states, w.until = states, time.Time{}
	if isKnown {
		w.until = now.Add(longestTrust)
	}
	w.read, w.err = readSources(config, place)
	if before != nil && before.hash == w.read.hash {
		// One copy of a module in memory is enough.
		w.read = before
	}
	return w.read, w.err
}

// statesOf returns the states of files, and whether the next change of each
// will be seen in its state.
func statesOf(paths []string, now time.Time) (states []fileState, isKnown bool) {
	isKnown = true
	for _, path := range paths {
		state, isComplete := stateOf(path)
		youngest := time.Unix(0, max(state.changed, state.modified))
		isKnown = isKnown && isComplete && now.Sub(youngest) > tickTime
		states = append(states, state)
	}
	return states, isKnown
}

// files are those that a plugin is made from.
func (c *PluginConfig) files() []string {
	files := withFiles(nil, c.Module, c.PublicKey)
	switch rules := c.Rules.(type) {
	case string:
		files = withFiles(files, rules, c.RulesPublicKey)
	case []any:
		for _, path := range rules {
			files = withFiles(files, fmt.Sprint(path), c.RulesPublicKey)
		}
	}
	for _, name := range sortedKeys(c.Secrets) {
		if file := c.Secrets[name].File; file != "" {
			files = append(files, file)
		}
	}
	return files
}
