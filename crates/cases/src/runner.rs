//! What a case runs on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use plugin::{Document, Failure, Host, Level, Outcome, Problem, RecordingHost};

/// Makes instances of one plugin: natively, or from its component.
pub trait Runner {
    /// Makes an instance from rules.
    ///
    /// # Errors
    ///
    /// The problems of the rules, or why there is no instance at all.
    fn configure(
        &mut self,
        documents: &[Document],
        host: SharedHost,
    ) -> Result<Box<dyn Instance>, Refused>;
}

/// Why there is no instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// What is wrong with the rules.
    Problems(Vec<Problem>),
    /// The plugin trapped, or could not be loaded.
    Trap(String),
}

/// Why a call gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// The plugin said so.
    Failure(Failure),
    /// The plugin trapped.
    Trap(String),
}

/// An instance that has read its rules; the methods are those of the contract.
#[allow(missing_docs, reason = "the methods are documented in the contract")]
pub trait Instance {
    fn process(&mut self, traces: &[u8], now_unix_nanos: u64) -> Result<Outcome, Stopped>;
    fn tick(&mut self, now_unix_nanos: u64) -> Result<Option<Vec<u8>>, Stopped>;
    fn flush(&mut self, now_unix_nanos: u64) -> Result<Option<Vec<u8>>, Stopped>;
    fn snapshot(&mut self) -> Result<Vec<u8>, Stopped>;
    fn restore(&mut self, state: &[u8]) -> Result<(), Stopped>;
}

/// One [`RecordingHost`] for all instances of a case.
#[derive(Clone, Debug, Default)]
pub struct SharedHost(Arc<Mutex<RecordingHost>>);

impl SharedHost {
    /// Returns a host that grants these secrets.
    pub fn granting(secrets: BTreeMap<String, Vec<u8>>) -> Self {
        SharedHost(Arc::new(Mutex::new(RecordingHost { secrets, ..RecordingHost::default() })))
    }

    /// Looks at what was said so far.
    pub fn with<R>(&self, f: impl FnOnce(&mut RecordingHost) -> R) -> R {
        // A panic elsewhere leaves the record as it was then.
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Host for SharedHost {
    fn log(&mut self, level: Level, message: &str) {
        self.with(|host| host.log(level, message));
    }

    fn secret(&mut self, name: &str) -> Option<Vec<u8>> {
        self.with(|host| host.secret(name))
    }

    fn add_to_counter(&mut self, name: &str, labels: &[(&str, &str)], delta: u64) {
        self.with(|host| host.add_to_counter(name, labels, delta));
    }
}
