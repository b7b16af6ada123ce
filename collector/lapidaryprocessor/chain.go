package lapidaryprocessor

import (
	"slices"
	"sync"
	"sync/atomic"
)

// chain is what runs: a generation for each stage. It never changes; a swap puts
// another in its place. Whoever works with it has a reference.
type chain struct {
	generations []*generation
	references  atomic.Int64
}

// newChain has a reference for whoever made it, and one itself to each generation.
func newChain(generations []*generation) *chain {
	c := &chain{generations: generations}
	c.references.Store(1)
	for _, generation := range generations {
		generation.references.Add(1)
	}
	return c
}

// with is the same chain with another generation at one place.
func (c *chain) with(index int, generation *generation) *chain {
	generations := slices.Clone(c.generations)
	generations[index] = generation
	return newChain(generations)
}

// take takes a reference, unless nobody has one any more.
func (c *chain) take() bool {
	for {
		references := c.references.Load()
		if references == 0 {
			return false
		}
		if c.references.CompareAndSwap(references, references+1) {
			return true
		}
	}
}

// release gives a reference back. With the last one, those to the generations go.
func (c *chain) release() {
	if c.references.Add(-1) > 0 {
		return
	}
	for _, generation := range c.generations {
		generation.release()
	}
}

// release gives a reference to the generation back.
func (g *generation) release() {
	if g.references.Add(-1) == 0 {
		g.unused(g)
	}
}

// takeChain is the chain that runs now; the caller releases it.
func (p *tracesProcessor) takeChain() *chain {
	for {
		if c := p.current.Load(); c.take() {
			return c
		}
		// A swap was quicker: there is another one now.
	}
}

// gate counts who is inside, and lets nobody in once it is closed.
type gate struct {
	mu     sync.Mutex
	inside int
	closed bool
	// empty is there from the closing on, and is closed when all have left.
	empty chan struct{}
}

// enter says whether the caller is in now; it then leaves.
func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.inside++
	return true
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	if g.closed && g.inside == 0 {
		close(g.empty)
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = false
}

// close lets nobody in any more, and says whether it was open.
func (g *gate) close() (was bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.closed, g.empty = true, make(chan struct{})
	if g.inside == 0 {
		close(g.empty)
	}
	return true
}
