package e2e

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

const replay = "deploy/replay.yaml"

// TestRecordedOrdersThroughTheCollector sends all recordings once and looks at
// what left from several sides.
func TestRecordedOrdersThroughTheCollector(t *testing.T) {
	files := runs(t)
	c := startCollector(t, replay)
	output, err := sender(t, c, files...).CombinedOutput()
	require.NoError(t, err, string(output))
	c.stop(t)
	in := readSpans(t, files...)
	inside := readSpans(t, filepath.Join(c.out, "inside.jsonl"))
	outside := readSpans(t, filepath.Join(c.out, "outside.jsonl"))

	t.Run("nothing is lost that was not sampled away", func(t *testing.T) {
		checkSampling(t, in, inside)
		checkSampling(t, in, outside)
		assert.Equal(t, ids(inside), ids(outside))
	})
	t.Run("ids, kinds, timings and statuses are as they were sent", func(t *testing.T) {
		checkSkeleton(t, in, inside)
		checkSkeleton(t, in, outside)
	})
	t.Run("no planted e-mail, phone or card is left", func(t *testing.T) {
		checkPlanted(t, "inside", in, inside)
		checkPlanted(t, "outside", in, outside)
	})
	t.Run("no value under a configured key is left", func(t *testing.T) {
		checkKeys(t, in, inside)
		checkKeys(t, in, outside)
	})
	t.Run("operators are readable inside and hashed outside", func(t *testing.T) {
		checkOperators(t, inside, outside)
	})
	t.Run("spans of an order say its status", func(t *testing.T) {
		checkEnriched(t, inside)
	})
	t.Run("what leaves is what the command line gives", func(t *testing.T) {
		insideCLI, outsideCLI := throughCommandLine(t, files)
		assert.Equal(t, texts(insideCLI), texts(inside))
		assert.Equal(t, texts(outsideCLI), texts(outside))
	})
}

// throughCommandLine sends the same files through the same chains, by the very
// config of the Collector.
func throughCommandLine(t *testing.T, files []string) (inside, outside []oneSpan) {
	t.Helper()
	folder := t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name+".jsonl") }
	var all []byte
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		all = append(all, text...)
	}
	require.NoError(t, os.WriteFile(path("in"), all, 0o600))
	for _, chain := range [][2]string{{"in", "head"}, {"head", "inside"}, {"head", "outside"}} {
		lapidary(t, "run", "--config", replay, "--processor", "lapidary/"+chain[1], path(chain[0]), "-o", path(chain[1]))
	}
	return readSpans(t, path("inside")), readSpans(t, path("outside"))
}

// checkSampling compares with a plain reading of the rules: slow and failed
// spans are kept, those with a gap may be, the rest goes by the last 56 bits of
// the trace id. Whether there is a gap is only known of spans that were kept.
func checkSampling(t *testing.T, in, out []oneSpan) {
	t.Helper()
	// 10 % kept means that 90 % of the 56 bits are below the threshold, in the
	// four hex digits that OpenTelemetry writes of it.
	const threshold = 0xe6_6600_0000_0000
	left, gaps := make(map[string]int), make(map[string]bool)
	for _, span := range out {
		left[span.id()]++
		_, gaps[span.id()] = span.span.Attributes().Get("gap_detected")
	}
	for _, span := range in {
		traceID := span.span.TraceID()
		randomness := binary.BigEndian.Uint64(traceID[8:]) & (1<<56 - 1)
		matters := span.span.EndTimestamp().AsTime().Sub(span.span.StartTimestamp().AsTime()) > 5*time.Second ||
			span.span.Status().Code() == ptrace.StatusCodeError || gaps[span.id()]
		expected := matters || randomness >= threshold
		assert.Equal(t, expected, left[span.id()] > 0, "%s %s", span.id(), span.span.Name())
		left[span.id()]--
	}
	for id, count := range left {
		assert.LessOrEqual(t, count, 0, "%s left more often than it came", id)
	}
	for _, span := range out {
		assert.Contains(t, span.span.TraceState().AsRaw(), "ot=", span.id())
	}
}

func checkSkeleton(t *testing.T, in, out []oneSpan) {
	t.Helper()
	before := make(map[string]ptrace.Span)
	for _, span := range in {
		before[span.id()] = span.span
	}
	for _, span := range out {
		was, ok := before[span.id()]
		if !assert.True(t, ok, "%s was not sent", span.id()) {
			continue
		}
		assert.Equal(t, was.ParentSpanID(), span.span.ParentSpanID(), span.id())
		assert.Equal(t, was.StartTimestamp(), span.span.StartTimestamp(), span.id())
		assert.Equal(t, was.EndTimestamp(), span.span.EndTimestamp(), span.id())
		assert.Equal(t, was.Kind(), span.span.Kind(), span.id())
		assert.Equal(t, was.Flags(), span.span.Flags(), span.id())
		assert.Equal(t, was.Status().Code(), span.span.Status().Code(), span.id())
		assert.Equal(t, was.Events().Len(), span.span.Events().Len(), span.id())
		assert.Equal(t, was.Links().Len(), span.span.Links().Len(), span.id())
		if order, ok := was.Attributes().Get("order_id"); ok {
			still, ok := span.span.Attributes().Get("order_id")
			assert.True(t, ok && order.Equal(still), "%s lost its order_id", span.id())
		}
	}
}

