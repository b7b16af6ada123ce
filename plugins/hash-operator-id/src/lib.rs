//! Replaces `operator_id` by a keyed pseudonym.
//!
//! [`settings`] is what the operator writes and the [`settings::Rules`] it becomes, secret
//! included; [`pseudonym`] makes the pseudonyms; [`hash::Hasher`] walks a batch. This file ties
//! them to the contract.

pub mod hash;
pub mod pseudonym;
pub mod settings;

use hash::Hasher;
use plugin::{
    Changes, Configured, Counter, Document, Failure, Host, Manifest, Notes, Outcome, Plugin,
    Problem,
};
use settings::{Rules, Settings};

/// The plugin.
pub struct HashOperatorId(Hasher);

plugin::export_plugin!(HashOperatorId);

impl Plugin for HashOperatorId {
    fn manifest() -> Manifest {
        Manifest {
            changes: Changes::REPLACES_VALUES,
            counters: vec![Counter::new(
                "operators_hashed",
                "{value}",
                "Values replaced by a pseudonym, by attribute.",
            )],
            rules_schema: rules::schema::<Settings>(),
            ..Manifest::new(
                "hash-operator-id",
                env!("CARGO_PKG_VERSION"),
                env!("CARGO_PKG_DESCRIPTION"),
            )
        }
    }

    fn configure(documents: &[Document], host: &mut dyn Host) -> Result<Self, Vec<Problem>> {
        Ok(HashOperatorId(Hasher::new(Rules::read(documents, host)?)))
    }

    fn configured(&self) -> Configured {
        self.0.configured()
    }

    fn process(&mut self, view: &[u8], _: u64, host: &mut dyn Host) -> Result<Outcome, Failure> {
        let mut notes = Notes::at(host.noting());
        let hashed = self.0.hash(view, &mut notes)?;
        for (attribute, count) in self.0.take_hashed() {
            host.add_to_counter("operators_hashed", &[("attribute", attribute)], count);
        }
        Ok(Outcome::noted(hashed, notes))
    }
}
