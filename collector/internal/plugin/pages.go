package plugin

import (
	"hash/crc32"
	"math/bits"
	"slices"
)

// Pages is over how many pages entries are spread where somebody stores them. An
// entry stands on the page of what it belongs to, so that an order and its messages,
// which change together, are written together.
const Pages = 4096

// PageSet says of each page whether it is in the set.
type PageSet [Pages / 64]uint64

// AllPages is the set of all.
func AllPages() (all PageSet) {
	for index := range all {
		all[index] = ^uint64(0)
	}
	return all
}

// Add takes a page in.
func (s *PageSet) Add(page int) { s[page/64] |= 1 << (page % 64) }

// Remove takes a page out.
func (s *PageSet) Remove(page int) { s[page/64] &^= 1 << (page % 64) }

// Has says whether a page is in the set.
func (s *PageSet) Has(page int) bool { return s[page/64]>>(page%64)&1 != 0 }

// Join takes in all pages of another set.
func (s *PageSet) Join(other *PageSet) {
	for index, word := range other {
		s[index] |= word
	}
}

// All calls visit with every page of the set, in order.
func (s *PageSet) All(visit func(page int)) {
	for index, word := range s {
		for ; word != 0; word &= word - 1 {
			visit(index*64 + bits.TrailingZeros64(word))
		}
	}
}

// Page has the entries that stand on one page now. They never change.
type Page struct {
	Number  int
	Entries []*Entry
}

// pages are the entries by the page that they stand on.
type pages struct {
	// on is nil before the first entry came.
	on [][]*Entry
	// dirty are those that changed since somebody took them.
	dirty PageSet
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (e *Entry) page() int {
	owner := e.BelongsTo
	if len(owner) == 0 {
		owner = e.Key
	}
	return int(crc32.Checksum(owner, castagnoli) % Pages)
}

// replace puts an entry where the one stands that had its key, if any, or takes
// that one away.
func (p *pages) replace(before, entry *Entry, isKept bool) {
	if before != nil {
		page := before.page()
		p.dirty.Add(page)
		at := slices.Index(p.on[page], before)
		if isKept && entry.page() == page {
			p.on[page][at] = entry
			return
		}
		last := len(p.on[page]) - 1
		p.on[page][at] = p.on[page][last]
		p.on[page][last] = nil
		p.on[page] = p.on[page][:last]
	}
	if !isKept {
		return
	}
	if p.on == nil {
		p.on = make([][]*Entry, Pages)
	}
	page := entry.page()
	p.dirty.Add(page)
	p.on[page] = append(p.on[page], entry)
}

// clear takes all entries away.
func (p *pages) clear() {
	for page, entries := range p.on {
		if len(entries) > 0 {
			p.dirty.Add(page)
		}
	}
	p.on = nil
}

// clone copies the pages, on which so many entries stand.
func (p *pages) clone(count int) pages {
	copied := pages{dirty: p.dirty}
	if p.on == nil {
		return copied
	}
	copied.on = make([][]*Entry, Pages)
	all := make([]*Entry, 0, count)
	for page, entries := range p.on {
		first := len(all)
		all = append(all, entries...)
		// What is added to a page later must not run into the next one.
		copied.on[page] = all[first:len(all):len(all)]
	}
	return copied
}

// TakeDirty returns these pages, and those that changed since it was called last,
// as they are now. It takes no longer than there are entries on them.
func (e *Entries) TakeDirty(besides PageSet) []Page {
	besides.Join(&e.pages.dirty)
	e.pages.dirty = PageSet{}
	var taken []Page
	besides.All(func(page int) {
		taken = append(taken, Page{Number: page, Entries: e.onPage(page)})
	})
	return taken
}

func (e *Entries) onPage(page int) []*Entry {
	if e.pages.on == nil {
		return nil
	}
	return slices.Clone(e.pages.on[page])
}

// TakeStored takes in what was stored as one page. Where it is the whole page, it
// need not be written again. It returns how many entries are not kept.
func (e *Entries) TakeStored(page int, entries []Entry, isWhole bool) (exceeded int) {
	exceeded = e.Take(Changed{Entries: entries})
	if isWhole && exceeded == 0 && len(e.onPage(page)) == len(entries) {
		e.pages.dirty.Remove(page)
	}
	return exceeded
}
