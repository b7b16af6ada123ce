package sight

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Guarantees: whatever tells keys at a glance tells none wrong.
func TestAnyPatternsMeanWhatTheyMeanOneByOne(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 3))
	meant := 0
	for range 10_000 {
		var written []string
		for range 1 + r.IntN(3) {
			if pattern := randomText(r, "*"); meansAKey(pattern) {
				written = append(written, pattern)
			}
		}
		keys, err := NewKeys([]Selector{{Carriers: 1 << Span, Keys: written}})
		require.NoError(t, err)
		for range 20 {
			path := []string{randomText(r, "")}
			for r.IntN(3) == 0 {
				path = append(path, randomText(r, ""))
			}
			want := slices.ContainsFunc(written, func(pattern string) bool { return plainly(pattern, path) })
			require.Equal(t, want, keys.Match(Span, path), "%q %q", written, path)
			if want {
				meant++
			}
			if own := path[0]; keys.Match(Span, path[:1]) {
				require.True(t, keys.MayMatch(Span, own), "%q %q", written, own)
			}
		}
	}
	require.Greater(t, meant, 10_000)
}

func randomText(r *rand.Rand, more string) string {
	pieces := []string{"a", "A", "b", "-", "_", ".", "я", "Я", "ẞ", "ſ", "K", "\xff", "header.", "x-Metadata.", strings.Repeat("long", 16), more, more}
	var text strings.Builder
	for range r.IntN(4) {
		text.WriteString(pieces[r.IntN(len(pieces))])
	}
	return text.String()
}

// plainly tries one pattern at every place.
func plainly(pattern string, path []string) bool {
	own, joined := path[len(path)-1], strings.Join(path, ".")
	headers := headersFrom(fold(own))
	if headersFrom(strings.TrimSuffix(joined, own)) >= 0 {
		headers = 0
	}
	return plainlyFrom(fold(pattern), fold(own), 0, headers) || plainlyFrom(fold(pattern), fold(joined), 0, headersFrom(fold(joined)))
}

func plainlyFrom(pattern, key string, at, headers int) bool {
	switch {
	case pattern == "":
		return at == len(key)
	case pattern[0] == '*':
		return plainlyFrom(pattern[1:], key, at, headers) || at < len(key) && plainlyFrom(pattern, key, at+1, headers)
	case at == len(key):
		return false
	}
	same := pattern[0] == key[at] || headers >= 0 && at >= headers && isHyphen(pattern[0]) && isHyphen(key[at])
	return same && plainlyFrom(pattern[1:], key, at+1, headers)
}
