package pieces

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

var (
	marshaler   ptrace.ProtoMarshaler
	unmarshaler ptrace.ProtoUnmarshaler
)

func marshal(t testing.TB, traces ptrace.Traces) []byte {
	t.Helper()
	out, err := marshaler.MarshalTraces(traces)
	require.NoError(t, err)
	return out
}

// shape is how a random batch is built.
type shape struct{ resources, scopes, spans, resourceBytes, scopeBytes, spanBytes int }

func (s shape) batch(r *rand.Rand) ptrace.Traces {
	traces := ptrace.NewTraces()
	for range r.IntN(s.resources + 1) {
		resource := traces.ResourceSpans().AppendEmpty()
		if r.IntN(4) > 0 {
			resource.SetSchemaUrl("https://example.org/resource")
		}
		resource.Resource().Attributes().PutStr("resource", strings.Repeat("r", r.IntN(s.resourceBytes+1)))
		for range r.IntN(s.scopes + 1) {
			scope := resource.ScopeSpans().AppendEmpty()
			if r.IntN(4) == 0 {
				scope.SetSchemaUrl("https://example.org/scope")
			}
			scope.Scope().SetName(strings.Repeat("s", r.IntN(s.scopeBytes+1)))
			for range r.IntN(s.spans + 1) {
				span := scope.Spans().AppendEmpty()
				span.SetName(strings.Repeat("n", r.IntN(s.spanBytes+1)))
				span.SetSpanID(pcommon.SpanID{byte(r.IntN(256)), byte(r.IntN(256))})
			}
		}
	}
	return traces
}

func randomShape(r *rand.Rand) shape {
	weights := []int{0, 3, 40, 300, 20_000}
	return shape{
		resources: 1 + r.IntN(6), scopes: 1 + r.IntN(4), spans: 1 + r.IntN(30),
		resourceBytes: weights[r.IntN(5)], scopeBytes: weights[r.IntN(5)], spanBytes: weights[r.IntN(5)],
	}
}

// forwards writes a batch as most encoders do: fields by rising number.
func forwards(message []byte, depth int) []byte {
	var out []byte
	for number, field := range fields(message) {
		isList := number == numberChild || depth == 0
		if isList && depth < 2 {
			inner := forwards(content(field), depth+1)
			l := level{open: true, children: inner}
			field = l.end(nil, number)
		}
		if number < numberChild && depth > 0 {
			out = append(bytes.Clone(field), out...)
			continue
		}
		out = append(out, field...)
	}
	return out
}

// Guarantees: whatever the shape of a batch and the limit, joined pieces are
// the whole, each can be read on its own, all spans are counted, and together
// they are a small multiple of the batch.
func TestPiecesAreTheWholeAndASmallMultipleOfIt(t *testing.T) {
	worst, split := 0.0, 0
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1))
		traces := randomShape(r).batch(r)
		batch := marshal(t, traces)
		if r.IntN(3) == 0 {
			batch = forwards(batch, 0)
		}
		limit := 1 + r.IntN(2*len(batch)+1)
		var joiner Joiner
		sum, spans, count := 0, 0, 0
		for piece := range Split(batch, limit) {
			_, err := unmarshaler.UnmarshalTraces(piece.Bytes)
			require.NoError(t, err)
			joiner.Add(piece.Bytes, piece.Seam)
			sum += len(piece.Bytes)
			spans += piece.Spans
			count++
		}
		require.True(t, bytes.Equal(batch, joiner.Bytes()), "seed %d", seed)
		require.Equal(t, traces.SpanCount(), spans)
		require.LessOrEqual(t, sum, 4*len(batch), "seed %d", seed)
		if count > 1 {
			split++
			worst = max(worst, float64(sum)/float64(len(batch)))
		}
	}
	assert.Greater(t, split, 700, "few batches were split, which tests little")
	t.Logf("%d were split; the worst pieces were %.2f times their batch", split, worst)
}

// Guarantees: a piece is longer than the limit only where what it begins with
// weighs more than half of it, and then no longer than twice that, or where it
// is a single unit.
func TestAPieceIsAsLongAsTheLimitAllows(t *testing.T) {
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 2))
		batch := marshal(t, randomShape(r).batch(r))
		limit := 1 + r.IntN(2*len(batch)+1)
		for piece := range Split(batch, limit) {
			if len(piece.Bytes) <= limit || Units(piece.Bytes) == 1 {
				continue
			}
			for u := range units(piece.Bytes) {
				around := u.resource.size() + u.scope.size() + 2*(1+5+spareLen)
				assert.Greater(t, around, limit/2, "seed %d", seed)
				assert.LessOrEqual(t, len(piece.Bytes), 2*around, "seed %d", seed)
				break
			}
		}
	}
}

// Guarantees: cuts anywhere, joined again, are the whole.
func TestCutsAnywhereJoinedAreTheWhole(t *testing.T) {
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 3))
		batch := marshal(t, randomShape(r).batch(r))
		if r.IntN(3) == 0 {
			batch = forwards(batch, 0)
		}
		count := Units(batch)
		cutter := NewCutter(batch)
		var joiner Joiner
		for first := 0; first < count; {
			end := first + 1 + r.IntN(count-first)
			piece := cutter.Cut(first, end)
			require.Equal(t, end-first, Units(piece.Bytes))
			joiner.Add(piece.Bytes, piece.Seam)
			first = end
		}
		require.True(t, bytes.Equal(batch, joiner.Bytes()), "seed %d", seed)
	}
}

