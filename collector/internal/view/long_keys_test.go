package view

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/lapidary-dev/lapidary/collector/internal/sight"
)

// Scenario: a long key above many entries.
// Guarantees: it is not read again for every one of them, which would take minutes.
func TestALongKeyIsNotReadAgainForEveryEntry(t *testing.T) {
	traces := ptrace.NewTraces()
	span := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	entries := span.Attributes().PutEmptyMap(strings.Repeat("customer.", 100_000))
	entries.EnsureCapacity(2000)
	for range 2000 {
		inner := entries.PutEmptyMap(strings.Repeat("n", entries.Len()))
		for index := range 20 {
			inner.PutStr("x"+strconv.Itoa(index)+"name", "A-1043")
		}
	}
	keys := []sight.Selector{{Carriers: 1 << sight.Span, Keys: []string{"customer.*.name", "*.name", "x*y*name"}}}
	maker, err := New(sight.Sight{Kind: sight.Parts, Keys: keys})
	require.NoError(t, err)
	view := maker.Make(nil, traces, 0, All, 0)
	assert.Less(t, len(view.Bytes), 100, "nothing of it is meant")
}
