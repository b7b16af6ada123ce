package plugin

import (
	"bytes"
	"maps"
	"slices"
	"sync"
)

// Entry is a piece of what a plugin keeps from batch to batch.
type Entry struct {
	// Key is opaque; no other entry of the plugin has it.
	Key []byte
	// Value is opaque. Where Gone is set there is none.
	Value []byte
	Gone  bool
	// BelongsTo is the key of the entry that this one belongs to, empty where it
	// belongs to none.
	BelongsTo []byte
}

// Changed are entries that changed since they were asked for last.
type Changed struct {
	Entries []Entry
	// More says that another call gives more.
	More bool
}

// EntriesPiece is about how many bytes of entries are asked for, or handed over,
// at a time.
const EntriesPiece = 1 << 20

// entryOverhead is about what an entry costs besides its bytes.
const entryOverhead = 96

// Entries are the state of a plugin beside it: all entries that it told, within
// a limit in bytes. Only one goroutine may use them at a time; what [Entries.Copy]
// and a [Journal] give is another's.
type Entries struct {
	Version uint32
	limit   int
	bytes   int
	// held are never written to, only replaced: whoever copied them has them still.
	held     map[string]*Entry
	pages    pages
	journals []*Journal
}

// NewEntries returns no entries of this version, within so many bytes. Whoever
// stores them writes every page: what was stored before is no part of them.
func NewEntries(version uint32, limit int) *Entries {
	return &Entries{Version: version, limit: limit, held: make(map[string]*Entry), pages: pages{dirty: AllPages()}}
}

// Bytes is about what the entries take.
func (e *Entries) Bytes() int { return e.bytes }

// Len is how many there are.
func (e *Entries) Len() int { return len(e.held) }

// Take takes in what changed. It returns how many entries are not kept, for all
// together would take more than the limit; of those nothing is, not even what was
// kept before.
func (e *Entries) Take(changed Changed) (exceeded int) {
	for _, told := range changed.Entries {
		// By itself, so that what is kept keeps no other alive.
		entry := &told
		// Looked up without a copy of the key; most are there already.
		held := e.held[string(entry.Key)]
		if held != nil {
			e.bytes -= held.size()
		}
		isKept := !entry.Gone && e.bytes+entry.size() <= e.limit
		e.pages.replace(held, entry, isKept)
		switch {
		case isKept:
			e.held[string(entry.Key)] = entry
			e.bytes += entry.size()
		case held != nil:
			delete(e.held, string(entry.Key))
		}
		if !isKept && !entry.Gone {
			exceeded++
		}
		if !isKept {
			entry = &Entry{Key: entry.Key, Gone: true}
		}
		for _, journal := range e.journals {
			journal.note(entry)
		}
	}
	return exceeded
}

func (e *Entry) size() int {
	return entryOverhead + len(e.Key) + len(e.Value) + len(e.BelongsTo)
}

// Clear forgets all entries.
func (e *Entries) Clear() {
	for _, entry := range e.held {
		for _, journal := range e.journals {
			journal.note(&Entry{Key: entry.Key, Gone: true})
		}
	}
	clear(e.held)
	e.pages.clear()
	e.bytes = 0
}

// Copy returns the same entries, which nobody notes the changes of.
func (e *Entries) Copy() *Entries {
	return &Entries{Version: e.Version, limit: e.limit, bytes: e.bytes, held: maps.Clone(e.held), pages: e.pages.clone(len(e.held))}
}

// Follow returns a journal of what changes from now on.
func (e *Entries) Follow() *Journal {
	journal := &Journal{changed: make(map[string]*Entry)}
	e.journals = append(e.journals, journal)
	return journal
}

// Unfollow ends a journal.
func (e *Entries) Unfollow(journal *Journal) {
	e.journals = slices.DeleteFunc(e.journals, func(other *Journal) bool { return other == journal })
}

// Journal notes which entries change, as they are by then. It may be read while
// they change.
type Journal struct {
	mu      sync.Mutex
	changed map[string]*Entry
}

func (j *Journal) note(entry *Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.changed[string(entry.Key)] = entry
}

// Take returns what has changed since it was asked last, each entry once, as it is
// now, in the order of the keys.
func (j *Journal) Take() []Entry {
	j.mu.Lock()
	noted := j.changed
	j.changed = make(map[string]*Entry)
	j.mu.Unlock()
	return sorted(noted)
}

// All returns all entries in the order of their keys.
func (e *Entries) All() []Entry { return sorted(e.held) }

func sorted(entries map[string]*Entry) []Entry {
	all := make([]Entry, 0, len(entries))
	for _, entry := range entries {
		all = append(all, *entry)
	}
	slices.SortFunc(all, func(a, b Entry) int { return bytes.Compare(a.Key, b.Key) })
	return all
}

// inPieces cuts entries into pieces to be handed over.
func inPieces(all []Entry) (pieces [][]Entry) {
	first, size := 0, 0
	for index := range all {
		size += all[index].size() - entryOverhead
		if size >= EntriesPiece || index == len(all)-1 {
			pieces = append(pieces, all[first:index+1])
			first, size = index+1, 0
		}
	}
	return pieces
}
