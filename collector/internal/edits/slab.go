package edits

// slabSize is how many elements a slab gets at a time.
const slabSize = 1024

// slab is a list that grows without being copied: a batch of a great many small
// spans may have an edit for each.
type slab[T any] struct {
	chunks [][]T
	length int
}

func (s *slab[T]) add(element T) {
	if s.length == len(s.chunks)*slabSize {
		s.chunks = append(s.chunks, make([]T, slabSize))
	}
	*s.at(s.length) = element
	s.length++
}

func (s *slab[T]) at(index int) *T {
	return &s.chunks[index/slabSize][index%slabSize]
}

// cut forgets all elements from this one on, with what they refer to, and keeps
// the room.
func (s *slab[T]) cut(to int) {
	for index := to; index < s.length; index++ {
		clear(s.chunks[index/slabSize][index%slabSize : index%slabSize+1])
	}
	s.length = to
}
