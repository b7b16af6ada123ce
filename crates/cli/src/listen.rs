//! What plugins say, and what they may ask for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use plugin::{Host, Level, Noting};

use crate::say::{complain, one_line};

/// Sums of a plugin's counters, by name and labels as Prometheus writes them.
pub(crate) type Sums = Arc<Mutex<BTreeMap<String, u64>>>;

/// Writes a plugin's log to standard error, grants its secrets and sums up its
/// counters.
pub(crate) struct Listener {
    pub plugin: String,
    pub secrets: BTreeMap<String, Vec<u8>>,
    pub sums: Sums,
    pub noting: Noting,
}

impl Host for Listener {
    fn log(&mut self, level: Level, message: &str) {
        if level > Level::Debug {
            complain!("{}: {level}: {}", self.plugin, one_line(message));
        }
    }

    fn secret(&mut self, name: &str) -> Option<Vec<u8>> {
        self.secrets.get(name).cloned()
    }

    fn noting(&self) -> Noting {
        self.noting
    }

    fn add_to_counter(&mut self, name: &str, labels: &[(&str, &str)], delta: u64) {
        let mut labels: Vec<String> =
            labels.iter().map(|(key, value)| format!("{key}=\"{value}\"")).collect();
        labels.sort();
        let key =
            if labels.is_empty() { name.into() } else { format!("{name}{{{}}}", labels.join(",")) };
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        let sum: &mut u64 = sums.entry(key).or_default();
        *sum = sum.saturating_add(delta);
    }
}
