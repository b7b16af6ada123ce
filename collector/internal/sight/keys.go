package sight

import (
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Keys are selectors, ready to be asked of every key.
type Keys struct{ of [carriers]patterns }

// NewKeys takes selectors in. The error names a pattern that can mean no key.
func NewKeys(selectors []Selector) (*Keys, error) {
	keys := &Keys{}
	for _, selector := range selectors {
		for _, written := range selector.Keys {
			if !meansAKey(written) {
				return nil, fmt.Errorf("`%s` can mean no key", written)
			}
			for carrier := range carriers {
				if selector.Carriers.Has(carrier) {
					keys.of[carrier].add(written)
				}
			}
		}
	}
	return keys, nil
}

func meansAKey(written string) bool {
	if strings.TrimSpace(written) != written || strings.ContainsFunc(written, unicode.IsControl) {
		return false
	}
	for segment := range strings.SplitSeq(written, ".") {
		if segment == "" {
			return false
		}
	}
	return true
}

// IsBlindTo says that nothing of this carrier is meant.
func (k *Keys) IsBlindTo(on Carrier) bool { return !k.of[on].any }

// MayMatch says whether this key alone can be meant. `false` is certain, and
// quick: most keys are told by their length, and need not be read.
func (k *Keys) MayMatch(on Carrier, key string) bool {
	p := &k.of[on]
	return p.lengths.has(len(key)) && p.byFirst[firstOf(key)].lengths.has(len(key))
}

// longestPath is of how many bytes keys joined by dots may be to be joined. A key of
// a megabyte above ten thousand entries would else be copied as often. It is
// LONGEST_PATH of crates/keys.
const longestPath = 1024

// Match says whether any selector means the entry under the last of these keys:
// by that key alone, or by all of them joined by dots. Of longer paths than
// longestPath it says so where they begin and end as a pattern does, and takes `-`
// and `_` for one in the last key.
func (k *Keys) Match(on Carrier, keys []string) bool {
	p := &k.of[on]
	if !p.any || len(keys) == 0 {
		return false
	}
	own, parents := keys[len(keys)-1], keys[:len(keys)-1]
	if len(parents) == 0 {
		return p.matchKey(own, inHeadersByItself)
	}
	length := len(parents)
	for _, key := range keys {
		length += len(key)
	}
	if length > longestPath {
		return p.matchKey(own, inHeaders) || p.mayMatchPath(keys, length, true)
	}
	return p.matchKey(own, func() bool { return standInHeaders(parents) }) ||
		p.mayMatchPath(keys, length, false) && p.matchKey(strings.Join(keys, "."), inHeadersByItself)
}

// inHeadersByItself says of a key that only what stands in it can make it the name of
// a header.
func inHeadersByItself() bool { return false }

// inHeaders says of a key that it stands under one such as `headers`.
func inHeaders() bool { return true }

// patterns are those of one carrier.
type patterns struct {
	any bool
	// lengths are those of keys that can match any.
	lengths lengths
	// byFirst are those that a key with this first byte can match: a key of most
	// spans begins like none of them, and costs one look here.
	byFirst [256]beginning
}

// beginning is what a first byte tells.
type beginning struct {
	lengths    lengths
	candidates []candidate
}

// lengths is a set of lengths of keys: a bit for each, the last one for all from
// 63 on.
type lengths uint64

func (l lengths) has(length int) bool { return l>>min(length, 63)&1 == 1 }

func (c *candidate) lengths() lengths {
	set := ^lengths(0) << min(c.least, 63)
	if c.most < 63 {
		set &= 1<<(c.most+1) - 1
	}
	return set
}

// candidate is a pattern, and what tells most keys from it at a glance.
type candidate struct {
	// written is without case; inHeaders has besides `_` for every `-`, which is
	// what it matches at most.
	written, inHeaders glob
	// least and most are how long a key is that it matches.
	least, most int
	// last is what such a key ends with, in the folded form; 0 where that can be
	// anything.
	last byte
}

func (p *patterns) add(written string) {
	p.any = true
	folded := fold(written)
	c := candidate{written: newGlob(folded), inHeaders: newGlob(strings.ReplaceAll(folded, "-", "_"))}
	exact := !c.inHeaders.hasStar()
	for _, part := range c.inHeaders {
		for index := range len(part) {
			// What is not ASCII may fold to another length.
			if part[index] < utf8.RuneSelf {
				c.least++
			} else {
				exact = false
			}
		}
	}
	c.most = math.MaxInt
	if exact {
		c.most = c.least
	}
	if last := c.inHeaders.last(); last != "" && last[len(last)-1] < utf8.RuneSelf {
		c.last = last[len(last)-1]
	}
	p.lengths |= c.lengths()
	first := c.inHeaders.first()
	for b := range p.byFirst {
		if first == "" || mayBe(first[0], byte(b)) {
			beginning := &p.byFirst[b]
			beginning.candidates = append(beginning.candidates, c)
			beginning.lengths |= c.lengths()
		}
	}
}

// mayBe says whether a byte may be folded to this one.
func mayBe(folded, found byte) bool {
	if folded >= utf8.RuneSelf {
		return found >= utf8.RuneSelf
	}
	if found == '-' {
		found = '_'
	}
	return folded == lower(found)
}

// firstOf gives the empty key the byte 0, which no pattern begins with.
func firstOf(key string) byte {
	if key == "" {
		return 0
	}
	return key[0]
}

func (p *patterns) candidates(key string) []candidate { return p.byFirst[firstOf(key)].candidates }

// mayMatch looks at the length of a key and at its last byte, 0 where it is
// empty. `false` is certain.
func (c *candidate) mayMatch(length int, last byte) bool {
	return length >= c.least && length <= c.most && (c.last == 0 || mayBe(c.last, last))
}

// is says whether a key is written as the pattern is, which is enough.
func (c *candidate) is(key string) bool { return !c.written.hasStar() && c.written.first() == key }

func lastOf(key string) byte {
	if key == "" {
		return 0
	}
	return key[len(key)-1]
}

// mayMatchPath says whether any pattern may mean keys joined by dots, which are so
// long. No pattern begins or ends with a dot, so an empty key at an end counts as it
// does alone. With ends a look is taken at more than one byte at either end.
func (p *patterns) mayMatchPath(keys []string, length int, ends bool) bool {
	last := lastOf(keys[len(keys)-1])
	candidates := p.candidates(keys[0])
	for index := range candidates {
		c := &candidates[index]
		if c.mayMatch(length, last) && (!ends || c.beginsLike(keys) && c.endsLike(keys)) {
			return true
		}
	}
	return false
}

// beginsLike says whether keys joined by dots may begin as the pattern does.
func (c *candidate) beginsLike(keys []string) bool {
	part := c.inHeaders.first()
	key, at := 0, 0
	for index := range len(part) {
		found := byte('.')
		if at < len(keys[key]) {
			found = keys[key][at]
			at++
		} else if key++; key == len(keys) {
			return false
		} else {
			at = 0
		}
		if !mayBe(part[index], found) {
			return false
		}
		// What is not ASCII may fold to another length.
		if found >= utf8.RuneSelf {
			return true
		}
	}
	return true
}

// endsLike says whether keys joined by dots may end as the pattern does.
func (c *candidate) endsLike(keys []string) bool {
	part := c.inHeaders.last()
	key := len(keys) - 1
	rest := keys[key]
	for index := len(part) - 1; index >= 0; index-- {
		found := byte('.')
		if rest != "" {
			found, rest = rest[len(rest)-1], rest[:len(rest)-1]
		} else if key--; key < 0 {
			return false
		} else {
			rest = keys[key]
		}
		if !mayBe(part[index], found) {
			return false
		}
		if found >= utf8.RuneSelf {
			return true
		}
	}
	return true
}

// matchKey says whether any pattern means a key, of which underHeaders says whether it
// stands under another such as `headers`.
func (p *patterns) matchKey(key string, underHeaders func() bool) bool {
	beginning := &p.byFirst[firstOf(key)]
	if !beginning.lengths.has(len(key)) {
		return false
	}
	candidates, last := beginning.candidates, lastOf(key)
	for index := range candidates {
		if candidates[index].mayMatch(len(key), last) {
			return candidates[index].is(key) || matchAny(candidates[index:], key, underHeaders)
		}
	}
	return false
}

// matchAny folds the key once for all that may match it.
func matchAny(candidates []candidate, key string, underHeaders func() bool) bool {
	folded, headers := fold(key), 0
	if !underHeaders() {
		headers = headersFrom(folded)
	}
	for index := range candidates {
		// In names of headers `-` and `_` are one.
		if candidates[index].written.matches(folded, headers) {
			return true
		}
	}
	return false
}
