//! Between wasmtime's types and the plain ones.

use plugin::{
    Counter, Counts, Document, Failure, Level, Malformed, Manifest, OnFailure, Outcome, Output,
    Problem, Sharding,
};

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

impl From<types::Problem> for Problem {
    fn from(problem: types::Problem) -> Self {
        let types::Problem { document, line, path, found, expected } = problem;
        Problem { document, line, path, found, expected }
    }
}

impl From<types::Outcome> for Outcome {
    fn from(outcome: types::Outcome) -> Self {
        let types::Counts { spans_in, spans_out, spans_changed, spans_dropped } = outcome.counts;
        Outcome {
            output: match outcome.output {
                types::Output::Unchanged => Output::Unchanged,
                types::Output::Replaced(traces) => Output::Replaced(traces),
                types::Output::NothingLeft => Output::NothingLeft,
            },
            counts: Counts { spans_in, spans_out, spans_changed, spans_dropped },
        }
    }
}

impl From<types::Failure> for Failure {
    fn from(failure: types::Failure) -> Self {
        match failure {
            types::Failure::Malformed(types::Malformed { offset, length, inside, reason }) => {
                Failure::Malformed(Malformed { offset, length, inside, reason })
            }
            types::Failure::Other(text) => Failure::Other(text),
        }
    }
}
