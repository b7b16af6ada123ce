package meter

// The sequences of instructions that a meter is made of. Each reads on where it
// stands there; otherwise the reader is of no use any more, so that a sequence is
// tried with a copy.

func (r *reader) askAndPay(m *parts) (price int32, ok bool) {
	if !r.ask(m) || !r.with(opGlobalGet, m.rounds) {
		return 0, false
	}
	return r.pay(m)
}

// innerLoop is the rest of a loop that asks: the loop in it, and what that begins with.
func (r *reader) innerLoop(m *parts) (price int32, ok bool) {
	if !r.ask(m) || !r.is(opLoop) {
		return 0, false
	}
	r.signed(33)
	if !r.with(opGlobalGet, m.rounds) {
		return 0, false
	}
	left, ok := r.index(opLocalTee)
	if !ok || !r.isBelowZero() || !r.with(opBranchIf, 1) || !r.with(opLocalGet, left) {
		return 0, false
	}
	return r.pay(m)
}

// charge is what charges for an instruction whose time depends on length.
func (r *reader) charge(m *parts, length uint32) bool {
	return r.ask(m) && r.with(opGlobalGet, m.rounds) && r.with(opLocalGet, length) &&
		r.number(bytesPerRoundLog2) && r.is(opI32ShrU) && r.is(opI32Sub) && r.with(opGlobalSet, m.rounds)
}

func (r *reader) ask(m *parts) bool {
	return r.with(opGlobalGet, m.rounds) && r.isBelowZero() && r.is(opIf) && r.byte() == blockEmpty &&
		r.with(opCall, m.more) && r.endOfCondition()
}

// endOfCondition takes an `else` in which nothing stands: the build step writes one.
func (r *reader) endOfCondition() bool {
	ahead := *r
	if ahead.is(opElse) {
		*r = ahead
	}
	return r.is(opEnd)
}

func (r *reader) pay(m *parts) (price int32, ok bool) {
	if !r.is(opI32Const) {
		return 0, false
	}
	price = int32(r.signed(32))
	return price, r.is(opI32Sub) && r.with(opGlobalSet, m.rounds)
}

func (r *reader) isBelowZero() bool { return r.number(0) && r.is(opI32LtS) }

func (r *reader) number(expected int64) bool {
	return r.is(opI32Const) && r.signed(32) == expected && !r.failed
}

func (r *reader) with(opcode byte, expected uint32) bool {
	index, ok := r.index(opcode)
	return ok && index == expected
}

func (r *reader) index(opcode byte) (index uint32, ok bool) {
	if !r.is(opcode) {
		return 0, false
	}
	index = r.u32()
	return index, !r.failed
}

func (r *reader) is(opcode byte) bool { return r.byte() == opcode && !r.failed }

// asksForMore reads a whole function that asks the host. It answers with the
// globals: what says that the host is inside, and the counter.
func (r *reader) asksForMore(refill uint32) (inside, rounds uint32, ok bool) {
	inside, ok = r.index(opGlobalGet)
	ok = ok && r.is(opIf) && r.byte() == blockEmpty && r.is(opUnreachable) && r.endOfCondition() && r.with(opCall, refill)
	if !ok {
		return 0, 0, false
	}
	rounds, ok = r.index(opGlobalSet)
	return inside, rounds, ok && r.is(opEnd) && r.isAtEnd()
}

// wrapper reads a whole function that the host calls where a component must not
// call out. It answers with the function that it calls.
func (r *reader) wrapper(m *parts, most int32) (inner uint32, ok bool) {
	if !r.with(opGlobalGet, m.rounds) {
		return 0, false
	}
	saved, ok := r.index(opLocalSet)
	if !ok || !r.is(opI32Const) {
		return 0, false
	}
	given := r.signed(32)
	ok = 0 <= given && given <= int64(most) && r.with(opGlobalSet, m.rounds) && r.number(1) && r.with(opGlobalSet, m.inside)
	if !ok {
		return 0, false
	}
	for ahead := *r; ; *r = ahead {
		if _, ok := ahead.index(opLocalGet); !ok {
			break
		}
	}
	inner, ok = r.index(opCall)
	return inner, ok && r.number(0) && r.with(opGlobalSet, m.inside) &&
		r.with(opLocalGet, saved) && r.with(opGlobalSet, m.rounds) && r.is(opEnd) && r.isAtEnd()
}
