//! What the rules read of a batch, and what they may change.

use plugin::Configured;
use spans::{Carriers, Fields, Parts, Selector, Sight, Writes};

use crate::settings::{AllOf, Rules};
use crate::threshold::Threshold;

impl Rules {
    /// What follows from them.
    #[must_use]
    pub fn configured(&self) -> Configured {
        Configured {
            rules: self.places(),
            protects: self.protects(),
            ..Configured::new(self.sight(), self.writes.clone())
        }
    }

    /// What the rules look at: never more than their conditions name, the id of the trace and the
    /// `tracestate`.
    #[must_use]
    pub fn sight(&self) -> Sight {
        let mut fields = Fields::TRACE_ID | Fields::TRACE_STATE;
        for all_of in self.rules.iter().flat_map(|rule| &rule.any_of) {
            fields |= fields_of(all_of);
        }
        let selectors =
            [(Carriers::SPAN, &self.span_keys), (Carriers::RESOURCE, &self.resource_keys)];
        let selectors = selectors.into_iter().filter(|(_, keys)| !keys.is_empty());
        let selector = |(carriers, keys): (Carriers, &Vec<String>)| Selector {
            carriers,
            keys: keys.iter().map(|key| rules::pattern_of(key)).collect(),
        };
        Sight::Parts(Parts { fields, keys: selectors.map(selector).collect() })
    }

    /// What they may change: see [`Rules::sight`] for what they read.
    #[must_use]
    pub fn writes(&self) -> &Writes {
        &self.writes
    }

    /// Spans are dropped where any share is below all of them, and the `tracestate` says which.
    pub(crate) fn find_writes(&self) -> Writes {
        let keeps_all = |threshold| threshold == Some(Threshold::KEEP_ALL);
        let rules_keep_all = self.deciding().all(|rule| keeps_all(rule.verdict.threshold()));
        Writes {
            drops_spans: !(keeps_all(self.otherwise) && rules_keep_all),
            fields: Fields::TRACE_STATE,
            ..Writes::default()
        }
    }
}

fn fields_of(all_of: &AllOf) -> Fields {
    let AllOf { longer_than_nanos, status_code, kind, name, attributes: _, resource: _, words: _ } =
        all_of;
    let reads = [
        (longer_than_nanos.is_some(), Fields::SPAN_TIMES),
        (status_code.is_some(), Fields::STATUS_CODE),
        (kind.is_some(), Fields::SPAN_KIND),
        (name.is_some(), Fields::SPAN_NAME),
    ];
    reads.into_iter().filter(|(reads, _)| *reads).map(|(_, field)| field).collect()
}
