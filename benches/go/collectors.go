package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// Collectors of their own, one for each side of a comparison and one without any
// processor, get the same load over OTLP from this process and send what is left back
// to it. What counts is the processor's time of the whole process, as the system has it:
// receiving, decoding, encoding, sending and collecting garbage included.

const (
	collector = "dist/otelcol-lapidary"
	// turns are taken by the Collectors of a comparison, each as long as it takes to
	// send the recordings so often.
	turns, perTurn = 5, 20
	// perExport is how many spans an export has, as an SDK sends them.
	perExport = 30
)

// measured is what a span costs in nanoseconds of processor time.
type measured struct{ nothing, ours, theirs float64 }

func collectors(only, record string) error {
	batches, err := recordedBatches("testdata/recordings", perExport)
	if err != nil {
		return err
	}
	rows := [][]string{{"comparison", "native", "nothing_ns_span", "ours_ns_span", "theirs_ns_span", "added_by_ours", "added_by_theirs"}}
	fmt.Printf("%d recorded spans %d times, %d a batch, over OTLP/gRPC; medians of %d turns, ns of CPU a span\n",
		spansOf(batches), perTurn, perExport, turns)
	for _, comparison := range comparisons() {
		if len(comparison.ours.branches) > 0 || !strings.Contains(comparison.what, only) {
			continue
		}
		m, err := comparison.measureCollectors(batches)
		if err != nil {
			return fmt.Errorf("%s: %w", comparison.what, err)
		}
		fmt.Printf("%-42s nothing %6.0f   ours %6.0f   theirs %6.0f   added: %6.0f to %6.0f, %.2f times as much\n", comparison.what,
			m.nothing, m.ours, m.theirs, m.ours-m.nothing, m.theirs-m.nothing, (m.theirs-m.nothing)/(m.ours-m.nothing))
		rows = append(rows, []string{comparison.what, comparison.names(), whole(m.nothing), whole(m.ours), whole(m.theirs),
			whole(m.ours - m.nothing), whole(m.theirs - m.nothing)})
	}
	if record == "" {
		return nil
	}
	var text bytes.Buffer
	writer := csv.NewWriter(&text)
	if err := writer.WriteAll(rows); err != nil {
		return err
	}
	return os.WriteFile(record, text.Bytes(), 0o644)
}

func whole(value float64) string { return strconv.FormatFloat(value, 'f', 0, 64) }

func (c comparison) measureCollectors(batches []ptrace.Traces) (measured, error) {
	sides := []side{{}, c.ours, c.theirs}
	var running []*process
	defer func() {
		for _, process := range running {
			process.end()
		}
	}()
	for _, side := range sides {
		process, err := startProcess(side)
		if err != nil {
			return measured{}, err
		}
		running = append(running, process)
		// The first turn warms caches, pools and lazily built automata.
		if _, err := process.turn(batches); err != nil {
			return measured{}, err
		}
	}
	costs := make([][]float64, len(sides))
	for range turns {
		for index, process := range running {
			cost, err := process.turn(batches)
			if err != nil {
				return measured{}, err
			}
			costs[index] = append(costs[index], cost)
		}
	}
	return measured{nothing: median(costs[0]), ours: median(costs[1]), theirs: median(costs[2])}, nil
}

// process is a Collector that sends to a sink in this process.
type process struct {
	command *exec.Cmd
	log     bytes.Buffer
	folder  string
	sink    *grpc.Server
	client  ptraceotlp.GRPCClient
	arrived atomic.Int64
	ptraceotlp.UnimplementedGRPCServer
}

func (p *process) Export(_ context.Context, request ptraceotlp.ExportRequest) (ptraceotlp.ExportResponse, error) {
	p.arrived.Add(int64(request.Traces().SpanCount()))
	return ptraceotlp.NewExportResponse(), nil
}

