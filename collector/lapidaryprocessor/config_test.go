package lapidaryprocessor

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap/confmaptest"
)

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
	}, config)
}

func TestEverythingThatIsWrongInTheConfigIsSaidAtOnce(t *testing.T) {
	assert.EqualError(t, loadConfig(t, "lapidary/wrong").Validate(), `clock: found `+"`sundial`; expected `system` or `event_time`"+`
timeout: found 0s; expected more than 0s
memory_limit_mib: found 0; expected 1 to 4096
max_batch_bytes: found -1; expected 0 or more
instances: found -1; expected 0 or more
reload_interval: found -1s; expected 0s or more
snapshot_interval: found -1s; expected 0s or more
plugins[0].module: found nothing; expected the path of a .wasm file
plugins[0].rules: found 7; expected a path, a list of paths or a map
plugins[0].on_failure: found `+"`drop`; expected `block` or `pass`"+`
plugins[1].rules[1]: found map[keys:[]]; expected the path of a YAML file
plugins[1].secrets.both: found both; expected either `+"`file` or `env`"+`
plugins[1].secrets.neither: found neither; expected either `+"`file` or `env`"+`
plugins[1].secrets.neither.encoding: found `+"`rot13`; expected `raw`, `hex` or `base64`")
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
	assert.Equal(t, 10*time.Second, config.SnapshotInterval)
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
