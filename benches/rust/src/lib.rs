//! What every bench works on: the recorded spans, the rules that are ready to use, and the key.
//!
//! A file that is missing ends the bench with its path; nothing is left out in silence.

// Shared with the property tests of `spans`, which hold it against prost.
#[path = "../../../crates/spans/tests/properties/collector.rs"]
mod collector;
#[allow(dead_code, reason = "the property tests use all of it")]
#[path = "../../../crates/spans/tests/properties/wire.rs"]
mod wire;

use std::fs;
use std::path::{Path, PathBuf};

use plugin::{Document, RecordingHost};

/// How many spans a batch has at least.
const SPANS: usize = 1000;

/// A batch made of recorded spans.
pub struct Batch {
    /// An OTLP `TracesData` message.
    pub traces: Vec<u8>,
    /// How many spans it has.
    pub spans: u64,
    /// When the last of them ended, in nanoseconds since 1970.
    pub now_unix_nanos: u64,
}

/// In which order the fields of every message stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By number, as most encoders write them.
    FirstToLast,
    /// As the Collector writes them.
    LastToFirst,
}

impl Order {
    /// Both of them.
    pub const ALL: [Order; 2] = [Order::FirstToLast, Order::LastToFirst];

    /// Returns the name of a group of benches on batches of this order. That of the first is as it
    /// was when there was no other, so that records can be compared.
    pub fn group(self, name: &str) -> String {
        match self {
            Order::FirstToLast => name.into(),
            Order::LastToFirst => format!("{name}_last_to_first"),
        }
    }
}

/// Joins the recorded batches, from the first on and again from the start, until a thousand spans
/// are together.
pub fn recorded_batch(order: Order) -> Batch {
    let mut runs: Vec<PathBuf> = entries(&path("testdata/recordings"))
        .into_iter()
        .map(|run| run.join("spans.jsonl"))
        .filter(|file| file.exists())
        .collect();
    runs.sort();
    let recorded: Vec<Vec<u8>> = runs
        .iter()
        .flat_map(|file| {
            let text = read(file);
            let batch = |line: &str| or_end(otlp_json::to_protobuf(line), file);
            text.lines().map(batch).collect::<Vec<_>>()
        })
        .collect();
    let mut batch = Batch { traces: Vec::new(), spans: 0, now_unix_nanos: 0 };
    // On the wire, two messages one after another are one message with the spans of both.
    for traces in recorded.iter().cycle() {
        if batch.spans >= SPANS as u64 {
            break;
        }
        batch.traces.extend_from_slice(traces);
        batch.spans += otlp_json::span_count(traces) as u64;
    }
    if order == Order::LastToFirst {
        batch.traces = collector::last_to_first(&batch.traces);
    }
    let latest = spans::read(&batch.traces, |_, span| {
        batch.now_unix_nanos = batch.now_unix_nanos.max(span.end_time_unix_nano);
        Ok(())
    });
    or_end(latest, &path("testdata/recordings"));
    assert!(batch.spans > 0, "no recorded spans under {}", path("testdata/recordings").display());
    batch
}

/// The base rules of a plugin.
pub fn rules(plugin: &str) -> Vec<Document> {
    let file = path(&format!("rules/{plugin}/base.yaml"));
    vec![Document { name: file.display().to_string(), text: read(&file) }]
}

/// A host that grants the key of the benches as `operator-key-1`.
pub fn granting_host() -> RecordingHost {
    let file = path("benches/operator-key");
    let key = or_end(hex::decode(read(&file).trim_end()), &file);
    let mut host = RecordingHost::default();
    host.secrets.insert("operator-key-1".into(), key);
    host
}

/// The built component of a plugin.
pub fn component(plugin: &str) -> Vec<u8> {
    let file = path(&format!("dist/{plugin}.wasm"));
    or_end(fs::read(&file), &file)
}

fn path(below_root: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(below_root)
}

fn read(file: &Path) -> String {
    or_end(fs::read_to_string(file), file)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    or_end(fs::read_dir(folder), folder).map(|entry| or_end(entry, folder).path()).collect()
}

fn or_end<T, E: std::fmt::Display>(result: Result<T, E>, file: &Path) -> T {
    result.unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
