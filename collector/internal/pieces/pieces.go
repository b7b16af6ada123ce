package pieces

import (
	"bytes"
	"iter"
)

// Piece is a part of a batch.
type Piece struct {
	// Bytes are a batch of their own, valid until the next piece is made.
	Bytes []byte
	// Spans is how many there are.
	Spans int
	// Seam says how the piece goes on from the one before.
	Seam Seam
}

// Seam is where two pieces were cut apart: inside a resource, and there inside
// a scope, or between two of them.
type Seam struct{ insideResource, insideScope bool }

// Split cuts a batch into pieces of no more than limit bytes, and makes one at
// a time. A batch that is not longer is one piece.
//
// A piece is longer than limit where a single unit is (a span with its
// resource and scope, or one of these without spans), and where resource and
// scope weigh more than half of limit: as many of their spans stay with them
// as weigh the same. So, however heavy they are, all pieces together are no
// longer than four times the batch.
func Split(batch []byte, limit int) iter.Seq[Piece] {
	return func(yield func(Piece) bool) {
		s := splitter{limit: limit}
		for u := range units(batch) {
			if s.add(&u) {
				continue
			}
			if !yield(s.piece()) {
				return
			}
			s.begin(&u)
		}
		if s.units > 0 {
			yield(s.piece())
		}
	}
}

// splitter is the work on one batch.
type splitter struct {
	limit  int
	writer writer
	// before is the unit that was added last.
	before unit
	// units and spans of the piece that is being made, its size, and how large
	// it may become.
	units, spans int
	size, most   int
	seam         Seam
}

// add puts a unit into the piece, unless that would become too large.
func (s *splitter) add(u *unit) bool {
	if s.units == 0 {
		s.begin(u)
		return true
	}
	seam := seamBetween(&s.before, u)
	size := s.size + len(u.span)
	if !seam.insideResource {
		size += fieldSize(u.resource.size()) + spareLen
	}
	if u.hasScope && !seam.insideScope {
		size += fieldSize(u.scope.size()) + spareLen
	}
	if size > s.most {
		return false
	}
	s.put(u, seam, size)
	return true
}

// spareLen is how much longer the length of a resource or a scope gets by its
// children.
const spareLen = 4

// begin makes this unit the first one of a piece.
func (s *splitter) begin(u *unit) {
	if s.units > 0 {
		s.seam = seamBetween(&s.before, u)
	}
	around := fieldSize(u.resource.size()) + spareLen
	if u.hasScope {
		around += fieldSize(u.scope.size()) + spareLen
	}
	s.most = max(s.limit, 2*around)
	s.units, s.spans = 0, 0
	s.writer.reset()
	s.put(u, Seam{}, around+len(u.span))
}

func (s *splitter) put(u *unit, seam Seam, size int) {
	s.writer.add(u, !seam.insideResource, !seam.insideScope)
	s.before, s.size = *u, size
	s.units++
	if u.span != nil {
		s.spans++
	}
}

func (s *splitter) piece() Piece {
	return Piece{Bytes: s.writer.finish(), Spans: s.spans, Seam: s.seam}
}

func seamBetween(before, u *unit) Seam {
	inside := before.resourceIndex == u.resourceIndex
	return Seam{
		insideResource: inside,
		insideScope:    inside && before.hasScope && u.hasScope && before.scopeIndex == u.scopeIndex,
	}
}

// Units says how many units a batch has: spans, and resources and scopes
// without.
func Units(batch []byte) int {
	count := 0
	for range units(batch) {
		count++
	}
	return count
}

// Cutter takes single pieces out of a batch.
type Cutter struct {
	batch  []byte
	writer writer
}

// NewCutter returns one for this batch.
func NewCutter(batch []byte) *Cutter { return &Cutter{batch: batch} }

// Cut returns the units from first on, up to but without end, as a piece. It
// is valid until the next cut.
func (c *Cutter) Cut(first, end int) Piece {
	piece := Piece{}
	c.writer.reset()
	index := 0
	var before unit
	for u := range units(c.batch) {
		if index >= end {
			break
		}
		if index >= first {
			seam := Seam{}
			if index > 0 {
				seam = seamBetween(&before, &u)
			}
			if index == first {
				piece.Seam, seam = seam, Seam{}
			}
			c.writer.add(&u, !seam.insideResource, !seam.insideScope)
			if u.span != nil {
				piece.Spans++
			}
		}
		before = u
		index++
	}
	piece.Bytes = c.writer.finish()
	return piece
}

// FirstIDs returns copies of the ids of the first span of a batch; nothing
// where there is none.
func FirstIDs(batch []byte) (traceID, spanID []byte) {
	for u := range units(batch) {
		if u.span == nil {
			continue
		}
		for number, field := range fields(content(u.span)) {
			switch number {
			case numberTraceID:
				traceID = bytes.Clone(content(field))
			case numberSpanID:
				spanID = bytes.Clone(content(field))
			}
		}
		return traceID, spanID
	}
	return nil, nil
}

// Joiner puts together what became of pieces. The zero value is ready.
type Joiner struct{ writer writer }

// Add appends what became of the next piece, which had this seam. A resource
// and a scope that were cut apart are one again where they are still the same.
func (j *Joiner) Add(result []byte, seam Seam) {
	w := &j.writer
	first := true
	var before unit
	for u := range units(result) {
		at := seamBetween(&before, &u)
		if first {
			at.insideResource = seam.insideResource && w.resource.holds(u.resource)
			at.insideScope = at.insideResource && seam.insideScope && u.hasScope && w.scope.holds(u.scope)
		}
		w.add(&u, !at.insideResource, !at.insideScope)
		before, first = u, false
	}
}

// Bytes returns the whole. Nothing can be added after it.
func (j *Joiner) Bytes() []byte { return j.writer.finish() }
