//! Between the generated bindings and the plain types: the only place that
//! knows both. Nothing here is for plugins to name.

use std::panic;
use std::sync::Once;

use crate::{Failure, Host, Level, Output, Plugin, Sharding};
use bindings::exports::lapidary::processor::plugin as contract;
use bindings::lapidary::processor::{host, types};

pub mod bindings {
    //! What wit-bindgen makes of `wit/`.
    wit_bindgen::generate!({
        path: "../../wit",
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

    fn configure(documents: Vec<types::Document>) -> Result<(), Vec<types::Problem>> {
        report_panics();
        let documents: Vec<crate::Document> = documents
            .into_iter()
            .map(|types::Document { name, text }| crate::Document { name, text })
            .collect();
        let plugin = S::Plugin::configure(&documents, &mut Outside)
            .map_err(|problems| problems.into_iter().map(problem).collect::<Vec<_>>())?;
        S::with(|instance| *instance = Some(plugin));
        Ok(())
    }

    fn process(traces: Vec<u8>, now_unix_nanos: u64) -> Result<types::Outcome, types::Failure> {
        configured::<S, _>(|plugin| plugin.process(&traces, now_unix_nanos, &mut Outside))
            .map(|crate::Outcome { output, counts }| types::Outcome {
                output: match output {
                    Output::Unchanged => types::Output::Unchanged,
                    Output::Replaced(traces) => types::Output::Replaced(traces),
                    Output::NothingLeft => types::Output::NothingLeft,
                },
                counts: types::Counts {
                    spans_in: counts.spans_in,
                    spans_out: counts.spans_out,
                    spans_changed: counts.spans_changed,
                    spans_dropped: counts.spans_dropped,
                },
            })
            .map_err(failure)
    }

    fn tick(now_unix_nanos: u64) -> Result<Option<Vec<u8>>, types::Failure> {
        configured::<S, _>(|plugin| plugin.tick(now_unix_nanos, &mut Outside)).map_err(failure)
    }

    fn flush(now_unix_nanos: u64) -> Result<Option<Vec<u8>>, types::Failure> {
        configured::<S, _>(|plugin| plugin.flush(now_unix_nanos, &mut Outside)).map_err(failure)
    }

    fn snapshot() -> Vec<u8> {
        S::with(|instance| instance.as_ref().map(Plugin::snapshot).unwrap_or_default())
    }

    fn restore(state: Vec<u8>) -> Result<(), String> {
        S::with(|instance| match instance {
            Some(plugin) => plugin.restore(&state),
            None => Err(NOT_CONFIGURED.into()),
        })
    }
}

const NOT_CONFIGURED: &str = "called before `configure` succeeded";

fn configured<S: Slot, R>(
    f: impl FnOnce(&mut S::Plugin) -> Result<R, Failure>,
) -> Result<R, Failure> {
    S::with(|instance| match instance {
        Some(plugin) => f(plugin),
        None => Err(Failure::Other(NOT_CONFIGURED.into())),
    })
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
struct Outside;

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

    fn add_to_counter(&mut self, name: &str, labels: &[(&str, &str)], delta: u64) {
        let labels: Vec<(String, String)> =
            labels.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        host::add_to_counter(name, &labels, delta);
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

fn failure(failure: Failure) -> types::Failure {
    match failure {
        Failure::Malformed(crate::Malformed { offset, length, inside, reason }) => {
            types::Failure::Malformed(types::Malformed { offset, length, inside, reason })
        }
        Failure::Other(text) => types::Failure::Other(text),
    }
}
