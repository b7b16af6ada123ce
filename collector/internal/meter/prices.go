package meter

import "math"

// part are instructions that run at most once until its price is paid again.
type part struct {
	isPaid bool
	price  int32
	// cost is what they cost without what they call.
	cost uint32
	// calls are what they call, each as often as it is called.
	calls []uint32
}

func (p *part) add(cost uint32) { p.cost = sum(p.cost, cost) }

func (p *part) fault(cost uint32) string {
	switch {
	case !p.isPaid && cost > leaf:
		return "calls, or is long, and does not count"
	case !p.isPaid:
		return ""
	case p.price > maxPrice:
		return "counts more than one may"
	case p.price < 1 || uint32(p.price) < 1+cost/round:
		return "counts less than it costs"
	}
	return ""
}

// sum stops at the largest number.
func sum(a, b uint32) uint32 { return uint32(min(uint64(a)+uint64(b), math.MaxUint32)) }

// costs are what calls cost.
type costs struct {
	// functions have the parts of each that the module has of its own, which is the
	// last of them, and those of its loops; none where it is of the meter.
	functions [][]part
	imported  uint32
	// known is what a call to each costs, where it was asked for; all there is while
	// it is reckoned, so that what calls itself costs too much.
	known map[uint32]uint32
}

// check answers with a function that has a part which does not pay for what it
// costs, and with what is wrong, or with nothing.
func (c *costs) check() (index uint32, fault string) {
	for place, parts := range c.functions {
		for number := range parts {
			part := &parts[number]
			if fault := part.fault(c.ofPart(part, 0)); fault != "" {
				return c.imported + uint32(place), fault
			}
		}
	}
	return 0, ""
}

func (c *costs) ofPart(part *part, depth int) uint32 {
	cost := part.cost
	for _, call := range part.calls {
		cost = sum(cost, c.ofCall(call, depth))
	}
	return cost
}

// ofCall is what a call costs besides itself: nothing where the function pays for
// itself.
func (c *costs) ofCall(function uint32, depth int) uint32 {
	if function < c.imported || uint64(function-c.imported) >= uint64(len(c.functions)) {
		return leaf
	}
	place := function - c.imported
	last := len(c.functions[place]) - 1
	switch {
	case last < 0:
		// Only the host calls it, which is checked elsewhere.
		return leaf
	case c.functions[place][last].isPaid:
		return 0
	}
	return c.ofFunction(place, &c.functions[place][last], depth)
}

func (c *costs) ofFunction(place uint32, own *part, depth int) uint32 {
	// As many that call one another cost too much already, for each call costs something.
	if depth > leaf {
		return math.MaxUint32
	}
	if known, ok := c.known[place]; ok {
		return known
	}
	c.known[place] = math.MaxUint32
	cost := c.ofPart(own, depth+1)
	c.known[place] = cost
	return cost
}
