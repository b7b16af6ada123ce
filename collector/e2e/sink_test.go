package e2e

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// sink is what stands behind a Collector: what it says yes to, it has.
type sink struct {
	ptraceotlp.UnimplementedGRPCServer
	address string
	mu      sync.Mutex
	// spans by their ids.
	spans map[string]ptrace.Span
	times map[string]int
}

func startSink(t *testing.T) *sink {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &sink{address: listener.Addr().String(), spans: make(map[string]ptrace.Span), times: make(map[string]int)}
	server := grpc.NewServer()
	ptraceotlp.RegisterGRPCServer(server, s)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return s
}

func (s *sink) Export(_ context.Context, request ptraceotlp.ExportRequest) (ptraceotlp.ExportResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, resource := range request.Traces().ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				id := span.SpanID().String()
				s.spans[id] = span
				s.times[id]++
			}
		}
	}
	return ptraceotlp.NewExportResponse(), nil
}

func (s *sink) span(id string) (ptrace.Span, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	span, ok := s.spans[id]
	return span, ok
}

// told is a step of an order whose sender got an OK.
type told struct {
	order int
	id    string
	at    time.Time
}

// teller tells a Collector of orders, a batch after the other.
type teller struct {
	endpoint string
	status   [2]string
	mu       sync.Mutex
	told     []told
}

// tell tells of orders from first on, perBatch at a time, until stop is closed or
// count orders were told. What gets no OK is sent again where again is set.
func (o *teller) tell(t *testing.T, first, count, perBatch int, again bool, stop <-chan struct{}) {
	connection, err := grpc.NewClient(o.endpoint, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if !assert.NoError(t, err) {
		return
	}
	defer connection.Close()
	client := ptraceotlp.NewGRPCClient(connection)
	for order := first; order < first+count; order += perBatch {
		batch, steps := o.batch(order, min(perBatch, first+count-order))
		for {
			select {
			case <-stop:
				return
			default:
			}
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			_, err := client.Export(ctx, ptraceotlp.NewExportRequestFromTraces(batch))
			cancel()
			if err == nil {
				break
			}
			if !again {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
		o.mu.Lock()
		for index := range steps {
			steps[index].at = time.Now()
		}
		o.told = append(o.told, steps...)
		o.mu.Unlock()
	}
}

// batch has the step of each of these orders that the teller tells of.
func (o *teller) batch(first, count int) (ptrace.Traces, []told) {
	batch := ptrace.NewTraces()
	resource := batch.ResourceSpans().AppendEmpty()
	resource.Resource().Attributes().PutStr("service.name", "mes-api")
	spans := resource.ScopeSpans().AppendEmpty().Spans()
	var steps []told
	for order := first; order < first+count; order++ {
		span := spans.AppendEmpty()
		span.SetTraceID(pcommon.TraceID{1, byte(order >> 16), byte(order >> 8), byte(order)})
		id := pcommon.SpanID{byte(len(o.status[0])), byte(order >> 16), byte(order >> 8), byte(order), 1}
		span.SetSpanID(id)
		span.SetName("mes.step")
		now := time.Now()
		span.SetStartTimestamp(pcommon.NewTimestampFromTime(now))
		span.SetEndTimestamp(pcommon.NewTimestampFromTime(now.Add(time.Millisecond)))
		span.Attributes().PutStr("order_id", fmt.Sprintf("ord-%07d", order))
		if o.status[0] != "" {
			span.Attributes().PutStr("prev_status", o.status[0])
		}
		span.Attributes().PutStr("new_status", o.status[1])
		steps = append(steps, told{order: order, id: id.String()})
	}
	return batch, steps
}
