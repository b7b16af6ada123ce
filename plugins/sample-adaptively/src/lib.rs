//! Keeps slow, failed and gapped spans, and a share of the others by trace id.
//!
//! This file is the glue: [`Settings`] is what the operator writes, [`sample()`] does the work.

mod number;
mod pattern;
mod protects;
mod sample;
mod settings;
mod sight;
mod threshold;
mod trace_state;

use plugin::{
    Changes, Configured, Counter, Document, Failure, Host, Manifest, Notes, OnFailure, Outcome,
    Plugin, Problem,
};

pub use sample::{Reported, Sampled, Tally, sample};
pub use settings::{Rules, Settings};
pub use threshold::{Randomness, Threshold};
pub use trace_state::TraceState;

/// The plugin: rules that cannot be wrong.
pub struct SampleAdaptively {
    rules: Rules,
}

plugin::export_plugin!(SampleAdaptively);

impl Plugin for SampleAdaptively {
    fn manifest() -> Manifest {
        Manifest {
            on_failure: OnFailure::Pass,
            changes: Changes::DROPS_SPANS | Changes::WRITES_FIELDS,
            counters: vec![
                Counter::new("spans_kept", "{span}", "Spans that went on, by rule."),
                Counter::new("spans_dropped", "{span}", "Spans left out, by rule."),
                Counter::new("spans_reported", "{span}", "Spans of rules that only report."),
            ],
            rules_schema: rules::schema::<Settings>(),
            ..Manifest::new(
                "sample-adaptively",
                env!("CARGO_PKG_VERSION"),
                env!("CARGO_PKG_DESCRIPTION"),
            )
        }
    }

    fn configure(documents: &[Document], _: &mut dyn Host) -> Result<Self, Vec<Problem>> {
        Ok(Self { rules: rules::read::<Settings>(documents)?.compile() })
    }

    fn configured(&self) -> Configured {
        self.rules.configured()
    }

    fn process(&mut self, view: &[u8], _: u64, host: &mut dyn Host) -> Result<Outcome, Failure> {
        let mut notes = Notes::at(host.noting());
        let sampled = sample(&self.rules, view, &mut notes)?;
        for (counter, rule, spans) in sampled.counters() {
            host.add_to_counter(counter, &[("rule", rule)], spans);
        }
        for (rule, would, was, spans) in sampled.reports() {
            let labels = [("rule", rule), ("would", would), ("was", was)];
            host.add_to_counter("spans_reported", &labels, spans);
        }
        Ok(Outcome::noted(sampled.edits, notes))
    }
}
