package stored

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
)

// Scenario: entries come, change, go and come under another owner; the state is
// stored at any moments, the process begins anew at any, and generations follow each
// other between two saves.
// Guarantees: what is loaded is the state as it was stored last, and what is not
// stored is written by the next save.
func TestWhatIsStoredAtAnyMomentIsTheState(t *testing.T) {
	for seed := range uint64(60) {
		r := newRandom(seed)
		disk := newMemory()
		loaded, place := load(t, disk, 3)
		entries := loaded.Entries
		for range 30 {
			entries.Take(r.changed(20))
			switch r.IntN(5) {
			case 0, 1:
				save(t, place, entries)
				found, _ := load(t, disk.copy(), 3)
				require.Equal(t, plain(entries), plain(found.Entries), "seed %d", seed)
				require.Zero(t, found.Damaged)
			case 2:
				// A swap: a save may come while the state is handed over.
				journal := entries.Follow()
				next := entries.Copy()
				entries.Take(r.changed(20))
				if r.IntN(2) == 0 {
					save(t, place, entries)
				}
				next.Take(plugin.Changed{Entries: journal.Take()})
				entries = next
			case 3:
				save(t, place, entries)
				loaded, place = load(t, disk, 3)
				entries = loaded.Entries
			case 4:
				// The state is given up.
				if r.IntN(2) == 0 {
					entries.Clear()
				} else {
					entries = plugin.NewEntries(3, limit)
				}
			}
		}
		save(t, place, entries)
		found, _ := load(t, disk, 3)
		require.Equal(t, plain(entries), plain(found.Entries), "seed %d", seed)
		require.Zero(t, save(t, place, entries).Pages, "what is stored is not written again")
	}
}

// Scenario: a storage without transactions fails in the middle of saves.
// Guarantees: what it lacks is written by the first save that works, and not before
// the last page is there it counts as stored.
func TestWhatAFullDiskRefusedIsWrittenLater(t *testing.T) {
	for seed := range uint64(40) {
		r := newRandom(seed)
		disk := newMemory()
		loaded, place := load(t, disk, 3)
		entries := loaded.Entries
		for range 20 {
			entries.Take(r.changed(20))
			disk.left = r.IntN(8) - 1
			_, err := place.Take(name, entries).Write(context.Background())
			disk.left = -1
			if err != nil {
				require.ErrorIs(t, err, errFull)
				continue
			}
			found, _ := load(t, disk.copy(), 3)
			require.Equal(t, plain(entries), plain(found.Entries), "seed %d", seed)
		}
		save(t, place, entries)
		found, _ := load(t, disk, 3)
		require.Equal(t, plain(entries), plain(found.Entries), "seed %d", seed)
	}
}

// Protects: a save writes what it was handed, however the state goes on.
func TestASaveIsOfOneMoment(t *testing.T) {
	for seed := range uint64(20) {
		r := newRandom(seed)
		disk := newMemory()
		loaded, place := load(t, disk, 3)
		entries := loaded.Entries
		entries.Take(r.changed(40))
		moment := plain(entries)
		taken := place.Take(name, entries)
		entries.Take(r.changed(40))
		_, err := taken.Write(context.Background())
		require.NoError(t, err)
		found, _ := load(t, disk.copy(), 3)
		require.Equal(t, moment, plain(found.Entries))
		save(t, place, entries)
		found, _ = load(t, disk, 3)
		require.Equal(t, plain(entries), plain(found.Entries))
	}
}

// Protects: what is written follows what changed, not what is there.
func TestOnlyPagesThatChangedAreWritten(t *testing.T) {
	disk := newMemory()
	loaded, place := load(t, disk, 3)
	entries := loaded.Entries
	tell := func(order int, value string) {
		key := fmt.Append(nil, "order-", order)
		entries.Take(plugin.Changed{Entries: []plugin.Entry{
			{Key: key, Value: []byte(value)},
			{Key: append([]byte("message-of-"), key...), Value: []byte(value), BelongsTo: key},
		}})
	}
	for order := range 10_000 {
		tell(order, "open")
	}
	everything := save(t, place, entries)
	tell(17, "closed")
	one := save(t, place, entries)
	assert.Equal(t, 1, one.Pages, "an order and its message stand together")
	assert.Less(t, one.Bytes, everything.Bytes/500)
}

// Protects: the state of an older version is loaded as such and written anew; one of
// a later version, of another plugin or format is said, and makes way.
func TestStateThatIsNotOursMakesWay(t *testing.T) {
	keep := func(disk *memory, name string, version uint32) {
		entries := plugin.NewEntries(version, limit)
		entries.Take(newRandom(1).changed(40))
		_, err := NewPlace(disk, 0).Take(name, entries).Write(context.Background())
		require.NoError(t, err)
	}
	t.Run("older", func(t *testing.T) {
		disk := newMemory()
		keep(disk, name, 2)
		loaded, place := load(t, disk, 3)
		assert.Empty(t, loaded.Refused)
		assert.EqualValues(t, 2, loaded.Entries.Version)
		loaded.Entries.Version = 3
		save(t, place, loaded.Entries)
		again, _ := load(t, disk, 3)
		assert.EqualValues(t, 3, again.Entries.Version)
		assert.Equal(t, plain(loaded.Entries), plain(again.Entries))
	})
	t.Run("newer", func(t *testing.T) {
		disk := newMemory()
		keep(disk, name, 4)
		loaded, place := load(t, disk, 3)
		assert.Equal(t, "found state version 4; expected 3 or lower, which plugin `enrich-order-status` has", loaded.Refused)
		assert.Zero(t, loaded.Entries.Len())
		save(t, place, loaded.Entries)
		assert.Empty(t, disk.held)
	})
	t.Run("another plugin's", func(t *testing.T) {
		disk := newMemory()
		keep(disk, "another", 3)
		for key, value := range disk.held {
			delete(disk.held, key)
			disk.held[name+key[len("another"):]] = value
		}
		loaded, _ := load(t, disk, 3)
		assert.Equal(t, "found the state of another plugin; expected that of `enrich-order-status`", loaded.Refused)
	})
	t.Run("another takes its place", func(t *testing.T) {
		disk := newMemory()
		keep(disk, name, 3)
		_, place := load(t, disk, 3)
		entries := plugin.NewEntries(1, limit)
		entries.Take(plugin.Changed{Entries: []plugin.Entry{{Key: []byte("k"), Value: []byte("v")}}})
		_, err := place.Take("another", entries).Write(context.Background())
		require.NoError(t, err)
		require.Len(t, disk.held, 1)
	})
}

// Protects: two plugins of one name in a chain have a state each, and what one of
// them writes the other does not read.
func TestPluginsOfOneNameHaveAPlaceEach(t *testing.T) {
	disk := newMemory()
	entries := plugin.NewEntries(3, limit)
	entries.Take(newRandom(2).changed(40))
	_, err := NewPlace(disk, 1).Take(name, entries).Write(context.Background())
	require.NoError(t, err)
	loaded, _ := load(t, disk, 3)
	assert.Zero(t, loaded.Entries.Len())
}
