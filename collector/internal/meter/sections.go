package meter

const header = "\x00asm\x01\x00\x00\x00"

// The sections of a core module.
const (
	sectionCustom = iota
	sectionType
	sectionImport
	sectionFunction
	sectionTable
	sectionMemory
	sectionGlobal
	sectionExport
	sectionStart
	sectionElement
	sectionCode
	sectionData
	sectionDataCount
)

// What is imported or exported.
const (
	kindFunction = iota
	kindTable
	kindMemory
	kindGlobal
)

const typeI32 = 0x7f

func (m *module) read(core []byte) (fault string) {
	r := reader{bytes: core}
	if string(r.take(uint32(len(header)))) != header {
		return faultDamaged
	}
	m.wrappers = make(map[uint32]int32)
	var seen [sectionDataCount + 1]bool
	for !r.isAtEnd() {
		id := r.byte()
		section := r.sized()
		switch {
		case r.failed:
			return faultDamaged
		case id > sectionDataCount:
			return "a section is not known"
		case id != sectionCustom && seen[id]:
			return faultDamaged
		}
		seen[id] = true
		if fault := m.section(id, &section); fault != "" {
			return fault
		}
		if section.failed {
			return faultDamaged
		}
	}
	return ""
}

func (m *module) section(id byte, section *reader) string {
	switch id {
	case sectionImport:
		return each(section, m.readImport)
	case sectionMemory:
		return readMemories(section)
	case sectionGlobal:
		return each(section, m.readGlobal)
	case sectionExport:
		return each(section, m.readExport)
	case sectionStart:
		m.referenced = append(m.referenced, section.u32())
	case sectionElement:
		return each(section, m.readElement)
	case sectionCode:
		return each(section, func(r *reader) string {
			m.bodies = append(m.bodies, r.sized())
			return ""
		})
	}
	return ""
}

// each reads a list, to its first fault.
func each(r *reader, read func(*reader) string) string {
	for range r.u32() {
		if fault := read(r); fault != "" {
			return fault
		}
		if r.failed {
			return faultDamaged
		}
	}
	return ""
}

func (m *module) readImport(r *reader) string {
	from, name := r.text(), r.text()
	if kind := r.byte(); kind != kindFunction {
		return "something else than functions is imported"
	}
	r.u32()
	if from == refillModule && name == refillName {
		if m.refills++; m.refills > 1 {
			return "more than one import asks for more rounds"
		}
		m.refill = m.imported
	}
	m.imported++
	return ""
}

func readMemories(r *reader) string {
	if count := r.u32(); count > 1 {
		return "there is more than one memory"
	} else if count == 0 {
		return ""
	}
	// Bit 0 says that there is a most; the others are those of other proposals.
	if r.byte() > 1 {
		return "the memory is of a kind that is not known"
	}
	return ""
}

func (m *module) readGlobal(r *reader) string {
	isI32, isMutable := r.byte() == typeI32, r.byte() == 1
	init := *r
	startsAtZero := init.number(0) && init.is(opEnd)
	m.canCount = append(m.canCount, isI32 && isMutable && startsAtZero)
	return m.readConstant(r)
}

func (m *module) readExport(r *reader) string {
	name, kind, index := r.text(), r.byte(), r.u32()
	switch kind {
	case kindFunction:
		m.functions = append(m.functions, exportedFunction{name, index})
		if most := roundsOfWrapper(name); most > 0 {
			// Under several names, the smallest limit counts.
			if known, ok := m.wrappers[index]; ok {
				most = min(most, known)
			}
			m.wrappers[index] = most
		}
	case kindGlobal:
		m.exported = append(m.exported, index)
	case kindTable, kindMemory:
	default:
		return "an export of a kind that is not known"
	}
	return ""
}

func (m *module) readElement(r *reader) string {
	const (
		isPassive   = 1 << 0
		hasTable    = 1 << 1
		expressions = 1 << 2
	)
	flags := r.u32()
	if flags > isPassive|hasTable|expressions {
		return faultDamaged
	}
	if flags&isPassive == 0 {
		if flags&hasTable != 0 {
			r.u32()
		}
		if fault := m.readConstant(r); fault != "" {
			return fault
		}
	}
	if flags&(isPassive|hasTable) != 0 {
		// The kind, or the type, of what follows.
		r.byte()
	}
	if flags&expressions != 0 {
		return each(r, m.readConstant)
	}
	return each(r, func(r *reader) string {
		m.referenced = append(m.referenced, r.u32())
		return ""
	})
}

// readConstant reads a constant expression, and notes which functions it refers to.
func (m *module) readConstant(r *reader) string {
	for !r.failed {
		read, isKnown := r.instruction()
		switch {
		case !isKnown:
			return faultDamaged
		case read.opcode == opEnd:
			return ""
		case read.opcode == opRefFunc:
			m.referenced = append(m.referenced, read.index)
		}
	}
	return faultDamaged
}
