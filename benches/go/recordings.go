package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// recordedBatches reads every recording and joins its lines, in order, to
// batches of `spans` spans or a few more.
func recordedBatches(folder string, spans int) ([]ptrace.Traces, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*", "spans.jsonl"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no recordings under %s", folder)
	}
	var batches []ptrace.Traces
	current := ptrace.NewTraces()
	for _, path := range files {
		err := eachLine(path, func(line []byte) error {
			traces, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(line)
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			traces.ResourceSpans().MoveAndAppendTo(current.ResourceSpans())
			if current.SpanCount() >= spans {
				batches = append(batches, current)
				current = ptrace.NewTraces()
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if current.SpanCount() > 0 {
		batches = append(batches, current)
	}
	return batches, nil
}

func eachLine(path string, do func([]byte) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		if len(lines.Bytes()) == 0 {
			continue
		}
		if err := do(lines.Bytes()); err != nil {
			return err
		}
	}
	return lines.Err()
}
