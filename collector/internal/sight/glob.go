package sight

import "strings"

// glob is a text with `*` for any run of characters: what stands between them.
type glob []string

func newGlob(written string) glob { return strings.Split(written, "*") }

func (g glob) first() string { return g[0] }

func (g glob) last() string { return g[len(g)-1] }

func (g glob) hasStar() bool { return len(g) > 1 }

// matches says whether it matches the whole of a text, in which from the byte
// headers on `-` and `_` are one; nowhere where that is negative.
func (g glob) matches(text string, headers int) bool {
	if headers < 0 {
		headers = len(text)
	}
	if !g.hasStar() {
		return len(text) == len(g.first()) && equal(text, 0, g.first(), headers)
	}
	end := len(text) - len(g.last())
	if end < len(g.first()) || !equal(text, 0, g.first(), headers) || !equal(text, end, g.last(), headers) {
		return false
	}
	// The leftmost place of each part is enough: it leaves the most room for the
	// next.
	at := len(g.first())
	for _, part := range g[1 : len(g)-1] {
		for at+len(part) <= end && !equal(text, at, part, headers) {
			at++
		}
		if at+len(part) > end {
			return false
		}
		at += len(part)
	}
	return true
}

// equal says whether part stands in a text at a place where there is room.
func equal(text string, at int, part string, headers int) bool {
	found := text[at : at+len(part)]
	if at+len(part) <= headers {
		return found == part
	}
	for index := range len(part) {
		a, b := found[index], part[index]
		if a != b && !(at+index >= headers && isHyphen(a) && isHyphen(b)) {
			return false
		}
	}
	return true
}

func isHyphen(b byte) bool { return b == '-' || b == '_' }
