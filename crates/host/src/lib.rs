//! Loads and runs plugins on wasmtime: limits, chain, swap.
