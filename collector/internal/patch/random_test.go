package patch

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// random makes batches and changes them, each kind of change with a chance of
// its own.
type random struct{ *rand.Rand }

func (r random) oneIn(n int) bool { return r.IntN(n) == 0 }

func (r random) text() string {
	return []string{"", "a", "GET /orders", "\xff\xfe", "ot=th:c", string(make([]byte, 200)), fmt.Sprint(r.IntN(1000))}[r.IntN(7)]
}

func (r random) key() string { return []string{"", "a", "b", "url.path", "customer.email"}[r.IntN(5)] }

func (r random) value(to pcommon.Value, depth int) {
	switch r.IntN(9) {
	case 0:
		_ = to.FromRaw(nil)
	case 1:
		to.SetBool(r.oneIn(2))
	case 2:
		to.SetInt([]int64{0, -1, 17, math.MaxInt64, math.MinInt64}[r.IntN(5)])
	case 3:
		to.SetDouble([]float64{0, -0.5, math.NaN(), math.Inf(1)}[r.IntN(4)])
	case 4:
		to.SetEmptyBytes().FromRaw(make([]byte, r.IntN(3)))
	case 5:
		items := to.SetEmptySlice()
		for range r.IntN(3) * depth {
			r.value(items.AppendEmpty(), depth-1)
		}
	case 6:
		items := to.SetEmptyMap()
		for range r.IntN(3) * depth {
			r.value(items.PutEmpty(r.text()), depth-1)
		}
	default:
		to.SetStr(r.text())
	}
}

// attributes sets, changes, appends and removes some, keys that stand twice
// among them.
func (r random) attributes(attributes pcommon.Map) {
	for range r.IntN(3) {
		r.value(attributes.PutEmpty(r.key()), 2)
	}
	for _, value := range attributes.All() {
		if r.oneIn(6) {
			r.value(value, 2)
		}
	}
	if r.oneIn(8) {
		attributes.Remove(r.key())
	}
	if r.oneIn(8) {
		r.twice(attributes)
	}
}

// twice makes a key stand twice, which only decoding can.
func (r random) twice(attributes pcommon.Map) {
	traces := ptrace.NewTraces()
	to := traces.ResourceSpans().AppendEmpty().Resource().Attributes()
	attributes.MoveTo(to)
	r.value(to.PutEmpty("twice"), 1)
	to.PutStr("first", r.text())
	encoded, _ := marshaler.MarshalTraces(traces)
	encoded = bytes.ReplaceAll(encoded, []byte("first"), []byte("twice"))
	decoded, err := unmarshaler.UnmarshalTraces(encoded)
	if err == nil {
		traces = decoded
	}
	traces.ResourceSpans().At(0).Resource().Attributes().MoveTo(attributes)
}

func (r random) span(span ptrace.Span) {
	if r.oneIn(3) {
		span.TraceState().FromRaw(r.text())
	}
	if r.oneIn(4) {
		span.SetName(r.text())
	}
	if r.oneIn(4) {
		span.Status().SetMessage(r.text())
		span.Status().SetCode(ptrace.StatusCode(r.IntN(5) - 1))
	}
	if r.oneIn(2) {
		r.attributes(span.Attributes())
	}
	for _, event := range span.Events().All() {
		if r.oneIn(3) {
			event.SetName(r.text())
			r.attributes(event.Attributes())
		}
		if r.oneIn(8) {
			event.SetDroppedAttributesCount(r.Uint32())
		}
	}
	if r.oneIn(6) {
		r.attributes(span.Events().AppendEmpty().Attributes())
	}
	if r.oneIn(8) {
		span.Events().RemoveIf(func(ptrace.SpanEvent) bool { return r.oneIn(2) })
	}
	if r.oneIn(8) {
		r.attributes(span.Links().AppendEmpty().Attributes())
	}
	if r.oneIn(8) {
		span.SetFlags(r.Uint32N(3))
		span.SetKind(ptrace.SpanKind(r.IntN(8) - 1))
		span.SetParentSpanID(pcommon.SpanID{byte(r.IntN(3))})
		span.SetEndTimestamp(pcommon.Timestamp(r.Uint64N(3)))
		span.SetDroppedEventsCount(r.Uint32N(3))
	}
	if r.oneIn(16) {
		span.SetSpanID(pcommon.SpanID{byte(r.IntN(4))})
	}
}

