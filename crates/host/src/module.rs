//! A compiled plugin.

use std::fmt;

use binary::{Binary, Metered};
use plugin::Manifest;
use wasmtime::Engine;

use crate::bindings::TracesPluginPre;
use crate::budget::Clock;
use crate::imports::State;
use crate::limits::Limits;

/// A compiled plugin, from which instances are made.
#[derive(Clone)]
pub struct Module {
    pub(crate) engine: Engine,
    pub(crate) pre: TracesPluginPre<State>,
    pub(crate) limits: Limits,
    pub(crate) clock: Clock,
    /// What can be told from outside.
    pub binary: Binary,
    /// Why the meter that the module claims cannot be relied on.
    pub meter_fault: Option<meter::Fault>,
    /// What the plugin says of itself.
    pub manifest: Manifest,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// Length of the file in bytes.
    pub size: usize,
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Module({} {})", self.manifest.name, self.manifest.version)
    }
}

impl Module {
    /// Returns what an operator should know about the file, in one line.
    pub fn warning(&self) -> Option<String> {
        let what = match (self.binary.metered, &self.meter_fault) {
            (Metered::Yes, None) => return None,
            (Metered::Yes, Some(fault)) => {
                format!("found a module that says it is metered and is not ({fault})")
            }
            (Metered::No, _) => "found a module without a meter".into(),
            (Metered::Stale, _) => {
                "found a module that was changed after it was metered, or metered by another version"
                    .into()
            }
        };
        Some(format!(
            "{what}; expected one made by `lapidary componentize`; it runs with a slower limit"
        ))
    }

    /// Says whether something lives from batch to batch.
    pub fn keeps_state(&self) -> bool {
        self.manifest.state_version > 0
    }
}
