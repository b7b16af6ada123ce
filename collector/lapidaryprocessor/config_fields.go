package lapidaryprocessor

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
)

// fields are the keys of one map, read one by one.
type fields struct {
	// at is the path of the map, with a `.` behind it where it is not empty.
	at       string
	raw      map[string]any
	known    []string
	problems *[]error
}

func (f *fields) take(key string) (value any, there bool) {
	f.known = append(f.known, key)
	value, there = f.raw[key]
	return value, there
}

func (f *fields) wrong(key, found, expected string) {
	*f.problems = append(*f.problems, fmt.Errorf("%s%s: found %s; expected %s", f.at, key, found, expected))
}

func (f *fields) isWrong(key string) bool {
	return slices.ContainsFunc(*f.problems, func(err error) bool { return strings.HasPrefix(err.Error(), f.at+key+": ") })
}

func (f *fields) below(key string, value any) (*fields, bool) {
	value = parsed(value)
	inside, ok := value.(map[string]any)
	return &fields{at: f.at + key + ".", raw: inside, problems: f.problems}, ok || value == nil
}

func (f *fields) text(key, expected string, may quoted) string {
	value, _ := f.take(key)
	text, ok := asText(value)
	if !ok {
		f.wrong(key, found(value, may), expected)
	}
	return text
}

// component reads the id of a component, as the Collector writes them.
func (f *fields) component(key, expected string) *component.ID {
	text := f.text(key, expected, said)
	if text == "" {
		return nil
	}
	id := new(component.ID)
	if err := id.UnmarshalText([]byte(text)); err != nil {
		f.wrong(key, found(text, said), expected)
		return nil
	}
	return id
}

func (f *fields) word(key string, to *string, may quoted, words ...string) {
	value, there := f.take(key)
	if !there {
		return
	}
	text, ok := asText(value)
	if ok && slices.Contains(words, text) {
		*to = text
		return
	}
	if ok {
		value = orNothing(text)
	}
	f.wrong(key, found(value, may), alternatives(words))
}

// alternatives writes words as `a`, `b` or `c`; an empty one is not said.
func alternatives(words []string) string {
	var all []string
	for _, word := range words {
		if word != "" {
			all = append(all, "`"+word+"`")
		}
	}
	last := len(all) - 1
	return strings.Join(all[:last], ", ") + " or " + all[last]
}

func (f *fields) whole(key string, to *float64, least, most float64, expected string) {
	value, there := f.take(key)
	if !there {
		return
	}
	value = plain(value)
	number := math.NaN()
	switch value := value.(type) {
	case nil:
		number = 0
	case int:
		number = float64(value)
	case int64:
		number = float64(value)
	case float64:
		// From here on no int64 has it; as it, what is larger than every int64 is read.
		if value < 1<<63 {
			number = value
		}
	}
	if number == math.Trunc(number) && number >= least && number <= most {
		*to = number
		return
	}
	if value == nil {
		value = 0
	}
	f.wrong(key, found(value, said), expected)
}

func (f *fields) truth(key string, to *bool) {
	value, there := f.take(key)
	if !there {
		return
	}
	switch value := plain(value).(type) {
	case nil:
		*to = false
	case bool:
		*to = value
	default:
		f.wrong(key, found(value, said), "`true` or `false`")
	}
}

func (f *fields) duration(key string, to *time.Duration, least time.Duration, expected string) {
	value, there := f.take(key)
	if !there {
		return
	}
	value = plain(value)
	duration, err := time.Duration(0), error(nil)
	switch text := value.(type) {
	case nil:
	case string:
		duration, err = time.ParseDuration(text)
	default:
		if value != 0 {
			err = errors.New("no text")
		}
	}
	switch {
	case err != nil:
		f.wrong(key, found(value, said), "a duration such as `500ms` or `1m30s`")
	case duration < least:
		f.wrong(key, duration.String(), expected)
	default:
		*to = duration
	}
}

// digest reads a SHA-256 in hexadecimal.
func (f *fields) digest(key string) string {
	const expected = "64 hexadecimal digits"
	text := f.text(key, expected, said)
	if _, err := hex.DecodeString(text); text != "" && (err != nil || len(text) != 64) {
		f.wrong(key, found(text, said), expected)
		return ""
	}
	return text
}

// finish tells of the keys that nobody asked for.
func (f *fields) finish() {
	for _, key := range sortedKeys(f.raw) {
		if !slices.Contains(f.known, key) {
			f.wrong(key, "an unknown key", "one of `"+strings.Join(f.known, "`, `")+"`")
		}
	}
}

// quoted says whether a message may quote a value: it may be a secret that was
// written in the wrong place.
type quoted bool

const (
	said   quoted = true
	unsaid quoted = false
)

// found is how messages call a value.
func found(value any, may quoted) string {
	value = plain(value)
	switch value := value.(type) {
	case nil:
		return "nothing"
	case []any:
		return "a list"
	case map[string]any:
		return "a map"
	case string:
		if value == "" {
			return "an empty text"
		}
		if may == said {
			return "`" + value + "`"
		}
		return "a text"
	case bool:
		if may == unsaid {
			return "true or false"
		}
	case time.Time:
		if may == unsaid {
			return "a time"
		}
	default:
		if may == unsaid {
			return "a number"
		}
	}
	return fmt.Sprint(value)
}

// asText returns a text as it was written, also where a variable holds what
// looks like a number, and false where the value is none.
func asText(value any) (string, bool) {
	var to struct {
		Value string `mapstructure:"value"`
	}
	if value == nil {
		return "", true
	}
	err := confmap.NewFromStringMap(map[string]any{"value": value}).Unmarshal(&to)
	return to.Value, err == nil
}

// parsed returns what a variable stands for as YAML, or the value itself.
func parsed(value any) any {
	switch value.(type) {
	case map[string]any, []any:
		// What is in it is asked for by itself: a text as it was written.
		return value
	}
	return confmap.NewFromStringMap(map[string]any{"value": value}).ToStringMap()["value"]
}

// plain is parsed at every depth: what a variable holds may hold others.
func plain(value any) any {
	switch value := parsed(value).(type) {
	case map[string]any:
		all := make(map[string]any, len(value))
		for key, inside := range value {
			all[key] = plain(inside)
		}
		return all
	case []any:
		all := make([]any, len(value))
		for index, inside := range value {
			all[index] = plain(inside)
		}
		return all
	default:
		return value
	}
}
