package stored

import (
	"encoding/binary"
	"hash/crc32"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
)

var ours = owner{name, 3}

// somePage is a page with entries of many lengths, and where the record of each
// begins and ends.
func somePage(r random) (stored []byte, entries []*plugin.Entry, ends []int) {
	ends = []int{len(ours.header())}
	for range 1 + r.IntN(6) {
		entry := &plugin.Entry{Key: append(r.bytes(8), byte(len(entries))), BelongsTo: r.bytes(8), Value: r.bytes(60)}
		entries = append(entries, entry)
		ends = append(ends, len(encode(ours, entries)))
	}
	return encode(ours, entries), entries, ends
}

// checkLeft requires that every entry whose record was not touched between first and
// end is read, and nothing that was not written.
func checkLeft(t *testing.T, found page, entries []*plugin.Entry, ends []int, first, end int) {
	t.Helper()
	var expected []plugin.Entry
	for index, entry := range entries {
		if end <= ends[index] || first >= ends[index+1] {
			expected = append(expected, *entry)
		}
	}
	require.Len(t, found.entries, len(expected))
	for index := range expected {
		require.Equal(t, string(expected[index].Key), string(found.entries[index].Key))
		require.Equal(t, string(expected[index].BelongsTo), string(found.entries[index].BelongsTo))
		require.Equal(t, string(expected[index].Value), string(found.entries[index].Value))
	}
}

// checkDiffering requires that every entry is read that stands in what two pages have
// in common at their beginnings and ends.
func checkDiffering(t *testing.T, found page, entries []*plugin.Entry, ends []int, stored, differing []byte) {
	t.Helper()
	shorter := min(len(stored), len(differing))
	first, last := 0, 0
	for first < shorter && stored[first] == differing[first] {
		first++
	}
	for last < shorter-first && stored[len(stored)-1-last] == differing[len(differing)-1-last] {
		last++
	}
	checkLeft(t, found, entries, ends, first, len(stored)-last)
}

// Guarantees: a byte that changed, at whatever position, costs the entry that it is
// of and no other; in the header it costs none.
func TestADamagedByteCostsItsEntryAlone(t *testing.T) {
	for seed := range uint64(20) {
		r := newRandom(seed)
		stored, entries, ends := somePage(r)
		for position := range stored {
			damaged := slices.Clone(stored)
			damaged[position] ^= byte(1 + r.IntN(255))
			found := decode(damaged, ours)
			require.Equal(t, good, found.verdict, "position %d", position)
			checkLeft(t, found, entries, ends, position, position+1)
			require.Equal(t, 1, found.damaged, "position %d", position)
		}
	}
}

// Guarantees: of a page that was cut, or has bytes that were never written, or lacks
// some, every entry that is whole is read, and nothing else.
func TestATornPageCostsWhatIsTorn(t *testing.T) {
	for seed := range uint64(100) {
		r := newRandom(seed)
		stored, entries, ends := somePage(r)
		for end := range stored {
			checkLeft(t, decode(stored[:end], ours), entries, ends, end, len(stored))
		}
		first := r.IntN(len(stored))
		end := first + r.IntN(len(stored)-first)
		zeroed := slices.Clone(stored)
		clear(zeroed[first:end])
		found := decode(zeroed, ours)
		for _, entry := range found.entries {
			assert.True(t, slices.ContainsFunc(entries, func(written *plugin.Entry) bool {
				return string(written.Key) == string(entry.Key) && string(written.Value) == string(entry.Value)
			}), "an entry that nobody wrote")
		}
		checkDiffering(t, found, entries, ends, stored, zeroed)
		lacking := append(slices.Clone(stored[:first]), stored[end:]...)
		checkDiffering(t, decode(lacking, ours), entries, ends, stored, lacking)
	}
}

// Protects: garbage is no state, and no reason to stop.
func TestGarbageIsNoState(t *testing.T) {
	r := newRandom(3)
	for range 2000 {
		found := decode(r.bytes(300), ours)
		require.Empty(t, found.entries)
	}
	disk := newMemory()
	disk.held[name+"/0/7"] = r.bytes(300)
	loaded, place := load(t, disk, 3)
	assert.Equal(t, 1, loaded.Damaged)
	assert.Empty(t, loaded.Refused)
	save(t, place, loaded.Entries)
	assert.Empty(t, disk.held, "what is damaged is not kept")
}

// Protects: what a later release wrote is not called damaged.
func TestALaterFormatIsSaid(t *testing.T) {
	header := ours.header()
	later := slices.Clone(header[:len(header)-sizeSum])
	later[len(magic)] = 2
	later = binary.LittleEndian.AppendUint32(later, crc32.Checksum(later, castagnoli))
	disk := newMemory()
	disk.held[name+"/0/7"] = append(later, "what comes then"...)
	loaded, _ := load(t, disk, 3)
	assert.Equal(t, "found state in another format; expected format 1", loaded.Refused)
}

// Protects: a damaged entry costs only itself also after it was loaded: the rest is
// stored anew, and is whole.
func TestADamagedPageIsWrittenAnewWithoutIt(t *testing.T) {
	disk := newMemory()
	loaded, place := load(t, disk, 3)
	entries := loaded.Entries
	entries.Take(newRandom(5).changed(200))
	save(t, place, entries)
	for key, value := range disk.held {
		value = slices.Clone(value)
		value[len(value)-1] ^= 1
		disk.held[key] = value
		break
	}
	loaded, place = load(t, disk, 3)
	require.Equal(t, 1, loaded.Damaged)
	require.Equal(t, entries.Len()-1, loaded.Entries.Len())
	require.Equal(t, 1, save(t, place, loaded.Entries).Pages)
	again, _ := load(t, disk, 3)
	assert.Zero(t, again.Damaged)
	assert.Equal(t, plain(loaded.Entries), plain(again.Entries))
}
