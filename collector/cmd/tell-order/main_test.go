package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const around = `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"mes"}}]},"scopeSpans":[{"spans":[%]}]}]}`

func file(t *testing.T, spans ...string) string {
	path := filepath.Join(t.TempDir(), "spans.jsonl")
	text := strings.ReplaceAll(around, "%", strings.Join(spans, ","))
	require.NoError(t, os.WriteFile(path, []byte(text+"\n"), 0o600))
	return path
}

const (
	ids    = `"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"mes.shipped"`
	common = `{"key":"order_id","value":{"stringValue":"o-1"}},{"key":"new_status","value":{"stringValue":"SHIPPED"}},{"key":"prev_status","value":{"stringValue":"PACKED"}}`
	came   = `{` + ids + `,"attributes":[` + common + `,{"key":"customer.name","value":{"stringValue":"Anna"}},{"key":"operator_id","value":{"stringValue":"7"}}]}`
	went   = `{` + ids + `,"traceState":"ot=th:0","attributes":[` + common + `,{"key":"customer.name","value":{"stringValue":"[masked]"}},{"key":"operator_id","value":{"stringValue":"op_k1_00"}},{"key":"gap_detected","value":{"boolValue":true}}]}`
	other  = `{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b175","name":"dropped"}`
)

// Scenario: of two spans of an order one is kept, for a gap.
func TestTheSpanWithAGapIsTold(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(file(t, came, other), file(t, went), &out))
	assert.Equal(t, `Order o-1 came as 2 spans of 1 services; 1 of them leave the company.
Its span mes.shipped:
  came      SHIPPED after PACKED; 5 attributes
  added     gap_detected true
  masked    customer.name
  replaced  operator_id by op_k1_00
  kept      for its gap; tracestate ot=th:0 says that it stands for itself
`, out.String())
}

func TestWithoutAGapThereIsNothingToTell(t *testing.T) {
	err := run(file(t, came, other), file(t, came), &strings.Builder{})
	assert.EqualError(t, err, "found no span with a gap among 1 that were kept")
}
