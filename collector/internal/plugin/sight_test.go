package plugin

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/lapidary-dev/lapidary/collector/internal/view"
)

// planted is a batch with a text of its own in every place that can hold one.
type planted struct {
	traces ptrace.Traces
	places []string
}

func (p *planted) text(place string) string {
	p.places = append(p.places, place)
	// What an allocator puts over both ends of memory that it got back must not
	// hide the rest.
	return "anna@example.org, whose address is " + plantedIn + place + ", for a test of sight"
}

const plantedIn = "planted in "

func (p *planted) attributes(of string, attributes pcommon.Map) {
	attributes.PutStr("customer.note", p.text("an attribute of "+of))
	attributes.PutStr("key of "+of+", "+p.text("a key of "+of), "value")
	attributes.PutEmptyBytes("raw").FromRaw([]byte(p.text("bytes of " + of)))
	inside := attributes.PutEmptyMap("customer").PutEmptySlice("list")
	inside.AppendEmpty().SetStr(p.text("a list of " + of))
	inside.AppendEmpty().SetEmptyMap().PutStr("name", p.text("a map of "+of))
}

func plant() *planted {
	p := &planted{traces: ptrace.NewTraces()}
	resource := p.traces.ResourceSpans().AppendEmpty()
	resource.SetSchemaUrl(p.text("a resource's schema URL"))
	p.attributes("a resource", resource.Resource().Attributes())
	scope := resource.ScopeSpans().AppendEmpty()
	scope.SetSchemaUrl(p.text("a scope's schema URL"))
	scope.Scope().SetName(p.text("a scope's name"))
	scope.Scope().SetVersion(p.text("a scope's version"))
	p.attributes("a scope", scope.Scope().Attributes())
	span := scope.Spans().AppendEmpty()
	span.SetName(p.text("a span's name"))
	span.TraceState().FromRaw(p.text("a trace state"))
	span.Status().SetMessage(p.text("a status message"))
	p.attributes("a span", span.Attributes())
	event := span.Events().AppendEmpty()
	event.SetName(p.text("an event's name"))
	p.attributes("an event", event.Attributes())
	link := span.Links().AppendEmpty()
	link.TraceState().FromRaw(p.text("a link's trace state"))
	p.attributes("a link", link.Attributes())
	return p
}

// Guarantees: what a plugin did not ask for is nowhere in its memory, and what it
// asked for is. What each of ours asks for is said here once more.
func TestWhatAPluginDidNotAskForIsNowhereInItsMemory(t *testing.T) {
	asked := map[string][]string{
		"sample-adaptively":   {"a trace state"},
		"hash-operator-id":    nil,
		"enrich-order-status": {"a span's name"},
		// It asks for everything.
		"misbehaving": nil,
	}
	for name, places := range asked {
		t.Run(name, func(t *testing.T) {
			p := plant()
			memory := memoryAfter(t, name, p.traces)
			for _, place := range p.places {
				isAsked := name == "misbehaving" || slices.Contains(places, place)
				assert.Equal(t, isAsked, bytes.Contains(memory, []byte(plantedIn+place+",")), place)
			}
		})
	}
}

// memoryAfter returns all memory of an instance that has worked on a batch by the
// base rules of its plugin.
func memoryAfter(t *testing.T, name string, traces ptrace.Traces) []byte {
	t.Helper()
	root := filepath.Join("..", "..", "..")
	wasm, err := os.ReadFile(filepath.Join(root, "dist", name+".wasm"))
	require.NoError(t, err, "build the components first: `make build` in the project's root")
	rules := []Document{}
	if name != "misbehaving" {
		text, err := os.ReadFile(filepath.Join(root, "rules", name, "base.yaml"))
		require.NoError(t, err)
		rules = append(rules, Document{Name: "base.yaml", Text: string(text)})
	}
	module := compile(t, wasm, Settings{Timeout: time.Minute, MemoryLimitMiB: 128})
	host := &recordingHost{secrets: map[string][]byte{"operator-key-1": bytes.Repeat([]byte{7}, 32)}}
	instance, err := module.NewInstance(host)
	require.NoError(t, err)
	configured, problems, err := instance.Configure(rules)
	require.NoError(t, err)
	require.Empty(t, problems)
	viewer, err := view.New(configured.Sight)
	require.NoError(t, err)
	seen := viewer.Make(nil, traces, 0, view.All, 0)
	_, err = instance.Process(seen.Bytes, testNow, time.Minute, func([]byte, Made) error { return nil })
	require.NoError(t, err)
	memory, ok := instance.memory.Read(0, instance.memory.Size())
	require.True(t, ok)
	return memory
}
