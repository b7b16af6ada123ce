package lapidaryprocessor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap/confmaptest"
)

// Protects: the config in the README is one that the processor reads, and its
// table has every key.
func TestTheReadmesConfigIsRead(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	require.NoError(t, err)
	_, block, found := strings.Cut(string(readme), "```yaml\nprocessors:")
	require.True(t, found)
	block, _, found = strings.Cut(block, "```")
	require.True(t, found)
	path := filepath.Join(t.TempDir(), "config.yaml")
	writeFile(t, path, "processors:"+block)
	all, err := confmaptest.LoadConf(path)
	require.NoError(t, err)
	one, err := all.Sub("processors::lapidary/outside")
	require.NoError(t, err)
	config := createDefaultConfig().(*Config)
	require.NoError(t, one.Unmarshal(config))
	assert.NoError(t, config.Validate())
	assert.Len(t, config.Plugins, 3)

	for _, key := range []string{
		"`plugins`", "`plugins[].module`", "`plugins[].rules`", "`plugins[].secrets`", "`plugins[].secrets.NAME.file`, `.env`",
		"`plugins[].secrets.NAME.encoding`", "`plugins[].on_failure`", "`clock`", "`timeout`", "`memory_limit_mib`",
		"`max_batch_bytes`", "`instances`", "`reload_interval`", "`state_limit_mib`", "`storage`", "`storage_interval`", "`plugins[].sha256`",
		"`public_key`, `plugins[].public_key`", "`rules_public_key`, `plugins[].rules_public_key`", "`cache_dir`", "`plugins[].allow_rename`",
		"`faults.file`", "`faults.recipients`", "`faults.max_mib`",
	} {
		assert.Contains(t, string(readme), "\n| "+key+" |")
	}
}
