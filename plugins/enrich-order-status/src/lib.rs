//! Puts the order status, stage lengths, queue time and gaps on the spans of an order.
//!
//! [`enrich::Enricher`] does the work, on bytes; [`life`] over plain values. This
//! file ties them to the contract.

pub mod counts;
pub mod enrich;
pub mod entries;
pub mod ids;
pub mod life;
pub mod reader;
pub mod settings;
pub mod time;

use enrich::Enricher;
use plugin::{
    Changed, Changes, Configured, Document, Entry, Failure, Host, Manifest, Notes, OnFailure,
    Outcome, Plugin, Problem, Sharding,
};
use settings::{Rules, Settings};

/// The plugin.
pub struct EnrichOrderStatus(Enricher);

plugin::export_plugin!(EnrichOrderStatus);

impl Plugin for EnrichOrderStatus {
    fn manifest() -> Manifest {
        Manifest {
            sharding: Sharding::Single,
            on_failure: OnFailure::Pass,
            changes: Changes::SETS_ATTRIBUTES,
            state_version: entries::VERSION,
            counters: counts::counters(),
            rules_schema: rules::schema::<Settings>(),
            ..Manifest::new(
                "enrich-order-status",
                env!("CARGO_PKG_VERSION"),
                env!("CARGO_PKG_DESCRIPTION"),
            )
        }
    }

    fn configure(documents: &[Document], host: &mut dyn Host) -> Result<Self, Vec<Problem>> {
        let rules = Rules::read_within(documents, host.memory_limit())?;
        Ok(EnrichOrderStatus(Enricher::new(rules)))
    }

    fn configured(&self) -> Configured {
        self.0.rules().configured()
    }

    fn process(&mut self, view: &[u8], now: u64, host: &mut dyn Host) -> Result<Outcome, Failure> {
        let mut notes = Notes::at(host.noting());
        let (enriched, counts) = self.0.enrich_at(view, now, &mut notes)?;
        counts.report(&self.0.rules().lifecycle, |name, labels, count| {
            host.add_to_counter(name, labels, count);
        });
        Ok(Outcome::noted(enriched, notes))
    }

    fn changes(&mut self, max_bytes: usize) -> Changed {
        self.0.changes(max_bytes)
    }

    fn load(&mut self, version: u32, entries: &[Entry]) -> Result<u32, String> {
        self.0.load(version, entries)
    }
}
