package edits

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Whatever a plugin answers: it is taken or refused, never with a panic. Refused,
// it leaves nothing behind.
func FuzzAnswer(f *testing.F) {
	r := random{rand.New(rand.NewPCG(1, 7))}
	for range 50 {
		f.Add(r.Uint64(), r.answer(r.traces()))
	}
	f.Fuzz(func(t *testing.T, seed uint64, answer []byte) {
		r := random{rand.New(rand.NewPCG(seed, 7))}
		tryAnswer(t, r.traces(), answer)
	})
}

// Right answers of which some bytes were changed.
func TestMutatedAnswers(t *testing.T) {
	taken := 0
	for seed := range uint64(5000) {
		r := random{rand.New(rand.NewPCG(seed, 7))}
		traces := r.traces()
		answer := r.answer(traces)
		for range 1 + r.IntN(3) {
			answer = r.mutate(answer)
		}
		if tryAnswer(t, traces, answer) {
			taken++
		}
	}
	require.NotZero(t, taken)
	require.Less(t, taken, 5000)
}

func tryAnswer(t *testing.T, traces ptrace.Traces, answer []byte) (taken bool) {
	editor := editorOfAll(t, "a", "b", "new", "a")
	before := marshal(t, traces)
	batch := NewBatch(traces)
	defer batch.Release()
	empty := batch.mark()
	err := editor.Check(batch, 0, batch.layout.units, answer)
	require.Equal(t, before, marshal(t, traces))
	if err != nil {
		require.Equal(t, empty, batch.mark())
		return false
	}
	spans := traces.SpanCount()
	counts := batch.Apply()
	require.Equal(t, spans, counts.In)
	require.Equal(t, traces.SpanCount(), counts.Out)
	_, err = unmarshaler.UnmarshalTraces(marshal(t, traces))
	require.NoError(t, err)
	return true
}

// answer returns one that is right for a whole batch.
func (r random) answer(traces ptrace.Traces) []byte {
	resources, scopes, spans := partOf(traces, 0, unitsOf(traces))
	edits, dropped := r.edits(traces, plainSight{}, resources, scopes, spans, []string{"a", "b", "new", "a"})
	var encoded [][]byte
	for _, e := range edits {
		encoded = append(encoded, e.bytes())
	}
	return withDrops(dropped, encoded...)
}

func (r random) mutate(answer []byte) []byte {
	if len(answer) == 0 {
		return []byte{byte(r.IntN(256))}
	}
	at := r.IntN(len(answer))
	switch r.IntN(4) {
	case 0:
		return answer[:at]
	case 1:
		return slices.Delete(answer, at, at+1)
	case 2:
		return slices.Insert(answer, at, byte(r.IntN(256)))
	}
	answer[at] ^= 1 << r.IntN(8)
	return answer
}
