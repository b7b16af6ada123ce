//! Loads and runs plugins on wasmtime: limits, chain, swap.
//!
//! It is its own crate so that the command line and the tests run plugins the
//! same way. It never names a plugin: what it must know about one, the plugin
//! itself says. It does not read configuration files and does not know OTLP
//! JSON.
//!
//! A [`Runtime`] makes a [`Module`] of a file; a [`Generation`] is a module
//! with rules and secrets; a [`Chain`] sends batches through generations.

pub mod binary;

mod bindings;
mod cache;
mod chain;
mod convert;
mod generation;
mod instance;
mod limits;
mod module;
mod search;

pub use chain::{Chain, Passed, Totals};
pub use generation::{Generation, Refused};
pub use instance::{Instance, Stopped};
pub use limits::{Crash, Limits};
pub use module::{LoadError, Module, Runtime};
pub use search::Fault;

use std::sync::{Arc, Mutex};

/// What the instances of one plugin talk to: its log, secrets and counters.
///
/// What a call adds to counters comes when it has ended, and never where it
/// failed or crashed: a batch that is tried again counts once.
pub type SharedHost = Arc<Mutex<dyn plugin::Host + Send>>;
