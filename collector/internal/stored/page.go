package stored

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"

	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
)

// A page is a header and records, all numbers little-endian.
//
//	header  "lapidary" | format: u8 | state version: u32 | length of the name: u8 | the plugin's name | checksum: u32
//	record  length of the key, of what it belongs to, of the value: u32 each | checksum: u32 | checksum of what follows: u32 | the three
//
// The checksums of a record go on from the header's, so a record proves whose it
// is, and is found behind one that is damaged, or without a header.
const (
	magic  = "lapidary"
	format = 1

	// sizeStart is the header up to the name, sizeRecord a record up to its bytes.
	sizeStart  = len(magic) + 1 + 4 + 1
	sizeSum    = 4
	sizeRecord = 5 * 4
	// longestName is as much as the length of a name can say.
	longestName = 255
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// owner is whose entries a page has.
type owner struct {
	name    string
	version uint32
}

// header is the header of every page of an owner.
func (o owner) header() []byte {
	name := o.name[:min(len(o.name), longestName)]
	header := append([]byte(magic), format)
	header = binary.LittleEndian.AppendUint32(header, o.version)
	header = append(append(header, byte(len(name))), name...)
	return binary.LittleEndian.AppendUint32(header, crc32.Checksum(header, castagnoli))
}

// sum is what the checksums of records go on from.
func (o owner) sum() uint32 { return crc32.Checksum(o.header(), castagnoli) }

// encode writes a page.
func encode(o owner, entries []*plugin.Entry) []byte {
	header, sum := o.header(), o.sum()
	size := len(header)
	for _, entry := range entries {
		size += sizeRecord + len(entry.Key) + len(entry.BelongsTo) + len(entry.Value)
	}
	page := append(make([]byte, 0, size), header...)
	for _, entry := range entries {
		first := len(page)
		for _, part := range [][]byte{entry.Key, entry.BelongsTo, entry.Value} {
			page = binary.LittleEndian.AppendUint32(page, uint32(len(part)))
		}
		page = binary.LittleEndian.AppendUint32(page, crc32.Update(sum, castagnoli, page[first:]))
		// The checksum of the three stands before them.
		page = binary.LittleEndian.AppendUint32(page, 0)
		body := len(page)
		page = append(append(append(page, entry.Key...), entry.BelongsTo...), entry.Value...)
		binary.LittleEndian.PutUint32(page[body-sizeSum:], crc32.Update(sum, castagnoli, page[body:]))
	}
	return page
}

// verdict is what a stored page turns out to be.
type verdict int

const (
	// good pages may have damaged places.
	good verdict = iota
	// foreign pages are another plugin's.
	foreign
	// newer pages are of a later version of the state.
	newer
	// unknown pages are of another format.
	unknown
	// lost pages have nothing that can be read.
	lost
)

// page is what was read from a stored page.
type page struct {
	verdict verdict
	version uint32
	entries []plugin.Entry
	// damaged is how many places hold something that is no good record.
	damaged int
}

// decode reads a page for a plugin of this name and version. The entries share
// their bytes with it.
func decode(stored []byte, reader owner) page {
	found, rest, isWhole := readHeader(stored)
	if isWhole {
		if found.name != reader.name[:min(len(reader.name), longestName)] {
			return page{verdict: foreign}
		}
		if found.version > reader.version {
			return page{verdict: newer, version: found.version}
		}
		entries, damaged := readRecords(rest, found.sum())
		return page{verdict: good, version: found.version, entries: entries, damaged: damaged}
	}
	if hasOtherFormat(stored) {
		return page{verdict: unknown}
	}
	// Without a header the records tell whose they are.
	for version := reader.version; version > 0 && reader.version-version < versionsTried; version-- {
		if entries, damaged := readRecords(stored, owner{reader.name, version}.sum()); len(entries) > 0 {
			return page{verdict: good, version: version, entries: entries, damaged: max(damaged, 1)}
		}
	}
	return page{verdict: lost, damaged: 1}
}

// versionsTried bounds how many versions of its state a plugin may have had for a
// page without a header to be read.
const versionsTried = 8

func readHeader(stored []byte) (found owner, rest []byte, isWhole bool) {
	if len(stored) < sizeStart || !bytes.HasPrefix(stored, []byte(magic)) || stored[len(magic)] != format {
		return found, stored, false
	}
	end := sizeStart + int(stored[sizeStart-1])
	if len(stored) < end+sizeSum || binary.LittleEndian.Uint32(stored[end:]) != crc32.Checksum(stored[:end], castagnoli) {
		return found, stored, false
	}
	found.version = binary.LittleEndian.Uint32(stored[len(magic)+1:])
	found.name = string(stored[sizeStart:end])
	return found, stored[end+sizeSum:], true
}

// hasOtherFormat says whether a page begins as one of a later format does. All
// formats have their number there, and a checksum over the header as it is here.
func hasOtherFormat(stored []byte) bool {
	if len(stored) < sizeStart || !bytes.HasPrefix(stored, []byte(magic)) || stored[len(magic)] == format {
		return false
	}
	end := sizeStart + int(stored[sizeStart-1])
	return len(stored) >= end+sizeSum && binary.LittleEndian.Uint32(stored[end:]) == crc32.Checksum(stored[:end], castagnoli)
}

// readRecords reads all good records, and counts the places between them. Behind
// one that is damaged the next is looked for at every byte: some may be missing.
func readRecords(from []byte, sum uint32) (entries []plugin.Entry, damaged int) {
	inGap := false
	for len(from) > 0 {
		entry, size, isGood := readRecord(from, sum)
		if isGood {
			entries = append(entries, entry)
			inGap = false
			from = from[size:]
			continue
		}
		if !inGap || size > 0 {
			damaged++
		}
		inGap = true
		from = from[1:]
	}
	return entries, damaged
}

// readRecord reads the record at the start. The size is 0 where no record that
// ends here begins so.
func readRecord(from []byte, sum uint32) (entry plugin.Entry, size int, isGood bool) {
	if len(from) < sizeRecord || binary.LittleEndian.Uint32(from[12:]) != crc32.Update(sum, castagnoli, from[:12]) {
		return entry, 0, false
	}
	key := uint64(binary.LittleEndian.Uint32(from))
	belongsTo := uint64(binary.LittleEndian.Uint32(from[4:]))
	value := uint64(binary.LittleEndian.Uint32(from[8:]))
	if key+belongsTo+value > uint64(len(from)-sizeRecord) {
		return entry, 0, false
	}
	body := from[sizeRecord : sizeRecord+key+belongsTo+value]
	entry.Key = body[:key:key]
	entry.BelongsTo = body[key : key+belongsTo : key+belongsTo]
	entry.Value = body[key+belongsTo : len(body) : len(body)]
	return entry, sizeRecord + len(body), binary.LittleEndian.Uint32(from[16:]) == crc32.Update(sum, castagnoli, body)
}
