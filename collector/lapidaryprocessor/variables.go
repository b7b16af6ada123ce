package lapidaryprocessor

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
)

// openReference is how a reference begins. One `$` more before it, and it
// stands for itself.
const openReference = "${env:"

// tellingLength is the shortest value, in characters, that is told from the
// words around it.
const tellingLength = 4

var reference = regexp.MustCompile(`^\$\{env:([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\}$`)

// variables are the references in rules, with what stands in their places.
type variables []variable

type variable struct {
	document       string
	line           uint32
	written, value string
}

// fill puts in the values of variables, as `rules::fill` does for the command
// line; there it is said how. It returns what of the text can be read, and a
// line for each reference that stands for nothing.
func (v *variables) fill(name, text string) (string, []error) {
	var problems []error
	var out strings.Builder
	for index, rest := range strings.SplitAfter(text, "\n") {
		line := uint32(index + 1)
		isComment := strings.HasPrefix(strings.TrimLeftFunc(rest, unicode.IsSpace), "#")
		for at := strings.Index(rest, openReference); at >= 0 && !isComment; at = strings.Index(rest, openReference) {
			if before, isEscaped := strings.CutSuffix(rest[:at], "$"); isEscaped {
				out.WriteString(before + openReference)
				rest = rest[at+len(openReference):]
				continue
			}
			end := strings.IndexByte(rest[at:], '}') + 1
			if end == 0 {
				end = len(strings.TrimRightFunc(rest[at:], unicode.IsSpace))
			}
			written := rest[at : at+end]
			value, err := valueOf(written)
			if err != nil {
				problems = append(problems, fmt.Errorf("%s:%d: %w", name, line, err))
			}
			*v = append(*v, variable{name, line, written, value})
			out.WriteString(rest[:at] + value)
			rest = rest[at+end:]
		}
		out.WriteString(rest)
	}
	// The longest first: a shorter one may be a part of it.
	slices.SortStableFunc(*v, func(a, b variable) int { return cmp.Compare(len(b.value), len(a.value)) })
	return out.String(), problems
}

// valueOf returns what a reference stands for. The error holds none of it.
func valueOf(written string) (string, error) {
	parts := reference.FindStringSubmatch(written)
	if parts == nil || strings.Contains(parts[3], "${") {
		return "", fmt.Errorf("found `%s`; expected `${env:NAME}` or `${env:NAME:-default}` with a name of letters, digits and `_` "+
			"and no variable in the default; write `$${env:` where it stands for itself", written)
	}
	value, isSet := os.LookupEnv(parts[1])
	switch {
	case !isSet && parts[2] == "":
		return "", fmt.Errorf("found `%s`, which is not set; expected a variable that is set, or a default, as in `${env:%s:-default}`", written, parts[1])
	case !isSet:
		value = parts[3]
	case !utf8.ValidString(value):
		return "", fmt.Errorf("found `%s`, which holds bytes that are no text; expected a variable that holds text", written)
	}
	isBreak := func(c rune) bool { return unicode.IsControl(c) || c == '\u2028' || c == '\u2029' }
	if strings.ContainsFunc(value, isBreak) {
		return "", fmt.Errorf("found `%s`, which holds a line break or another control character; expected a variable of one line", written)
	}
	return value, nil
}

// asWritten returns a problem that quotes what the user wrote, and not what was
// put in its place.
func (v variables) asWritten(problem plugin.Problem) plugin.Problem {
	problem.Path = v.textAsWritten(problem.Path, problem.Document, problem.Line)
	problem.Found = v.textAsWritten(problem.Found, problem.Document, problem.Line)
	return problem
}

// textAsWritten returns a text about a line of a document, with references in
// the place of their values. A value of fewer than tellingLength characters is
// known by its line and its quotes alone, a longer one wherever it stands.
func (v variables) textAsWritten(text, document string, line uint32) string {
	out := ""
	for text != "" {
		length := 0
		for _, variable := range v {
			if variable.document != document {
				continue
			}
			if length = variable.lengthIn(text, line == variable.line && strings.HasSuffix(out, "`")); length > 0 {
				out += variable.written
				break
			}
		}
		if length == 0 {
			_, length = utf8.DecodeRuneInString(text)
			out += text[:length]
		}
		text = text[length:]
	}
	return out
}

// lengthIn is how much of a text the value is that it begins with: all of it,
// or what was cut with `…`; else 0.
func (v *variable) lengthIn(text string, isQuotedHere bool) int {
	if after, ok := strings.CutPrefix(text, v.value); ok {
		if utf8.RuneCountInString(v.value) >= tellingLength || isQuotedHere && strings.HasPrefix(after, "`") {
			return len(v.value)
		}
		return 0
	}
	cut, _, isCut := strings.Cut(text, "…`")
	if isCut && utf8.RuneCountInString(cut) >= tellingLength && strings.HasPrefix(v.value, cut) {
		return len(cut)
	}
	return 0
}
