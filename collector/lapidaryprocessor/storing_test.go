package lapidaryprocessor

import (
	"context"
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// disk is a storage extension and its only client. Each batch is written whole.
type disk struct {
	component.StartFunc
	component.ShutdownFunc
	mu     sync.Mutex
	held   map[string][]byte
	full   bool
	writes int
	closed int
	// slow is waited for by every write, where it is there.
	slow chan struct{}
}

func newDisk() *disk { return &disk{held: make(map[string][]byte)} }

func (d *disk) GetClient(context.Context, component.Kind, component.ID, string) (storage.Client, error) {
	return d, nil
}

func (d *disk) Batch(_ context.Context, operations ...*storage.Operation) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, operation := range operations {
		if operation.Type == storage.Get {
			operation.Value = d.held[operation.Key]
			continue
		}
		if d.slow != nil {
			<-d.slow
		}
		if d.full {
			return storage.ErrStorageFull
		}
		d.writes++
		if operation.Type == storage.Set {
			d.held[operation.Key] = operation.Value
		} else {
			delete(d.held, operation.Key)
		}
	}
	return nil
}

func (d *disk) Get(context.Context, string) ([]byte, error) { return nil, errors.ErrUnsupported }
func (d *disk) Set(context.Context, string, []byte) error   { return errors.ErrUnsupported }
func (d *disk) Delete(context.Context, string) error        { return errors.ErrUnsupported }
func (d *disk) Close(context.Context) error                 { d.closed++; return nil }

// killed is the disk as the next process finds it.
func (d *disk) killed() *disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	return &disk{held: maps.Clone(d.held)}
}

func (d *disk) setFull(full bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.full = full
}

// hostWith is a Collector with these extensions.
type hostWith map[component.ID]component.Component

func (h hostWith) GetExtensions() map[component.ID]component.Component { return h }

var diskID = component.MustNewIDWithName("file_storage", "state")

// storesOn makes a config store; the test does it by hand.
func storesOn(c *Config) {
	c.Storage = &diskID
	c.StorageInterval = time.Hour
}

// startOn starts a processor that stores on a disk, and does not stop it.
func startOn(t *testing.T, d *disk, lines ...string) *running {
	t.Helper()
	p := create(t, storesOn, PluginConfig{Module: module(t, misbehaving), Rules: rules(lines...)})
	require.NoError(t, p.Start(context.Background(), hostWith{diskID: d}))
	return p
}

func (r *running) send(t *testing.T, count int) {
	t.Helper()
	for range count {
		require.NoError(t, r.ConsumeTraces(context.Background(), batch("a")))
	}
}

func (r *running) end(t *testing.T) {
	t.Helper()
	require.NoError(t, r.Shutdown(context.Background()))
}

// batchesSeen is what the plugin remembers: how many batches it saw.
func (r *running) batchesSeen() int {
	all := r.state(0)
	if len(all) == 0 {
		return 0
	}
	return int(all[0].Value[7])
}

// Protects: what a plugin keeps is there after the process, and its last spans are
// not made while it is.
func TestStateOutlivesTheProcess(t *testing.T) {
	d := newDisk()
	p := startOn(t, d, "tick: repeat")
	p.send(t, 3)
	p.end(t)
	assert.Equal(t, 3, p.sink.SpanCount(), "no last spans")
	assert.Equal(t, 1, d.closed)

	p = startOn(t, d)
	assert.Equal(t, 3, p.batchesSeen())
	assert.Contains(t, p.logText(), "took over the state that was stored, 1 entries")
	p.send(t, 2)
	p.end(t)
	p = startOn(t, d)
	assert.Equal(t, 5, p.batchesSeen())
	p.end(t)
}

// Scenario: the process is killed between two saves.
// Guarantees: what the next one has is the state of the last save.
func TestAKillCostsWhatWasNotStoredYet(t *testing.T) {
	d := newDisk()
	p := startOn(t, d)
	p.send(t, 3)
	p.storeAll(context.Background())
	p.send(t, 2)
	left := d.killed()
	p.end(t)
	next := startOn(t, left)
	assert.Equal(t, 3, next.batchesSeen())
	next.end(t)
}

// Protects: what is stored is stored every so often, without being asked to.
func TestStateIsStoredAtAnInterval(t *testing.T) {
	d := newDisk()
	p := create(t, func(c *Config) { storesOn(c); c.StorageInterval = 100 * time.Millisecond },
		PluginConfig{Module: module(t, misbehaving)})
	require.NoError(t, p.Start(context.Background(), hostWith{diskID: d}))
	p.send(t, 1)
	require.Eventually(t, func() bool { return len(d.killed().held) == 1 }, 20*time.Second, 10*time.Millisecond)
	time.Sleep(300 * time.Millisecond)
	d.mu.Lock()
	assert.Equal(t, 1, d.writes, "what did not change is not written again")
	d.mu.Unlock()
	p.end(t)
}

