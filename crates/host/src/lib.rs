//! Loads and runs plugins on wasmtime: limits, chain, swap.
//!
//! It is its own crate so that the command line and the tests run plugins the
//! same way. It never names a plugin: what it must know about one, the plugin
//! itself says. It does not read configuration files and does not know OTLP
//! JSON.
//!
//! A [`Runtime`] makes a [`Module`] of a file; a [`Generation`] is a module
//! with rules and secrets; a [`Chain`] sends batches through generations.

mod bindings;
mod budget;
mod cache;
mod chain;
mod convert;
mod generation;
mod held;
mod imports;
mod instance;
mod kept;
mod limits;
mod lists;
mod module;
mod pass;
mod runtime;
mod search;
mod state;

// A module and an error of loading tell what the file is.
pub use ::binary;
pub use budget::Clock;
pub use chain::{Chain, Passed, Step, Totals};
pub use generation::Generation;
pub use held::{Held, Unsearched};
pub use instance::ComponentInstance;
pub use limits::Limits;
pub use module::Module;
// What a plugin answers, and why it does not, is in the words of the contract.
pub use plugin::{Crash, Refused, SharedHost, Stopped};
pub use runtime::{LoadError, Runtime};
pub use search::Fault;
