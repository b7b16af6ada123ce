package view

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/lapidary-dev/lapidary/collector/internal/sight"
)

type random struct{ *rand.Rand }

func randomOf(seed uint64) random { return random{rand.New(rand.NewPCG(seed, 11))} }

func pick[T any](r random, of ...T) T { return of[r.IntN(len(of))] }

var patterns = []string{
	"order_id", "ORDER_*", "db.statement", "db.*", "ОПЕРАТОР", "k", "k.k", "*.k", "k.*.order_id", "order_id.*",
	"*", "*a*", "http.request.header.x-id", "nowhere",
}

// sight is any; one of parts most often.
func (r random) sight() sight.Sight {
	s := sight.Sight{Kind: sight.Parts}
	switch r.IntN(8) {
	case 0:
		return sight.Sight{Kind: sight.Everything}
	case 1:
		return sight.Sight{Kind: sight.AllTexts}
	}
	s.Fields = sight.Fields(r.Uint32()) & sight.AllFields
	if r.IntN(2) == 0 {
		s.Fields &= sight.Fields(r.Uint32() & r.Uint32())
	}
	for range r.IntN(4) {
		selector := sight.Selector{Carriers: sight.Carriers(r.Uint32()) & sight.AllCarriers}
		for range r.IntN(3) {
			selector.Keys = append(selector.Keys, pick(r, patterns...))
		}
		s.Keys = append(s.Keys, selector)
	}
	return s
}

// traces are any that pdata has, with keys that stand twice and texts that are no
// UTF-8.
func (r random) traces(t testing.TB) ptrace.Traces {
	traces, err := unmarshaler.UnmarshalTraces(tracesData.encode(r.node(tracesData, 0)))
	require.NoError(t, err)
	return traces
}

// node has any fields of a message.
func (r random) node(s *schema, depth int) node {
	n := node{}
	only := 1 + r.IntN(9)
	for number, f := range s.fields {
		if s.isOneof && number != only {
			continue
		}
		values := r.IntN(2)
		if f.isRepeated {
			values = r.IntN(4)
		}
		for range values {
			n[number] = append(n[number], r.value(s, f, number, depth))
		}
	}
	if s == anyValue && depth < 20 && r.IntN(100) == 0 {
		return r.deep(pick(r, 29, 30, 31, 32, 33, 60, 157, 158, 159, 160, 161, 200))
	}
	return n
}

func (r random) value(s *schema, f field, number, depth int) any {
	switch {
	case f.kind == message && depth > 20:
		return node{}
	case f.kind == message:
		return r.node(f.of, depth+1)
	case s == keyValue:
		return pick(r, "order_id", "Order_Total", "db.statement", "k", "k", "a", "оператор", "headers", "http.request.header.X_Id", "")
	case f.kind == traceID:
		return pick(r, strings.Repeat("\x00", 16), "0123456789abcdef")
	case f.kind == spanID:
		return pick(r, strings.Repeat("\x00", 8), "01234567", "\x00\x00\x00\x00\x00\x00\x00\x01")
	case f.kind == text:
		return pick(r, "", "text", "\xff\xfe", strings.Repeat("long ", r.IntN(40)), strings.Repeat("x", 100+r.IntN(50)))
	case s == anyValue && number == 2:
		return r.Uint64N(2)
	}
	return pick(r, 0, 1, 127, 128, r.Uint64()&0x7fff_ffff, r.Uint64()>>r.IntN(64))
}

// deep is a value under so many lists and maps.
func (r random) deep(levels int) node {
	n := r.node(anyValue, 20)
	for range levels {
		if r.IntN(4) == 0 {
			n = node{6: []any{node{1: []any{node{1: []any{"between"}, 2: []any{n}}}}}}
		} else {
			n = node{5: []any{node{1: []any{n}}}}
		}
	}
	return n
}
