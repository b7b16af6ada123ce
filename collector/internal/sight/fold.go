package sight

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// fold returns a key without the difference of upper and lower case. What is not
// UTF-8 stays. No character becomes an ASCII one that was none.
func fold(key string) string {
	plain := true
	for index := range len(key) {
		if b := key[index]; b >= utf8.RuneSelf || 'A' <= b && b <= 'Z' {
			plain = false
			break
		}
	}
	if plain {
		return key
	}
	var folded strings.Builder
	folded.Grow(len(key))
	for len(key) > 0 {
		r, size := utf8.DecodeRuneInString(key)
		if r == utf8.RuneError && size == 1 {
			folded.WriteByte(key[0])
		} else {
			folded.WriteRune(foldRune(r))
		}
		key = key[size:]
	}
	return folded.String()
}

// foldRune goes to lower case by way of upper case, for there are characters with
// two lower cases, such as sigma.
func foldRune(r rune) rune {
	if r < utf8.RuneSelf {
		return unicode.ToLower(r)
	}
	if folded := unicode.ToLower(unicode.ToUpper(unicode.ToLower(r))); folded >= utf8.RuneSelf {
		return folded
	}
	return r
}

// headersFrom returns where names of headers begin in the keys down to an entry,
// joined by dots: behind the first segment such as `header`, `headers`,
// `metadata` or `request_headers`; -1 where there is none.
func headersFrom(path string) int {
	start := 0
	for {
		dot := strings.IndexByte(path[start:], '.')
		if dot < 0 {
			return -1
		}
		if isHeaderSegment(path[start : start+dot]) {
			return start + dot + 1
		}
		start += dot + 1
	}
}

// standInHeaders says whether what stands under these keys is the name of a header.
func standInHeaders(keys []string) bool {
	for _, key := range keys {
		for segment := range strings.SplitSeq(key, ".") {
			if isHeaderSegment(segment) {
				return true
			}
		}
	}
	return false
}

func isHeaderSegment(segment string) bool {
	for _, word := range [...]string{"header", "headers", "metadata"} {
		at := len(segment) - len(word)
		if at >= 0 && equalFoldASCII(segment[at:], word) && (at == 0 || isHyphen(segment[at-1])) {
			return true
		}
	}
	return false
}

// equalFoldASCII compares with a word in lower case. strings.EqualFold would take
// a Kelvin sign for a k.
func equalFoldASCII(text, word string) bool {
	for index := range len(word) {
		if lower(text[index]) != word[index] {
			return false
		}
	}
	return true
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}
