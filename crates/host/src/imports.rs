//! What a plugin can reach.

use std::collections::HashSet;
use std::sync::Arc;

use plugin::{Crash, Host, Level, Pending, SharedHost};

use crate::bindings::lapidary::processor::{host, meter, types};
use crate::limits::Use;

/// What the imports of one instance reach.
pub struct State {
    pub(crate) used: Use,
    host: SharedHost,
    pub(crate) pending: Pending,
    /// Secrets are given out in `configure` only.
    pub(crate) configuring: bool,
    /// Names of the counters in the manifest.
    counters: Arc<[String]>,
    /// Counters that were added to so far, with their labels.
    counted: HashSet<(String, Vec<(String, String)>)>,
}

/// Longest line that a plugin can write to the log, in bytes; the rest is cut.
const MAX_LOG_BYTES: usize = 4096;

/// Most sets of labels of one instance. They come from the rules, so a plugin that has more is
/// broken.
const MAX_COUNTED: usize = 1024;

impl State {
    pub(crate) fn new(used: Use, counters: Arc<[String]>, host: SharedHost) -> State {
        State {
            used,
            host,
            pending: Pending::default(),
            configuring: false,
            counters,
            counted: HashSet::new(),
        }
    }

    /// Hands on what the call added to counters: it ended with an answer.
    pub(crate) fn commit_counters(&mut self) {
        self.pending.commit(&mut self.host);
    }
}

impl host::Host for State {
    fn log(&mut self, level: host::Level, message: String) -> wasmtime::Result<()> {
        let end = message.floor_char_boundary(MAX_LOG_BYTES);
        self.host.log(Level::from(level), &message[..end]);
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
        let pairs: Vec<(&str, &str)> =
            labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        self.pending.add(&name, &pairs, delta);
        let counter = (name, labels);
        if self.counted.contains(&counter) {
            return Ok(());
        }
        if self.counted.len() == MAX_COUNTED {
            return breach(format!("counters have more than {MAX_COUNTED} sets of labels"));
        }
        if !self.counters.contains(&counter.0) {
            return breach(format!("counter `{}` is not in the manifest", counter.0));
        }
        self.counted.insert(counter);
        Ok(())
    }
}

impl meter::Host for State {
    fn refill(&mut self) -> wasmtime::Result<i32> {
        self.used.refill()
    }
}

impl types::Host for State {}

/// Ends the call that runs.
fn breach(detail: String) -> wasmtime::Result<()> {
    Err(wasmtime::Error::new(Crash::Contract(detail)))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Instant;

    use plugin::RecordingHost;

    use super::*;
    use crate::limits::Limits;

    /// Guarantees: a plugin gets its secrets while it reads its rules, and
    /// never with a batch.
    #[test]
    fn secrets_are_given_out_during_configure_only() {
        let mut granting = RecordingHost::default();
        granting.secrets.insert("key".into(), vec![7]);
        let used = Use::new(Limits::default(), Instant::now);
        let mut state = State::new(used, Arc::from([]), Arc::new(Mutex::new(granting)));
        let mut secret = |configuring| {
            state.configuring = configuring;
            host::Host::secret(&mut state, "key".into()).unwrap()
        };
        assert_eq!(secret(false), None);
        assert_eq!(secret(true), Some(vec![7]));
        assert_eq!(secret(false), None);
    }
}