// Protects: a full disk is a warning and no more; what it refused is written once
// there is room.
func TestAFullDiskIsAWarning(t *testing.T) {
	d := newDisk()
	p := startOn(t, d)
	d.setFull(true)
	for range 12 {
		p.send(t, 1)
		p.storeAll(context.Background())
	}
	assert.Equal(t, 12, p.sink.SpanCount())
	const refused = "the state cannot be stored, what changed stays in memory and is tried again"
	assert.Equal(t, 2, strings.Count(p.logText(), refused), "said at the first and at the tenth")
	assert.Contains(t, p.logText(), storage.ErrStorageFull.Error())
	d.setFull(false)
	p.storeAll(context.Background())
	assert.Contains(t, p.logText(), "the state is stored again")
	next := startOn(t, d.killed())
	assert.Equal(t, 12, next.batchesSeen())
	next.end(t)

	d.setFull(true)
	p.send(t, 1)
	p.end(t)
	assert.Contains(t, p.logText(), "the state was not stored at the end, what changed since it was last is lost")
}

// Scenario: a write takes as long as the test likes.
// Guarantees: batches go through meanwhile, no second write begins, and the end of
// the processor waits no longer than it is given.
func TestASlowDiskStandsInNobodysWay(t *testing.T) {
	d := newDisk()
	p := startOn(t, d)
	p.send(t, 1)
	d.slow = make(chan struct{})
	stored := make(chan struct{})
	go func() {
		p.storeAll(context.Background())
		close(stored)
	}()
	began := time.Now()
	p.send(t, 50)
	assert.Less(t, time.Since(began), 10*time.Second)
	d.slow <- struct{}{}
	<-stored

	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	assert.ErrorIs(t, p.Shutdown(ctx), context.DeadlineExceeded)
	close(d.slow)
}

// Protects: one processor in two pipelines is two processors of one name; they would
// write over each other.
func TestTheSameKeyIsNotOpenedTwice(t *testing.T) {
	d := newDisk()
	first := startOn(t, d)
	second := create(t, storesOn, PluginConfig{Module: module(t, misbehaving)})
	assert.EqualError(t, second.Start(context.Background(), hostWith{diskID: d}),
		"lapidary: found this processor in two pipelines, which would keep state in `file_storage/state` under one key; "+
			"expected a processor for each, such as `lapidary/a` and `lapidary/b`")
	first.end(t)
	third := startOn(t, d)
	third.end(t)

	stateless := func() *running {
		return create(t, func(c *Config) { storesOn(c); c.MemoryLimitMiB = 64 },
			PluginConfig{Module: module(t, "redact-pii"), Rules: map[string]any{"attributes": map[string]any{"customer.*": "mask"}}})
	}
	for range 2 {
		p := stateless()
		require.NoError(t, p.Start(context.Background(), hostWith{diskID: d}), "nothing to store, nothing to refuse")
		t.Cleanup(func() { p.end(t) })
	}
}

// Protects: a storage that is not there is said with what to do.
func TestAStorageThatIsNoneIsRefused(t *testing.T) {
	nop := component.Component(&struct {
		component.StartFunc
		component.ShutdownFunc
	}{})
	for _, c := range []struct {
		host     component.Host
		expected string
	}{
		{componenttest.NewNopHost(), "lapidary: storage: found no extension `file_storage/state`; expected one that `service.extensions` lists"},
		{hostWith{diskID: nop}, "lapidary: storage: found extension `file_storage/state`, which stores nothing; expected one such as `file_storage`"},
	} {
		p := create(t, storesOn, PluginConfig{Module: module(t, misbehaving)})
		assert.EqualError(t, p.Start(context.Background(), c.host), c.expected)
	}
}

// Protects: nothing that stands in a storage keeps a Collector from starting.
func TestWhatCannotBeTakenOverIsAWarning(t *testing.T) {
	for what, c := range map[string]struct {
		spoil    func(d *disk, key string)
		rules    []string
		expected string
	}{
		"damaged": {func(d *disk, key string) { d.held[key][len(d.held[key])-1] ^= 1 }, nil,
			"damaged places in the state that is stored, which are left out: 1"},
		"garbage": {func(d *disk, key string) { d.held[key] = []byte("garbage") }, nil,
			"damaged places in the state that is stored, which are left out: 1"},
		"refused": {func(*disk, string) {}, []string{"does: fail", "during: load"},
			"the state that was stored, 1 entries, cannot be taken over, the plugin begins without"},
		"crashes": {func(*disk, string) {}, []string{"does: trap", "during: load"},
			"the state that was stored, 1 entries, cannot be taken over, the plugin begins without"},
	} {
		t.Run(what, func(t *testing.T) {
			d := newDisk()
			p := startOn(t, d)
			p.send(t, 3)
			p.end(t)
			for key := range d.held {
				c.spoil(d, key)
			}
			p = startOn(t, d, c.rules...)
			assert.Contains(t, p.logText(), c.expected)
			assert.Zero(t, p.batchesSeen())
			p.send(t, 2)
			p.end(t)
			p = startOn(t, d)
			assert.Equal(t, 2, p.batchesSeen())
			p.end(t)
		})
	}
}
