//! What a call adds to counters, until it is known how the call ends.

use std::collections::BTreeMap;

use crate::Host;
use crate::recording::counter_key;

/// What one call added to counters. It waits here until the call has ended: a
/// batch that failed is tried again in parts, and must not count twice.
///
/// ```
/// use plugin::{Pending, RecordingHost};
///
/// let mut host = RecordingHost::default();
/// let mut pending = Pending::default();
/// pending.add("values_masked", &[("detector", "email")], 2);
/// pending.clear(); // the call failed
/// pending.add("values_masked", &[("detector", "email")], 1);
/// pending.commit(&mut host);
///
/// assert_eq!(host.counter("values_masked", &[("detector", "email")]), 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    sums: BTreeMap<(String, Vec<(String, String)>), u64>,
}

impl Pending {
    /// Adds to what waits, as [`Host::add_to_counter`] does to a counter.
    pub fn add(&mut self, name: &str, labels: &[(&str, &str)], delta: u64) {
        let sum = self.sums.entry(counter_key(name, labels)).or_default();
        *sum = sum.saturating_add(delta);
    }

    /// Hands all that waits to the host: the call ended with an answer.
    pub fn commit(&mut self, host: &mut dyn Host) {
        for ((name, labels), sum) in std::mem::take(&mut self.sums) {
            let labels: Vec<(&str, &str)> =
                labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            host.add_to_counter(&name, &labels, sum);
        }
    }

    /// Forgets all that waits: the call failed.
    pub fn clear(&mut self) {
        self.sums.clear();
    }
}
