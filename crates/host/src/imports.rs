//! What a plugin can reach.

use plugin::{Host, Level, Pending, SharedHost};

use crate::bindings::lapidary::processor::{host, meter, types};
use crate::limits::Use;

/// What the imports of one instance reach.
pub struct State {
    pub(crate) used: Use,
    host: SharedHost,
    pub(crate) pending: Pending,
    /// Secrets are given out in `configure` only.
    pub(crate) configuring: bool,
}

impl State {
    pub(crate) fn new(used: Use, host: SharedHost) -> State {
        State { used, host, pending: Pending::default(), configuring: false }
    }

    /// Hands on what the call added to counters: it ended with an answer.
    pub(crate) fn commit_counters(&mut self) {
        self.pending.commit(&mut self.host);
    }
}

impl host::Host for State {
    fn log(&mut self, level: host::Level, message: String) -> wasmtime::Result<()> {
        self.host.log(Level::from(level), &message);
        Ok(())
    }

    fn secret(&mut self, name: String) -> wasmtime::Result<Option<Vec<u8>>> {
        if !self.configuring {
            return Ok(None);
        }
        Ok(self.host.secret(&name))
    }

    fn add_to_counter(
        &mut self,
        name: String,
        labels: Vec<(String, String)>,
        delta: u64,
    ) -> wasmtime::Result<()> {
        let labels: Vec<(&str, &str)> =
            labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        self.pending.add(&name, &labels, delta);
        Ok(())
    }
}

impl meter::Host for State {
    fn refill(&mut self) -> wasmtime::Result<i32> {
        self.used.refill()
    }
}

impl types::Host for State {}
