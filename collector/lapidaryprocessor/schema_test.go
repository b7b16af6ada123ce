package lapidaryprocessor

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// schema is as much of a schema as the tests look at.
type schema struct {
	Properties map[string]struct {
		Description string
		Default     any
	}
	Defs map[string]*schema `yaml:"$defs"`
}

// keysThatAreKnown are those of a map that a config has there, as a message about an
// unknown one lists them.
func keysThatAreKnown(t *testing.T, raw map[string]any, place string) []string {
	t.Helper()
	var config Config
	for _, err := range config.read(raw) {
		if list, ok := strings.CutPrefix(err.Error(), place+"unknown: found an unknown key; expected one of "); ok {
			return strings.Split(strings.Trim(list, "`"), "`, `")
		}
	}
	require.Fail(t, "no message lists the keys")
	return nil
}

// Guarantees: the schema has the very keys that are read, and the defaults that are.
func TestTheSchemaIsOfTheConfigThatIsRead(t *testing.T) {
	text, err := os.ReadFile("config.schema.yaml")
	require.NoError(t, err)
	var all schema
	require.NoError(t, yaml.Unmarshal(text, &all))
	plugin := map[string]any{"module": "m", "unknown": 1, "secrets": map[string]any{"s": map[string]any{"file": "f", "unknown": 1}}}
	raw := map[string]any{"plugins": []any{plugin}, "faults": map[string]any{"unknown": 1}, "unknown": 1}
	assert.ElementsMatch(t, keysThatAreKnown(t, raw, ""), slices.Collect(maps.Keys(all.Properties)))
	assert.ElementsMatch(t, keysThatAreKnown(t, raw, "plugins[0]."), slices.Collect(maps.Keys(all.Defs["plugin_config"].Properties)))
	assert.ElementsMatch(t, keysThatAreKnown(t, raw, "plugins[0].secrets.s."), slices.Collect(maps.Keys(all.Defs["secret_config"].Properties)))

	assert.ElementsMatch(t, keysThatAreKnown(t, raw, "faults."), slices.Collect(maps.Keys(all.Defs["faults_config"].Properties)))
	assert.EqualValues(t, defaultFaultsMiB, all.Defs["faults_config"].Properties["max_mib"].Default)

	defaults := createDefaultConfig().(*Config).asMap()
	for key, property := range all.Properties {
		if property.Default != nil {
			assert.EqualValues(t, defaults[key], property.Default, key)
		}
	}
}

// Guarantees: the README tells every metric that the processor has, and no other.
func TestTheReadmeTellsEveryMetric(t *testing.T) {
	text, err := os.ReadFile("metadata.yaml")
	require.NoError(t, err)
	var all struct {
		Telemetry struct{ Metrics map[string]any }
	}
	require.NoError(t, yaml.Unmarshal(text, &all))
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	require.NoError(t, err)
	_, table, found := strings.Cut(string(readme), "| Metric, after `otelcol_processor_lapidary_` |")
	require.True(t, found)
	table, _, _ = strings.Cut(table, "\n\n")
	var told []string
	for row := range strings.Lines(table) {
		first, _, _ := strings.Cut(strings.TrimPrefix(row, "| "), " | ")
		first, _, _ = strings.Cut(first, ", by ")
		for name := range strings.SplitSeq(first, ", ") {
			if name, ok := strings.CutPrefix(name, "`"); ok {
				told = append(told, "processor_lapidary_"+strings.TrimSuffix(name, "`"))
			}
		}
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(all.Telemetry.Metrics)), told)
}
