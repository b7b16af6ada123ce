package lapidaryprocessor

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"
)

const planted = "ann@example.org"

// plantedBatch holds an e-mail in every place that is under no span: in a
// resource that has no scope, in a scope that has no spans, and in the resource
// of that. With spans it has one of these in between.
func plantedBatch(withSpans bool) ptrace.Traces {
	traces := ptrace.NewTraces()
	traces.ResourceSpans().AppendEmpty().Resource().Attributes().PutStr("owner", planted)
	resource := traces.ResourceSpans().AppendEmpty()
	resource.Resource().Attributes().PutStr("owner", planted)
	resource.ScopeSpans().AppendEmpty().Scope().Attributes().PutStr("author", planted)
	if withSpans {
		spans := resource.ScopeSpans().AppendEmpty().Spans()
		spans.AppendEmpty().SetName("a")
		spans.AppendEmpty().SetName("bad")
	}
	traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Scope().Attributes().PutStr("author", planted)
	return traces
}

func asJSON(t *testing.T, all ...ptrace.Traces) string {
	t.Helper()
	text := ""
	for _, traces := range all {
		one, err := (&ptrace.JSONMarshaler{}).MarshalTraces(traces)
		require.NoError(t, err)
		text += string(one) + "\n"
	}
	return text
}

// Scenario: batches with and without spans, whole, in pieces and in halves,
// have an e-mail where no span is.
// Guarantees: it is masked everywhere, and nothing is lost but the span at
// fault.
func TestResourcesAndScopesWithoutSpansGoThroughThePlugins(t *testing.T) {
	redact := PluginConfig{Module: module(t, "redact-pii"), Rules: "../../rules/redact-pii/base.yaml"}
	for name, c := range map[string]struct {
		withSpans bool
		limit     int
		before    string
	}{
		"without spans":            {false, 0, "does: pass"},
		"without spans, in pieces": {false, 1, "does: pass"},
		"with spans":               {true, 0, "does: pass"},
		"in pieces":                {true, 1, "does: pass"},
		"in halves":                {true, 0, "does: panic"},
		"in halves of pieces":      {true, 60, "does: fail"},
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, func(c2 *Config) { c2.MaxBatchBytes = c.limit; c2.MemoryLimitMiB = 64 },
				PluginConfig{Module: module(t, misbehaving), Rules: rules(c.before, "if-contains: bad")}, redact)
			require.NoError(t, p.ConsumeTraces(context.Background(), plantedBatch(c.withSpans)))

			require.Len(t, p.sink.AllTraces(), 1)
			out := p.sink.AllTraces()[0]
			expected := plantedBatch(c.withSpans)
			if c.before != "does: pass" {
				expected.ResourceSpans().At(1).ScopeSpans().At(1).Spans().RemoveIf(func(s ptrace.Span) bool { return s.Name() == "bad" })
			}
			mask(expected)
			assert.Equal(t, asJSON(t, expected), asJSON(t, out))
			assert.NotContains(t, asJSON(t, out), planted)
		})
	}
}

// mask does what the ready rules do.
func mask(traces ptrace.Traces) {
	for _, resource := range traces.ResourceSpans().All() {
		if _, ok := resource.Resource().Attributes().Get("owner"); ok {
			resource.Resource().Attributes().PutStr("owner", "[email]")
		}
		for _, scope := range resource.ScopeSpans().All() {
			if _, ok := scope.Scope().Attributes().Get("author"); ok {
				scope.Scope().Attributes().PutStr("author", "[email]")
			}
		}
	}
}

// Scenario: a plugin cannot process a batch without spans.
// Guarantees: the batch goes by the failure policy.
func TestABatchWithoutSpansGoesByTheFailurePolicy(t *testing.T) {
	for policy, left := range map[string]int{onFailureBlock: 0, onFailurePass: 1} {
		for _, does := range []string{"fail", "panic", "garbage"} {
			t.Run(policy+" "+does, func(t *testing.T) {
				p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: "+does, "if-contains: "+planted), OnFailure: policy})
				traces := ptrace.NewTraces()
				traces.ResourceSpans().AppendEmpty().Resource().Attributes().PutStr("owner", planted)
				require.NoError(t, p.ConsumeTraces(context.Background(), traces))
				assert.Len(t, p.sink.AllTraces(), left)
				assert.Len(t, p.logs.FilterLevelExact(zap.WarnLevel).FilterFieldKey("bytes").All(), 1)
				assert.NotContains(t, p.logText(), planted)
			})
		}
	}
}

// Guarantees: a plugin that drops every span of a batch without any leaves it.
func TestABatchWithoutSpansHasNoneToDrop(t *testing.T) {
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: drop")})
	require.NoError(t, p.ConsumeTraces(context.Background(), plantedBatch(false)))
	require.Len(t, p.sink.AllTraces(), 1)
	assert.Equal(t, asJSON(t, plantedBatch(false)), asJSON(t, p.sink.AllTraces()[0]))
}

func TestABatchWithNothingInItIsPassedOn(t *testing.T) {
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: drop")})
	require.NoError(t, p.ConsumeTraces(context.Background(), ptrace.NewTraces()))
	assert.Len(t, p.sink.AllTraces(), 1)
}

// Guarantees: a batch of which no span is left does not go on for the sake of
// its resources.
func TestABatchThatHadSpansAndHasNoneIsNotPassedOn(t *testing.T) {
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: fail", "if-contains: bad")})
	traces := plantedBatch(false)
	traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty().SetName("bad")
	require.NoError(t, p.ConsumeTraces(context.Background(), traces))
	assert.Empty(t, p.sink.AllTraces())
}