// planted is one value of testdata/recordings/planted.json.
type planted struct{ Kind, Form, Value, Run, Key string }

// readPlanted returns the list of values that were planted in the recordings.
func readPlanted(t *testing.T) (values []planted) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), "testdata", "recordings", "planted.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &values))
	require.NotEmpty(t, values)
	return values
}

func checkPlanted(t *testing.T, name string, in, out []oneSpan) {
	t.Helper()
	values := readPlanted(t)
	before, after := allTexts(t, in), allTexts(t, out)
	left := make(map[string]int)
	searched := 0
	for _, value := range values {
		if strings.Contains(before, value.Value) {
			searched++
		}
		if !strings.Contains(after, value.Value) {
			continue
		}
		switch value.Kind {
		case "email", "phone", "card":
			t.Errorf("%s holds a planted %s, sent as %s in run %s under `%s`: %s", name, value.Kind, value.Form, value.Run, value.Key, holders(t, out, value.Value))
		default:
			left[value.Kind]++
		}
	}
	assert.Equal(t, len(values), searched, "planted values that are in no recording cannot be looked for")
	t.Logf("%s: planted values of other kinds that are left: %v", name, left)
}

// checkKeys looks at every attribute, however deep, whose key the rules of both
// chains name: only the mask may stand there.
func checkKeys(t *testing.T, in, out []oneSpan) {
	t.Helper()
	assert.NotEmpty(t, configuredValues(t, in), "nothing was sent under a configured key")
	for _, value := range configuredValues(t, out) {
		assert.Equal(t, map[string]any{"stringValue": "[masked]"}, value)
	}
}

var configuredKey = regexp.MustCompile(`^(customer|delivery|payment)\.`)

func configuredValues(t *testing.T, spans []oneSpan) []any {
	t.Helper()
	var values []any
	var walk func(any)
	walk = func(node any) {
		switch node := node.(type) {
		case []any:
			for _, child := range node {
				walk(child)
			}
		case map[string]any:
			if key, ok := node["key"].(string); ok && configuredKey.MatchString(key) {
				values = append(values, node["value"])
			}
			for _, child := range node {
				walk(child)
			}
		}
	}
	for _, span := range spans {
		var decoded any
		require.NoError(t, json.Unmarshal([]byte(span.text), &decoded))
		walk(decoded)
	}
	return values
}

// holders names the spans that hold a value, by their ids.
func holders(t *testing.T, spans []oneSpan, value string) string {
	var all []string
	for _, span := range spans {
		if strings.Contains(allTexts(t, []oneSpan{span}), value) {
			all = append(all, span.id())
		}
	}
	return strings.Join(all, ", ")
}

func checkOperators(t *testing.T, inside, outside []oneSpan) {
	t.Helper()
	pseudonyms := make(map[string]string)
	for index, span := range inside {
		readable, ok := span.span.Attributes().Get("operator_id")
		if !ok {
			continue
		}
		hashed, ok := outside[index].span.Attributes().Get("operator_id")
		if !assert.True(t, ok, "%s has no operator_id outside", span.id()) {
			continue
		}
		assert.Regexp(t, `^op_k1_[0-9a-f]{32,64}$`, hashed.AsString())
		if known, ok := pseudonyms[readable.AsString()]; ok {
			assert.Equal(t, known, hashed.AsString(), "one operator, one pseudonym")
		}
		pseudonyms[readable.AsString()] = hashed.AsString()
	}
	text := allTexts(t, outside)
	for operator := range pseudonyms {
		assert.False(t, strings.Contains(text, operator), "an operator is readable outside")
		assert.False(t, strings.HasPrefix(operator, "op_k1_"), "operators are not hashed inside")
	}
	t.Logf("%d operators in what was kept", len(pseudonyms))
}

// checkEnriched looks at spans that record a transition from a status: the
// order had that status, so they say one.
func checkEnriched(t *testing.T, spans []oneSpan) {
	t.Helper()
	transitions := 0
	for _, span := range spans {
		previous, ok := span.span.Attributes().Get("prev_status")
		if _, records := span.span.Attributes().Get("new_status"); !ok || !records || previous.AsString() == "" {
			continue
		}
		transitions++
		_, ok = span.span.Attributes().Get("order_status")
		assert.True(t, ok, "%s %s leaves status %s but does not say it", span.id(), span.span.Name(), previous.AsString())
	}
	assert.Positive(t, transitions, "no span of a transition was kept")
}
