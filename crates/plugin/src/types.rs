//! The contract's types as plain Rust; `wit/types.wit` says the same for every
//! language.

use std::collections::BTreeSet;
use std::fmt;

use bitflags::bitflags;
use rules::{Document, Place};
use spans::{Notes, Sight, Writes};

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

bitflags! {
    /// What a plugin may ever do to a batch, whatever its rules are; one for each part of
    /// [`Writes`].
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Changes: u8 {
        /// It may drop spans.
        const DROPS_SPANS = 1;
        /// It may make spans of its own.
        const MAKES_SPANS = 1 << 1;
        /// It may drop fields that OTLP does not know.
        const DROPS_UNKNOWN_FIELDS = 1 << 2;
        /// It may write fields.
        const WRITES_FIELDS = 1 << 3;
        /// It may set attributes.
        const SETS_ATTRIBUTES = 1 << 4;
        /// It may replace values.
        const REPLACES_VALUES = 1 << 5;
        /// It may rename keys.
        const RENAMES_KEYS = 1 << 6;
        /// It may remove entries.
        const REMOVES_ENTRIES = 1 << 7;
    }
}

impl Changes {
    /// What these writes do.
    #[must_use]
    pub fn of(writes: &Writes) -> Self {
        let Writes { drops_spans, makes_spans, drops_unknown_fields, .. } = *writes;
        let does = [
            (drops_spans, Changes::DROPS_SPANS),
            (makes_spans, Changes::MAKES_SPANS),
            (drops_unknown_fields, Changes::DROPS_UNKNOWN_FIELDS),
            (!writes.fields.is_empty(), Changes::WRITES_FIELDS),
            (!writes.sets.is_empty(), Changes::SETS_ATTRIBUTES),
            (!writes.replaces.is_empty(), Changes::REPLACES_VALUES),
            (!writes.renames.is_empty(), Changes::RENAMES_KEYS),
            (!writes.removes.is_empty(), Changes::REMOVES_ENTRIES),
        ];
        does.into_iter().filter(|(does, _)| *does).map(|(_, change)| change).collect()
    }
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
    /// The most that its rules may let it change.
    pub changes: Changes,
    /// How often `tick` wants to be called; 0 means never.
    pub tick_interval_millis: u32,
    /// Version of the entries that `changes` gives; 0 means that nothing is kept.
    pub state_version: u32,
    /// The counters that the plugin adds to.
    pub counters: Vec<Counter>,
    /// JSON Schema (2020-12) of the rules, as JSON text.
    pub rules_schema: String,
}

impl Manifest {
    /// Returns the manifest of a plugin that changes nothing, keeps no state,
    /// blocks what it cannot process, never ticks, counts nothing and takes any
    /// rules.
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
            changes: Changes::empty(),
            tick_interval_millis: 0,
            state_version: 0,
            counters: Vec::new(),
            rules_schema: "{}".into(),
        }
    }
}

/// What follows from the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configured {
    /// What the plugin reads.
    pub sight: Sight,
    /// What it may change.
    pub writes: Writes,
    /// What it acts by, each once: a table.
    pub rules: Vec<Place>,
    /// What is protected, in short texts that stay the same for as long as it is:
    /// `detector phone`. A host warns of those that the next rules no longer have.
    /// Never a secret.
    pub protects: Vec<String>,
}

impl Configured {
    /// What follows from rules that nobody can find and that protect nothing.
    #[must_use]
    pub fn new(sight: Sight, writes: Writes) -> Self {
        Configured { sight, writes, rules: Vec::new(), protects: Vec::new() }
    }

    /// Looks whether every rule is of a document that the plugin got.
    ///
    /// # Errors
    /// What is wrong, in the words of every host.
    pub fn check_rules(&self, documents: &[Document]) -> Result<(), String> {
        let is_of = |rule: &Place| {
            rule.document.is_empty() || documents.iter().any(|it| it.name == *rule.document)
        };
        if self.rules.iter().all(is_of) {
            return Ok(());
        }
        Err("`configure` named a rule of a document that it did not get".into())
    }

    /// What these rules protected and the `next` ones no longer do, sorted.
    #[must_use]
    pub fn loosened(&self, next: &Configured) -> Vec<String> {
        let gone = self.protects.iter().filter(|text| !next.protects.contains(text));
        gone.cloned().collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// A piece of what a plugin keeps from batch to batch.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// No other entry of the plugin has it.
    pub key: Vec<u8>,
    /// None: the entry is gone.
    pub value: Option<Vec<u8>>,
    /// The key of the entry that this one belongs to; empty where it belongs to none.
    pub belongs_to: Vec<u8>,
}

impl fmt::Debug for Entry {
    /// Gives sizes: no line of a log needs what a plugin remembers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("key", &format_args!("{} bytes", self.key.len()))
            .field("value", &self.value.as_ref().map(Vec::len))
            .finish_non_exhaustive()
    }
}

/// Entries that changed since a host asked last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Each as it is now.
    pub entries: Vec<Entry>,
    /// Another call gives more.
    pub more: bool,
}

/// What `process` answers.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// An `Edits` message of `wit/edits.proto`; no bytes where nothing changes.
    pub edits: Vec<u8>,
    /// Spans of the plugin's own, an OTLP `TracesData` message.
    pub spans: Option<Vec<u8>>,
    /// A `Notes` message of `wit/notes.proto`; no bytes where nothing is said.
    pub notes: Vec<u8>,
}

impl Outcome {
    /// Edits, and why.
    #[must_use]
    pub fn noted(edits: spans::Edits, notes: Notes) -> Self {
        Outcome { notes: notes.into_bytes(), ..edits.into() }
    }
}

impl fmt::Debug for Outcome {
    /// Gives sizes: edits may hold what rules put in the place of personal data, and a failed
    /// assertion ends up in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcome")
            .field("edits", &format_args!("{} bytes", self.edits.len()))
            .field("spans", &self.spans.as_ref().map(Vec::len))
            .field("notes", &format_args!("{} bytes", self.notes.len()))
            .finish()
    }
}

impl From<spans::Edits> for Outcome {
    fn from(edits: spans::Edits) -> Self {
        Outcome { edits: edits.bytes, ..Outcome::default() }
    }
}

/// Why a call could not do its work. For people, never a span's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(pub String);

impl From<spans::Malformed> for Failure {
    fn from(malformed: spans::Malformed) -> Self {
        Failure(malformed.to_string())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}
