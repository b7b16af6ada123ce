//! What a plugin can reach.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bounds::{LABEL_BYTES, LINE_BYTES, Series, Shared, cut};
use plugin::{Crash, Host, Level, Noting, SharedHost};

use crate::bindings::lapidary::processor::{host, meter, types};
use crate::limits::Use;

/// What the imports of one instance reach.
pub struct State {
    pub(crate) used: Use,
    host: SharedHost,
    bounds: SharedBounds,
    /// Secrets are given out in `configure` only.
    pub(crate) configuring: bool,
    /// Names of the counters in the manifest.
    counters: Arc<[String]>,
    /// Numbers of the series that the instance asked for.
    numbers: HashMap<Series, u32>,
    /// The series by their numbers.
    series: Vec<Series>,
}

/// What all instances of a plugin share.
pub(crate) type SharedBounds = Arc<Mutex<Shared>>;

impl State {
    /// How much of why the host wants to know.
    pub(crate) fn noting(&self) -> Noting {
        self.host.noting()
    }

    pub(crate) fn new(
        used: Use,
        counters: Arc<[String]>,
        host: SharedHost,
        bounds: SharedBounds,
    ) -> State {
        State {
            used,
            host,
            bounds,
            configuring: false,
            counters,
            numbers: HashMap::new(),
            series: Vec::new(),
        }
    }

    pub(crate) fn bounds(&self) -> MutexGuard<'_, Shared> {
        self.bounds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands on what a call added to counters that ended with an answer.
    ///
    /// # Errors
    ///
    /// A series that the instance never asked for, or more than a call may add; then nothing
    /// counts.
    pub(crate) fn add(&mut self, additions: &[types::Addition]) -> Result<(), Crash> {
        let added: Vec<(u32, u64)> = additions.iter().map(|it| (it.series, it.delta)).collect();
        bounds::additions(&added, self.series.len()).map_err(Crash::Contract)?;
        for types::Addition { series, delta } in additions.iter().filter(|it| it.delta > 0) {
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
        // What a call of ours costs is no round of the plugin's.
        self.used.check_time()?;
        let level = Level::from(level);
        // What nobody sees counts for nothing.
        let (left_out, is_admitted) =
            if level == Level::Debug { (None, true) } else { self.bounds().admit() };
        if let Some(text) = left_out {
            self.host.log(Level::Warn, &text);
        }
        if is_admitted {
            self.host.log(level, cut(&message, LINE_BYTES));
        }
        Ok(())
    }

    fn secret(&mut self, name: String) -> wasmtime::Result<Option<Vec<u8>>> {
        self.used.check_time()?;
        if !self.configuring {
            return Ok(None);
        }
        Ok(self.host.secret(&name))
    }

    fn memory_limit(&mut self) -> wasmtime::Result<u64> {
        self.used.check_time()?;
        Ok(self.used.memory_limit())
    }

    fn series(&mut self, counter: String, labels: Vec<(String, String)>) -> wasmtime::Result<u32> {
        self.used.check_time()?;
        within(bounds::labels(labels.len()))?;
        let short = |text: String| cut(&text, LABEL_BYTES).to_owned();
        let labels = labels.into_iter().map(|(key, value)| (short(key), short(value))).collect();
        let series = (counter, labels);
        if let Some(number) = self.numbers.get(&series) {
            return Ok(*number);
        }
        if !self.counters.contains(&series.0) {
            let name = cut(&series.0, LABEL_BYTES);
            within(Err(format!("counter `{name}` is not in the manifest")))?;
        }
        within(self.bounds().enter(&series))?;
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

/// Ends the call that runs, where it is outside the contract.
fn within(held: Result<(), String>) -> wasmtime::Result<()> {
    held.map_err(|detail| wasmtime::Error::new(Crash::Contract(detail)))
}

#[cfg(test)]
mod tests {
    use plugin::RecordingHost;

    use super::*;
    use crate::budget::Clock;
    use crate::limits::Limits;

    /// Guarantees: a plugin gets its secrets while it reads its rules, and
    /// never with a batch.
    #[test]
    fn secrets_are_given_out_during_configure_only() {
        let mut granting = RecordingHost::default();
        granting.secrets.insert("key".into(), vec![7]);
        let used = Use::new(Limits::default(), Clock::system());
        let mut state =
            State::new(used, Arc::from([]), Arc::new(Mutex::new(granting)), Arc::default());
        let mut secret = |configuring| {
            state.configuring = configuring;
            host::Host::secret(&mut state, "key".into()).unwrap()
        };
        assert_eq!(secret(false), None);
        assert_eq!(secret(true), Some(vec![7]));
        assert_eq!(secret(false), None);
    }

    /// Guarantees: what a call adds to a counter is bounded, and nothing counts of a call that adds
    /// more; nothing is no addition.
    #[test]
    fn additions_are_within_bounds() {
        let recording = Arc::new(Mutex::new(RecordingHost::default()));
        let used = Use::new(Limits::default(), Clock::system());
        let counters = Arc::from(["seen".to_owned()]);
        let mut state = State::new(used, counters, recording.clone(), Arc::default());
        for number in 0..2 {
            let labels = vec![("number".to_owned(), number.to_string())];
            host::Host::series(&mut state, "seen".into(), labels).unwrap();
        }
        let mut add = |all: &[(u32, u64)]| {
            let additions = all
                .iter()
                .map(|(series, delta)| types::Addition { series: *series, delta: *delta });
            state.add(&additions.collect::<Vec<_>>()).map_err(|crash| crash.to_string())
        };
        for (wrong, why) in [
            (&[(0, 1), (0, 1), (0, 1)][..], "made 3 additions to counters; it has 2 series"),
            (&[(0, 1), (2, 0)], "added to series 2; it has 2"),
            (
                &[(0, 1), (1, (1 << 32) + 1)],
                "added 4294967297 to a counter; the most of one call is 4294967296",
            ),
        ] {
            assert_eq!(add(wrong), Err(format!("broke the contract: {why}")));
        }
        assert_eq!(recording.lock().unwrap().counter("seen", &[("number", "0")]), 0);
        assert_eq!(add(&[(0, 0), (1, 1 << 32)]), Ok(()));
        assert_eq!(recording.lock().unwrap().counter("seen", &[("number", "1")]), 1 << 32);
        assert_eq!(recording.lock().unwrap().counters.len(), 1, "nothing is no addition");
    }
}
