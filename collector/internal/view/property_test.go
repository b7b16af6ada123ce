package view

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/lapidary-dev/lapidary/collector/internal/sight"
)

var (
	marshaler   ptrace.ProtoMarshaler
	unmarshaler ptrace.ProtoUnmarshaler
)

// Guarantees: what holds of views holds of any batch and any sight.
func TestViewsOfAnyBatch(t *testing.T) {
	seed := uint64(0)
	defer func() { t.Logf("up to seed %d", seed) }()
	for ; seed < 2000; seed++ {
		r := randomOf(seed)
		hold(t, r, r.sight(), r.traces(t))
	}
}

func FuzzViews(f *testing.F) {
	for _, c := range readCorpus(f) {
		f.Add(uint64(len(c.View)), c.Traces)
	}
	for seed := range uint64(50) {
		f.Add(seed, tracesData.encode(randomOf(seed).node(tracesData, 0)))
	}
	f.Fuzz(func(t *testing.T, seed uint64, encoded []byte) {
		// Plain views of all parts of many units take too long.
		if traces, err := unmarshaler.UnmarshalTraces(encoded); err == nil && Units(traces) < 100 {
			r := randomOf(seed)
			hold(t, r, r.sight(), traces)
		}
	})
}

func hold(t testing.TB, r random, s sight.Sight, traces ptrace.Traces) {
	keys, err := sight.NewKeys(s.Keys)
	require.NoError(t, err)
	maker, err := New(s)
	require.NoError(t, err)
	p := plain{s, keys}
	encoded, err := marshaler.MarshalTraces(traces)
	require.NoError(t, err)
	batch := tracesData.decode(encoded)

	shown := p.view(batch)
	made := maker.Make(nil, traces, 0, All, 0)
	units := unitsOf(batch)
	requireSame(t, View{tracesData.encode(shown), spansOf(units), 0, len(units)}, made)
	require.Equal(t, len(units), Units(traces))

	isItsOwnView(t, maker, batch, made.Bytes)
	partsAreTheWhole(t, r, p, maker, traces, batch)
	showsWhatStands(t, maker, traces, shown)
	after, err := marshaler.MarshalTraces(traces)
	require.NoError(t, err)
	require.Equal(t, encoded, after)
}

func requireSame(t testing.TB, want, got View) {
	require.Equal(t, fmt.Sprintf("%+q", want), fmt.Sprintf("%+q", got))
}

func isItsOwnView(t testing.TB, maker *Maker, batch node, view []byte) {
	again, err := unmarshaler.UnmarshalTraces(view)
	require.NoError(t, err)
	switch maker.kind {
	case sight.AllTexts:
		// In pdata, a value that is there and empty is none. So much a view says once
		// only.
		view = plain{Sight: sight.Sight{Kind: sight.Everything}}.encoded(tracesData.decode(view))
	case sight.Parts:
		// Nor does a list that is cut off say twice what may be in it.
		if depthOf(batch) > MaxDepth {
			return
		}
	}
	require.Equal(t, string(view), string(maker.Make(nil, again, 0, All, 0).Bytes))
}

func (p plain) encoded(traces node) []byte { return tracesData.encode(p.view(traces)) }

// depthOf counts lists and maps in each other.
func depthOf(n node) int {
	deepest, own := 0, 0
	for number, values := range n {
		for _, value := range values {
			if inside, ok := value.(node); ok {
				deepest = max(deepest, depthOf(inside))
			}
		}
		// No other message has a message in its field 5 or 6.
		if _, isList := values[0].(node); isList && (number == 5 || number == 6) {
			own = 1
		}
	}
	return deepest + own
}

// unit is where one stands; -1 where there is none.
type unit struct{ resource, scope, span int }

