//! Between wasmtime's types and the plain ones.

use plugin::{
    Changed, Changes, Configured, Counter, Document, Entry, Level, Manifest, Noting, OnFailure,
    Place, Problem, Sharding,
};
use spans::{Carriers, Fields, Parts, Selector, SetKey, Sight, Writes};

use crate::bindings::lapidary::processor::{host, types};

impl From<host::Level> for Level {
    fn from(level: host::Level) -> Self {
        match level {
            host::Level::Debug => Level::Debug,
            host::Level::Info => Level::Info,
            host::Level::Warn => Level::Warn,
            host::Level::Error => Level::Error,
        }
    }
}

impl From<Noting> for types::Noting {
    fn from(noting: Noting) -> Self {
        match noting {
            Noting::Off => types::Noting::Off,
            Noting::Acts => types::Noting::Acts,
            Noting::Looked => types::Noting::Looked,
        }
    }
}

impl From<types::Manifest> for Manifest {
    fn from(manifest: types::Manifest) -> Self {
        Manifest {
            name: manifest.name,
            version: manifest.version,
            description: manifest.description,
            sharding: match manifest.sharding {
                types::Sharding::None => Sharding::None,
                types::Sharding::Single => Sharding::Single,
            },
            on_failure: match manifest.on_failure {
                types::OnFailure::Block => OnFailure::Block,
                types::OnFailure::Pass => OnFailure::Pass,
            },
            changes: manifest.changes.into(),
            tick_interval_millis: manifest.tick_interval_millis,
            state_version: manifest.state_version,
            counters: manifest
                .counters
                .into_iter()
                .map(|types::Counter { name, unit, description }| Counter {
                    name,
                    unit,
                    description,
                })
                .collect(),
            rules_schema: manifest.rules_schema,
        }
    }
}

impl From<&Document> for types::Document {
    fn from(document: &Document) -> Self {
        types::Document { name: document.name.clone(), text: document.text.clone() }
    }
}

impl From<&Entry> for types::Entry {
    fn from(entry: &Entry) -> Self {
        let Entry { key, value, belongs_to } = entry.clone();
        types::Entry { key, value, belongs_to }
    }
}

impl From<types::Changed> for Changed {
    fn from(changed: types::Changed) -> Self {
        let entry = |types::Entry { key, value, belongs_to }| Entry { key, value, belongs_to };
        Changed { entries: changed.entries.into_iter().map(entry).collect(), more: changed.more }
    }
}

impl From<types::Problem> for Problem {
    fn from(problem: types::Problem) -> Self {
        let types::Problem { document, line, path, found, expected } = problem;
        Problem { document, line, path, found, expected }
    }
}

impl From<types::Configured> for Configured {
    fn from(configured: types::Configured) -> Self {
        let rule =
            |types::Rule { path, document, line }| Place { document: document.into(), line, path };
        Configured {
            sight: configured.sight.into(),
            writes: configured.writes.into(),
            rules: configured.rules.into_iter().map(rule).collect(),
            protects: configured.protects,
        }
    }
}

impl From<types::Sight> for Sight {
    fn from(sight: types::Sight) -> Self {
        match sight {
            types::Sight::Everything => Sight::Everything,
            types::Sight::Texts => Sight::Texts,
            types::Sight::Parts(types::Parts { fields, keys }) => {
                Sight::Parts(Parts { fields: fields.into(), keys: selectors(keys) })
            }
        }
    }
}

impl From<types::Writes> for Writes {
    fn from(writes: types::Writes) -> Self {
        let set_key = |types::SetKey { carriers, key }| SetKey { carriers: carriers.into(), key };
        Writes {
            drops_spans: writes.drops_spans,
            makes_spans: writes.makes_spans,
            drops_unknown_fields: writes.drops_unknown_fields,
            fields: writes.fields.into(),
            sets: writes.sets.into_iter().map(set_key).collect(),
            replaces: selectors(writes.replaces),
            renames: selectors(writes.renames),
            removes: selectors(writes.removes),
        }
    }
}

fn selectors(selectors: Vec<types::Selector>) -> Vec<Selector> {
    let selector =
        |types::Selector { carriers, keys }| Selector { carriers: carriers.into(), keys };
    selectors.into_iter().map(selector).collect()
}

/// Takes flags over by their names: those of the contract are the same as ours.
macro_rules! flags {
    ($from:ty, $to:ty, $($name:ident)+) => {
        impl From<$from> for $to {
            fn from(from: $from) -> Self {
                let mut to = <$to>::empty();
                $(to.set(<$to>::$name, from.contains(<$from>::$name));)+
                to
            }
        }
    };
}

flags!(types::Carriers, Carriers, RESOURCE SCOPE SPAN EVENT LINK);
flags!(types::Fields, Fields,
    TRACE_ID SPAN_ID PARENT_SPAN_ID TRACE_STATE SPAN_FLAGS SPAN_NAME SPAN_KIND SPAN_TIMES
    STATUS_CODE STATUS_MESSAGE EVENTS EVENT_NAME LINKS LINK_TRACE_STATE SCOPE_NAME SCOPE_VERSION
    SCHEMA_URLS ENTITIES);
flags!(types::Changes, Changes,
    DROPS_SPANS MAKES_SPANS DROPS_UNKNOWN_FIELDS WRITES_FIELDS SETS_ATTRIBUTES REPLACES_VALUES
    RENAMES_KEYS REMOVES_ENTRIES);
