//! The plugin that misbehaves, built and made a component.

use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use host::{Chain, Generation, Limits, Module, Refused, Runtime};
use plugin::{Document, OnFailure, RecordingHost};

/// The core module as rustc wrote it.
pub static CORE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    std::fs::read(fixtures::misbehaving(env!("CARGO_TARGET_TMPDIR")).unwrap()).unwrap()
});

/// The component, metered.
pub static COMPONENT: LazyLock<Vec<u8>> =
    LazyLock::new(|| componentize::componentize(&CORE).unwrap());

/// One runtime for all tests: compiling takes longer than running.
pub static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new(None).unwrap());

pub const NOW: u64 = 1_772_442_000_000_000_000;

pub fn limits() -> Limits {
    Limits { timeout: Duration::from_millis(300), ..Limits::default() }
}

pub fn module(limits: Limits) -> Module {
    RUNTIME.load(&COMPONENT, limits).unwrap()
}

pub fn document(text: &str) -> Document {
    Document { name: "rules.yaml".into(), text: text.into() }
}

pub fn listener() -> Arc<Mutex<RecordingHost>> {
    Arc::new(Mutex::new(RecordingHost::default()))
}

pub fn start(rules: &str) -> (Generation, Arc<Mutex<RecordingHost>>) {
    let host = listener();
    let started = start_with(rules, module(limits()), None, &host);
    (started.unwrap(), host)
}

pub fn start_with(
    rules: &str,
    module: Module,
    policy: Option<OnFailure>,
    host: &Arc<Mutex<RecordingHost>>,
) -> Result<Generation, Refused> {
    Generation::start(module, vec![document(rules)], host.clone(), policy)
}

/// Checks that the state of the first plugin is `batches`, by a generation that
/// does not take that state over; the first plugin goes on.
pub fn assert_state(chain: &mut Chain, batches: u8) {
    let rules = format!("does: trap\nduring: load\nif-contains: {}\n", char::from(batches));
    let refused = chain.swap(0, start(&rules).0);
    assert!(refused.is_err(), "the state is another number of batches than {batches}");
}

/// A batch with a span for each name; ids count from 1.
pub fn batch(names: &[&str]) -> Vec<u8> {
    let spans: Vec<String> = names
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let id = index + 1;
            format!(r#"{{"traceId":"{id:032x}","spanId":"{id:016x}","name":"{name}"}}"#)
        })
        .collect();
    let json =
        format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, spans.join(","));
    otlp_json::to_protobuf(&json).unwrap()
}

/// The names of the spans of all messages, in order.
pub fn names(messages: &[Vec<u8>]) -> Vec<String> {
    let mut names = Vec::new();
    for message in messages {
        for resource in otlp_json::decode(message).unwrap().resource_spans {
            for scope in resource.scope_spans {
                names.extend(scope.spans.into_iter().map(|span| span.name));
            }
        }
    }
    names
}
