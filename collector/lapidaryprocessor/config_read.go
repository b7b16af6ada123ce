package lapidaryprocessor

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/confmap"
)

// Unmarshal implements [confmap.Unmarshaler]. What is wrong is kept for
// Validate, which tells all of it at once; the Collector's own reading stops
// at kinds, cuts numbers that are too large, and takes `5` for 5 ns.
func (c *Config) Unmarshal(conf *confmap.Conf) error {
	var raw map[string]any
	if err := conf.Unmarshal(&raw); err != nil {
		return err
	}
	c.problems = c.read(raw)
	return nil
}

// Validate answers with everything that is wrong and can be told without
// opening a file, a line each.
func (c *Config) Validate() error {
	if len(c.problems) > 0 {
		return errors.Join(c.problems...)
	}
	again := *createDefaultConfig().(*Config)
	return errors.Join(again.read(c.asMap())...)
}

// read takes over what stands in a config, and answers with all that is wrong.
func (c *Config) read(raw map[string]any) []error {
	var problems []error
	f := fields{raw: raw, problems: &problems}
	plugins := f.plugins()
	f.word("clock", (*string)(&c.Clock), said, string(ClockSystem), string(ClockEventTime))
	f.duration("timeout", &c.Timeout, 1, "more than 0s")
	mib := float64(c.MemoryLimitMiB)
	f.whole("memory_limit_mib", &mib, 1, 4096, "a whole number from 1 to 4096")
	c.MemoryLimitMiB = uint32(mib)
	for _, number := range []struct {
		key string
		to  *int
	}{{"max_batch_bytes", &c.MaxBatchBytes}, {"instances", &c.Instances}} {
		value := float64(*number.to)
		f.whole(number.key, &value, 0, math.MaxInt, "a whole number of 0 or more")
		*number.to = int(min(value, math.MaxInt-1023))
	}
	f.duration("reload_interval", &c.ReloadInterval, 0, "0s or more")
	f.duration("snapshot_interval", &c.SnapshotInterval, 0, "0s or more")
	for index, plugin := range plugins {
		key := fmt.Sprintf("plugins[%d]", index)
		inside, ok := f.below(key, plugin)
		if !ok {
			f.wrong(key, found(plugin, said), "a map with a module")
			continue
		}
		c.Plugins = append(c.Plugins, inside.plugin())
	}
	f.finish()
	return problems
}

func (f *fields) plugins() []any {
	value, _ := f.take("plugins")
	switch value := parsed(value).(type) {
	case nil:
	case []any:
		if len(value) > 0 {
			return value
		}
	default:
		f.wrong("plugins", found(value, said), "a list of plugins")
		return nil
	}
	f.wrong("plugins", "none", "one or more")
	return nil
}

func (f *fields) plugin() (c PluginConfig) {
	if c.Module = f.text("module", "the path of a .wasm file", said); c.Module == "" && !f.isWrong("module") {
		f.wrong("module", "nothing", "the path of a .wasm file")
	}
	c.Rules = f.rules()
	c.Secrets = f.secrets()
	f.word("on_failure", &c.OnFailure, said, onFailureBlock, onFailurePass, "")
	f.finish()
	return c
}

func (f *fields) rules() any {
	const expected = "the path of a YAML file"
	value, _ := f.take("rules")
	if text, ok := asText(value); ok && value != nil {
		if _, isText := plain(value).(string); isText || plain(value) == nil {
			if text == "" && plain(value) != nil {
				f.wrong("rules", "an empty path", expected)
			}
			return orNothing(text)
		}
	}
	switch rules := plain(value).(type) {
	case nil:
		return nil
	case map[string]any:
		return rules
	case []any:
		if len(rules) == 0 {
			f.wrong("rules", "an empty list", "paths of YAML files")
		}
		for index, path := range rules {
			if text, ok := path.(string); !ok || text == "" {
				f.wrong(fmt.Sprintf("rules[%d]", index), found(path, said), expected)
			}
		}
		return rules
	default:
		f.wrong("rules", found(rules, said), "a path, a list of paths or a map")
		return nil
	}
}

func orNothing(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func (f *fields) secrets() map[string]SecretConfig {
	value, _ := f.take("secrets")
	value = parsed(value)
	all, ok := value.(map[string]any)
	if !ok {
		if value != nil {
			f.wrong("secrets", found(value, unsaid), "a map of secrets")
		}
		return nil
	}
	secrets := make(map[string]SecretConfig)
	for _, name := range sortedKeys(all) {
		key := "secrets." + name
		inside, ok := f.below(key, all[name])
		if !ok {
			f.wrong(key, found(all[name], unsaid), "either `file` or `env`")
			continue
		}
		secrets[name] = inside.secret(func(sources string) { f.wrong(key, sources, "either `file` or `env`") })
	}
	return secrets
}

func (f *fields) secret(wrong func(sources string)) (c SecretConfig) {
	c.File = f.text("file", "the path of a file", unsaid)
	c.Env = f.text("env", "the name of an environment variable", unsaid)
	if (c.File == "") == (c.Env == "") && !f.isWrong("file") && !f.isWrong("env") {
		wrong(c.sources())
	}
	f.word("encoding", (*string)(&c.Encoding), unsaid, string(EncodingRaw), string(EncodingHex), string(EncodingBase64), "")
	f.finish()
	return c
}

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
	case uint64:
		number = float64(value)
	case float64:
		number = value
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

// asMap is a config as it would be written.
func (c *Config) asMap() map[string]any {
	plugins := make([]any, len(c.Plugins))
	for index, plugin := range c.Plugins {
		secrets := make(map[string]any)
		for name, secret := range plugin.Secrets {
			secrets[name] = map[string]any{"file": secret.File, "env": secret.Env, "encoding": string(secret.Encoding)}
		}
		plugins[index] = map[string]any{"module": plugin.Module, "rules": plugin.Rules, "secrets": secrets, "on_failure": plugin.OnFailure}
	}
	return map[string]any{
		"plugins": plugins, "clock": string(c.Clock), "timeout": c.Timeout.String(),
		"memory_limit_mib": int(c.MemoryLimitMiB), "max_batch_bytes": c.MaxBatchBytes, "instances": c.Instances,
		"reload_interval": c.ReloadInterval.String(), "snapshot_interval": c.SnapshotInterval.String(),
	}
}
