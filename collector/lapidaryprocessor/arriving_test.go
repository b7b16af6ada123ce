package lapidaryprocessor

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
)

// arriving is a processor in which other plugins take over, by their files.
type arriving struct {
	*running
	modules []string
}

// startArriving starts one with these plugins on a host.
func startArriving(t *testing.T, host component.Host, names ...string) *arriving {
	t.Helper()
	folder := t.TempDir()
	a := &arriving{}
	var plugins []PluginConfig
	for index, name := range names {
		path := filepath.Join(folder, string(rune('a'+index))+".wasm")
		a.modules = append(a.modules, path)
		copyModule(t, name, path)
		plugins = append(plugins, PluginConfig{Module: path, Rules: rulesOf(name), AllowRename: true})
	}
	a.running = create(t, func(c *Config) { storesOn(c); c.MemoryLimitMiB = 64 }, plugins...)
	require.NoError(t, a.Start(context.Background(), host))
	return a
}

// rulesOf are rules with which a plugin starts; they go with the module here.
func rulesOf(name string) any {
	if name == stateless {
		return map[string]any{"otherwise": "100%"}
	}
	return nil
}

const stateless = "sample-adaptively"

func copyModule(t *testing.T, name, to string) {
	t.Helper()
	wasm, err := os.ReadFile(module(t, name))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to+".new", wasm, 0o600))
	require.NoError(t, os.Rename(to+".new", to))
}

// swapTo has another plugin take over at one place.
func (a *arriving) swapTo(t *testing.T, index int, name string) {
	t.Helper()
	copyModule(t, name, a.modules[index])
	a.stages[index].config.Rules = rulesOf(name)
	a.reload(index)
	require.Equal(t, name, a.runs(index).manifest.Name, a.logText())
}

// keys are those of a disk, without the numbers of pages.
func (d *disk) keys() (keys []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for key := range d.held {
		keys = append(keys, key[:strings.LastIndex(key, "/")])
	}
	slices.Sort(keys)
	return keys
}

// Scenario: a chain begins with a plugin that keeps nothing; one with state takes over.
// Guarantees: its state is stored without a restart, every so often and at the end; the
// next process has it.
func TestTheFirstPluginWithStateThatComesByASwapIsStored(t *testing.T) {
	d := newDisk()
	p := startArriving(t, hostWith{diskID: d}, stateless)
	require.Nil(t, p.storing)
	p.config.StorageInterval = 10 * time.Millisecond
	p.swapTo(t, 0, misbehaving)
	p.send(t, 3)
	require.Eventually(t, func() bool { return len(d.keys()) == 1 }, 20*time.Second, time.Millisecond)
	p.end(t)
	assert.Equal(t, 1, d.closed)

	p = startArriving(t, hostWith{diskID: d}, misbehaving)
	assert.Equal(t, 3, p.batchesSeen())
	p.end(t)
}

// Scenario: an earlier process left a state; the chain begins without its plugin, which
// then takes over.
// Guarantees: it has what was left, as after a start, and nothing older than what it
// stores comes back later.
func TestAPluginThatComesByASwapHasWhatWasStored(t *testing.T) {
	d := newDisk()
	p := startArriving(t, hostWith{diskID: d}, misbehaving)
	p.send(t, 3)
	p.end(t)

	p = startArriving(t, hostWith{diskID: d}, stateless)
	p.swapTo(t, 0, misbehaving)
	assert.Contains(t, p.logText(), "took over the state that was stored, 1 entries")
	assert.Equal(t, 3, p.batchesSeen())
	p.send(t, 2)
	p.end(t)
	p = startArriving(t, hostWith{diskID: d}, misbehaving)
	assert.Equal(t, 5, p.batchesSeen())
	p.end(t)
}

// Scenario: beside a plugin with state another takes over from one that keeps nothing,
// goes again, and comes again.
// Guarantees: each has its own place; what goes for good leaves nothing behind.
func TestPluginsThatComeAndGoHaveTheirOwnPlaces(t *testing.T) {
	d := newDisk()
	p := startArriving(t, hostWith{diskID: d}, misbehaving, stateless)
	p.send(t, 1)
	p.swapTo(t, 1, misbehaving)
	p.send(t, 1)
	p.storeAll(context.Background())
	assert.Equal(t, []string{"misbehaving/0", "misbehaving/1"}, d.keys())
	assert.NotContains(t, p.logText(), "is stored behind")

	p.swapTo(t, 1, stateless)
	p.storeAll(context.Background())
	assert.Equal(t, []string{"misbehaving/0"}, d.keys())
	p.swapTo(t, 1, misbehaving)
	p.send(t, 1)
	p.end(t)
	assert.Equal(t, []string{"misbehaving/0", "misbehaving/1"}, d.keys())

	p = startArriving(t, hostWith{diskID: d}, misbehaving, misbehaving)
	assert.Equal(t, 3, p.batchesSeen())
	assert.Equal(t, byte(1), p.state(1)[0].Value[7])
	p.end(t)
}

// Scenario: a plugin takes over before another of its name.
// Guarantees: neither writes over the other, and the log says what a start would do.
func TestAPluginThatComesBeforeItsTwinTakesNotItsPlace(t *testing.T) {
	d := newDisk()
	p := startArriving(t, hostWith{diskID: d}, stateless, misbehaving)
	p.send(t, 3)
	p.swapTo(t, 0, misbehaving)
	p.send(t, 1)
	p.storeAll(context.Background())
	assert.Equal(t, []string{"misbehaving/0", "misbehaving/1"}, d.keys())
	assert.Contains(t, p.logText(), "the state is stored behind that of another plugin of its name")
	p.end(t)
}

// Scenario: one plugin with state takes over from another.
// Guarantees: the new one is stored, and of the old one nothing stays.
func TestOnePluginWithStateTakesTheStorageOfAnother(t *testing.T) {
	d := newDisk()
	p := startArriving(t, hostWith{diskID: d}, misbehaving)
	p.send(t, 3)
	p.storeAll(context.Background())
	require.Equal(t, []string{"misbehaving/0"}, d.keys())
	p.config.Plugins[0].Rules = nil
	p.stages[0].config.Rules = "../../rules/enrich-order-status/base.yaml"
	copyModule(t, "enrich-order-status", p.modules[0])
	p.reload(0)
	require.Equal(t, "enrich-order-status", p.runs(0).manifest.Name, p.logText())
	assert.Empty(t, d.keys(), "the state of the old one is over")
	p.end(t)
}

// Scenario: a plugin with state takes over where the storage is not there.
// Guarantees: it is refused in the words of a start, and what runs stays.
func TestAPluginThatCouldNotBeStoredDoesNotTakeOver(t *testing.T) {
	p := startArriving(t, componenttest.NewNopHost(), stateless)
	copyModule(t, misbehaving, p.modules[0])
	p.stages[0].config.Rules = nil
	p.reload(0)
	assert.Equal(t, stateless, p.runs(0).manifest.Name)
	assert.Contains(t, p.logText(), "refused, the running generation stays:\n"+
		"lapidary: storage: found no extension `file_storage/state`; expected one that `service.extensions` lists")
	p.end(t)
}
