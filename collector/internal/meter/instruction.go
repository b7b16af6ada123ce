package meter

// Opcodes that the reader looks at; the others it only has to know the length of.
const (
	opUnreachable  = 0x00
	opBlock        = 0x02
	opLoop         = 0x03
	opIf           = 0x04
	opElse         = 0x05
	opEnd          = 0x0b
	opBranchIf     = 0x0d
	opBranchTable  = 0x0e
	opCall         = 0x10
	opCallIndirect = 0x11
	opSelectTyped  = 0x1c
	opLocalGet     = 0x20
	opLocalSet     = 0x21
	opLocalTee     = 0x22
	opGlobalGet    = 0x23
	opGlobalSet    = 0x24
	opMemoryGrow   = 0x40
	opI32Const     = 0x41
	opI64Const     = 0x42
	opF32Const     = 0x43
	opF64Const     = 0x44
	opI32LtS       = 0x48
	opI32Sub       = 0x6b
	opI32ShrU      = 0x76
	opRefNull      = 0xd0
	opRefFunc      = 0xd2
	prefixMore     = 0xfc
	prefixVector   = 0xfd
	opMemoryInit   = prefixMore<<8 | 8
	opMemoryCopy   = prefixMore<<8 | 10
	opMemoryFill   = prefixMore<<8 | 11
)

// blockEmpty is a block without parameters and results.
const blockEmpty = 0x40

// instruction is one that was read.
type instruction struct {
	// opcode holds the prefix in its upper byte where there is one.
	opcode int
	// index of a function, a global or a local.
	index uint32
}

// instruction reads one. It fails, and answers false, where the instruction is
// not known.
func (r *reader) instruction() (instruction, bool) {
	opcode := r.byte()
	read := instruction{opcode: int(opcode)}
	switch {
	case opcode == opBlock || opcode == opLoop || opcode == opIf:
		r.signed(33)
	case opcode == opCall || opcode == opRefFunc || opLocalGet <= opcode && opcode <= opGlobalSet:
		read.index = r.u32()
	case opcode == opCallIndirect:
		r.u32()
		r.u32()
	case opcode == opBranchIf || opcode == opBranchIf-1 || opcode == 0x25 || opcode == 0x26:
		// `br`, `table.get` and `table.set` too.
		r.u32()
	case opcode == opBranchTable:
		r.indexes(1)
	case opcode == opSelectTyped:
		r.types()
	case 0x28 <= opcode && opcode <= 0x3e:
		return read, r.address()
	case opcode == opMemoryGrow || opcode == opMemoryGrow-1:
		return read, r.byte() == 0
	case opcode == opI32Const:
		r.signed(32)
	case opcode == opI64Const:
		r.signed(64)
	case opcode == opF32Const:
		r.take(4)
	case opcode == opF64Const:
		r.take(8)
	case opcode == opRefNull:
		return read, isReference(r.byte())
	case opcode == prefixMore:
		return r.more()
	case opcode == prefixVector:
		return read, r.vector()
	default:
		return read, hasNoImmediates(opcode)
	}
	return read, true
}

func hasNoImmediates(opcode byte) bool {
	switch opcode {
	case opUnreachable, 0x01, opElse, opEnd, 0x0f, 0x1a, 0x1b, 0xd1:
		return true
	}
	return 0x45 <= opcode && opcode <= 0xc4
}

// indexes reads a list of them, and so many more.
func (r *reader) indexes(more uint64) {
	for range uint64(r.u32()) + more {
		if r.u32(); r.failed {
			return
		}
	}
}

// types reads the type of a `select`, which is a list.
func (r *reader) types() { r.take(r.u32()) }

// address reads what a load or store adds, in the one memory.
func (r *reader) address() bool {
	// The bit above says that the number of a memory follows.
	isPlain := r.u32() < 0x40
	r.u32()
	return isPlain
}

func isReference(kind byte) bool { return kind == 0x70 || kind == 0x6f }

func (r *reader) more() (instruction, bool) {
	code := r.u32()
	read := instruction{opcode: prefixMore<<8 | int(code&0xff)}
	switch {
	case code <= 7:
		return read, true
	case code == 8:
		r.u32()
		return read, r.byte() == 0
	case code == 9 || code == 16:
		// `data.drop` and `table.size`.
		r.u32()
		return read, true
	case code == 13:
		// `elem.drop`.
		r.u32()
		return read, true
	case code == 10:
		to, from := r.byte(), r.byte()
		return read, to == 0 && from == 0
	case code == 11:
		return read, r.byte() == 0
	}
	return read, false
}

// vector reads the rest of an instruction on 128 bits.
func (r *reader) vector() bool {
	code := r.u32()
	switch {
	case code <= 11 || code == 92 || code == 93:
		return r.address()
	case code == 12 || code == 13:
		r.take(16)
	case 21 <= code && code <= 34:
		r.byte()
	case 84 <= code && code <= 91:
		isPlain := r.address()
		r.byte()
		return isPlain
	default:
		return isVectorWithoutImmediates(code)
	}
	return true
}

func isVectorWithoutImmediates(code uint32) bool {
	switch code {
	case 154, 162, 165, 166, 175, 176, 178, 179, 180, 187, 194, 197, 198, 207, 208, 210, 211, 212, 226, 238:
		// Left free by the standard, or another proposal's.
		return false
	}
	return 14 <= code && code <= 255
}
