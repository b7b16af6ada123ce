// Package stored keeps the state of plugins in a storage extension of the
// Collector. It decides when a stored entry is good; when state is stored, and what
// becomes of it at the start, is decided by who calls it.
//
// A storage has keys and values and lists neither. So the entries of a plugin stand
// on [plugin.Pages] pages with known keys, and a save writes the pages that changed,
// together: a storage with transactions holds the state of one moment.
package stored
