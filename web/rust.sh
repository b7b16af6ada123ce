#!/usr/bin/env bash
# Builds crates/web and writes it with its JavaScript and TypeScript to src/rust.
set -euo pipefail
cd "$(dirname "$0")/.."

# Panic places must not name this machine's folders.
remap="target.wasm32-unknown-unknown.rustflags=[\"--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src=deps\"]"
cargo build --profile web --target wasm32-unknown-unknown --config "$remap" -p web
cargo run --quiet -p web-bindings -- target/wasm32-unknown-unknown/web/web.wasm web/src/rust
