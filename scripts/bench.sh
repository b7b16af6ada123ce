#!/usr/bin/env bash
# Measures plugins and crates/spans (criterion), then the lapidary processor against the Collector's
# native processors, and writes what came out to benches/record/<machine>/<date>.csv.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "==> $*"; }
record=benches/record/$(uname -m)/$(date -u +%F).csv
mkdir -p "$(dirname "$record")"

say "ours beside native processors, on recorded spans"
(cd benches/go && CGO_ENABLED=0 go build -trimpath -o ../../dist/benches .)
dist/benches -root . -rounds "${ROUNDS:-60}" -record "$record"

say "Collectors of their own, by their processor time"
dist/benches -root . -collectors -record "${record%.csv}-collectors.csv"

say "a plugin with 10,000 and 100,000 orders, whose host asks what changed"
(cd collector && CGO_ENABLED=0 go build -trimpath -o ../dist/measure-state ./cmd/measure-state)
dist/measure-state -root . | tee "${record%.csv}-state.csv"

say "swaps under load, each kind for ${SWAPS:-1m}"
(cd collector && CGO_ENABLED=0 go build -trimpath -o ../dist/measure-swap ./cmd/measure-swap)
dist/measure-swap -root . -for "${SWAPS:-1m}" | tee "${record%.csv}-swap.csv"

say "what the meter costs: each plugin with it, and without any limit"
mkdir -p target/bare
for plugin in enrich-order-status hash-operator-id redact-pii sample-adaptively; do
  core=target/wasm32-unknown-unknown/plugin/${plugin//-/_}.wasm
  dist/lapidary componentize "$core" --no-meter -o "target/bare/$plugin.wasm"
done
(cd collector && LAPIDARY_BARE=$PWD/../target/bare go test ./internal/plugin -run '^$' -bench MeterCost -benchtime 100x) |
  tee "${record%.csv}-meter.txt"

say "crates/spans and the plugins, natively and on wasmtime"
(cd benches/rust && cargo bench)

say "the record: $record"
