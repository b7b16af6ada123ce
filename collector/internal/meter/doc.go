// Package meter reads a core module and says whether its meter is one that can be relied on.
//
// It is a package of its own because it depends on no engine: it reads bytes and runs nothing. What
// it looks for, and why that is enough, stands in crates/meter, its twin; both give the same verdict
// in the same words on the modules in testdata/meter.
//
// The decoder of instructions is ours, for no kept Go library has one that can be imported. It knows
// what WebAssembly 2.0 has, and what it does not know counts as no meter, so that it cannot be led to
// read instructions where an engine reads none.
package meter

// The numbers of the form; crates/meter says what they are for.
const (
	round             = 64
	leaf              = 256
	growRounds        = 1 << 15
	bytesPerRoundLog2 = 6
	maxPrice          = 1 << 24
	reallocRounds     = 1 << 17
	postRounds        = 1 << 24
	refillModule      = "lapidary:processor/meter@0.2.0"
	refillName        = "refill"
)
