#!/usr/bin/env bash
# Every test, once everything is built: Rust, then the same cases on wasmtime and wazero, then the
# processor, then the built Collector end to end. Benches and fuzz targets
# are compiled, not run.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "==> $*"; }

# Crates that pull in wasmtime are tested with the profile they were built with: compiling it a
# second time takes longer than all their tests.
say "Rust: crates and plugins, natively"
cargo test --workspace --exclude host --exclude lapidary
say "Rust: the host and the command line"
cargo test --release -p host -p lapidary

say "cases on wasmtime, then with a meter that asks the host at every step"
rm -rf target/golden
dist/lapidary test plugins crates/host/fixtures/misbehaving/testdata --golden target/golden
dist/lapidary test plugins --rounds 1

say "Go: the processor, and the same cases byte for byte on wazero"
(cd collector && go test ./internal/... ./cmd/...)
(cd collector && go test -race -timeout 25m ./lapidaryprocessor/...)

say "web: the same cases byte for byte in a browser, and the page with real clicks"
(cd web && npm test)

say "the built Collector, end to end"
# Prints how many planted values of which kind are left.
(cd collector && go test -count=1 -v ./e2e/... | grep -vE '^=== ')

say "benches and fuzz targets compile"
(cd benches/go && CGO_ENABLED=0 go build -trimpath -o /dev/null .)
(cd benches/rust && cargo check --benches --target-dir ../../target)
# With its own lock file: it must not take other versions than the one that fuzzed last.
(cd crates/spans/fuzz && cargo check --locked --bins --target-dir ../../../target)

say "the crates that plugins are written with can be packaged"
# cargo knows what it unpacked and built in an earlier run by its version alone, and would take that.
rm -rf "${CARGO_HOME:-$HOME/.cargo}"/registry/src/-*/lapidary-* target/packages/debug/.fingerprint/lapidary-*
published=(keys spans rules plugin otlp-json secrets notes cases)
cargo package -q --allow-dirty --target-dir target/packages "${published[@]/#/-plapidary-}"

say "all tests passed"
