//! What a plugin can reach.

use std::collections::HashMap;
use std::sync::Arc;

use plugin::{Crash, Host, Level, Noting, SharedHost};

use crate::bindings::lapidary::processor::{host, meter, types};
use crate::limits::Use;

/// What the imports of one instance reach.
pub struct State {
    pub(crate) used: Use,
    host: SharedHost,
    /// Secrets are given out in `configure` only.
    pub(crate) configuring: bool,
    /// Names of the counters in the manifest.
    counters: Arc<[String]>,
    /// Numbers of the series that the instance asked for.
    numbers: HashMap<Series, u32>,
    /// The series by their numbers.
    series: Vec<Series>,
}

/// A counter and its labels.
type Series = (String, Vec<(String, String)>);

/// Longest line that a plugin can write to the log, in bytes; the rest is cut.
const MAX_LOG_BYTES: usize = 4096;

/// Most series of one instance. Their labels come from the rules, so a plugin that has more is
/// broken.
const MAX_SERIES: usize = 1024;

impl State {
    /// How much of why the host wants to know.
    pub(crate) fn noting(&self) -> Noting {
        self.host.noting()
    }

    pub(crate) fn new(used: Use, counters: Arc<[String]>, host: SharedHost) -> State {
        State {
            used,
            host,
            configuring: false,
            counters,
            numbers: HashMap::new(),
            series: Vec::new(),
        }
    }

    /// Hands on what a call added to counters that ended with an answer.
    ///
    /// # Errors
    ///
    /// A series that the instance never asked for; then nothing counts.
    pub(crate) fn add(&mut self, additions: &[types::Addition]) -> Result<(), Crash> {
        let known = self.series.len();
        let stray = additions.iter().find(|addition| addition.series as usize >= known);
        if let Some(types::Addition { series, .. }) = stray {
            return Err(Crash::Contract(format!("added to series {series}; it has {known}")));
        }
        for types::Addition { series, delta } in additions {
            let (name, labels) = &self.series[*series as usize];
            let labels: Vec<(&str, &str)> =
                labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            self.host.add_to_counter(name, &labels, *delta);
        }
        Ok(())
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

    fn series(&mut self, counter: String, labels: Vec<(String, String)>) -> wasmtime::Result<u32> {
        let series = (counter, labels);
        if let Some(number) = self.numbers.get(&series) {
            return Ok(*number);
        }
        if self.series.len() == MAX_SERIES {
            return breach(format!("counters have more than {MAX_SERIES} sets of labels"));
        }
        if !self.counters.contains(&series.0) {
            return breach(format!("counter `{}` is not in the manifest", series.0));
        }
        let number = self.series.len() as u32;
        self.series.push(series.clone());
        self.numbers.insert(series, number);
        Ok(number)
    }
}

impl meter::Host for State {
    fn refill(&mut self) -> wasmtime::Result<i32> {
        self.used.refill()
    }
}

impl types::Host for State {}

/// Ends the call that runs.
fn breach<T>(detail: String) -> wasmtime::Result<T> {
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
