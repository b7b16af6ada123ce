package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
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
			for _, resource := range traces.ResourceSpans().All() {
				for _, scope := range resource.ScopeSpans().All() {
					for _, span := range scope.Spans().All() {
						spans = append(spans, single(t, resource, scope, span))
					}
				}
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

// holds says whether any text of the span, its resource or its scope, keys
// included, contains this one.
func (s oneSpan) holds(value string) bool {
	var decoded any
	if json.Unmarshal([]byte(s.text), &decoded) != nil {
		return true
	}
	return anyText(decoded, func(text string) bool { return strings.Contains(text, value) })
}

func anyText(value any, is func(string) bool) bool {
	switch value := value.(type) {
	case string:
		return is(value)
	case []any:
		return slices.ContainsFunc(value, func(element any) bool { return anyText(element, is) })
	case map[string]any:
		for key, element := range value {
			if is(key) || anyText(element, is) {
				return true
			}
		}
	}
	return false
}
