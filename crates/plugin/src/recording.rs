//! A host for native tests.

use std::collections::BTreeMap;

use crate::{Host, Level, Noting};

/// A host that grants the secrets it was given and keeps what a plugin said.
///
/// It cannot know how a call ends, so it counts what it is told at once;
/// [`Pending`](crate::Pending) stands before it where a call may fail.
///
/// ```
/// use plugin::{Host, RecordingHost};
///
/// let mut host = RecordingHost::default();
/// host.secrets.insert("operator-key-1".into(), vec![7; 32]);
/// host.add_to_counter("values_masked", &[("detector", "email")], 2);
/// host.add_to_counter("values_masked", &[("detector", "email")], 1);
///
/// assert_eq!(host.counter("values_masked", &[("detector", "email")]), 3);
/// assert_eq!(host.secret("operator-key-2"), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordingHost {
    /// Secrets by name, decoded.
    pub secrets: BTreeMap<String, Vec<u8>>,
    /// How much of why it wants to know.
    pub noting: Noting,
    /// The lines that were logged, oldest first.
    pub log: Vec<(Level, String)>,
    /// Sums by name and labels; labels stand in the order of their keys.
    pub counters: BTreeMap<(String, Vec<(String, String)>), u64>,
}

impl RecordingHost {
    /// Returns the sum of one counter with exactly these labels, 0 where the
    /// plugin never added to it.
    pub fn counter(&self, name: &str, labels: &[(&str, &str)]) -> u64 {
        self.counters.get(&counter_key(name, labels)).copied().unwrap_or(0)
    }
}

pub(crate) fn counter_key(name: &str, labels: &[(&str, &str)]) -> (String, Vec<(String, String)>) {
    let mut labels: Vec<(String, String)> =
        labels.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
    labels.sort();
    (name.into(), labels)
}

impl Host for RecordingHost {
    fn log(&mut self, level: Level, message: &str) {
        self.log.push((level, message.into()));
    }

    fn secret(&mut self, name: &str) -> Option<Vec<u8>> {
        self.secrets.get(name).cloned()
    }

    /// As much as hosts give by default.
    fn memory_limit(&mut self) -> u64 {
        128 << 20
    }

    fn noting(&self) -> Noting {
        self.noting
    }

    fn add_to_counter(&mut self, name: &str, labels: &[(&str, &str)], delta: u64) {
        let sum = self.counters.entry(counter_key(name, labels)).or_default();
        *sum = sum.saturating_add(delta);
    }
}
