package lapidaryprocessor

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"
	"go.opentelemetry.io/collector/confmap/provider/envprovider"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
)

// recipient is one whose key nobody kept.
const recipient = "age1p3hp85khjqceq3j5zv898zqs9u2hhtnlgcr5ntxl7w2ea4dshavqxzpjs9"

func loadConfig(t *testing.T, name string) *Config {
	t.Helper()
	all, err := confmaptest.LoadConf(filepath.Join("testdata", "config.yaml"))
	require.NoError(t, err)
	one, err := all.Sub(name)
	require.NoError(t, err)
	config := createDefaultConfig().(*Config)
	require.NoError(t, one.Unmarshal(config))
	return config
}

func TestEveryKeyOfTheConfigIsRead(t *testing.T) {
	config := loadConfig(t, "lapidary/outside")
	assert.NoError(t, config.Validate())
	assert.Equal(t, &Config{
		Plugins: []PluginConfig{
			{Module: "plugins/redact-pii.wasm", Rules: "rules/redact-pii/base.yaml"},
			{Module: "plugins/enrich-order-status.wasm", Rules: []any{"rules/enrich-order-status/base.yaml", "rules/enrich-order-status/production.yaml"}},
			{
				Module: "plugins/hash-operator-id.wasm",
				Rules:  map[string]any{"keys": []any{map[string]any{"id": "1", "secret": "operator-key-1"}}},
				Secrets: map[string]SecretConfig{
					"operator-key-1": {File: "secrets/operator-key-1", Encoding: EncodingBase64},
					"operator-key-2": {Env: "OPERATOR_KEY_2"},
				},
				OnFailure: "pass",
			},
		},
		Clock:          ClockEventTime,
		Timeout:        250 * time.Millisecond,
		MemoryLimitMiB: 64,
		MaxBatchBytes:  1 << 20,
		Instances:      4,
		StateLimitMiB:  16,

		Storage:         &diskID,
		StorageInterval: 2 * time.Second,

		Faults: &FaultsConfig{File: "/var/lib/otelcol/faults.age", Recipients: []string{recipient}, MaxMiB: 16},
	}, config)
}

func TestEverythingThatIsWrongInTheConfigIsSaidAtOnce(t *testing.T) {
	assert.EqualError(t, loadConfig(t, "lapidary/wrong").Validate(), `clock: found `+"`sundial`; expected `system` or `event_time`"+`
timeout: found 0s; expected more than 0s
memory_limit_mib: found 0; expected a whole number from 1 to 4096
max_batch_bytes: found -1; expected a whole number of 0 or more
instances: found -1; expected a whole number of 0 or more
reload_interval: found -1s; expected 0s or more
state_limit_mib: found 0; expected a whole number from 1 to 4096
storage: found `+"`file storage`; expected the name of an extension such as `file_storage` or `file_storage/state`"+`
storage_interval: found 0s; expected 100ms or more
faults.file: found nothing; expected the path of a file
faults.recipients: found none; expected a list of recipients such as `+"`age1…`"+`
faults.max_mib: found 0; expected a whole number from 1 to 1048576
plugins[0].module: found nothing; expected the path of a .wasm file
plugins[0].rules: found 7; expected a path, a list of paths or a map
plugins[0].on_failure: found `+"`drop`; expected `block` or `pass`"+`
plugins[1].rules[1]: found a map; expected the path of a YAML file
plugins[1].secrets.both: found both; expected either `+"`file` or `env`"+`
plugins[1].secrets.neither: found neither; expected either `+"`file` or `env`"+`
plugins[1].secrets.neither.encoding: found a text; expected `+"`raw`, `hex` or `base64`")
}

func TestDefaultsAreWhatTheDocumentationSays(t *testing.T) {
	config := createDefaultConfig().(*Config)
	assert.EqualError(t, config.Validate(), "plugins: found none; expected one or more")
	config.Plugins = []PluginConfig{{Module: "a.wasm"}}
	assert.NoError(t, config.Validate())
	assert.Equal(t, time.Second, config.Timeout)
	assert.EqualValues(t, 128, config.MemoryLimitMiB)
	assert.Equal(t, 4194304, config.MaxBatchBytes)
	assert.Equal(t, time.Second, config.ReloadInterval)
	assert.Equal(t, 256, config.StateLimitMiB)
	assert.Nil(t, config.Storage)
	assert.Nil(t, config.Faults)
	assert.Equal(t, 5*time.Second, config.StorageInterval)
}

