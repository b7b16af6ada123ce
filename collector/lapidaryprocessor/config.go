package lapidaryprocessor

import (
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"
)

// Config is what stands under `lapidary` in the Collector's config.
type Config struct {
	// Plugins in the order in which spans go through them. Required.
	Plugins []PluginConfig `mapstructure:"plugins"`

	// Clock says what time plugins are told: `system` (the default), or
	// `event_time`, the latest end of a span that was seen, for recordings
	// that are played again. It never runs backwards.
	Clock Clock `mapstructure:"clock"`

	// Timeout of one call of a plugin; reading its rules may take ten times as
	// long. Default: 1s. Zero and less are refused.
	Timeout time.Duration `mapstructure:"timeout"`

	// MemoryLimitMiB of one instance of a plugin, in MiB, from 1 to 4096.
	// Default: 128. Zero is refused.
	MemoryLimitMiB uint32 `mapstructure:"memory_limit_mib"`

	// MaxBatchBytes is the longest batch that a plugin gets in one call, in
	// bytes of OTLP; a longer one is split between spans, and a single span
	// that is longer goes alone. Default: 4194304 (4 MiB). Zero means no limit.
	MaxBatchBytes int `mapstructure:"max_batch_bytes"`

	// Instances is how many instances of a plugin without state may run at
	// once. Default: 0, which means one for each CPU that Go uses.
	Instances int `mapstructure:"instances"`

	// ReloadInterval is how often modules, rules and secrets are looked at for
	// changes. Default: 1s. Zero means never.
	ReloadInterval time.Duration `mapstructure:"reload_interval"`

	// SnapshotInterval is how much work of a plugin with state is lost at most
	// when it crashes. Default: 10s. Zero means that a snapshot is taken after
	// every batch.
	SnapshotInterval time.Duration `mapstructure:"snapshot_interval"`
}

// PluginConfig is one plugin of the chain.
type PluginConfig struct {
	// Module is the path of the plugin's `.wasm` file. Required. A relative
	// path starts at the working directory.
	Module string `mapstructure:"module"`

	// Rules is the path of a YAML file, a list of such paths (base first, each
	// later one merged over those before it), or the rules themselves as a
	// map. Default: none, which a plugin may accept or refuse.
	Rules any `mapstructure:"rules"`

	// Secrets that the plugin may ask for, by name. Default: none.
	Secrets map[string]SecretConfig `mapstructure:"secrets"`

	// OnFailure overrides what the plugin declares about a span that it cannot
	// process: `block`, it does not pass, or `pass`, it goes on as it was.
	// Default: empty, which means what the plugin declares.
	OnFailure string `mapstructure:"on_failure"`
}

// SecretConfig says where a secret comes from. Exactly one of File and Env
// must be given.
type SecretConfig struct {
	// File is the path of a file with the secret. A relative path starts at
	// the working directory.
	File string `mapstructure:"file"`
	// Env is the name of an environment variable with the secret.
	Env string `mapstructure:"env"`
	// Encoding of the secret: `raw` (the default), `hex` or `base64`. One
	// newline at the end is no part of it.
	Encoding Encoding `mapstructure:"encoding"`
}

// Clock is a source of time.
type Clock string

// The clocks.
const (
	ClockSystem    Clock = "system"
	ClockEventTime Clock = "event_time"
)

// Encoding of a secret.
type Encoding string

// The encodings.
const (
	EncodingRaw    Encoding = "raw"
	EncodingHex    Encoding = "hex"
	EncodingBase64 Encoding = "base64"
)

const (
	onFailureBlock = "block"
	onFailurePass  = "pass"
)

func createDefaultConfig() component.Config {
	return &Config{
		Clock:            ClockSystem,
		Timeout:          time.Second,
		MemoryLimitMiB:   128,
		MaxBatchBytes:    4 << 20,
		ReloadInterval:   time.Second,
		SnapshotInterval: 10 * time.Second,
	}
}

// Validate answers with everything that is wrong and can be told without
// opening a file.
func (c *Config) Validate() error {
	var problems []error
	problem := func(format string, arguments ...any) {
		problems = append(problems, fmt.Errorf(format, arguments...))
	}
	if len(c.Plugins) == 0 {
		problem("plugins: found none; expected one or more")
	}
	if c.Clock != ClockSystem && c.Clock != ClockEventTime {
		problem("clock: found `%s`; expected `system` or `event_time`", c.Clock)
	}
	if c.Timeout <= 0 {
		problem("timeout: found %s; expected more than 0s", c.Timeout)
	}
	if c.MemoryLimitMiB < 1 || c.MemoryLimitMiB > 4096 {
		problem("memory_limit_mib: found %d; expected 1 to 4096", c.MemoryLimitMiB)
	}
	if c.MaxBatchBytes < 0 {
		problem("max_batch_bytes: found %d; expected 0 or more", c.MaxBatchBytes)
	}
	if c.Instances < 0 {
		problem("instances: found %d; expected 0 or more", c.Instances)
	}
	if c.ReloadInterval < 0 {
		problem("reload_interval: found %s; expected 0s or more", c.ReloadInterval)
	}
	if c.SnapshotInterval < 0 {
		problem("snapshot_interval: found %s; expected 0s or more", c.SnapshotInterval)
	}
	for index := range c.Plugins {
		if err := c.Plugins[index].validate(fmt.Sprintf("plugins[%d]", index)); err != nil {
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}

func (c *PluginConfig) validate(path string) error {
	var problems []error
	problem := func(format string, arguments ...any) {
		problems = append(problems, fmt.Errorf(path+"."+format, arguments...))
	}
	if c.Module == "" {
		problem("module: found nothing; expected the path of a .wasm file")
	}
	switch rules := c.Rules.(type) {
	case nil, map[string]any:
	case string:
		if rules == "" {
			problem("rules: found an empty path; expected the path of a YAML file")
		}
	case []any:
		if len(rules) == 0 {
			problem("rules: found an empty list; expected paths of YAML files")
		}
		for index, rule := range rules {
			if text, ok := rule.(string); !ok || text == "" {
				problem("rules[%d]: found %v; expected the path of a YAML file", index, rule)
			}
		}
	default:
		problem("rules: found %v; expected a path, a list of paths or a map", rules)
	}
	for _, name := range sortedKeys(c.Secrets) {
		secret := c.Secrets[name]
		if (secret.File == "") == (secret.Env == "") {
			problem("secrets.%s: found %s; expected either `file` or `env`", name, secret.sources())
		}
		switch secret.Encoding {
		case "", EncodingRaw, EncodingHex, EncodingBase64:
		default:
			problem("secrets.%s.encoding: found `%s`; expected `raw`, `hex` or `base64`", name, secret.Encoding)
		}
	}
	switch c.OnFailure {
	case "", onFailureBlock, onFailurePass:
	default:
		problem("on_failure: found `%s`; expected `block` or `pass`", c.OnFailure)
	}
	return errors.Join(problems...)
}

func (c *SecretConfig) sources() string {
	if c.File == "" {
		return "neither"
	}
	return "both"
}
