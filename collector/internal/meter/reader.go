package meter

// reader reads from bytes. After a failure it reads zeros, and failed says so; a copy of it looks
// ahead.
type reader struct {
	bytes  []byte
	at     int
	failed bool
}

func (r *reader) isAtEnd() bool { return r.at >= len(r.bytes) }

func (r *reader) byte() byte {
	if r.isAtEnd() {
		r.failed = true
		return 0
	}
	r.at++
	return r.bytes[r.at-1]
}

func (r *reader) take(size uint32) []byte {
	if uint64(size) > uint64(len(r.bytes)-r.at) {
		r.failed = true
		r.at = len(r.bytes)
		return nil
	}
	taken := r.bytes[r.at : r.at+int(size)]
	r.at += int(size)
	return taken
}

// sized reads a length and so many bytes.
func (r *reader) sized() reader { return reader{bytes: r.take(r.u32()), failed: r.failed} }

func (r *reader) text() string { return string(r.take(r.u32())) }

func (r *reader) u32() uint32 {
	var value uint64
	for shift := 0; shift < 35; shift += 7 {
		next := r.byte()
		value |= uint64(next&0x7f) << shift
		if next&0x80 == 0 {
			if value > 1<<32-1 {
				r.failed = true
			}
			return uint32(value)
		}
	}
	r.failed = true
	return 0
}

// signed reads a number of so many bits in two's complement.
func (r *reader) signed(bits int) int64 {
	var value int64
	for shift := 0; shift < bits; shift += 7 {
		next := r.byte()
		value |= int64(next&0x7f) << shift
		if next&0x80 != 0 {
			continue
		}
		if shift+7 < 64 {
			value = value << (64 - shift - 7) >> (64 - shift - 7)
		}
		// The bits beyond must all be that of the sign.
		if rest := bits - shift; rest < 7 {
			if beyond := int8(next<<1) >> rest; beyond != 0 && beyond != -1 {
				r.failed = true
			}
		}
		return value
	}
	r.failed = true
	return 0
}
