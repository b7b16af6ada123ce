package lapidaryprocessor

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/lapidary-dev/lapidary/collector/internal/plugin"
)

// pool bounds how many instances of a plugin run at once. With a bound of one
// it is the lock around a plugin that keeps state.
type pool struct {
	permits chan struct{}
	// start makes an instance that is ready for batches.
	start func() (*plugin.Instance, error)
	// outgrown is told of an instance that gives way to the next for its memory.
	outgrown func(*plugin.Instance)

	mu   sync.Mutex
	idle []*plugin.Instance
	// sizes are what each instance takes, as it was after it was last used, and memory
	// is their sum.
	sizes  map[*plugin.Instance]int64
	memory atomic.Int64
}

func newPool(size int, start func() (*plugin.Instance, error), outgrown func(*plugin.Instance)) *pool {
	return &pool{permits: make(chan struct{}, size), start: start, outgrown: outgrown, sizes: make(map[*plugin.Instance]int64)}
}

// lease is the right to use one instance. It outlives the instance: after a
// crash the next one starts under the same lease, so nobody gets in between.
type lease struct {
	pool     *pool
	instance *plugin.Instance
}

// acquire waits until an instance may be used, or until ctx is done.
func (p *pool) acquire(ctx context.Context) (lease, error) {
	select {
	case p.permits <- struct{}{}:
	default:
		select {
		case p.permits <- struct{}{}:
		case <-ctx.Done():
			return lease{}, ctx.Err()
		}
	}
	l := lease{pool: p}
	p.mu.Lock()
	// The last one that was used is the one whose memory is warm.
	if last := len(p.idle) - 1; last >= 0 {
		l.instance, p.idle = p.idle[last], p.idle[:last]
	}
	p.mu.Unlock()
	return l, nil
}

// ready returns the instance, a new one where there is none.
func (l *lease) ready() (*plugin.Instance, error) {
	if l.instance == nil {
		instance, err := l.pool.start()
		if err != nil {
			return nil, err
		}
		l.instance = instance
	}
	return l.instance, nil
}

// discard forgets an instance that crashed.
func (l *lease) discard() {
	if l.instance != nil {
		l.pool.measure(l.instance, 0)
	}
	l.instance = nil
}

func (l *lease) release() {
	switch {
	case l.instance == nil:
	case l.instance.Outgrown():
		// Now, between two batches: what it knows was told after the last call.
		l.pool.outgrown(l.instance)
		l.pool.measure(l.instance, 0)
		_ = l.instance.Close()
	default:
		l.pool.put(l.instance)
	}
	<-l.pool.permits
}

// measure takes in how much memory an instance has now.
func (p *pool) measure(instance *plugin.Instance, size int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.memory.Add(size - p.sizes[instance])
	if p.sizes[instance] = size; size == 0 {
		delete(p.sizes, instance)
	}
}

func (p *pool) put(instance *plugin.Instance) {
	p.measure(instance, int64(instance.MemoryBytes()))
	p.mu.Lock()
	p.idle = append(p.idle, instance)
	p.mu.Unlock()
}
