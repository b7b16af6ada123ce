package lapidaryprocessor

import (
	"errors"
	"fmt"
	"math"
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
	if c.ReloadInterval > 0 && c.ReloadInterval < shortestReloadInterval {
		f.wrong("reload_interval", c.ReloadInterval.String(), "0s, or 10ms or more")
	}
	state := float64(c.StateLimitMiB)
	f.whole("state_limit_mib", &state, 1, 4096, "a whole number from 1 to 4096")
	c.StateLimitMiB = int(state)
	c.Storage = f.component("storage", "the name of an extension such as `file_storage` or `file_storage/state`")
	f.duration("storage_interval", &c.StorageInterval, 100*time.Millisecond, "100ms or more")
	c.Faults = f.faults()
	c.PublicKey = f.text("public_key", aKey, said)
	c.RulesPublicKey = f.text("rules_public_key", aKey, said)
	c.CacheDir = f.text("cache_dir", "the path of a folder", said)
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
	c.Sight = f.sight()
	f.word("on_failure", &c.OnFailure, said, onFailureBlock, onFailurePass, "")
	f.truth("shadow", &c.Shadow)
	c.SHA256 = f.digest("sha256")
	c.PublicKey = f.text("public_key", aKey, said)
	c.RulesPublicKey = f.text("rules_public_key", aKey, said)
	f.truth("allow_rename", &c.AllowRename)
	f.finish()
	return c
}

// shortestReloadInterval keeps looks from being all that a processor does.
const shortestReloadInterval = 10 * time.Millisecond

const aKey = "the path of a public key"

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

// asMap is a config as it would be written.
func (c *Config) asMap() map[string]any {
	plugins := make([]any, len(c.Plugins))
	for index, plugin := range c.Plugins {
		secrets := make(map[string]any)
		for name, secret := range plugin.Secrets {
			secrets[name] = map[string]any{"file": secret.File, "env": secret.Env, "encoding": string(secret.Encoding)}
		}
		written := map[string]any{
			"module": plugin.Module, "rules": plugin.Rules, "secrets": secrets, "on_failure": plugin.OnFailure, "shadow": plugin.Shadow, "sha256": plugin.SHA256,
			"public_key": plugin.PublicKey, "rules_public_key": plugin.RulesPublicKey, "allow_rename": plugin.AllowRename,
		}
		if plugin.Sight != nil {
			written["sight"] = plugin.Sight
		}
		plugins[index] = written
	}
	storage := ""
	if c.Storage != nil {
		storage = c.Storage.String()
	}
	return map[string]any{
		"storage": storage, "storage_interval": c.StorageInterval.String(), "faults": c.Faults.asMap(),
		"plugins": plugins, "clock": string(c.Clock), "timeout": c.Timeout.String(),
		"memory_limit_mib": int(c.MemoryLimitMiB), "max_batch_bytes": c.MaxBatchBytes, "instances": c.Instances,
		"reload_interval": c.ReloadInterval.String(), "state_limit_mib": c.StateLimitMiB,
		"public_key": c.PublicKey, "rules_public_key": c.RulesPublicKey, "cache_dir": c.CacheDir,
	}
}
