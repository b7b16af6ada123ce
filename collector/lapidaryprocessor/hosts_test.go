package lapidaryprocessor

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/envprovider"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
	"go.opentelemetry.io/collector/confmap/provider/yamlprovider"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
	"go.yaml.in/yaml/v3"
)

// TestHosts runs the corpus that every host runs; its format stands in
// testdata/hosts/README.md.
func TestHosts(t *testing.T) {
	folders, err := filepath.Glob(filepath.Join("..", "..", "testdata", "hosts", "*", "case.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, folders, "testdata/hosts has no cases")
	for _, file := range folders {
		folder := filepath.Dir(file)
		t.Run(filepath.Base(folder), func(t *testing.T) { newHostCase(t, folder).run(t) })
	}
}

// hostCase is a folder of the corpus, copied to where it is played.
type hostCase struct {
	Processor string            `yaml:"processor"`
	Env       map[string]string `yaml:"env"`
	About     string            `yaml:"about"`

	folder string
}

// hostExpected is what passes and what is logged.
type hostExpected struct {
	Passes []any     `json:"passes"`
	Log    []hostLog `json:"log"`
}

type hostLog struct{ Level, Plugin, Message string }

func newHostCase(t *testing.T, from string) *hostCase {
	t.Helper()
	c := &hostCase{folder: t.TempDir()}
	require.NoError(t, os.CopyFS(c.folder, os.DirFS(from)))
	dist, err := filepath.Abs(filepath.Join("..", "..", "dist"))
	require.NoError(t, err)
	require.NoError(t, os.Symlink(dist, filepath.Join(c.folder, "dist")))
	require.NoError(t, yaml.Unmarshal(c.read(t, "case.yaml"), c))
	return c
}

func (c *hostCase) read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(c.folder, name))
	require.NoError(t, err)
	return text
}

func (c *hostCase) has(name string) bool {
	_, err := os.Stat(filepath.Join(c.folder, name))
	return err == nil
}

func (c *hostCase) run(t *testing.T) {
	t.Chdir(c.folder)
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "HOSTS_") {
			require.NoError(t, os.Unsetenv(name))
		}
	}
	for name, value := range c.Env {
		t.Setenv(name, value)
	}
	core, logs := observer.New(zap.InfoLevel)
	sink := new(consumertest.TracesSink)
	p, err := c.start(t, zap.New(core), sink)
	if c.has("error.txt") {
		require.Error(t, err, c.About)
		c.checkRefusal(t, err)
		return
	}
	require.NoError(t, err, c.About)
	if c.has("batches.jsonl") {
		for line := range bytes.Lines(c.read(t, "batches.jsonl")) {
			if len(bytes.TrimSpace(line)) == 0 {
				continue
			}
			traces, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(line)
			require.NoError(t, err)
			assert.NoError(t, send(p, traces))
		}
	}
	require.NoError(t, p.Shutdown(context.Background()))

	var expected hostExpected
	require.NoError(t, json.Unmarshal(c.read(t, "expected.json"), &expected))
	c.checkPasses(t, expected.Passes, sink.AllTraces())
	c.checkLog(t, expected.Log, logs.All())
}

// send hands a batch over as a sender does, who tries again with a copy of its own.
func send(p processor.Traces, traces ptrace.Traces) (err error) {
	for range 1 + maxTrips {
		again := ptrace.NewTraces()
		traces.CopyTo(again)
		if err = p.ConsumeTraces(context.Background(), again); err == nil || consumererror.IsPermanent(err) {
			return err
		}
	}
	return err
}

// start does what a Collector does with its config until spans come.
func (c *hostCase) start(t *testing.T, logger *zap.Logger, sink *consumertest.TracesSink) (processor.Traces, error) {
	t.Helper()
	resolver, err := confmap.NewResolver(confmap.ResolverSettings{
		URIs: []string{"file:collector.yaml"},
		ProviderFactories: []confmap.ProviderFactory{
			envprovider.NewFactory(), fileprovider.NewFactory(), yamlprovider.NewFactory(),
		},
		DefaultScheme: "env",
	})
	require.NoError(t, err)
	conf, err := resolver.Resolve(context.Background())
	if err != nil {
		return nil, err
	}
	all, err := conf.Sub("processors")
	if err != nil {
		return nil, err
	}
	one, err := all.Sub(c.Processor)
	if err != nil {
		return nil, err
	}
	factory := NewFactory()
	config := factory.CreateDefaultConfig()
	if err := one.Unmarshal(config); err != nil {
		return nil, err
	}
	if err := confmap.Validate(config); err != nil {
		return nil, err
	}
	set := processor.Settings{TelemetrySettings: componenttest.NewNopTelemetrySettings()}
	require.NoError(t, set.ID.UnmarshalText([]byte(c.Processor)))
	set.Logger = logger
	handedOn.clear()
	// Whatever is wrong is told by then, for `otelcol validate` goes no further.
	p, err := factory.CreateTraces(context.Background(), set, config, sink)
	if err != nil {
		return nil, err
	}
	return p, p.Start(context.Background(), componenttest.NewNopHost())
}

// refusedPlugin stands before the problems of one plugin.
var refusedPlugin = regexp.MustCompile(`^\S+: plugins\[\d+\] refused:$`)