// edit changes a batch as plugins might, and as they should not.
func (r random) edit(traces ptrace.Traces) {
	keepOneIn := r.IntN(6)
	drop := func() bool { return keepOneIn > 0 && r.oneIn(keepOneIn+1) }
	leaveEmpty := r.oneIn(4)
	traces.ResourceSpans().RemoveIf(func(resource ptrace.ResourceSpans) bool {
		if r.oneIn(6) {
			r.attributes(resource.Resource().Attributes())
		}
		if r.oneIn(20) {
			resource.SetSchemaUrl(r.text())
		}
		resource.ScopeSpans().RemoveIf(func(scope ptrace.ScopeSpans) bool {
			if r.oneIn(6) {
				scope.Scope().SetName(r.text())
				scope.Scope().SetVersion(r.text())
				r.attributes(scope.Scope().Attributes())
			}
			if r.oneIn(20) {
				scope.SetSchemaUrl(r.text())
			}
			scope.Spans().RemoveIf(func(span ptrace.Span) bool {
				r.span(span)
				return drop()
			})
			if r.oneIn(30) {
				r.newSpan(scope.Spans().AppendEmpty())
			}
			return !leaveEmpty && scope.Spans().Len() == 0
		})
		return !leaveEmpty && resource.ScopeSpans().Len() == 0
	})
}

func (r random) newSpan(span ptrace.Span) {
	// Few ids, so that some stand twice and some are empty.
	span.SetTraceID(pcommon.TraceID{byte(r.IntN(2))})
	span.SetSpanID(pcommon.SpanID{byte(r.IntN(8))})
	r.span(span)
}

func (r random) batch() ptrace.Traces {
	traces := ptrace.NewTraces()
	for range r.IntN(4) {
		resource := traces.ResourceSpans().AppendEmpty()
		resource.SetSchemaUrl(r.text())
		r.attributes(resource.Resource().Attributes())
		for range r.IntN(3) {
			scope := resource.ScopeSpans().AppendEmpty()
			scope.Scope().SetName(r.text())
			r.attributes(scope.Scope().Attributes())
			for range r.IntN(6) {
				r.newSpan(scope.Spans().AppendEmpty())
			}
		}
	}
	return traces
}

// append puts fields behind all others of some spans, whatever they are.
func (r random) append(tb testing.TB, batch []byte) []byte {
	return rewriteSpans(tb, batch, func(span []byte) []byte {
		span = bytes.Clone(span)
		for r.oneIn(3) {
			switch r.IntN(4) {
			case 0:
				span = append(span, traceState(r.text())...)
			case 1:
				f, _ := readField(span, 0)
				span = append(span, span[:f.end]...)
			default:
				span = append(span, attribute(r.key(), r.text())...)
			}
		}
		return span
	})
}

func (r random) corrupt(result []byte) []byte {
	result = bytes.Clone(result)
	for range 1 + r.IntN(3) {
		if len(result) == 0 {
			break
		}
		at := r.IntN(len(result))
		switch r.IntN(4) {
		case 0:
			result[at] = byte(r.Uint32())
		case 1:
			result[at] ^= 1 << r.IntN(8)
		case 2:
			result = append(result[:at], result[min(at+r.IntN(4), len(result)):]...)
		default:
			result = bytes.Join([][]byte{result[:at], result[at:min(at+r.IntN(40), len(result))], result[at:]}, nil)
		}
	}
	return result
}

// Scenario: random changes to recorded and to random batches.
// Guarantees: the outcome is that of decoding all, the error included.
func TestApplyDoesWhatDecodingDoes(t *testing.T) {
	recordings := recorded(t, 30)
	patched := 0
	const rounds = 6000
	var seed uint64
	defer func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	}()
	for seed = range rounds {
		r := random{rand.New(rand.NewPCG(seed, 0))}
		traces := r.batch()
		if r.oneIn(8) {
			traces = recordings[r.IntN(len(recordings))]
		}
		after := clone(traces)
		r.edit(after)
		result := r.append(t, marshal(t, after))
		if check(t, traces, result) {
			patched++
		}
		for range 4 {
			check(t, traces, r.corrupt(result))
		}
	}
	if patched < rounds/4 {
		t.Errorf("only %d of %d batches were patched, which tests little", patched, rounds)
	}
}

func FuzzApply(f *testing.F) {
	batch := marshal(f, small())
	f.Add(batch, batch)
	for seed := range uint64(20) {
		r := random{rand.New(rand.NewPCG(seed, 1))}
		traces := r.batch()
		after := clone(traces)
		r.edit(after)
		f.Add(marshal(f, traces), r.append(f, marshal(f, after)))
	}
	f.Fuzz(func(t *testing.T, batch, result []byte) {
		traces, err := unmarshaler.UnmarshalTraces(batch)
		if err != nil {
			t.Skip("not a batch")
		}
		check(t, traces, result)
	})
}
