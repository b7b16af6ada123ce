//! The contract's types as plain Rust; `wit/types.wit` says the same for every
//! language.

use std::fmt;

/// How much a line of the log matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// For whoever works on the plugin.
    Debug,
    /// What happened as it should.
    Info,
    /// What an operator should look at, though spans go on.
    Warn,
    /// What went wrong.
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        })
    }
}

/// How many instances of a plugin may share the spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharding {
    /// Nothing is kept between batches: any number of instances.
    None,
    /// State is kept between batches: one instance.
    Single,
}

/// What becomes of a span that the plugin cannot process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// It does not pass.
    Block,
    /// It goes on as it was.
    Pass,
}

/// A counter that the plugin adds to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Lower case with underscores, without the plugin's name: `values_masked`.
    pub name: String,
    /// UCUM, as OpenTelemetry writes units: `{value}`, `{span}`, `s`.
    pub unit: String,
    /// One sentence for people.
    pub description: String,
}

impl Counter {
    /// Returns a counter with these texts.
    pub fn new(name: &str, unit: &str, description: &str) -> Self {
        Counter { name: name.into(), unit: unit.into(), description: description.into() }
    }
}

/// What a host must know about a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// `redact-pii`
    pub name: String,
    /// Semantic version of the plugin.
    pub version: String,
    /// One sentence for people.
    pub description: String,
    /// How many instances may share the spans.
    pub sharding: Sharding,
    /// What becomes of a span that the plugin cannot process.
    pub on_failure: OnFailure,
    /// How often `tick` wants to be called; 0 means never.
    pub tick_interval_millis: u32,
    /// Version of the bytes that `snapshot` gives; 0 means that nothing is kept.
    pub state_version: u32,
    /// The counters that the plugin adds to.
    pub counters: Vec<Counter>,
    /// JSON Schema (2020-12) of the rules, as JSON text.
    pub rules_schema: String,
}

impl Manifest {
    /// Returns the manifest of a plugin that keeps no state, blocks what it
    /// cannot process, never ticks, counts nothing and takes any rules.
    ///
    /// ```
    /// use plugin::{Manifest, OnFailure};
    ///
    /// let manifest = Manifest {
    ///     on_failure: OnFailure::Pass,
    ///     ..Manifest::new("sample-adaptively", "0.1.0", "Keeps what matters.")
    /// };
    /// assert_eq!(manifest.tick_interval_millis, 0);
    /// ```
    pub fn new(name: &str, version: &str, description: &str) -> Self {
        Manifest {
            name: name.into(),
            version: version.into(),
            description: description.into(),
            sharding: Sharding::None,
            on_failure: OnFailure::Block,
            tick_interval_millis: 0,
            state_version: 0,
            counters: Vec::new(),
            rules_schema: "{}".into(),
        }
    }
}

/// What happened to the spans of one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Spans of the batch.
    pub spans_in: u32,
    /// Spans that go on.
    pub spans_out: u32,
    /// Spans that went out with another content than they came in with. A
    /// change to a resource or a scope counts for each span under it.
    pub spans_changed: u32,
    /// Spans that were left out on purpose.
    pub spans_dropped: u32,
}

/// The spans that go on.
#[derive(Clone, PartialEq, Eq)]
pub enum Output {
    /// The very bytes that came in.
    Unchanged,
    /// These bytes: an OTLP `TracesData` message.
    Replaced(Vec<u8>),
    /// No span is left.
    NothingLeft,
}

impl fmt::Debug for Output {
    /// Gives the kind and the size: spans may hold personal data, and a failed
    /// assertion ends up in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Output::Unchanged => f.write_str("Unchanged"),
            Output::Replaced(traces) => write!(f, "Replaced({} bytes)", traces.len()),
            Output::NothingLeft => f.write_str("NothingLeft"),
        }
    }
}

/// What `process` answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The spans that go on.
    pub output: Output,
    /// What happened to them.
    pub counts: Counts,
}

/// Where decoding stopped. Never what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Byte offset into the batch.
    pub offset: u64,
    /// Length of the batch in bytes.
    pub length: u64,
    /// The message or field it was in: `Span.attributes`.
    pub inside: String,
    /// `length runs past the end`, `varint is too long`, …
    pub reason: String,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Malformed { offset, length, inside, reason } = self;
        write!(f, "decoding stopped at byte {offset} of {length}, inside {inside}: {reason}")
    }
}

/// Why a call could not do its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The bytes are not an OTLP `TracesData` message.
    Malformed(Malformed),
    /// Anything else. For people, never a span's value.
    Other(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Malformed(malformed) => malformed.fmt(f),
            Failure::Other(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Failure {}
