package plugin

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Sizes in bytes of the contract's types in guest memory, by the canonical ABI.
const (
	sizeList            = 8
	sizeDocument        = 2 * sizeList
	sizeProblem         = 36
	sizeCounter         = 3 * sizeList
	sizeLabel           = 2 * sizeList
	sizeManifest        = 52
	sizeSelector        = 12
	sizeSetKey          = 12
	sizeRule            = 20
	sizeConfigureResult = 76
	sizeAddition        = 16
	sizeProcessResult   = 40
	sizeMadeResult      = 24
	sizeEntry           = 28
	sizeChanged         = 12
	sizeLoadResult      = 12
	sizeSecret          = 12
)

// contractError is an answer that the contract does not allow.
type contractError struct{ detail string }

func (e *contractError) Error() string { return e.detail }

func breach(format string, arguments ...any) error {
	return &contractError{detail: fmt.Sprintf(format, arguments...)}
}

// record is a view of one value in guest memory. It is valid until the guest
// runs again.
type record []byte

func (r record) u8(at int) uint8   { return r[at] }
func (r record) u32(at int) uint32 { return binary.LittleEndian.Uint32(r[at:]) }
func (r record) u64(at int) uint64 { return binary.LittleEndian.Uint64(r[at:]) }

// view returns size bytes of guest memory, or an error where they are not all
// inside it or do not start where the type must.
func (i *Instance) view(pointer uint32, size uint64, align uint32) (record, error) {
	if pointer%align != 0 {
		return nil, breach("a pointer is not a multiple of %d", align)
	}
	if size > uint64(i.memory.Size()) {
		return nil, breach("a value of %d bytes is larger than the memory", size)
	}
	bytes, ok := i.memory.Read(pointer, uint32(size))
	if !ok {
		return nil, breach("a value of %d bytes runs past the end of the memory", size)
	}
	return bytes, nil
}

// maxElements is how many elements all lists of an answer may have together, texts
// and bytes not counted: what the host makes of one takes more than it took there.
const maxElements = 100_000

// lifted is how much of the answer that is read was read.
type lifted struct{ bytes, elements uint64 }

// list returns the elements of the list that r holds at this place, as one
// view, and their number.
func (i *Instance) list(r record, at int, element uint64, align uint32) (record, int, error) {
	length := r.u32(at + 4)
	size := uint64(length) * element
	view, err := i.view(r.u32(at), size, align)
	if err != nil {
		return nil, 0, err
	}
	if i.lifted.bytes += size; i.lifted.bytes > uint64(i.memory.Size()) {
		return nil, 0, breach("an answer holds more than the memory, for its values overlap")
	}
	if element > 1 {
		if i.lifted.elements += uint64(length); i.lifted.elements > maxElements {
			return nil, 0, breach("an answer has more than %d elements in its lists", maxElements)
		}
	}
	return view, int(length), nil
}

// bytes returns a view of the list<u8> that r holds at this place.
func (i *Instance) bytes(r record, at int) ([]byte, error) {
	view, _, err := i.list(r, at, 1, 1)
	return view, err
}

// text returns a copy of the string that r holds at this place.
func (i *Instance) text(r record, at int) (string, error) {
	view, err := i.bytes(r, at)
	if err != nil {
		return "", err
	}
	if !utf8.Valid(view) {
		return "", breach("a string is not UTF-8")
	}
	return string(view), nil
}

// texts reads strings into places one after the other, every 8 bytes.
func (i *Instance) texts(r record, at int, places ...*string) error {
	for index, place := range places {
		value, err := i.text(r, at+index*sizeList)
		if err != nil {
			return err
		}
		*place = value
	}
	return nil
}

// allocationsPerLook is how many allocations are made before somebody looks at the
// clock: a call that hands over one thing need not pay for it.
const allocationsPerLook = 64

// allocate asks the guest for memory that the guest then owns.
func (i *Instance) allocate(size uint64, align uint32) (uint32, error) {
	if size > uint64(^uint32(0)) {
		return 0, breach("%d bytes do not fit into a 32-bit memory", size)
	}
	// Each allocation has rounds of its own, and a list may need many.
	if i.allocations++; i.allocations%allocationsPerLook == 0 {
		if err := i.checkTime(); err != nil {
			return 0, err
		}
	}
	i.stack[0], i.stack[1], i.stack[2], i.stack[3] = 0, 0, uint64(align), size
	if err := i.realloc.CallWithStack(i.current, i.stack[:4]); err != nil {
		return 0, err
	}
	pointer := uint32(i.stack[0])
	_, err := i.view(pointer, size, align)
	return pointer, err
}

// lowerBytes copies a list<u8> into guest memory.
func (i *Instance) lowerBytes(value []byte) (uint32, error) {
	pointer, err := i.allocate(uint64(len(value)), 1)
	if err == nil && !i.memory.Write(pointer, value) {
		err = breach("a value of %d bytes does not fit where it was to go", len(value))
	}
	return pointer, err
}

// lowerDocuments copies a list<document> into guest memory. What is no UTF-8
// gives way to U+FFFD: the canonical ABI has no other strings, and a plugin
// relies on it.
func (i *Instance) lowerDocuments(documents []Document) (uint32, error) {
	table, err := i.allocate(uint64(len(documents))*sizeDocument, 4)
	if err != nil {
		return 0, err
	}
	for index, document := range documents {
		for field, value := range [...]string{document.Name, document.Text} {
			value = strings.ToValidUTF8(value, "\uFFFD")
			pointer, err := i.lowerBytes([]byte(value))
			if err != nil {
				return 0, err
			}
			// Looked up again each time: the memory may have moved.
			entry, err := i.view(table+uint32(index*sizeDocument+field*sizeList), sizeList, 4)
			if err != nil {
				return 0, err
			}
			binary.LittleEndian.PutUint32(entry, pointer)
			binary.LittleEndian.PutUint32(entry[4:], uint32(len(value)))
		}
	}
	return table, nil
}

func (i *Instance) liftManifest(pointer uint32) (Manifest, error) {
	var manifest Manifest
	r, err := i.view(pointer, sizeManifest, 4)
	if err != nil {
		return manifest, err
	}
	if err := i.texts(r, 0, &manifest.Name, &manifest.Version, &manifest.Description); err != nil {
		return manifest, err
	}
	if err := i.texts(r, 44, &manifest.RulesSchema); err != nil {
		return manifest, err
	}
	manifest.Sharding, manifest.OnFailure = Sharding(r.u8(24)), OnFailure(r.u8(25))
	if manifest.Sharding > ShardingSingle || manifest.OnFailure > OnFailurePass {
		return manifest, breach("the manifest has an unknown case of `sharding` or `on-failure`")
	}
	manifest.Changes = Changes(r.u8(26))
	manifest.TickIntervalMillis, manifest.StateVersion = r.u32(28), r.u32(32)
	entries, count, err := i.list(r, 36, sizeCounter, 4)
	if err != nil {
		return manifest, err
	}
	for index := range count {
		var counter Counter
		if err := i.texts(entries, index*sizeCounter, &counter.Name, &counter.Unit, &counter.Description); err != nil {
			return manifest, err
		}
		manifest.Counters = append(manifest.Counters, counter)
	}
	return manifest, nil
}
