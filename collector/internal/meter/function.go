package meter

import "math"

const (
	faultDamaged   = "the module is damaged"
	faultTouches   = "touches the counter elsewhere than where it counts"
	faultUnknown   = "has an instruction that is not known"
	faultUncharged = "grows, copies or fills memory and does not count it"
	faultLoop      = "has a loop that does not count"
	faultHostOnly  = "refers to what only the host may call"
)

// noLocal is no local's number.
const noLocal = math.MaxUint32

// walk goes through the body of a function that is no part of the meter.
type walk struct {
	reader
	module *module
	// open has the function's own part, and those of the loops that are open.
	open []part
	// ended are those that were open.
	ended []part
	// frames are the blocks, loops and conditions that are open: whether a part
	// ends with each.
	frames []bool
	fault  string
}

// checkFunction answers with its parts, its own last, and with what is wrong besides
// their prices, or nothing.
func (m *module) checkFunction(body reader) ([]part, string) {
	w := walk{reader: body, module: m, open: []part{{}}}
	w.locals()
	ahead := w.reader
	if price, ok := ahead.askAndPay(&m.parts); ok {
		w.reader = ahead
		w.open[0].isPaid, w.open[0].price = true, price
	}
	for length := uint32(noLocal); w.fault == "" && len(w.open) > 0; {
		length = w.step(length)
		if w.failed {
			return nil, faultDamaged
		}
	}
	if w.fault == "" && !w.isAtEnd() {
		return nil, faultDamaged
	}
	return w.ended, w.fault
}

// locals take time: they are zero at first.
func (w *walk) locals() {
	for range w.u32() {
		w.open[0].add(w.u32())
		if w.byte(); w.failed {
			return
		}
	}
}

// step reads one instruction, with what charges for it. length is the local that
// the instruction before put the top of the stack into; so is the answer.
func (w *walk) step(length uint32) uint32 {
	here := w.reader
	read, isKnown := w.instruction()
	w.add(1)
	if !isKnown {
		w.fault = faultUnknown
		return noLocal
	}
	switch read.opcode {
	case opBlock, opIf:
		w.frames = append(w.frames, false)
	case opLoop:
		w.beginLoop()
	case opEnd:
		w.end()
	case opCall:
		w.refersTo(read.index)
		called := &w.open[len(w.open)-1]
		called.calls = append(called.calls, read.index)
	case opCallIndirect:
		w.add(leaf)
	case opRefFunc:
		w.refersTo(read.index)
	case opGlobalGet:
		if w.module.isOurs(read.index) {
			w.charged(here, length)
		}
	case opGlobalSet:
		if w.module.isOurs(read.index) {
			w.fault = faultTouches
		}
	case opLocalTee:
		return read.index
	case opMemoryGrow, opMemoryCopy, opMemoryFill, opMemoryInit:
		w.fault = faultUncharged
	}
	return noLocal
}

// charged reads what charges for an instruction, from here, and that instruction.
func (w *walk) charged(here reader, length uint32) {
	grows, copies := here, here
	price, pays := grows.askAndPay(&w.module.parts)
	if pays && growRounds <= price && price <= maxPrice {
		w.reader = grows
		w.chargedInstruction(opMemoryGrow)
	} else if length != noLocal && copies.charge(&w.module.parts, length) {
		w.reader = copies
		w.chargedInstruction(opMemoryCopy, opMemoryFill, opMemoryInit)
	} else {
		w.fault = faultTouches
	}
}

func (w *walk) chargedInstruction(opcodes ...int) {
	read, isKnown := w.instruction()
	w.add(1)
	for _, opcode := range opcodes {
		if isKnown && read.opcode == opcode {
			return
		}
	}
	w.fault = faultTouches
}

func (w *walk) beginLoop() {
	one, two := w.reader, w.reader
	if price, ok := one.askAndPay(&w.module.parts); ok {
		w.reader = one
		w.frames = append(w.frames, true)
		w.open = append(w.open, part{isPaid: true, price: price})
	} else if price, ok := two.innerLoop(&w.module.parts); ok {
		w.reader = two
		w.frames = append(w.frames, true, false)
		w.open = append(w.open, part{isPaid: true, price: price})
	} else {
		w.fault = faultLoop
	}
}

func (w *walk) end() {
	isPart := true
	if last := len(w.frames) - 1; last >= 0 {
		isPart, w.frames = w.frames[last], w.frames[:last]
	}
	if isPart {
		last := len(w.open) - 1
		w.ended, w.open = append(w.ended, w.open[last]), w.open[:last]
	}
}

func (w *walk) refersTo(function uint32) {
	if !w.module.isCallable(function) {
		w.fault = faultHostOnly
	}
}

func (w *walk) add(cost uint32) { w.open[len(w.open)-1].add(cost) }
