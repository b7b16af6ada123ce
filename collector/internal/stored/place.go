package stored

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
)

// Place is where the state of one plugin of a chain stands in a storage. It is not
// safe for concurrent use.
type Place struct {
	client storage.Client
	// ordinal tells plugins of one name apart.
	ordinal int
	owner   owner
	// present are the pages that the storage has, and pending those that are not
	// what they should be.
	present, pending plugin.PageSet
}

// Loaded is what was found in a storage.
type Loaded struct {
	// Entries that are good; their version is that of whoever stored them.
	Entries *plugin.Entries
	// Damaged is how many places were left out, and Exceeded how many entries were,
	// for all together would take more than the limit.
	Damaged, Exceeded int
	// Refused says why what stands there is not loaded; empty where it is.
	Refused string
}

// NewPlace returns the place of a plugin: the one with this ordinal among those of
// its name in the chain.
func NewPlace(client storage.Client, ordinal int) *Place {
	return &Place{client: client, ordinal: ordinal}
}

// Ordinal tells the place from that of other plugins with the same name.
func (p *Place) Ordinal() int { return p.ordinal }

// Name is that of the plugin whose state was loaded or stored last.
func (p *Place) Name() string { return p.owner.name }

func (p *Place) key(page int) string {
	return p.owner.name + "/" + strconv.Itoa(p.ordinal) + "/" + strconv.Itoa(page)
}

// pagesAtATime bounds how much is read at once.
const pagesAtATime = 256

// Load reads the state of a plugin with this name, of this version or an older one,
// within so many bytes. The error is that of the storage.
func (p *Place) Load(ctx context.Context, name string, version uint32, limit int) (Loaded, error) {
	p.owner = owner{name, version}
	pages := make(map[int]page)
	var problems []error
	for first := 0; first < plugin.Pages; first += pagesAtATime {
		problems = append(problems, p.read(ctx, first, pages))
	}
	loaded := p.join(pages, limit)
	return loaded, errors.Join(problems...)
}

// read reads some pages. One that the storage cannot give is left out, and stays
// pending.
func (p *Place) read(ctx context.Context, first int, into map[int]page) error {
	operations := make([]*storage.Operation, pagesAtATime)
	for index := range operations {
		operations[index] = storage.GetOperation(p.key(first + index))
	}
	if err := p.client.Batch(ctx, operations...); err != nil {
		for index := range operations {
			p.present.Add(first + index)
			p.pending.Add(first + index)
		}
		return err
	}
	for index, operation := range operations {
		if len(operation.Value) > 0 {
			p.present.Add(first + index)
			into[first+index] = decode(operation.Value, p.owner)
		}
	}
	return nil
}

// join makes one state of pages. All pages of a state have one version.
func (p *Place) join(pages map[int]page, limit int) (loaded Loaded) {
	version := uint32(0)
	for _, page := range pages {
		version = max(version, page.version)
	}
	if version > p.owner.version {
		loaded.Refused = fmt.Sprintf("found state version %d; expected %d or lower, which plugin `%s` has", version, p.owner.version, p.owner.name)
	}
	if version == 0 {
		version = p.owner.version
	}
	loaded.Entries = plugin.NewEntries(version, limit)
	for number := range plugin.Pages {
		page, isThere := pages[number]
		switch {
		case !isThere:
			loaded.Entries.TakeStored(number, nil, true)
			continue
		case page.verdict == foreign:
			loaded.Refused = fmt.Sprintf("found the state of another plugin; expected that of `%s`", p.owner.name)
		case page.verdict == unknown:
			loaded.Refused = fmt.Sprintf("found state in another format; expected format %d", format)
		case page.verdict == good && page.version < version:
			// Written before the rest, by a storage that does not write all or nothing.
			page.damaged += len(page.entries)
			page.entries = nil
		}
		loaded.Damaged += page.damaged
		if loaded.Refused == "" {
			loaded.Exceeded += loaded.Entries.TakeStored(number, page.entries, page.damaged == 0)
		}
	}
	if loaded.Refused != "" {
		loaded = Loaded{Refused: loaded.Refused, Entries: plugin.NewEntries(p.owner.version, limit)}
	}
	p.owner.version = loaded.Entries.Version
	return loaded
}

// Take returns what is to be written of entries: what changed, and what could not be
// written before. Whoever calls it has the entries to itself; it takes as long as
// there are entries on the pages that changed, and copies none of their bytes.
func (p *Place) Take(name string, entries *plugin.Entries) *Save {
	s := &Save{place: p, owner: owner{name, entries.Version}}
	besides := p.pending
	if s.isAnew = s.owner != p.owner; s.isAnew {
		besides = plugin.AllPages()
	}
	s.pages = entries.TakeDirty(besides)
	return s
}

// Remove takes away what is stored. After an error it may be there still.
func (p *Place) Remove(ctx context.Context) error {
	var operations []*storage.Operation
	p.present.All(func(page int) { operations = append(operations, storage.DeleteOperation(p.key(page))) })
	if len(operations) == 0 {
		return nil
	}
	return p.client.Batch(ctx, operations...)
}

// Save is a state as it was at one moment, as far as it is not stored.
type Save struct {
	place *Place
	owner owner
	pages []plugin.Page
	// isAnew says that it takes the place of another plugin's, or of another version.
	isAnew bool
}

// Stats are about one save.
type Stats struct {
	Pages, Bytes int
	Took         time.Duration
}

// Write writes the pages, all together. After an error they are pending: the next
// save has them, as they are then.
func (s *Save) Write(ctx context.Context) (Stats, error) {
	began := time.Now()
	var stats Stats
	var operations []*storage.Operation
	p := s.place
	if s.isAnew && p.owner.name != s.owner.name && p.owner.name != "" {
		p.present.All(func(page int) { operations = append(operations, storage.DeleteOperation(p.key(page))) })
		// Whether they go or not: under the new name nothing stands yet.
		p.present = plugin.PageSet{}
	}
	p.owner = s.owner
	for _, page := range s.pages {
		p.pending.Add(page.Number)
		switch {
		case len(page.Entries) > 0:
			value := encode(s.owner, page.Entries)
			operations = append(operations, storage.SetOperation(p.key(page.Number), value))
			stats.Bytes += len(value)
		case p.present.Has(page.Number):
			operations = append(operations, storage.DeleteOperation(p.key(page.Number)))
		}
	}
	stats.Pages = len(operations)
	if len(operations) > 0 {
		if err := p.client.Batch(ctx, operations...); err != nil {
			// What a storage without transactions has written, nobody knows.
			for _, page := range s.pages {
				p.present.Add(page.Number)
			}
			return stats, err
		}
	}
	for _, page := range s.pages {
		p.pending.Remove(page.Number)
		if len(page.Entries) > 0 {
			p.present.Add(page.Number)
		} else {
			p.present.Remove(page.Number)
		}
	}
	stats.Took = time.Since(began)
	return stats, nil
}
