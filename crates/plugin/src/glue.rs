//! Between the generated bindings and the plain types: the only place that
//! knows both. Nothing here is for plugins to name.

use std::cell::RefCell;
use std::panic;
use std::sync::Once;

use crate::series::Additions;
use crate::{Failure, Host, Level, Noting, Plugin, Sharding};
use bindings::exports::lapidary::processor::plugin as contract;
use bindings::lapidary::processor::{host, types};

pub mod bindings {
    //! What wit-bindgen makes of `wit/`.
    wit_bindgen::generate!({
        path: "wit",
        world: "traces-plugin",
        pub_export_macro: true,
        export_macro_name: "export",
    });
}

pub use bindings::export;

/// Where the one configured plugin lives; [`crate::export_plugin!`]
/// implements it.
pub trait Slot {
    /// The plugin that is exported.
    type Plugin: Plugin;

    /// Hands over the place of the plugin, which is empty before `configure`.
    fn with<R>(f: impl FnOnce(&mut Option<Self::Plugin>) -> R) -> R;
}

impl<S: Slot> contract::Guest for S {
    fn describe() -> types::Manifest {
        report_panics();
        manifest(S::Plugin::manifest())
    }

    fn configure(
        documents: Vec<types::Document>,
    ) -> Result<types::Configured, Vec<types::Problem>> {
        report_panics();
        let documents: Vec<crate::Document> = documents
            .into_iter()
            .map(|types::Document { name, text }| crate::Document { name, text })
            .collect();
        let plugin = S::Plugin::configure(&documents, &mut Outside::default())
            .map_err(|problems| problems.into_iter().map(problem).collect::<Vec<_>>())?;
        let answer = configured_of(plugin.configured());
        S::with(|instance| *instance = Some(plugin));
        Ok(answer)
    }

    fn process(
        view: Vec<u8>,
        now_unix_nanos: u64,
        noting: types::Noting,
    ) -> Result<types::Outcome, String> {
        let noting = match noting {
            types::Noting::Off => Noting::Off,
            types::Noting::Acts => Noting::Acts,
            types::Noting::Looked => Noting::Looked,
        };
        let mut outside = Outside { noting };
        let crate::Outcome { edits, spans, notes } =
            configured::<S, _>(|plugin| plugin.process(&view, now_unix_nanos, &mut outside))?;
        Ok(types::Outcome { edits, spans, additions: additions(), notes })
    }

    fn tick(now_unix_nanos: u64) -> Result<types::Made, String> {
        let spans =
            configured::<S, _>(|plugin| plugin.tick(now_unix_nanos, &mut Outside::default()))?;
        Ok(types::Made { spans, additions: additions() })
    }

    fn flush(now_unix_nanos: u64) -> Result<types::Made, String> {
        let spans =
            configured::<S, _>(|plugin| plugin.flush(now_unix_nanos, &mut Outside::default()))?;
        Ok(types::Made { spans, additions: additions() })
    }

    fn changes(max_bytes: u32) -> types::Changed {
        let max_bytes = usize::try_from(max_bytes).unwrap_or(usize::MAX);
        let changed = S::with(|instance| instance.as_mut().map(|it| it.changes(max_bytes)));
        let crate::Changed { entries, more } = changed.unwrap_or_default();
        let entry =
            |crate::Entry { key, value, belongs_to }| types::Entry { key, value, belongs_to };
        types::Changed { entries: entries.into_iter().map(entry).collect(), more }
    }

    fn load(version: u32, entries: Vec<types::Entry>) -> Result<u32, String> {
        let entry =
            |types::Entry { key, value, belongs_to }| crate::Entry { key, value, belongs_to };
        let entries: Vec<crate::Entry> = entries.into_iter().map(entry).collect();
        S::with(|instance| match instance {
            Some(plugin) => plugin.load(version, &entries),
            None => Err(NOT_CONFIGURED.into()),
        })
    }
}

const NOT_CONFIGURED: &str = "called before `configure` succeeded";

fn configured<S: Slot, R>(
    f: impl FnOnce(&mut S::Plugin) -> Result<R, Failure>,
) -> Result<R, String> {
    let answer = S::with(|instance| match instance {
        Some(plugin) => f(plugin),
        None => Err(Failure(NOT_CONFIGURED.into())),
    });
    answer.map_err(|Failure(text)| {
        // What a failed call counted is not to count.
        additions();
        text
    })
}

thread_local! {
    static ADDITIONS: RefCell<Additions> = RefCell::default();
}

/// Takes what the call added to counters.
fn additions() -> Vec<types::Addition> {
    let sums = ADDITIONS.with_borrow_mut(Additions::take);
    sums.into_iter().map(|(series, delta)| types::Addition { series, delta }).collect()
}

/// Makes every panic say where in the code it happened, and nothing else: the
/// text of a panic may hold the string that caused it, and so a span's value.
fn report_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        panic::set_hook(Box::new(|info| {
            let place = match info.location() {
                Some(place) => format!("panicked at {}:{}", place.file(), place.line()),
                None => "panicked".into(),
            };
            host::log(host::Level::Error, &place);
        }));
    });
}

