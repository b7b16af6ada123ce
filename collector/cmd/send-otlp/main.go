// Command send-otlp sends recorded spans to a Collector over OTLP/gRPC.
//
//	send-otlp [-endpoint HOST:PORT] [-times N] [-every DURATION] [-wait DURATION] FILE...
//
// A FILE holds OTLP JSON, one batch a line. Batches are sent one after the
// other, in the order of the files and lines, so that what comes out can be
// compared. An error that says it may be retried is, until -wait is over.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

const usage = "usage: send-otlp [-endpoint HOST:PORT] [-times N] [-every DURATION] [-wait DURATION] FILE..."

// maxTimes bounds how often the files are sent: this is no load generator.
const maxTimes = 1000

func main() {
	endpoint := flag.String("endpoint", "127.0.0.1:4317", "where the Collector listens for OTLP/gRPC, without TLS")
	times := flag.Int("times", 1, "how often the files are sent, 1 to 1000")
	every := flag.Duration("every", 0, "how long to rest after each batch")
	wait := flag.Duration("wait", 10*time.Second, "how long one batch may take, waiting for the Collector included")
	flag.Usage = func() { fmt.Fprintln(os.Stderr, usage); flag.PrintDefaults() }
	flag.Parse()
	if flag.NArg() == 0 || *times < 1 || *times > maxTimes {
		flag.Usage()
		os.Exit(2)
	}
	sent, err := send(*endpoint, *times, *every, *wait, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "send-otlp:", err)
		os.Exit(1)
	}
	fmt.Printf("sent %d spans in %d batches to %s in %s\n", sent.spans, sent.batches, *endpoint, sent.took.Round(time.Millisecond))
}

type summary struct {
	spans, batches int
	took           time.Duration
}

func send(endpoint string, times int, every, wait time.Duration, files []string) (summary, error) {
	var sent summary
	var batches []ptrace.Traces
	for _, file := range files {
		read, err := readBatches(file)
		if err != nil {
			return sent, err
		}
		batches = append(batches, read...)
	}
	connection, err := grpc.NewClient(endpoint, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return sent, fmt.Errorf("%s: %w", endpoint, err)
	}
	defer connection.Close()
	client := ptraceotlp.NewGRPCClient(connection)
	began := time.Now()
	for range times {
		for _, batch := range batches {
			if err := sendBatch(client, batch, wait); err != nil {
				return sent, fmt.Errorf("%s: %w", endpoint, err)
			}
			sent.spans += batch.SpanCount()
			sent.batches++
			time.Sleep(every)
		}
	}
	sent.took = time.Since(began)
	return sent, nil
}

func sendBatch(client ptraceotlp.GRPCClient, batch ptrace.Traces, wait time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	for {
		answer, err := client.Export(ctx, ptraceotlp.NewExportRequestFromTraces(batch), grpc.WaitForReady(true))
		if err == nil {
			if refused := answer.PartialSuccess().RejectedSpans(); refused > 0 {
				return fmt.Errorf("the Collector refused %d of %d spans: %s", refused, batch.SpanCount(), answer.PartialSuccess().ErrorMessage())
			}
			return nil
		}
		if !retryable(err) || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// retryable says whether OTLP allows to send the batch again.
func retryable(err error) bool {
	switch status.Code(err) {
	case codes.Unavailable, codes.ResourceExhausted, codes.Aborted:
		return true
	}
	return false
}

func readBatches(file string) ([]ptrace.Traces, error) {
	opened, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	var batches []ptrace.Traces
	lines := bufio.NewReader(opened)
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		if len(line) > 1 {
			batch, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(line)
			if err != nil {
				// The decoder's own message may quote a span.
				return nil, fmt.Errorf("%s:%d: found a line that is not OTLP JSON; expected one batch a line", file, number)
			}
			batches = append(batches, batch)
		}
		if errors.Is(err, io.EOF) {
			return batches, nil
		}
		if err != nil {
			return nil, err
		}
	}
}
