package edits

import (
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/lapidary-dev/lapidary/collector/internal/view"
)

// walk is the way along the path of an edit, kept for that of the next.
type walk struct {
	// levels are the attributes, then what is in one of them, and so on. depth is
	// how many of them are right.
	levels []level
	depth  int
	// keys are those on the way.
	keys []string
}

// level is a list of attributes, a map or an array, as it stands in the view.
type level struct {
	isMap bool
	list  pcommon.Map
	// entries are those of the list that are shown, as far as they were asked for:
	// listed is how many of the list were looked at.
	entries []entry
	listed  int
	array   pcommon.Slice
	// shown is how many elements of the array are.
	shown int
	// edit is the index in Batch.lists, -1 where the list has none.
	edit int
	// keys is how many of the walk's keys lead here.
	keys int
	// isWhole says that all of it is shown, for a key on the way is in sight;
	// mayReplace, that for such a key its values may be replaced.
	isWhole, mayReplace bool
}

// entry is an attribute, an entry of a map or an element of an array.
type entry struct {
	// index is that in pdata.
	index int
	key   string
	value pcommon.Value
}

// resolve goes along the path of the edit.
func (c *checker) resolve() (found entry, err error) {
	path, w := c.edit.path, &c.walk
	if len(path) == 0 {
		return entry{}, errNoPlace
	}
	same := 0
	for same < len(c.done.path) && same < len(path) && c.done.path[same] == path[same] {
		same++
	}
	w.depth = min(w.depth, same+1)
	for depth, position := range path {
		if depth >= w.depth {
			c.descend(depth, found)
		}
		stands := false
		if found, stands = c.entryAt(depth, position); !stands {
			return entry{}, errNoPlace
		}
	}
	return found, nil
}

// descend makes the level at this depth, inside of an entry of the level before.
func (c *checker) descend(depth int, through entry) {
	w := &c.walk
	if depth == len(w.levels) {
		w.levels = append(w.levels, level{})
	}
	w.depth = depth + 1
	to := &w.levels[depth]
	to.reset()
	if depth == 0 {
		w.keys = slices.Grow(w.keys[:0], view.MaxDepth+1)
		to.isWhole = c.editor.sight.isWhole
		to.isMap, to.list = true, c.attributesOf()
		return
	}
	parent := &w.levels[depth-1]
	w.keys = w.keysOf(parent, &through)
	to.keys, to.isWhole, to.mayReplace = len(w.keys), parent.isWhole, parent.mayReplace
	if parent.isMap {
		on := c.edit.carrier.attributes()
		to.isWhole = to.isWhole || c.editor.sight.keys.Match(on, w.keys)
		to.mayReplace = to.mayReplace || c.editor.replaces.Match(on, w.keys)
	}
	switch {
	case depth > view.MaxDepth:
	case through.value.Type() == pcommon.ValueTypeMap:
		to.isMap, to.list = true, through.value.Map()
	case through.value.Type() == pcommon.ValueTypeSlice:
		to.array = through.value.Slice()
		to.shown = c.shownElements(to, depth)
	}
}

// shownElements counts elements up to the last one of interest.
func (c *checker) shownElements(of *level, depth int) int {
	count := of.array.Len()
	keys := c.walk.keys[:of.keys]
	for !of.isWhole && count > 0 && !c.shows(keys, of.array.At(count-1), depth) {
		count--
	}
	return count
}

// entryAt returns the entry at a position of the view, if there is one.
func (c *checker) entryAt(depth int, position uint32) (found entry, stands bool) {
	l, at := &c.walk.levels[depth], int(position)
	if !l.isMap {
		if at >= l.shown {
			return entry{}, false
		}
		return entry{index: at, value: l.array.At(at)}, true
	}
	if at >= len(l.entries) {
		// Twice as many, so that the list is not gone through for each of its entries.
		c.list(l, max(at+1, 2*len(l.entries)), depth)
	}
	if at >= len(l.entries) {
		return entry{}, false
	}
	return l.entries[at], true
}

// list notes entries that are shown, until there are so many.
func (c *checker) list(l *level, many, depth int) {
	if l.listed == l.list.Len() {
		return
	}
	index := 0
	for key, value := range l.list.All() {
		if index < l.listed {
			index++
			continue
		}
		if len(l.entries) >= many {
			break
		}
		if l.isWhole || c.shows(append(c.walk.keys[:l.keys], key), value, depth) {
			l.entries = append(l.entries, entry{index, key, value})
		}
		index++
	}
	l.listed = index
}

func (c *checker) shows(keys []string, value pcommon.Value, depth int) bool {
	return c.editor.sight.shows(c.edit.carrier.attributes(), keys, value, depth)
}

// keysOf returns the keys down to an entry. Those of an element are those of its
// array.
func (w *walk) keysOf(l *level, of *entry) []string {
	keys := w.keys[:l.keys]
	if l.isMap {
		keys = append(keys, of.key)
	}
	return keys
}

// release lets go of what the levels refer to.
func (w *walk) release() {
	for index := range w.levels {
		w.levels[index].reset()
	}
	clear(w.keys[:cap(w.keys)])
}

func (l *level) reset() {
	clear(l.entries)
	*l = level{entries: l.entries[:0], edit: -1}
}
