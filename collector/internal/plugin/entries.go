package plugin

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
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
// a limit in bytes.
type Entries struct {
	Version uint32
	limit   int
	bytes   int
	held    map[string]*Entry
	// journal has the keys of what changes while somebody copies.
	journal map[string]bool
}

// NewEntries returns no entries of this version, within so many bytes.
func NewEntries(version uint32, limit int) *Entries {
	return &Entries{Version: version, limit: limit, held: make(map[string]*Entry)}
}

// Bytes is about what the entries take.
func (e *Entries) Bytes() int { return e.bytes }

// Len is how many there are.
func (e *Entries) Len() int { return len(e.held) }

// Take takes in what changed. It returns how many entries are not kept, for all
// together would take more than the limit; of those nothing is, not even what was
// kept before.
func (e *Entries) Take(changed Changed) (exceeded int) {
	for _, entry := range changed.Entries {
		if e.journal != nil {
			e.journal[string(entry.Key)] = true
		}
		// Looked up without a copy of the key; most are there already.
		held := e.held[string(entry.Key)]
		if held != nil {
			e.bytes -= held.size()
		}
		isKept := !entry.Gone && e.bytes+entry.size() <= e.limit
		switch {
		case isKept && held != nil:
			*held = entry
		case isKept:
			e.held[string(entry.Key)] = &entry
		case held != nil:
			delete(e.held, string(entry.Key))
		}
		if isKept {
			e.bytes += entry.size()
		} else if !entry.Gone {
			exceeded++
		}
	}
	return exceeded
}

func (e *Entry) size() int {
	return entryOverhead + len(e.Key) + len(e.Value) + len(e.BelongsTo)
}

// BeginCopy returns the same entries, and notes what changes from now on.
func (e *Entries) BeginCopy() *Entries {
	e.journal = make(map[string]bool)
	held := make(map[string]*Entry, len(e.held))
	for key, entry := range e.held {
		copied := *entry
		held[key] = &copied
	}
	return &Entries{Version: e.Version, limit: e.limit, bytes: e.bytes, held: held}
}

// EndCopy returns what has changed since [Entries.BeginCopy], in the order of the
// keys, and notes no more.
func (e *Entries) EndCopy() []Entry {
	var changed []Entry
	for _, key := range slices.Sorted(maps.Keys(e.journal)) {
		if entry := e.held[key]; entry != nil {
			changed = append(changed, *entry)
		} else {
			changed = append(changed, Entry{Key: []byte(key), Gone: true})
		}
	}
	e.journal = nil
	return changed
}

// All returns all entries in the order of their keys.
func (e *Entries) All() []Entry {
	all := make([]Entry, 0, len(e.held))
	for _, entry := range e.held {
		all = append(all, *entry)
	}
	slices.SortFunc(all, func(a, b Entry) int { return bytes.Compare(a.Key, b.Key) })
	return all
}

// AllGone returns that all entries are gone.
func (e *Entries) AllGone() []Entry {
	all := e.All()
	for index := range all {
		all[index] = Entry{Key: all[index].Key, Gone: true}
	}
	return all
}

