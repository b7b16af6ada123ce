//! `rules` turns the YAML that an operator writes into typed settings, and
//! reports every problem at once: document, line, path, what was found, what
//! was expected. It is its own crate because every plugin reads its rules this
//! way, and `lapidary check --print` shows the same merged tree. It knows no
//! plugin, no WIT type and no file: it is given texts and their names.
//!
//! What rules of several plugins share stands here too, so that it means the
//! same in each: [`KeyPatterns`], [`Glob`], [`SpanKind`], durations. A host puts variables into a text
//! with [`fill`] before a plugin gets it.
//!
//! Start with [`read`]; declare what it reads with [`settings!`] and
//! [`words!`]. A base document and its overlays become one tree by RFC 7396
//! (JSON Merge Patch): maps merge by key, everything else is replaced, `null`
//! removes. A text without a value is no document and changes nothing. Each
//! value keeps the document and line that it came from, so a problem names the
//! file in which it must be mended.
//!
//! ```
//! use rules::{Document, settings};
//!
//! settings! {
//!     /// What the operator writes.
//!     #[derive(Debug)]
//!     pub struct Limits {
//!         /// Longest value, in bytes, that is searched.
//!         pub max_value_bytes: u32 where (1..=65_536) = "4096",
//!         /// Where values go.
//!         pub target: String,
//!     }
//! }
//!
//! let base = Document::new("base.yaml", "target: archive\n");
//! let overlay = Document::new("production.yaml", "max_value_bytes: 4kB\ntargt: x\n");
//!
//! let limits: Limits = rules::read(&[base.clone()]).expect("the base alone is right");
//! assert_eq!(limits.max_value_bytes, 4096);
//!
//! let problems = rules::read::<Limits>(&[base, overlay]).expect_err("two mistakes");
//! let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
//! assert_eq!(
//!     lines,
//!     [
//!         "production.yaml:2: targt: found an unknown key; \
//!          expected one of `max_value_bytes`, `target`; did you mean `target`?",
//!         "production.yaml:1: max_value_bytes: found the text `4kB`; \
//!          expected a whole number from 1 to 65536",
//!     ]
//! );
//! ```

#![deny(missing_docs)]

mod collections;
mod duration;
mod fields;
mod keys;
mod kinds;
mod located;
mod macros;
mod merge;
mod near;
mod node;
mod numbers;
mod parse;
mod path;
mod print;
mod problem;
mod problems;
mod quoting;
mod scalar;
mod schema;
mod setting;
mod stand_in;
mod variables;

#[doc(hidden)]
pub mod private;

pub use ::keys::{Glob, KeyPattern, KeyPatterns, pattern_of};
pub use collections::Named;
pub use duration::{parse_duration, parse_go_duration};
pub use fields::Fields;
pub use kinds::SpanKind;
pub use located::{Located, Overlaid};
pub use merge::merge;
pub use node::{Entry, Node, Origin, Value};
pub use parse::{Document, MAX_DEPTH, MAX_DOCUMENT_BYTES, parse};
pub use print::{print, print_with_places};
pub use problem::{Place, Problem};
pub use problems::{MAX_PROBLEMS, Problems};
pub use quoting::{one_word, quoted};
pub use scalar::plain_scalar;
pub use schema::{Schema, description};
pub use setting::{Ranged, Setting, read_word};
pub use stand_in::StandIns;
pub use variables::{Filled, Variable, escaped, fill, fill_from, stand_ins, variables_of};

/// Reads typed settings from a base document and its overlays, base first.
///
/// A text that holds nothing but comments is no document: it changes nothing, while `null` in its
/// place is refused. Where a document
/// does not parse, the others are still read, so that their problems are
/// reported in the same answer.
///
/// # Errors
///
/// Every problem of every document, in the order of reading.
pub fn read<T: Setting>(documents: &[Document]) -> Result<T, Vec<Problem>> {
    read_then(documents, Ok)
}

/// Reads typed settings as [`read`] does, and makes something of them.
///
/// `finish` is also called where only keys are wrong that nobody knows, so that
/// what it finds is reported in the same answer.
///
/// # Errors
///
/// Every problem of every document, then those that `finish` found.
pub fn read_then<T: Setting, R>(
    documents: &[Document],
    finish: impl FnOnce(T) -> Result<R, Vec<Problem>>,
) -> Result<R, Vec<Problem>> {
    let mut problems = Problems::new();
    let root = merged(documents, &mut problems);
    let is_whole = problems.is_empty();
    // What one document lacks may stand in the document that did not parse.
    problems.report_missing(is_whole);
    let finished = match T::read(&root, &mut problems) {
        Some(settings) if is_whole => finish(settings).map_err(|found| {
            found.into_iter().for_each(|problem| problems.push(problem));
        }),
        _ => Err(()),
    };
    match finished {
        Ok(finished) if problems.is_empty() => Ok(finished),
        _ => Err(problems.into_vec()),
    }
}

/// Merges a base document and its overlays, base first, into one tree.
///
/// [`print()`] turns it into YAML again.
///
/// # Errors
///
/// Everything that keeps a document from being a tree: wrong YAML, a key
/// given twice, an anchor, a document that is not a map.
pub fn load(documents: &[Document]) -> Result<Node, Vec<Problem>> {
    let mut problems = Problems::new();
    let root = merged(documents, &mut problems);
    if problems.is_empty() { Ok(root) } else { Err(problems.into_vec()) }
}

/// Returns the JSON Schema (2020-12) of settings, as JSON text.
///
/// It describes the merged rules, not one overlay alone.
#[must_use]
pub fn schema<T: Setting>() -> String {
    T::schema().into_document()
}

fn merged(documents: &[Document], problems: &mut Problems) -> Node {
    let name = documents.first().map_or("", |document| &document.name);
    // Without a document no line leads there.
    let line = u32::from(!documents.is_empty());
    let mut root = Node::new(Value::Map(Vec::new()), Origin::new(name, line));
    for (index, document) in documents.iter().enumerate() {
        let Some(node) = parse(document, problems) else {
            continue;
        };
        if !matches!(node.value, Value::Map(_)) {
            problems.add(&node, node.describe(), "a map of settings");
            continue;
        }
        // The base is taken as it is: a `null` in it is a value, for there is nothing yet that it
        // could remove. Where the base holds nothing, an overlay is still one.
        root = if index == 0 { node } else { merge(root, node) };
    }
    root
}