// Scenario: what became of the pieces has lost spans, scopes or all.
// Guarantees: what is left stands once, under its own resource and scope.
func TestWhatIsLeftOfPiecesIsJoinedUnderItsResourceAndScope(t *testing.T) {
	traces := ptrace.NewTraces()
	for resourceIndex := range 2 {
		resource := traces.ResourceSpans().AppendEmpty()
		resource.Resource().Attributes().PutStr("service.name", fmt.Sprint("shop-", resourceIndex))
		for scopeIndex := range 2 {
			scope := resource.ScopeSpans().AppendEmpty()
			scope.Scope().SetName(fmt.Sprint("scope-", scopeIndex))
			for range 4 {
				scope.Spans().AppendEmpty().SetName(fmt.Sprint(resourceIndex, scopeIndex))
			}
		}
	}
	batch := marshal(t, traces)
	for dropped := range 16 {
		var joiner Joiner
		for index := range 16 {
			piece := NewCutter(batch).Cut(index, index+1)
			if index == dropped {
				continue
			}
			joiner.Add(piece.Bytes, piece.Seam)
		}
		left, err := unmarshaler.UnmarshalTraces(joiner.Bytes())
		require.NoError(t, err)
		require.Equal(t, 2, left.ResourceSpans().Len())
		require.Equal(t, 15, left.SpanCount())
		for resourceIndex, resource := range left.ResourceSpans().All() {
			require.Equal(t, 2, resource.ScopeSpans().Len())
			for scopeIndex, scope := range resource.ScopeSpans().All() {
				for _, span := range scope.Spans().All() {
					assert.Equal(t, fmt.Sprint(resourceIndex, scopeIndex), span.Name())
				}
			}
		}
	}
}

func TestTwoResourcesThatLookAlikeStayTwo(t *testing.T) {
	traces := ptrace.NewTraces()
	for range 3 {
		traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	}
	batch := marshal(t, traces)
	var joiner Joiner
	for piece := range Split(batch, 1) {
		joiner.Add(piece.Bytes, piece.Seam)
	}
	assert.Equal(t, batch, joiner.Bytes())
}

// Scenario: a resource changed in one piece, as by a plugin that keeps state.
// Guarantees: spans stay under what they came with.
func TestAResourceThatChangedIsNotJoined(t *testing.T) {
	traces := ptrace.NewTraces()
	resource := traces.ResourceSpans().AppendEmpty()
	resource.Resource().Attributes().PutStr("number", "1")
	spans := resource.ScopeSpans().AppendEmpty().Spans()
	spans.AppendEmpty().SetName("a")
	spans.AppendEmpty().SetName("b")
	cutter := NewCutter(marshal(t, traces))
	var joiner Joiner
	one := cutter.Cut(0, 1)
	joiner.Add(one.Bytes, one.Seam)
	other := cutter.Cut(1, 2)
	require.Equal(t, Seam{insideResource: true, insideScope: true}, other.Seam)
	joiner.Add(bytes.ReplaceAll(other.Bytes, []byte("1"), []byte("2")), other.Seam)
	joined, err := unmarshaler.UnmarshalTraces(joiner.Bytes())
	require.NoError(t, err)
	require.Equal(t, 2, joined.ResourceSpans().Len())
}

func TestFieldsAmongTheChildrenAreKeptBehindThem(t *testing.T) {
	// ResourceSpans with an unknown field between two scopes and one behind.
	batch := []byte{0x0a, 14, 0x0a, 0, 0x12, 2, 0x12, 0, 0x38, 1, 0x12, 2, 0x12, 0, 0x38, 2}
	joined := []byte{0x0a, 14, 0x0a, 0, 0x12, 2, 0x12, 0, 0x12, 2, 0x12, 0, 0x38, 1, 0x38, 2}
	var joiner Joiner
	for piece := range Split(batch, 1) {
		joiner.Add(piece.Bytes, piece.Seam)
	}
	assert.Equal(t, joined, joiner.Bytes())
	assert.Equal(t, 2, Units(batch))
}

func TestFirstIDs(t *testing.T) {
	traces := ptrace.NewTraces()
	traces.ResourceSpans().AppendEmpty()
	span := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	span.SetTraceID(pcommon.TraceID{1, 2})
	span.SetSpanID(pcommon.SpanID{3})
	traceID, spanID := FirstIDs(marshal(t, traces))
	assert.Equal(t, []byte{1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, traceID)
	assert.Equal(t, []byte{3, 0, 0, 0, 0, 0, 0, 0}, spanID)
	traceID, spanID = FirstIDs(nil)
	assert.Nil(t, traceID)
	assert.Nil(t, spanID)
}

// Protects: bytes that are no OTLP end the walk, and nothing else.
func FuzzSplit(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 4))
	for range 10 {
		f.Add(marshal(f, randomShape(r).batch(r)), 100)
	}
	f.Fuzz(func(t *testing.T, batch []byte, limit int) {
		var joiner Joiner
		for piece := range Split(batch, limit) {
			joiner.Add(piece.Bytes, piece.Seam)
		}
		joiner.Bytes()
		FirstIDs(batch)
	})
}

func BenchmarkSplitAndJoin(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 5))
	traces := ptrace.NewTraces()
	resource := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty()
	for range 10_000 {
		resource.Spans().AppendEmpty().SetName(strings.Repeat("n", 300+r.IntN(300)))
	}
	batch := marshal(b, traces)
	b.SetBytes(int64(len(batch)))
	for b.Loop() {
		var joiner Joiner
		for piece := range Split(batch, len(batch)/8) {
			joiner.Add(piece.Bytes, piece.Seam)
		}
		joiner.Bytes()
	}
}
