package patch

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

var marshaler ptrace.ProtoMarshaler

// recorded returns the recordings in batches of this many spans or a few more.
func recorded(tb testing.TB, spans int) []ptrace.Traces {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "testdata", "recordings", "*", "spans.jsonl"))
	require.NoError(tb, err)
	require.NotEmpty(tb, files, "testdata/recordings has no recordings")
	var batches []ptrace.Traces
	batch := ptrace.NewTraces()
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(tb, err)
		for line := range bytes.Lines(text) {
			traces, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(line)
			require.NoError(tb, err)
			traces.ResourceSpans().MoveAndAppendTo(batch.ResourceSpans())
			if batch.SpanCount() >= spans {
				batches = append(batches, batch)
				batch = ptrace.NewTraces()
			}
		}
	}
	if batch.SpanCount() > 0 {
		batches = append(batches, batch)
	}
	return batches
}

func clone(traces ptrace.Traces) ptrace.Traces {
	to := ptrace.NewTraces()
	traces.CopyTo(to)
	return to
}

func marshal(tb testing.TB, traces ptrace.Traces) []byte {
	tb.Helper()
	out, err := marshaler.MarshalTraces(traces)
	require.NoError(tb, err)
	return out
}

// check compares Apply with UnmarshalTraces, and says whether the answer is
// the traces that came in.
func check(tb testing.TB, traces ptrace.Traces, result []byte) bool {
	tb.Helper()
	batch := marshal(tb, traces)
	in := clone(traces)
	given := bytes.Clone(result)
	got, err := Apply(in, batch, given)
	// What is kept of the bytes shows.
	for index := range given {
		given[index] = 0xee
	}
	want, wantErr := unmarshaler.UnmarshalTraces(result)
	if wantErr != nil {
		require.EqualError(tb, err, wantErr.Error())
		return false
	}
	require.NoError(tb, err)
	if !bytes.Equal(marshal(tb, want), marshal(tb, got)) {
		require.Equal(tb, asJSON(tb, want), asJSON(tb, got))
		require.Fail(tb, "the bytes differ, though the JSON does not")
	}
	return got == in
}

func asJSON(tb testing.TB, traces ptrace.Traces) string {
	tb.Helper()
	text, err := (&ptrace.JSONMarshaler{}).MarshalTraces(traces)
	require.NoError(tb, err)
	return string(text)
}

func eachSpan(traces ptrace.Traces, do func(ptrace.Span)) {
	for _, resource := range traces.ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				do(span)
			}
		}
	}
}

// dropSpans removes spans, and what is left empty, as a plugin does.
func dropSpans(traces ptrace.Traces, drop func(ptrace.Span) bool) {
	traces.ResourceSpans().RemoveIf(func(resource ptrace.ResourceSpans) bool {
		resource.ScopeSpans().RemoveIf(func(scope ptrace.ScopeSpans) bool {
			scope.Spans().RemoveIf(drop)
			return scope.Spans().Len() == 0
		})
		return resource.ScopeSpans().Len() == 0
	})
}

// rewriteSpans puts other bytes in the place of every span's.
func rewriteSpans(tb testing.TB, batch []byte, rewrite func(span []byte) []byte) []byte {
	tb.Helper()
	return rewriteFields(tb, batch, tagResourceSpans, func(resource []byte) []byte {
		return rewriteFields(tb, resource, tagChild, func(scope []byte) []byte {
			return rewriteFields(tb, scope, tagChild, rewrite)
		})
	})
}

func rewriteFields(tb testing.TB, message []byte, tag byte, rewrite func([]byte) []byte) []byte {
	tb.Helper()
	var out []byte
	for at := 0; at < len(message); {
		f, ok := readField(message, at)
		require.True(tb, ok)
		if f.tag == tag {
			out = appendEnclosed(out, rewrite(message[f.start:f.end]), []byte{tag})
		} else {
			out = append(out, message[at:f.end]...)
		}
		at = f.end
	}
	return out
}

// attribute returns a span's attribute as a plugin writes it.
func attribute(key, value string) []byte {
	text := appendEnclosed(nil, []byte(value), []byte{tagValue, tagStringValue})
	return appendEnclosed(nil, append(appendEnclosed(nil, []byte(key), []byte{tagKey}), text...), []byte{tagSpanAttributes})
}

func traceState(value string) []byte {
	return appendEnclosed(nil, []byte(value), []byte{tagTraceState})
}

// small returns three spans in two scopes of two resources, with a little of
// everything.
func small() ptrace.Traces {
	traces := ptrace.NewTraces()
	for number := range 3 {
		if number != 1 {
			resource := traces.ResourceSpans().AppendEmpty()
			resource.SetSchemaUrl("https://opentelemetry.io/schemas/1.30.0")
			resource.Resource().Attributes().PutStr("service.name", "shop")
			resource.ScopeSpans().AppendEmpty().Scope().SetName("http")
		}
		spans := traces.ResourceSpans().At(traces.ResourceSpans().Len() - 1).ScopeSpans().At(0).Spans()
		fillSpan(spans.AppendEmpty(), byte(number+1))
	}
	return traces
}

func fillSpan(span ptrace.Span, number byte) {
	span.SetTraceID(pcommon.TraceID{7, 7, 7})
	span.SetSpanID(pcommon.SpanID{number})
	span.SetName("GET /orders")
	span.SetKind(ptrace.SpanKindServer)
	span.SetFlags(0x101)
	span.SetStartTimestamp(1_000_000)
	span.SetEndTimestamp(2_000_000)
	span.Attributes().PutStr("url.path", "/orders/17")
	span.Attributes().PutInt("http.response.status_code", 200)
	span.Attributes().PutBool("cached", false)
	span.Attributes().PutDouble("load", 0.5)
	span.Attributes().PutEmptyBytes("body").FromRaw([]byte{1, 2})
	span.Attributes().PutEmptySlice("tags").AppendEmpty().SetStr("new")
	event := span.Events().AppendEmpty()
	event.SetName("exception")
	event.Attributes().PutStr("exception.message", "no such order")
	span.Links().AppendEmpty().SetSpanID(pcommon.SpanID{9})
	span.Status().SetMessage("not found")
	span.Status().SetCode(ptrace.StatusCodeError)
}

func assertPatched(t *testing.T, patched bool) {
	t.Helper()
	assert.True(t, patched, "the whole batch was decoded")
}
