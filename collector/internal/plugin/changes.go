package plugin

import (
	"encoding/binary"
	"fmt"
)

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

// LoadAll hands over any number of entries, in pieces. It returns how many were
// damaged.
func (i *Instance) LoadAll(version uint32, entries []Entry) (damaged uint32, err error) {
	for _, piece := range inPieces(entries) {
		more, err := i.Load(version, piece)
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