func (c *hostCase) checkRefusal(t *testing.T, err error) {
	t.Helper()
	var lines []string
	for line := range strings.SplitSeq(err.Error(), "\n") {
		if !refusedPlugin.MatchString(line) {
			lines = append(lines, strings.ReplaceAll(line, c.folder, "DIR"))
		}
	}
	text := strings.TrimSuffix(string(c.read(t, "error.txt")), "\n")
	var pattern strings.Builder
	for index, line := range strings.Split(text, "\n") {
		if index > 0 {
			pattern.WriteString("\n")
		}
		if line == "…" {
			pattern.WriteString(`(?s:.+)`)
			continue
		}
		pattern.WriteString(wildcards(line))
	}
	found := strings.Join(lines, "\n")
	if !regexp.MustCompile(`^` + pattern.String() + `$`).MatchString(found) {
		assert.Equal(t, text, found)
	}
}

// wildcards makes a pattern of a text in which `…` stands for any other.
func wildcards(text string) string {
	parts := strings.Split(text, "…")
	for index := range parts {
		parts[index] = regexp.QuoteMeta(parts[index])
	}
	return strings.Join(parts, `.*`)
}

func (c *hostCase) checkLog(t *testing.T, expected []hostLog, entries []observer.LoggedEntry) {
	t.Helper()
	var found []string
	for _, entry := range entries {
		fields := entry.ContextMap()
		name, _ := fields["plugin"].(string)
		message := strings.ReplaceAll(entry.Message, c.folder, "DIR")
		for _, field := range []string{"error", "reason"} {
			if cause, ok := fields[field].(string); ok {
				message += ": " + cause
			}
		}
		found = append(found, logLine(entry.Level, name, message))
	}
	for _, line := range expected {
		var level zapcore.Level
		require.NoError(t, level.UnmarshalText([]byte(line.Level)))
		pattern := regexp.MustCompile(`^` + wildcards(logLine(level, line.Plugin, line.Message)) + `$`)
		at := slices.IndexFunc(found, pattern.MatchString)
		if !assert.GreaterOrEqual(t, at, 0, "not logged: %s\nleft: %s", logLine(level, line.Plugin, line.Message), strings.Join(found, "\n")) {
			continue
		}
		found = slices.Delete(found, at, at+1)
	}
	assert.Empty(t, found, "logged, too")
}

func logLine(level zapcore.Level, name, message string) string {
	return level.String() + " [" + name + "] " + message
}

func (c *hostCase) checkPasses(t *testing.T, expected []any, passed []ptrace.Traces) {
	t.Helper()
	var want, found []string
	for _, object := range expected {
		text, err := json.Marshal(object)
		require.NoError(t, err)
		traces, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(text)
		require.NoError(t, err)
		want = append(want, singles(t, traces)...)
	}
	for _, traces := range passed {
		found = append(found, singles(t, traces)...)
	}
	assert.ElementsMatch(t, want, found)
}

// singles returns every span on its own with its resource and scope, and so
// each resource and each scope without spans, in the corpus' normal form.
func singles(t *testing.T, traces ptrace.Traces) []string {
	t.Helper()
	var all []string
	for _, resource := range traces.ResourceSpans().All() {
		alone := func() (ptrace.Traces, ptrace.ResourceSpans) {
			single := ptrace.NewTraces()
			to := single.ResourceSpans().AppendEmpty()
			resource.Resource().CopyTo(to.Resource())
			to.SetSchemaUrl(resource.SchemaUrl())
			return single, to
		}
		if resource.ScopeSpans().Len() == 0 {
			single, _ := alone()
			all = append(all, normal(t, single))
		}
		for _, scope := range resource.ScopeSpans().All() {
			for index := range max(scope.Spans().Len(), 1) {
				single, to := alone()
				toScope := to.ScopeSpans().AppendEmpty()
				scope.Scope().CopyTo(toScope.Scope())
				toScope.SetSchemaUrl(scope.SchemaUrl())
				if index < scope.Spans().Len() {
					scope.Spans().At(index).CopyTo(toScope.Spans().AppendEmpty())
				}
				all = append(all, normal(t, single))
			}
		}
	}
	return all
}

func normal(t *testing.T, traces ptrace.Traces) string {
	t.Helper()
	resource := traces.ResourceSpans().At(0)
	sortAttributes(resource.Resource().Attributes())
	for _, scope := range resource.ScopeSpans().All() {
		sortAttributes(scope.Scope().Attributes())
		for _, span := range scope.Spans().All() {
			sortAttributes(span.Attributes())
			for _, event := range span.Events().All() {
				sortAttributes(event.Attributes())
			}
			for _, link := range span.Links().All() {
				sortAttributes(link.Attributes())
			}
		}
	}
	text, err := (&ptrace.JSONMarshaler{}).MarshalTraces(traces)
	require.NoError(t, err)
	return string(text)
}

func sortAttributes(attributes pcommon.Map) {
	sorted := pcommon.NewMap()
	for _, key := range slices.Sorted(func(yield func(string) bool) {
		for key := range attributes.All() {
			if !yield(key) {
				return
			}
		}
	}) {
		value, _ := attributes.Get(key)
		if value.Type() == pcommon.ValueTypeMap {
			sortAttributes(value.Map())
		}
		value.CopyTo(sorted.PutEmpty(key))
	}
	sorted.MoveTo(attributes)
}
