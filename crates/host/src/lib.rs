//! Loads and runs plugins on wasmtime: limits, chain, swap.
//!
//! It is its own crate so that the command line and the tests run plugins the
//! same way. It never names a plugin: what it must know about one, the plugin
//! itself says. It does not read configuration files and does not know OTLP
//! JSON.

pub mod binary;
