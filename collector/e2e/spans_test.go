package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// oneSpan is a span under its resource and scope, decoded by the Collector's
// own pdata, so that what pdata makes of a span is the same on both sides.
type oneSpan struct {
	span ptrace.Span
	// text is everything about the span, its resource and its scope, as JSON.
	text string
}

// readSpans returns every span of files of OTLP JSON lines, in their order.
func readSpans(t *testing.T, files ...string) []oneSpan {
	t.Helper()
	spans := []oneSpan{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, line := range bytes.Split(text, []byte("\n")) {
			if len(line) == 0 {
				continue
			}
			traces, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(line)
			require.NoError(t, err, file)
			spans = append(spans, spansOf(t, traces)...)
		}
	}
	return spans
}

// spansOf returns every span of a batch.
func spansOf(t *testing.T, traces ptrace.Traces) (spans []oneSpan) {
	t.Helper()
	for _, resource := range traces.ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				spans = append(spans, single(t, resource, scope, span))
			}
		}
	}
	return spans
}

func single(t *testing.T, resource ptrace.ResourceSpans, scope ptrace.ScopeSpans, span ptrace.Span) oneSpan {
	t.Helper()
	alone := ptrace.NewTraces()
	toResource := alone.ResourceSpans().AppendEmpty()
	resource.Resource().CopyTo(toResource.Resource())
	toResource.SetSchemaUrl(resource.SchemaUrl())
	toScope := toResource.ScopeSpans().AppendEmpty()
	scope.Scope().CopyTo(toScope.Scope())
	toScope.SetSchemaUrl(scope.SchemaUrl())
	span.CopyTo(toScope.Spans().AppendEmpty())
	text, err := (&ptrace.JSONMarshaler{}).MarshalTraces(alone)
	require.NoError(t, err)
	return oneSpan{span: toScope.Spans().At(0), text: string(text)}
}

func texts(spans []oneSpan) []string {
	all := make([]string, len(spans))
	for index, span := range spans {
		all[index] = span.text
	}
	return all
}

func (s oneSpan) id() string { return s.span.TraceID().String() + " " + s.span.SpanID().String() }

func ids(spans []oneSpan) []string {
	all := make([]string, len(spans))
	for index, span := range spans {
		all[index] = span.id()
	}
	return all
}

// allTexts is every text in these spans, their resources and their scopes,
// keys included, decoded, one after the other.
func allTexts(t *testing.T, spans []oneSpan) string {
	t.Helper()
	var all strings.Builder
	seen := make(map[string]bool)
	for _, span := range spans {
		var decoded any
		require.NoError(t, json.Unmarshal([]byte(span.text), &decoded))
		eachText(decoded, func(text string) {
			if !seen[text] {
				seen[text] = true
				all.WriteString(text)
				all.WriteByte(0)
			}
		})
	}
	return all.String()
}

func eachText(value any, visit func(string)) {
	switch value := value.(type) {
	case string:
		visit(value)
	case []any:
		for _, element := range value {
			eachText(element, visit)
		}
	case map[string]any:
		for key, element := range value {
			visit(key)
			eachText(element, visit)
		}
	}
}
