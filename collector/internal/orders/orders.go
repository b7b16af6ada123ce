// Package orders makes batches about orders that go through their life, as many as
// somebody wants to measure with.
package orders

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

var statuses = []string{
	"INITIATED", "FILE_UPLOADED", "SUBMITTED", "PRICE_CALCULATION_STARTED", "PRICE_CALCULATED",
	"MANUFACTURING_APPROVED", "MANUFACTURING_STARTED", "MANUFACTURING_COMPLETED", "PACKAGING", "SHIPPED", "CLOSED",
}

// Source makes batches about so many open orders; one that is closed makes place for
// a new one. The same seed gives the same batches.
type Source struct {
	random *rand.Rand
	open   []order
	begun  int
	spans  uint64
	// every is how many spans one transition comes in.
	every int
	// prefix tells its orders and spans from those of other sources.
	prefix uint32
}

type order struct {
	number int
	step   uint8
}

// NewSource has one transition in so many spans.
func NewSource(seed uint32, open, every int) *Source {
	return &Source{random: rand.New(rand.NewPCG(uint64(seed), 2)), open: make([]order, open), every: every, prefix: seed}
}

// Opening is a batch that begins the orders from first up to end.
func (s *Source) Opening(first, end int) ptrace.Traces {
	batch, spans := newBatch()
	for index := first; index < end; index++ {
		s.begin(spans, index)
	}
	return batch
}

func (s *Source) begin(spans ptrace.SpanSlice, index int) {
	s.open[index] = order{number: s.begun}
	s.begun++
	s.add(spans, s.open[index].number, "", statuses[0])
}

// Batch is one of so many spans about orders anywhere in their life.
func (s *Source) Batch(count int) ptrace.Traces {
	batch, spans := newBatch()
	for range count {
		index := s.random.IntN(len(s.open))
		at := &s.open[index]
		switch {
		case s.random.IntN(s.every) > 0:
			s.add(spans, at.number, "", "")
		case int(at.step)+1 == len(statuses):
			s.begin(spans, index)
		default:
			at.step++
			s.add(spans, at.number, statuses[at.step-1], statuses[at.step])
		}
	}
	return batch
}

func newBatch() (ptrace.Traces, ptrace.SpanSlice) {
	batch := ptrace.NewTraces()
	resource := batch.ResourceSpans().AppendEmpty()
	resource.Resource().Attributes().PutStr("service.name", "mes-api")
	return batch, resource.ScopeSpans().AppendEmpty().Spans()
}

func (s *Source) add(spans ptrace.SpanSlice, number int, from, to string) {
	s.spans++
	var trace pcommon.TraceID
	var id pcommon.SpanID
	binary.BigEndian.PutUint32(trace[:], s.prefix)
	binary.BigEndian.PutUint64(trace[8:], uint64(number)+1)
	binary.BigEndian.PutUint64(id[:], uint64(s.prefix)<<40|s.spans)
	span := spans.AppendEmpty()
	span.SetTraceID(trace)
	span.SetSpanID(id)
	span.SetName("mes.step")
	start := 1_772_442_000_000_000_000 + s.spans*1000
	span.SetStartTimestamp(pcommon.Timestamp(start))
	span.SetEndTimestamp(pcommon.Timestamp(start + 500))
	span.Attributes().PutStr("order_id", fmt.Sprintf("ord-%d-%07d", s.prefix, number))
	if from != "" {
		span.Attributes().PutStr("prev_status", from)
	}
	if to != "" {
		span.Attributes().PutStr("new_status", to)
	}
}