func startProcess(side side) (*process, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &process{sink: grpc.NewServer()}
	ptraceotlp.RegisterGRPCServer(p.sink, p)
	go func() { _ = p.sink.Serve(listener) }()
	if p.folder, err = os.MkdirTemp("", "measure-collectors"); err != nil {
		return nil, err
	}
	endpoint, err := freeAddress()
	if err != nil {
		return nil, err
	}
	config := filepath.Join(p.folder, "otelcol.yaml")
	if err := os.WriteFile(config, []byte(configOf(side, endpoint, listener.Addr().String())), 0o600); err != nil {
		return nil, err
	}
	p.command = exec.Command(collector, "--config", config)
	p.command.Stdout, p.command.Stderr = &p.log, &p.log
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("%w; `make build` makes it", err)
	}
	connection, err := grpc.NewClient(endpoint, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, err
	}
	p.client = ptraceotlp.NewGRPCClient(connection)
	return p, p.waitUntilReady()
}

// configOf is one pipeline in which nothing waits: what is sent is at the sink when the
// sender has its answer.
func configOf(side side, from, to string) string {
	var processors strings.Builder
	var names []string
	for index, config := range side.processors {
		name := fmt.Sprintf("%s/%d", config.factory.Type(), index)
		names = append(names, name)
		fmt.Fprintf(&processors, "  %s:\n    %s\n", name, strings.ReplaceAll(strings.TrimSpace(config.yaml), "\n", "\n    "))
	}
	return fmt.Sprintf(`receivers:
  otlp: { protocols: { grpc: { endpoint: "%s" } } }
processors:
%s
exporters:
  otlp_grpc:
    endpoint: "%s"
    tls: { insecure: true }
    compression: none
    sending_queue: { enabled: false }
    retry_on_failure: { enabled: false }
service:
  pipelines:
    traces: { receivers: [otlp], processors: [%s], exporters: [otlp_grpc] }
  telemetry: { logs: { level: warn }, metrics: { level: none } }
`, from, strings.ReplaceAll(processors.String(), "$", "$$"), to, strings.Join(names, ", "))
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

func (p *process) waitUntilReady() error {
	for range 300 {
		if p.export(ptrace.NewTraces()) == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return errors.New("the Collector does not answer:\n" + p.log.String())
}

func (p *process) export(batch ptrace.Traces) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, err := p.client.Export(ctx, ptraceotlp.NewExportRequestFromTraces(batch))
	return err
}

// turn sends all batches some times, two at a time, and returns what a span cost.
func (p *process) turn(batches []ptrace.Traces) (float64, error) {
	before, err := p.processorTime()
	if err != nil {
		return 0, err
	}
	var senders sync.WaitGroup
	failed := make(chan error, 2)
	for sender := range 2 {
		senders.Go(func() {
			for range perTurn / 2 {
				for index := range batches {
					if err := p.export(batches[(index+sender*len(batches)/2)%len(batches)]); err != nil {
						failed <- err
						return
					}
				}
			}
		})
	}
	senders.Wait()
	select {
	case err := <-failed:
		return 0, err
	default:
	}
	after, err := p.processorTime()
	return float64((after - before).Nanoseconds()) / float64(perTurn*spansOf(batches)), err
}

// processorTime is what all threads of the process got so far.
func (p *process) processorTime() (total time.Duration, err error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p.command.Process.Pid))
	if err != nil || len(threads) == 0 {
		return 0, errors.New("the Collector has ended:\n" + p.log.String())
	}
	for _, thread := range threads {
		text, err := os.ReadFile(thread)
		if err != nil {
			return 0, err
		}
		nanos, err := strconv.ParseInt(strings.Fields(string(text))[0], 10, 64)
		if err != nil {
			return 0, err
		}
		total += time.Duration(nanos)
	}
	return total, nil
}

func (p *process) end() {
	_ = p.command.Process.Signal(syscall.SIGTERM)
	_ = p.command.Wait()
	p.sink.Stop()
	_ = os.RemoveAll(p.folder)
}