/// The host as the imports reach it.
#[derive(Default)]
struct Outside {
    noting: Noting,
}

impl Host for Outside {
    fn log(&mut self, level: Level, message: &str) {
        let level = match level {
            Level::Debug => host::Level::Debug,
            Level::Info => host::Level::Info,
            Level::Warn => host::Level::Warn,
            Level::Error => host::Level::Error,
        };
        host::log(level, message);
    }

    fn secret(&mut self, name: &str) -> Option<Vec<u8>> {
        host::secret(name)
    }

    fn memory_limit(&mut self) -> u64 {
        host::memory_limit()
    }

    fn noting(&self) -> Noting {
        self.noting
    }

    fn add_to_counter(&mut self, name: &str, labels: &[(&str, &str)], delta: u64) {
        let number = || {
            let labels: Vec<(String, String)> =
                labels.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
            host::series(name, &labels)
        };
        ADDITIONS.with_borrow_mut(|additions| additions.add(name, labels, delta, number));
    }
}

fn manifest(manifest: crate::Manifest) -> types::Manifest {
    types::Manifest {
        name: manifest.name,
        version: manifest.version,
        description: manifest.description,
        sharding: match manifest.sharding {
            Sharding::None => types::Sharding::None,
            Sharding::Single => types::Sharding::Single,
        },
        on_failure: match manifest.on_failure {
            crate::OnFailure::Block => types::OnFailure::Block,
            crate::OnFailure::Pass => types::OnFailure::Pass,
        },
        changes: types::Changes::from_bits_truncate(manifest.changes.bits()),
        tick_interval_millis: manifest.tick_interval_millis,
        state_version: manifest.state_version,
        counters: manifest
            .counters
            .into_iter()
            .map(|crate::Counter { name, unit, description }| types::Counter {
                name,
                unit,
                description,
            })
            .collect(),
        rules_schema: manifest.rules_schema,
    }
}

fn problem(problem: crate::Problem) -> types::Problem {
    let crate::Problem { document, line, path, found, expected } = problem;
    types::Problem { document, line, path, found, expected }
}

fn configured_of(configured: crate::Configured) -> types::Configured {
    let rule = |crate::Place { document, line, path }| types::Rule {
        path,
        document: document.to_string(),
        line,
    };
    types::Configured {
        sight: sight(configured.sight),
        writes: writes(configured.writes),
        rules: configured.rules.into_iter().map(rule).collect(),
        protects: configured.protects,
    }
}

// The bits of flags stand in the same order on both sides; a test holds them together.

fn sight(sight: spans::Sight) -> types::Sight {
    match sight {
        spans::Sight::Everything => types::Sight::Everything,
        spans::Sight::Texts => types::Sight::Texts,
        spans::Sight::Parts(spans::Parts { fields, keys }) => types::Sight::Parts(types::Parts {
            fields: types::Fields::from_bits_truncate(fields.bits()),
            keys: selectors(keys),
        }),
    }
}

fn writes(writes: spans::Writes) -> types::Writes {
    let set_key = |spans::SetKey { carriers, key }| types::SetKey {
        carriers: types::Carriers::from_bits_truncate(carriers.bits()),
        key,
    };
    types::Writes {
        drops_spans: writes.drops_spans,
        makes_spans: writes.makes_spans,
        drops_unknown_fields: writes.drops_unknown_fields,
        fields: types::Fields::from_bits_truncate(writes.fields.bits()),
        sets: writes.sets.into_iter().map(set_key).collect(),
        replaces: selectors(writes.replaces),
        renames: selectors(writes.renames),
        removes: selectors(writes.removes),
    }
}

fn selectors(selectors: Vec<spans::Selector>) -> Vec<types::Selector> {
    let selector = |spans::Selector { carriers, keys }| types::Selector {
        carriers: types::Carriers::from_bits_truncate(carriers.bits()),
        keys,
    };
    selectors.into_iter().map(selector).collect()
}

#[cfg(test)]
mod tests {
    use super::types;

    #[test]
    fn flags_have_the_same_bits_on_both_sides() {
        use spans::{Carriers, Fields};
        for (contract, ours) in [
            (types::Fields::TRACE_ID.bits(), Fields::TRACE_ID),
            (types::Fields::SPAN_TIMES.bits(), Fields::SPAN_TIMES),
            (types::Fields::LINK_TRACE_STATE.bits(), Fields::LINK_TRACE_STATE),
            (types::Fields::ENTITIES.bits(), Fields::ENTITIES),
        ] {
            assert_eq!(contract, ours.bits());
        }
        assert_eq!(types::Fields::all().bits(), Fields::all().bits());
        assert_eq!(types::Carriers::LINK.bits(), Carriers::LINK.bits());
        assert_eq!(types::Carriers::all().bits(), Carriers::all().bits());
        let removes = crate::Changes::REMOVES_ENTRIES;
        assert_eq!(types::Changes::REMOVES_ENTRIES.bits(), removes.bits());
    }
}
