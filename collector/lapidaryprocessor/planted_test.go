package lapidaryprocessor

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// misbehaviours are what a plugin may do over a span that it was to protect: fail, crash,
// spin, take all memory, lie about what it changes and counts, answer garbage.
func misbehaviours() []string {
	all := []string{"panic", "trap", "spin", "recurse", "allocate", "count-unknown"}
	for does := range wrongAnswers {
		all = append(all, does)
	}
	return all
}

// mark stands in every planted value.
const mark = "planted-7c1e"

// withPlanted is a batch of good spans around one that holds planted values wherever a span
// has text.
func withPlanted(number int) ptrace.Traces {
	traces := batchNumbered(number, "good", "good", "bad", "good", "good")
	span := traces.ResourceSpans().At(1).ScopeSpans().At(0).Spans().At(0)
	plant := func(where string) string { return fmt.Sprintf("%s-%s-%d", mark, where, number) }
	span.SetName(plant("name"))
	span.Status().SetMessage(plant("status"))
	span.TraceState().FromRaw("a=" + plant("state"))
	span.Attributes().PutStr("customer.email", plant("value"))
	span.Attributes().PutStr(plant("key"), "value")
	span.Attributes().PutEmptySlice("list").AppendEmpty().SetEmptyMap().PutStr("deep", plant("deep"))
	span.Attributes().PutEmptyBytes("bytes").FromRaw([]byte(plant("bytes")))
	event := span.Events().AppendEmpty()
	event.SetName(plant("event"))
	event.Attributes().PutStr("exception.message", plant("exception"))
	span.Links().AppendEmpty().Attributes().PutStr("link", plant("link"))
	return traces
}

// playPlanted has four senders at once bring batches with planted values, and returns
// everything that left in whatever way.
func playPlanted(t *testing.T, does, onFailure string) (p *running, left map[string][]byte) {
	t.Helper()
	good := PluginConfig{Module: module(t, misbehaving)}
	p = create(t, func(c *Config) { c.Timeout = 100 * time.Millisecond; c.MemoryLimitMiB = 64 },
		PluginConfig{Module: module(t, "sample-adaptively"), Rules: rules("otherwise: 100%")},
		PluginConfig{Module: module(t, misbehaving), Rules: rules("does: "+does, "if-contains: "+mark), OnFailure: onFailure},
		good)
	core, logs := observer.New(zap.DebugLevel)
	p.logger, p.loader.set.Logger = zap.New(core), zap.New(core)
	require.NoError(t, p.Start(context.Background(), &statusHost{}))
	var mu sync.Mutex
	var told strings.Builder
	var senders sync.WaitGroup
	for sender := range 4 {
		senders.Go(func() {
			for number := range 3 {
				if err := send(p, withPlanted(8*sender+number)); err != nil {
					mu.Lock()
					fmt.Fprintln(&told, err)
					mu.Unlock()
				}
			}
		})
	}
	senders.Wait()
	left = map[string][]byte{"metrics": metricsOf(t, p)}
	for index := range p.stages {
		for _, entry := range p.state(index) {
			left["state"] = fmt.Appendf(left["state"], "%s%s%s\n", entry.Key, entry.Value, entry.BelongsTo)
		}
	}
	require.NoError(t, p.Shutdown(context.Background()))
	for _, traces := range p.sink.AllTraces() {
		bytes, err := marshaler.MarshalTraces(traces)
		require.NoError(t, err)
		left["spans"] = append(left["spans"], bytes...)
	}
	for _, entry := range logs.All() {
		left["log"] = fmt.Appendln(left["log"], entry.Message, entry.ContextMap())
	}
	left["errors"] = []byte(told.String())
	return p, left
}

func metricsOf(t *testing.T, p *running) []byte {
	t.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(t, p.telemetry.Reader.Collect(context.Background(), &all))
	return fmt.Appendf(nil, "%+v", all)
}

// Scenario: a plugin that declares `block` misbehaves over every span that holds a planted
// value, in whatever way, while four senders bring such spans among good ones.
// Guarantees: no byte of a planted value leaves: not in a span, a line of the log, an error
// for a sender, a metric or what is kept of a state. The good spans do.
func TestNoByteOfASpanThatIsBlockedLeaves(t *testing.T) {
	for _, does := range misbehaviours() {
		t.Run(does, func(t *testing.T) {
			p, left := playPlanted(t, does, "")
			for where, all := range left {
				assert.False(t, bytes.Contains(all, []byte(mark)), "found a planted value in: %s", where)
			}
			assert.Positive(t, p.sink.SpanCount(), "good spans leave")
			assert.NotEmpty(t, left["log"])
			assert.NotEmpty(t, left["state"])
		})
	}
}

// Guarantees: the search above finds what leaves: under `pass` the spans do, and nothing
// else of them.
func TestASpanThatPassesIsFoundAmongWhatLeft(t *testing.T) {
	_, left := playPlanted(t, "fail", "pass")
	for where, all := range left {
		assert.Equal(t, where == "spans", bytes.Contains(all, []byte(mark)), where)
	}
}