// Pieces returns all entries in the order of their keys, in pieces to be handed
// over.
func (e *Entries) Pieces() (pieces [][]Entry) {
	all := e.All()
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

// Changes returns what changed of the state since it was asked for last, at most
// about so many bytes.
func (i *Instance) Changes(maxBytes uint32) (changed Changed, err error) {
	err = i.call(changes, func() error {
		i.stack[0] = uint64(maxBytes)
		return nil
	}, func(answer uint32) (err error) {
		changed, err = i.liftChanged(answer)
		return err
	})
	return changed, err
}

// TakeChanges takes in all that changed of the state, to the last. It returns how
// many entries are not kept.
func (i *Instance) TakeChanges(into *Entries) (exceeded int, err error) {
	// Who tells more than twice what it can hold will not come to an end; what is
	// kept of it is another limit.
	for range 2*i.module.memoryLimit()/EntriesPiece + 2 {
		changed, err := i.Changes(EntriesPiece)
		if err != nil {
			return exceeded, err
		}
		exceeded += into.Take(changed)
		if !changed.More {
			return exceeded, nil
		}
	}
	return exceeded, i.trap("changes", breach("told changes without end"))
}

// Load hands over entries that an instance of this version told. It returns how
// many were damaged and so left out. The error is a [Failure] that says why none
// can be taken over, or a [Trap].
func (i *Instance) Load(version uint32, entries []Entry) (damaged uint32, err error) {
	err = i.call(load, func() error {
		table, err := i.lowerEntries(entries)
		i.stack[0], i.stack[1], i.stack[2] = uint64(version), uint64(table), uint64(len(entries))
		return err
	}, func(answer uint32) error {
		r, err := i.view(answer, sizeLoadResult, 4)
		if err != nil {
			return err
		}
		damaged = r.u32(4)
		return i.liftFailure(r, load)
	})
	if err != nil {
		return 0, err
	}
	return damaged, nil
}

// LoadAll hands over all entries. It returns how many were damaged.
func (i *Instance) LoadAll(from *Entries) (damaged uint32, err error) {
	for _, piece := range from.Pieces() {
		more, err := i.Load(from.Version, piece)
		if err != nil {
			return damaged, err
		}
		damaged += more
	}
	return damaged, nil
}

// liftChanged reads a changed.
func (i *Instance) liftChanged(pointer uint32) (changed Changed, err error) {
	r, err := i.view(pointer, sizeChanged, 4)
	if err != nil {
		return changed, err
	}
	entries, count, err := i.list(r, 0, sizeEntry, 4)
	if err != nil {
		return changed, err
	}
	changed.More = r.u8(sizeList) != 0
	for index := range count {
		entry, err := i.liftEntry(entries[index*sizeEntry : (index+1)*sizeEntry])
		if err != nil {
			return Changed{}, err
		}
		changed.Entries = append(changed.Entries, entry)
	}
	return changed, nil
}

func (i *Instance) liftEntry(r record) (entry Entry, err error) {
	key, err := i.bytes(r, 0)
	if err != nil {
		return entry, err
	}
	var value []byte
	switch r.u8(8) {
	case 0:
		entry.Gone = true
	case 1:
		value, err = i.bytes(r, 12)
	default:
		err = breach("an entry has neither a value nor none")
	}
	if err != nil {
		return entry, err
	}
	belongsTo, err := i.bytes(r, 20)
	if err != nil {
		return entry, err
	}
	// One copy of all three, for the guest's memory is its own again soon.
	block := make([]byte, len(key)+len(value)+len(belongsTo))
	rest := block[copy(block, key):]
	entry.Key = block[:len(key):len(key)]
	entry.BelongsTo = rest[copy(rest, value):]
	if !entry.Gone {
		entry.Value = rest[:len(value):len(value)]
	}
	copy(entry.BelongsTo, belongsTo)
	return entry, nil
}

// lowerEntries copies a list<entry> into guest memory.
func (i *Instance) lowerEntries(entries []Entry) (uint32, error) {
	table, err := i.allocate(uint64(len(entries))*sizeEntry, 4)
	if err != nil {
		return 0, err
	}
	for index := range entries {
		var lowered [sizeEntry]byte
		entry := &entries[index]
		if !entry.Gone {
			lowered[8] = 1
			if err := i.lowerInto(lowered[12:20], entry.Value); err != nil {
				return 0, err
			}
		}
		if err := i.lowerInto(lowered[:8], entry.Key); err != nil {
			return 0, err
		}
		if err := i.lowerInto(lowered[20:], entry.BelongsTo); err != nil {
			return 0, err
		}
		if !i.memory.Write(table+uint32(index*sizeEntry), lowered[:]) {
			return 0, fmt.Errorf("an entry does not fit where it was to go")
		}
	}
	return table, nil
}

// lowerInto copies a list<u8> into guest memory, and writes down where it stands.
func (i *Instance) lowerInto(place, value []byte) error {
	pointer, err := i.lowerBytes(value)
	binary.LittleEndian.PutUint32(place, pointer)
	binary.LittleEndian.PutUint32(place[4:], uint32(len(value)))
	return err
}
