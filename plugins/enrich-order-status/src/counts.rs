//! [`Counts`]: what a batch brought, for the host's counters.

use std::collections::BTreeMap;

use plugin::Counter;

use crate::life::lifecycle::{Lifecycle, Status};

/// A change of status. [`Status::UNLISTED`] where a side is not known or not in the rules.
pub type Pair = (Status, Status);

/// Returns every counter that [`Counts::report`] adds to.
pub fn counters() -> Vec<Counter> {
    [
        ("spans_enriched", "{span}", "Spans that got an attribute."),
        ("transitions", "{transition}", "Changes of an order's status, by `from` and `to`."),
        ("gaps_detected", "{transition}", "Those that skipped a status, by `from` and `to`."),
        ("transitions_repeated", "{transition}", "Transitions to the status that the order had."),
        ("transitions_stale", "{transition}", "Transitions overtaken by a later event version."),
        ("statuses_unlisted", "{transition}", "Transitions to a status that no rule lists."),
        ("publishes_joined", "{message}", "Messages whose publish and consume were both seen."),
        ("ids_unfit", "{id}", "Ids without the shape of ids; they were not remembered."),
        ("evicted", "{entry}", "What was forgotten to stay within the limits, by `what`."),
    ]
    .map(|(name, unit, description)| Counter::new(name, unit, description))
    .into()
}

/// What a batch brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Spans that got an attribute.
    pub spans_enriched: u64,
    /// Transitions that changed an order.
    pub transitions: BTreeMap<Pair, u64>,
    /// Those of them that skipped a status.
    pub gaps: BTreeMap<Pair, u64>,
    /// Transitions to the status that the order had already.
    pub transitions_repeated: u64,
    /// Transitions that a later version of the status event had overtaken.
    pub transitions_stale: u64,
    /// Transitions to a status that the rules do not list.
    pub statuses_unlisted: u64,
    /// Messages that got their time in the queue.
    pub publishes_joined: u64,
    /// Ids that had not the shape of ids.
    pub ids_unfit: u64,
    /// Orders that were forgotten.
    pub orders_evicted: u64,
    /// Publishes that were forgotten.
    pub publishes_evicted: u64,
}

impl Counts {
    /// Calls `add` with name, labels and number for each count that is not 0. A status that is not
    /// known, or not in the rules, has an empty label.
    pub fn report(&self, lifecycle: &Lifecycle, mut add: impl FnMut(&str, &[(&str, &str)], u64)) {
        for (name, pairs) in [("transitions", &self.transitions), ("gaps_detected", &self.gaps)] {
            for ((from, to), count) in pairs {
                let from = lifecycle.name(*from).unwrap_or_default();
                let to = lifecycle.name(*to).unwrap_or_default();
                add(name, &[("from", from), ("to", to)], *count);
            }
        }
        let mut add_some = |name, labels: &[(&str, &str)], count| {
            if count > 0 {
                add(name, labels, count);
            }
        };
        add_some("spans_enriched", &[], self.spans_enriched);
        add_some("transitions_repeated", &[], self.transitions_repeated);
        add_some("transitions_stale", &[], self.transitions_stale);
        add_some("statuses_unlisted", &[], self.statuses_unlisted);
        add_some("publishes_joined", &[], self.publishes_joined);
        add_some("ids_unfit", &[], self.ids_unfit);
        add_some("evicted", &[("what", "order")], self.orders_evicted);
        add_some("evicted", &[("what", "publish")], self.publishes_evicted);
    }
}
