package edits

import (
	"fmt"
	"slices"

	"github.com/lapidary-dev/lapidary/collector/internal/sight"
	"github.com/lapidary-dev/lapidary/collector/internal/view"
)

func (c *checker) setField() error {
	e := &c.edit
	flag := writableFields[e.carrier][e.which]
	switch {
	case flag == 0:
		return errNoPlace
	case c.editor.writes.Fields&flag == 0:
		return errWrites(fieldNames[flag])
	case c.unit.hasEdits:
		return nil
	}
	c.batch.fields.add(newFieldEdit(c.place, textField(e.which), 0, c.batch.keep(e.text)))
	return nil
}

func (c *checker) setAttribute() error {
	e := &c.edit
	if !c.editor.maySet(e.which, e.carrier) {
		return errWrites(fmt.Sprintf("set key %d", e.which))
	}
	if c.unit.hasEdits {
		return nil
	}
	c.batch.sets = append(c.batch.sets, setEdit{
		attributes: c.attributesOf(),
		key:        c.editor.writes.Sets[e.which].Key,
		to:         c.batch.keepValue(&e.value),
	})
	return nil
}

// renameEntityKey is the only edit of an entity that has a path.
func (c *checker) renameEntityKey() error {
	e := &c.edit
	if e.action != renameKey || len(e.path) != 2 || e.path[0] > 1 {
		return errNoPlace
	}
	keys, field := c.entity().IdKeys(), fieldIDKey
	if e.path[0] == 1 {
		keys, field = c.entity().DescriptionKeys(), fieldDescriptionKey
	}
	switch {
	case int64(e.path[1]) >= int64(keys.Len()):
		return errNoPlace
	case c.editor.writes.Fields&sight.Entities == 0:
		return errWrites(fieldNames[sight.Entities])
	}
	c.done.path = append(c.done.path[:0], e.path...)
	if c.unit.hasEdits {
		return nil
	}
	c.batch.fields.add(newFieldEdit(c.place, field, e.path[1], c.batch.keep(e.text)))
	return nil
}

// changeEntry is an edit with a path to an attribute, or into it.
func (c *checker) changeEntry() error {
	e := &c.edit
	entry, err := c.resolve()
	if err != nil {
		return err
	}
	if err := c.mayChange(&entry); err != nil {
		return err
	}
	c.done.path = append(c.done.path[:0], e.path...)
	if e.action != renameKey {
		c.done.closed = append(c.done.closed[:0], e.path...)
	}
	if c.unit.hasEdits || c.isSet(e.path[0]) {
		return nil
	}
	if e.action == replaceValue {
		c.batch.values.add(valueEdit{entry.value, c.batch.keepValue(&e.value)})
		return nil
	}
	c.changeList(entry.index)
	return nil
}

// mayChange says whether `configure` named what is changed.
func (c *checker) mayChange(entry *entry) error {
	level := &c.walk.levels[len(c.edit.path)-1]
	if !level.isMap && c.edit.action != replaceValue {
		return errNoPlace
	}
	keys, on := c.walk.keysOf(level, entry), c.edit.carrier.attributes()
	switch c.edit.action {
	case replaceValue:
		if !level.mayReplace && !(level.isMap && c.editor.replaces.Match(on, keys)) && !c.mayHide(entry, keys) {
			return errWrites("a value")
		}
	case renameKey:
		if !c.editor.renames.Match(on, keys) {
			return errWrites("a key")
		}
	case removeEntry:
		if !c.editor.removes.Match(on, keys) {
			return errWrites("an entry")
		}
	}
	return nil
}

// mayHide says whether a list or map that is shown empty, because it stands too
// deep, may hold what may be replaced. It is then replaced as a whole.
func (c *checker) mayHide(entry *entry, keys []string) bool {
	depth := len(c.edit.path) - 1
	return depth == view.MaxDepth && view.Leads(c.editor.replaces, c.edit.carrier.attributes(), keys, entry.value, depth)
}

// isSet says whether another edit sets the attributes of the key at this
// position.
func (c *checker) isSet(position uint32) bool {
	sets := c.batch.sets[c.firstSet:]
	if len(sets) == 0 {
		return false
	}
	key := c.walk.levels[0].entries[position].key
	return slices.ContainsFunc(sets, func(set setEdit) bool { return set.key == key })
}

// changeList notes what happens to an entry of a list, behind what happens to
// those before it.
func (c *checker) changeList(index int) {
	b, level := c.batch, &c.walk.levels[len(c.edit.path)-1]
	added := entryEdit{index: index, removes: c.edit.action == removeEntry}
	if !added.removes {
		added.key = b.keep(c.edit.text)
	}
	at := len(b.entries)
	b.entries = append(b.entries, added)
	if level.edit < 0 {
		level.edit = len(b.lists)
		b.lists = append(b.lists, listEdit{list: level.list, first: at, last: at})
	}
	list := &b.lists[level.edit]
	if list.last != at {
		b.entries[list.last].next = at
		list.last = at
	}
	list.renames = list.renames || !added.removes
}
