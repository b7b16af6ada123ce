package lapidaryprocessor

import (
	"cmp"
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

	// MaxBatchBytes is the longest view of a batch that a plugin gets in one
	// call, in bytes; a longer one is split between spans, and a single span
	// that is longer goes alone. Default: 4194304 (4 MiB). Zero means no limit.
	MaxBatchBytes int `mapstructure:"max_batch_bytes"`

	// Instances is how many instances of a plugin without state may run at
	// once. Default: 0, which means one for each CPU that Go uses.
	Instances int `mapstructure:"instances"`

	// ReloadInterval is how often modules, rules and secrets are looked at for
	// changes. Default: 1s. Zero means never.
	ReloadInterval time.Duration `mapstructure:"reload_interval"`

	// StateLimitMiB is how much of a plugin's state is kept beside it, for the
	// instance that takes over when it crashes and for the next generation, in
	// MiB. Default: 256.
	StateLimitMiB int `mapstructure:"state_limit_mib"`

	// Storage is the extension that keeps the state of plugins beyond the process,
	// such as `file_storage`. Default: none; the state then goes with the process.
	Storage *component.ID `mapstructure:"storage"`

	// StorageInterval is how often what changed of the state is stored, from 100ms.
	// Default: 5s. That much of it is lost where the process is killed.
	StorageInterval time.Duration `mapstructure:"storage_interval"`

	// Faults says where the content of spans at fault is kept, encrypted, and who can
	// read it. Default: none; of such spans ids, size and reason are in the log, and
	// nothing else is kept.
	Faults *FaultsConfig `mapstructure:"faults"`

	// PublicKey is the path of the key that must have signed every module, as
	// cosign does. Default: empty, which means that modules need no signature.
	PublicKey string `mapstructure:"public_key"`

	// RulesPublicKey is the path of the key that must have signed every file of
	// rules. Default: empty, which means that rules need no signature.
	RulesPublicKey string `mapstructure:"rules_public_key"`

	// CacheDir is a folder for compiled modules that nobody else may write to.
	// It is made where it is missing. Default: empty, which means that they are
	// kept in memory only.
	CacheDir string `mapstructure:"cache_dir"`

	// problems are what is wrong with the text that it was read from.
	problems []error
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

	// Sight is what the plugin may see of a batch at most: `everything`, `texts`,
	// or a map of `fields` (such as `trace-id`) and `keys` (patterns of attributes
	// on anything, or maps of `carriers` and `keys`). Rules that make the plugin
	// read more are refused. A pattern is within another that is the same but for
	// case, and within `*`; a key without `*` is within every pattern that means
	// it. Keys show numbers, too, so `texts` allows none. Default: `everything`.
	Sight any `mapstructure:"sight"`

	// OnFailure overrides what the plugin declares about a span that it cannot
	// process: `block`, it does not pass, or `pass`, it goes on as it was.
	// Default: empty, which means what the plugin declares.
	OnFailure string `mapstructure:"on_failure"`

	// Shadow keeps from every batch what the plugin makes of it: its answers are
	// checked and counted, and dropped. Default: false.
	Shadow bool `mapstructure:"shadow"`

	// SHA256 is the digest of the only file that may be the module, in
	// hexadecimal. Default: empty, which means any.
	SHA256 string `mapstructure:"sha256"`

	// PublicKey and RulesPublicKey take the place of the processor's.
	PublicKey      string `mapstructure:"public_key"`
	RulesPublicKey string `mapstructure:"rules_public_key"`

	// AllowRename lets a module of another name take over from the one that runs.
	// Default: false.
	AllowRename bool `mapstructure:"allow_rename"`
}

// plugin returns the config of one plugin, with what it does not say of itself.
func (c *Config) plugin(index int) *PluginConfig {
	plugin := c.Plugins[index]
	plugin.PublicKey = cmp.Or(plugin.PublicKey, c.PublicKey)
	plugin.RulesPublicKey = cmp.Or(plugin.RulesPublicKey, c.RulesPublicKey)
	return &plugin
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
		Clock:          ClockSystem,
		Timeout:        time.Second,
		MemoryLimitMiB: 128,
		MaxBatchBytes:  4 << 20,
		ReloadInterval: time.Second,
		StateLimitMiB:  256,

		StorageInterval: 5 * time.Second,
	}
}

func (c *SecretConfig) sources() string {
	if c.File == "" {
		return "neither"
	}
	return "both"
}
