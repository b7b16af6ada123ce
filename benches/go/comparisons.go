package main

import (
	"fmt"
	"strings"

	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/attributesprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/probabilisticsamplerprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/redactionprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/transformprocessor"

	"github.com/lapidary-dev/lapidary/collector/lapidaryprocessor"
)

// What both sides look for, written once. Patterns are those that people write
// for these values; a check digit cannot be said in one.
const (
	emailPattern = `[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}`
	phonePattern = `(?:\+7|\b8|\b7)[ (-]{0,2}[3489][0-9]{2}[ )-]{0,2}[0-9]{3}[ -]?[0-9]{2}[ -]?[0-9]{2}\b`
	cardPattern  = `\b[2-6][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}\b`
)

func comparisons() []comparison {
	return []comparison{
		{
			what:   "chain of four, everything kept",
			ours:   inOrder(lapidary(enrich, sample(100), redact(builtIn), hash)),
			theirs: inOrder(transform(), sampler(100), redaction(), attributes()),
		},
		{
			what:   "10 % kept, sampling first",
			ours:   inOrder(lapidary(enrich, sample(10), redact(builtIn), hash)),
			theirs: inOrder(transform(), sampler(10), redaction(), attributes()),
		},
		{
			what:   "redaction, our detectors",
			ours:   inOrder(lapidary(redact(builtIn))),
			theirs: inOrder(redaction()),
		},
		{
			what:   "redaction, the same patterns",
			ours:   inOrder(lapidary(redact(samePatterns))),
			theirs: inOrder(redaction()),
		},
		{
			what:   "sampling alone",
			ours:   inOrder(lapidary(sample(10))),
			theirs: inOrder(sampler(10)),
		},
		{
			what:   "hash alone",
			ours:   inOrder(lapidary(hash)),
			theirs: inOrder(attributes()),
		},
		{
			what:   "enrichment alone",
			ours:   inOrder(lapidary(enrich)),
			theirs: inOrder(transform()),
		},
		{
			// As deploy/live.yaml: one head, and two ways out of it.
			what: "head, inside and outside",
			ours: side{
				processors: []processorConfig{lapidary(enrich)},
				branches: [][]processorConfig{
					{lapidary(sample(10), redact(builtIn))},
					{lapidary(sample(10), redact(builtIn), hash)},
				},
			},
			theirs: side{
				processors: []processorConfig{transform()},
				branches: [][]processorConfig{
					{sampler(10), redaction()},
					{sampler(10), redaction(), attributes()},
				},
			},
		},
	}
}

const builtIn = `{ email: {}, phone: {}, card: {} }`

// A word boundary is one of ASCII in Go; in Rust that has to be said.
var asInGo = strings.NewReplacer(`\b`, `(?-u:\b)`).Replace

var samePatterns = fmt.Sprintf("{ mail: { pattern: '%s' }, tel: { pattern: '%s' }, pan: { pattern: '%s' } }",
	asInGo(emailPattern), asInGo(phonePattern), asInGo(cardPattern))

func lapidary(plugins ...string) processorConfig {
	yaml := "plugins:\n"
	for _, plugin := range plugins {
		yaml += "  - " + plugin + "\n"
	}
	return processorConfig{lapidaryprocessor.NewFactory(), yaml}
}

const enrich = `{ module: dist/enrich-order-status.wasm, rules: rules/enrich-order-status/base.yaml }`

const hash = `{ module: dist/hash-operator-id.wasm, rules: rules/hash-operator-id/base.yaml,` +
	` secrets: { operator-key-1: { file: benches/operator-key, encoding: hex } } }`

func redact(detectors string) string {
	return fmt.Sprintf(`{ module: dist/redact-pii.wasm, rules: { detectors: %s, attributes: { 'customer.*': mask, 'payment.*': mask } } }`, detectors)
}

func sample(percent int) string {
	return fmt.Sprintf(`{ module: dist/sample-adaptively.wasm, rules: [rules/sample-adaptively/base.yaml, benches/keep-%d.yaml] }`, percent)
}

func redaction() processorConfig {
	return processorConfig{redactionprocessor.NewFactory(), fmt.Sprintf(`
allow_all_keys: true
redact_all_types: true
blocked_key_patterns: ['^customer\.', '^payment\.']
blocked_values:
  - '%s'
  - '%s'
  - '%s'
summary: silent
`, emailPattern, phonePattern, cardPattern)}
}

// What OTTL can say of an order: the status that a span itself carries, and a
// duration. What it cannot is printed at the end.
func transform() processorConfig {
	return processorConfig{transformprocessor.NewFactory(), `
error_mode: ignore
trace_statements:
  - set(span.attributes["order_status"], span.attributes["prev_status"]) where span.attributes["prev_status"] != nil
  - set(span.attributes["order_status"], span.attributes["new_status"]) where span.attributes["order_status"] == nil and span.attributes["new_status"] != nil
  - set(span.attributes["calc_duration"], Seconds(span.end_time - span.start_time)) where span.name == "mes.price.calc"
  - set(span.attributes["status_transition_latency"], Seconds(span.end_time - span.start_time)) where span.attributes["new_status"] != nil
`}
}

func sampler(percent int) processorConfig {
	return processorConfig{probabilisticsamplerprocessor.NewFactory(),
		fmt.Sprintf("sampling_percentage: %d\nmode: equalizing\n", percent)}
}

func attributes() processorConfig {
	return processorConfig{attributesprocessor.NewFactory(), `
actions:
  - { key: operator_id, action: hash }
`}
}

func printWhatTheyCannot() {
	fmt.Println(`
what these native processors cannot do, and ours does in the figures above:
  transform             the status that an order has by spans of other batches; stage and queue times across
                        spans; gaps; the partner of an order on all its spans
  probabilistic_sampler keep slow spans, failed ones and those with a gap
  redaction             names, links, status messages and scope names; nested lists and maps; check digits;
                        percent-encoded and JSON-escaped values; keys of attributes
  attributes            a keyed hash: its hash of operator_id can be found by trying ids out; resource,
                        events and links`)
}
