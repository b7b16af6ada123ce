package lapidaryprocessor

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// refusing refuses so many batches, and takes the others.
func refusing(t *testing.T, count int) consumer.Traces {
	t.Helper()
	next, err := consumer.NewTraces(func(context.Context, ptrace.Traces) error {
		if count--; count >= 0 {
			return errors.New("not now")
		}
		return nil
	})
	require.NoError(t, err)
	return next
}

// Scenario: the next component refuses a batch nine times, and its sender brings it
// again.
// Guarantees: it counts once, and so does what the plugins count themselves; calls
// count each time.
func TestABatchCountsOnceTheNextComponentSaysYes(t *testing.T) {
	p := createBefore(t, refusing(t, 9), nil, PluginConfig{Module: module(t, misbehaving), Rules: rules("does: panic", "if-contains: bad")})
	require.NoError(t, p.Start(context.Background(), p.host))
	t.Cleanup(func() { assert.NoError(t, p.Shutdown(context.Background())) })
	for range 9 {
		require.ErrorContains(t, p.ConsumeTraces(context.Background(), batch("a", "bad")), "not now")
	}
	assert.Zero(t, p.sum(t, "spans_in"))
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("a", "bad")))
	assert.EqualValues(t, 1, p.sum(t, "spans_in"))
	assert.EqualValues(t, 1, p.sum(t, "spans_out"))
	assert.EqualValues(t, 1, p.sum(t, "spans_blocked"))
	assert.EqualValues(t, 1, p.sum(t, "plugin_count", attribute.String("counter", "batches_seen")))
	assert.EqualValues(t, 10, p.sum(t, "calls")-p.sum(t, "failures"), "each time one call ended well")
	assert.EqualValues(t, 20, p.sum(t, "failures", attribute.String("kind", "trap")))
}

// Scenario: a plugin with state works, gets rules that are wrong, and good ones.
// Guarantees: the metrics say what runs, how much it keeps, and whether that is what
// lies on disk; the status is an error for as long as it is not.
func TestMetricsSayWhatRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rules.yaml")
	writeFile(t, path, "does: pass\n")
	p := start(t, nil, PluginConfig{Module: module(t, misbehaving), Rules: path})
	var status []componentstatus.Status
	p.health.report = func(event *componentstatus.Event) { status = append(status, event.Status()) }
	require.NoError(t, p.ConsumeTraces(context.Background(), batch("a")))
	assert.GreaterOrEqual(t, p.sum(t, "memory"), int64(1<<16))
	assert.EqualValues(t, 1, p.sum(t, "state_entries"))
	assert.Positive(t, p.sum(t, "state_size"))
	assert.Zero(t, p.sum(t, "out_of_date"))
	first := p.info(t)

	writeFile(t, path, "does: dance\n")
	p.reload(0)
	assert.EqualValues(t, 1, p.sum(t, "out_of_date"))
	assert.Equal(t, first, p.info(t))
	writeFile(t, path, "does: drop\n")
	p.reload(0)
	assert.Zero(t, p.sum(t, "out_of_date"))
	assert.Equal(t, []componentstatus.Status{componentstatus.StatusRecoverableError, componentstatus.StatusOK}, status)

	now := p.info(t)
	assert.NotEqual(t, first["rules_hash"], now["rules_hash"])
	assert.Equal(t, first["module_hash"], now["module_hash"])
	assert.Equal(t, "0", now["place"])
	assert.Less(t, p.age(t), time.Minute.Seconds())
}

// info are the attributes of the only plugin that runs.
func (r *running) info(t *testing.T) map[string]string {
	t.Helper()
	metric, err := r.telemetry.GetMetric("otelcol_processor_lapidary_plugin_info")
	require.NoError(t, err)
	points := metric.Data.(metricdata.Gauge[int64]).DataPoints
	require.Len(t, points, 1, "what is over is not told")
	all := make(map[string]string)
	for _, pair := range points[0].Attributes.ToSlice() {
		all[string(pair.Key)] = pair.Value.Emit()
	}
	return all
}

func (r *running) age(t *testing.T) float64 {
	t.Helper()
	metric, err := r.telemetry.GetMetric("otelcol_processor_lapidary_state_age")
	require.NoError(t, err)
	return metric.Data.(metricdata.Gauge[float64]).DataPoints[0].Value
}
