package meter

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// parts of a meter, as the module numbers them.
type parts struct {
	rounds, inside, more, refill uint32
}

// module is what a core module has besides the bodies of its functions.
type module struct {
	parts
	// imported is how many functions are imported; they come first.
	imported uint32
	refills  int
	// canCount says of each global whether it can be one of the meter's.
	canCount  []bool
	exported  []uint32
	functions []exportedFunction
	// wrappers are functions that the host calls where a component must not call
	// out, with the most rounds that each may have.
	wrappers map[uint32]int32
	// referenced are functions that something besides a body or an export refers to.
	referenced []uint32
	bodies     []reader
}

type exportedFunction struct {
	name  string
	index uint32
}

// Check says whether a core module has a meter that can be relied on. The error
// is the first thing found that is not as it must be. The module is otherwise
// taken to be valid, for an engine refuses it if it is not.
//
// It takes a time and a memory that the length of the module bounds.
func Check(core []byte) error {
	var m module
	fault := m.read(core)
	if fault == "" {
		fault = m.check()
	}
	if fault == "" {
		return nil
	}
	return errors.New(fault)
}

func (m *module) check() string {
	if fault := m.findParts(); fault != "" {
		return fault
	}
	for _, function := range m.functions {
		if function.index == m.more || function.index == m.refill {
			return "the meter is exported"
		}
		_, isWrapper := m.wrappers[function.index]
		if isWrapper != (roundsOfWrapper(function.name) > 0) {
			return "one function is called inside the canonical ABI and outside of it"
		}
	}
	for _, function := range m.referenced {
		if !m.isCallable(function) {
			return "a table or the start refers to what only the host may call"
		}
	}
	costs := costs{imported: m.imported, known: make(map[uint32]uint32)}
	for number, body := range m.bodies {
		index := m.imported + uint32(number)
		parts, fault := m.checkBody(index, body)
		if fault != "" {
			return ofFunction(index, fault)
		}
		costs.functions = append(costs.functions, parts)
	}
	return ofFunction(costs.check())
}

// ofFunction says where a fault is.
func ofFunction(index uint32, fault string) string {
	if fault == "" || fault == faultDamaged {
		return fault
	}
	return fmt.Sprintf("function %d %s", index, fault)
}

// checkBody answers with the parts of a function that is none of the meter's, and
// with what is wrong besides their prices, or nothing.
func (m *module) checkBody(index uint32, body reader) ([]part, string) {
	most, isWrapper := m.wrappers[index]
	switch {
	case index == m.more:
		return nil, ""
	case !isWrapper:
		return m.checkFunction(body)
	}
	body.skipLocals()
	inner, ok := body.wrapper(&m.parts, most)
	switch {
	case !ok:
		return nil, "does not stop after a fixed number of rounds"
	case !m.isCallable(inner):
		return nil, faultHostOnly
	}
	return nil, ""
}

// isCallable says whether a function may be called from inside the module.
func (m *module) isCallable(function uint32) bool {
	_, isWrapper := m.wrappers[function]
	return function != m.more && function != m.refill && !isWrapper
}

func (m *module) isOurs(global uint32) bool { return global == m.rounds || global == m.inside }

// findParts finds the function that puts what the host gives into the counter.
func (m *module) findParts() string {
	if m.refills == 0 {
		return "no import asks for more rounds"
	}
	found := false
	for number, body := range m.bodies {
		body.skipLocals()
		inside, rounds, ok := body.asksForMore(m.refill)
		if !ok {
			continue
		}
		if found {
			return "more than one function asks for more rounds"
		}
		found = true
		m.inside, m.rounds, m.more = inside, rounds, m.imported+uint32(number)
	}
	if !found {
		return "no function asks for more rounds"
	}
	for _, global := range []uint32{m.rounds, m.inside} {
		if uint64(global) >= uint64(len(m.canCount)) || !m.canCount[global] {
			return "the counter is no variable that starts at 0"
		}
		if slices.Contains(m.exported, global) {
			return "the counter is exported"
		}
	}
	if m.rounds == m.inside {
		return "one global counts and says where the host is"
	}
	return ""
}

func (r *reader) skipLocals() {
	for range r.u32() {
		r.u32()
		if r.byte(); r.failed {
			return
		}
	}
}

// roundsOfWrapper is how many rounds of its own a function that is exported
// under this name may have, and 0 where none.
func roundsOfWrapper(name string) int32 {
	switch {
	case name == "cabi_realloc":
		return reallocRounds
	case strings.HasPrefix(name, "cabi_post_"):
		return postRounds
	}
	return 0
}