func TestASecretIsDecodedLikeOnTheCommandLine(t *testing.T) {
	for _, c := range []struct {
		encoding Encoding
		encoded  string
		decoded  string
		problem  string
	}{
		{"", "key\r\n", "key", ""},
		{EncodingRaw, "key\r", "key\r", ""},
		{EncodingRaw, "key\n\n", "key\n", ""},
		{EncodingHex, "00ff\r\n", "\x00\xff", ""},
		{EncodingBase64, "AP8=\n", "\x00\xff", ""},
		{EncodingRaw, "\n", "", "found an empty secret; expected one of 1 byte or more"},
		{EncodingHex, "hunter2", "", "found text that is not hex; expected two hex digits a byte"},
		{EncodingBase64, "hunter2", "", "found text that is not base64; expected the standard alphabet with padding"},
		{EncodingBase64, "AP\n8=", "", "found text that is not base64; expected the standard alphabet with padding"},
	} {
		secret := SecretConfig{Encoding: c.encoding}
		decoded, err := secret.decode([]byte(c.encoded))
		if c.problem != "" {
			assert.EqualError(t, err, c.problem)
			continue
		}
		assert.NoError(t, err)
		assert.Equal(t, c.decoded, string(decoded))
	}
}

// Protects: what is wrong is told in one go and in our words, also where the
// Collector's own reading would stop, cut a number or take `5` for 5 ns.
func TestWhatIsNotOfTheRightKindIsSaidAtOnce(t *testing.T) {
	assert.EqualError(t, loadConfig(t, "lapidary/kinds").Validate(), strings.Join([]string{
		"clock: found a list; expected `system` or `event_time`",
		"timeout: found 5; expected a duration such as `500ms` or `1m30s`",
		"memory_limit_mib: found 4294967297; expected a whole number from 1 to 4096",
		"max_batch_bytes: found 1.5; expected a whole number of 0 or more",
		"instances: found `4`; expected a whole number of 0 or more",
		"reload_interval: found `1d`; expected a duration such as `500ms` or `1m30s`",
		"storage: found a list; expected the name of an extension such as `file_storage` or `file_storage/state`",
		"faults.file: found a list; expected the path of a file",
		"faults.recipients[0]: found a secret key; expected its recipient, which `age-keygen -y` prints",
		"faults.recipients[1]: found `age1p3hp85khjqceq3j5zv898zqs9u2hhtnlgcr5ntxl7w2ea4dshavqxzpjsx`; expected a recipient such as `age1…`, as `age-keygen` prints it",
		"faults.recipients[2]: found a text; expected a recipient such as `age1…`, as `age-keygen` prints it",
		"faults.recipients[3]: found a number; expected a recipient such as `age1…`, as `age-keygen` prints it",
		"faults.max_mb: found an unknown key; expected one of `file`, `recipients`, `max_mib`",
		"plugins[0]: found `redact`; expected a map with a module",
		"plugins[1].module: found a map; expected the path of a .wasm file",
		"plugins[1].rules: found an empty list; expected paths of YAML files",
		"plugins[1].secrets: found a text; expected a map of secrets",
		"plugins[1].on_fail: found an unknown key; expected one of `module`, `rules`, `secrets`, `sight`, `on_failure`, `shadow`, `sha256`, `public_key`, `rules_public_key`, `allow_rename`",
		"plugins[2].secrets.key: found a text; expected either `file` or `env`",
		"plugins[2].secrets.pin.file: found a number; expected the path of a file",
		"colour: found an unknown key; expected one of `plugins`, `clock`, `timeout`, `memory_limit_mib`, `max_batch_bytes`, `instances`, `reload_interval`, `state_limit_mib`, `storage`, `storage_interval`, `faults`, `public_key`, `rules_public_key`, `cache_dir`",
	}, "\n"))
}

// Protects: rules inside a config reach the plugin with the value of a
// variable, and texts as they were written.
func TestVariablesInsideAConfigAreWhatTheyStandFor(t *testing.T) {
	t.Setenv("LAPIDARY_TEST_NUMBER", "010")
	t.Setenv("LAPIDARY_TEST_LIST", "[010, a]")
	path := filepath.Join(t.TempDir(), "collector.yaml")
	writeFile(t, path, `
plugins:
  - module: ${env:LAPIDARY_TEST_NUMBER}
    rules: { one: "${env:LAPIDARY_TEST_NUMBER}", deep: { all: [ "${env:LAPIDARY_TEST_LIST}" ] } }
memory_limit_mib: ${env:LAPIDARY_TEST_NUMBER}
`)
	resolver, err := confmap.NewResolver(confmap.ResolverSettings{
		URIs:              []string{path},
		ProviderFactories: []confmap.ProviderFactory{envprovider.NewFactory(), fileprovider.NewFactory()},
		DefaultScheme:     "env",
	})
	require.NoError(t, err)
	conf, err := resolver.Resolve(context.Background())
	require.NoError(t, err)
	config := createDefaultConfig().(*Config)
	require.NoError(t, conf.Unmarshal(config))
	require.NoError(t, config.Validate())
	assert.Equal(t, "010", config.Plugins[0].Module)
	assert.EqualValues(t, 8, config.MemoryLimitMiB)
	assert.Equal(t, map[string]any{"one": 8, "deep": map[string]any{"all": []any{[]any{8, "a"}}}}, config.Plugins[0].Rules)
}
