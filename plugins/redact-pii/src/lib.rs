//! Masks personal data in every text of a span.
//!
//! [`settings`] is what the operator writes and the [`settings::Rules`] it becomes; [`detect`]
//! finds; [`redact::Redactor`] walks a batch and masks. This file ties them to the contract.

pub mod detect;
pub mod keys;
mod known;
pub mod redact;
pub mod settings;

use plugin::{
    Changes, Configured, Counter, Document, Failure, Host, Manifest, Notes, Outcome, Plugin,
    Problem,
};
use redact::{MASKED, REPORTED, Redactor};
use settings::{Rules, Settings};

/// The plugin.
pub struct RedactPii(Redactor);

plugin::export_plugin!(RedactPii);

impl Plugin for RedactPii {
    fn manifest() -> Manifest {
        let masked = Counter::new(
            MASKED,
            "{value}",
            "Values masked, by detector; or by `key`, `too_long`, `not_text`, `bytes`, `too_deep`.",
        );
        let reported = Counter::new(
            REPORTED,
            "{value}",
            "Values that rules with `report_only` would mask, by detector; or by `key`.",
        );
        Manifest {
            changes: Changes::DROPS_UNKNOWN_FIELDS
                | Changes::WRITES_FIELDS
                | Changes::REPLACES_VALUES
                | Changes::RENAMES_KEYS,
            counters: vec![masked, reported],
            rules_schema: rules::schema::<Settings>(),
            ..Manifest::new("redact-pii", env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_DESCRIPTION"))
        }
    }

    fn configure(documents: &[Document], _: &mut dyn Host) -> Result<Self, Vec<Problem>> {
        Ok(RedactPii(Redactor::new(Rules::read(documents)?)))
    }

    fn configured(&self) -> Configured {
        self.0.configured()
    }

    fn process(&mut self, view: &[u8], _: u64, host: &mut dyn Host) -> Result<Outcome, Failure> {
        let mut notes = Notes::at(host.noting());
        let redacted = self.0.redact(view, &mut notes)?;
        for (counter, detector, count) in self.0.take_masked() {
            host.add_to_counter(counter, &[("detector", detector)], count);
        }
        Ok(Outcome::noted(redacted, notes))
    }
}