func unitsOf(traces node) []unit {
	var units []unit
	for resource, resourceSpans := range traces.nodes(1) {
		scopes := resourceSpans.nodes(2)
		if len(scopes) == 0 {
			units = append(units, unit{resource, -1, -1})
		}
		for scope, scopeSpans := range scopes {
			if len(scopeSpans[2]) == 0 {
				units = append(units, unit{resource, scope, -1})
			}
			for span := range scopeSpans[2] {
				units = append(units, unit{resource, scope, span})
			}
		}
	}
	return units
}

func spansOf(units []unit) int {
	spans := 0
	for _, unit := range units {
		if unit.span >= 0 {
			spans++
		}
	}
	return spans
}

// batchOf has some units of another batch.
func batchOf(traces node, units []unit) node {
	batch := node{}
	for index, u := range units {
		resource := traces.nodes(1)[u.resource]
		isNew := index == 0 || units[index-1].resource != u.resource
		if isNew {
			batch[1] = append(batch[1], node{1: resource[1], 3: resource[3]})
		}
		into := batch[1][len(batch[1])-1].(node)
		if u.scope < 0 {
			continue
		}
		scope := resource.nodes(2)[u.scope]
		if isNew || units[index-1].scope != u.scope {
			into[2] = append(into[2], node{1: scope[1], 3: scope[3]})
		}
		if u.span >= 0 {
			into = into[2][len(into[2])-1].(node)
			into[2] = append(into[2], scope[2][u.span])
		}
	}
	return batch
}

func partsAreTheWhole(t testing.TB, r random, p plain, maker *Maker, traces ptrace.Traces, batch node) {
	units, limit := unitsOf(batch), r.IntN(2)*(1+r.IntN(2000))
	first := 0
	for first < len(units) {
		end := first + 1 + r.IntN(4)
		if r.IntN(3) == 0 {
			end = All
		}
		within := units[first:min(end, len(units))]
		if limit > 0 {
			within = within[:p.fitting(batch, within, limit)]
		}
		want := View{p.encoded(batchOf(batch, within)), spansOf(within), first, first + len(within)}
		requireSame(t, want, maker.Make(nil, traces, first, end, limit))
		first += len(within)
	}
	requireSame(t, View{First: first, End: first}, maker.Make(nil, traces, first, All, limit))
}

// fitting counts the units of which a view with this limit consists.
func (p plain) fitting(batch node, units []unit, limit int) int {
	alone := p.view(batchOf(batch, units[:1]))
	spanLength := 0
	if units[0].span >= 0 {
		spans := alone.nodes(1)[0].nodes(2)[0][2]
		spanLength = len(scopeSpans.encode(node{2: spans}))
	}
	most := max(limit, 2*(len(tracesData.encode(alone))-spanLength))
	for count := 2; count <= len(units); count++ {
		if len(p.encoded(batchOf(batch, units[:count]))) > most {
			return count - 1
		}
	}
	return len(units)
}

// Shows is true of what stands in a view, and of nothing else.
func showsWhatStands(t testing.TB, maker *Maker, traces ptrace.Traces, shown node) {
	for index, resource := range traces.ResourceSpans().All() {
		in := shown.nodes(1)[index]
		require.Equal(t, entriesOf(maker, sight.Resource, resource.Resource().Attributes()), keysIn(in.one(1)[1]))
		for index, scope := range resource.ScopeSpans().All() {
			in := in.nodes(2)[index]
			require.Equal(t, entriesOf(maker, sight.Scope, scope.Scope().Attributes()), keysIn(in.one(1)[3]))
			for index, span := range scope.Spans().All() {
				require.Equal(t, entriesOf(maker, sight.Span, span.Attributes()), keysIn(in.nodes(2)[index][9]))
			}
		}
	}
}

func entriesOf(maker *Maker, on sight.Carrier, attributes pcommon.Map) []string {
	var keys []string
	for key, value := range attributes.All() {
		if maker.kind != sight.Parts || Shows(maker.keys, on, []string{key}, value, 0) {
			keys = append(keys, key)
		}
	}
	return keys
}

func keysIn(entries []any) []string {
	var keys []string
	for _, entry := range entries {
		keys = append(keys, entry.(node).text(1))
	}
	return keys
}
