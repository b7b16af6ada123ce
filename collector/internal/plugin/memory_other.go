//go:build !unix

package plugin

// space is memory of Go's own where addresses cannot be reserved: it is copied as
// it grows.
type space struct {
	bytes []byte
	most  uint64
}

func reserve(size uint64) (*space, error) { return &space{most: size}, nil }

// use returns the first bytes; what was there before is there still, what is new
// is 0.
func (s *space) use(size uint64) ([]byte, error) {
	if size > uint64(cap(s.bytes)) {
		// Twice what is asked for: a batch that is a little larger than the one
		// before must not copy the whole memory again.
		grown := make([]byte, size, min(2*size, s.most))
		copy(grown, s.bytes)
		s.bytes = grown
	}
	s.bytes = s.bytes[:max(size, uint64(len(s.bytes)))]
	return s.bytes[:size], nil
}

func (s *space) release() { s.bytes = nil }
