//! Reads and rewrites OTLP trace bytes in place.
//!
//! It is a crate of its own because every plugin needs the same view of a span. It decides
//! nothing about a span: rules live in the plugins. It does not know that WebAssembly exists.
//!
//! - [`read`] walks the spans of a batch.
//! - [`rewrite`](fn@rewrite) walks them and lets each be edited or dropped.
//! - [`edit`] does so for a caller that knows the spans already.
//! - [`edit_texts`] walks every text of a batch, however deep, and lets each be replaced.
//! - [`slice`](fn@slice) cuts a batch at span boundaries.
//! - [`Viewer`] makes views of batches: what a [`Sight`] asks for and nothing else.
//! - [`Mentions`] tells which spans hold none of some texts.
//!
//! A batch is an OTLP `TracesData` message, which on the wire is the same as an
//! `ExportTraceServiceRequest`. What no edit touches leaves as it came, byte for byte, unknown
//! fields included. Nothing is decoded into structs of its own and encoded again; an edit costs
//! what it changes, and one copy of the batch.
//!
//! Bytes that are no such message are refused with the place ([`Malformed`]), never with what
//! stands there.
//!
//! Field numbers are those of `opentelemetry/proto/trace/v1/trace.proto`, version 1.10 of
//! <https://github.com/open-telemetry/opentelemetry-proto>.

pub mod answer;
mod edit_form;
mod editor;
mod folded;
mod joined;
mod mentions;
mod origin;
mod rewrite;
mod script;
mod sight;
mod slice;
mod span;
mod span_edit;
mod texts;
mod value;
mod view;
mod walk;
mod wire;

use std::fmt;

pub use answer::Edits;
pub use editor::{Editor, Part, Refusal, Unfit, Verdict};
pub use mentions::Mentions;
pub use origin::{Origin, Resource, Scope};
pub use rewrite::{edit, read, rewrite};
pub use sight::{Carriers, Fields, Parts, Selector, SetKey, Sight, Writes};
pub use slice::{count, slice};
pub use span::{Event, Link, Span};
pub use span_edit::{NewValue, SpanEdit};
pub use texts::{
    Carrier, Deep, Place, Scalar, TextEditor, Treatment, Unknown, Unsearchable, edit_texts,
    validate,
};
pub use value::{Attribute, Attributes, Value, Values};
pub use view::{View, Viewer, units};
pub use walk::{Counts, Keep, Output, Rewritten};

/// Where decoding stopped. Says nothing of what stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Byte offset into the batch.
    pub offset: usize,
    /// Length of the batch in bytes.
    pub length: usize,
    /// The OTLP message it was in: `Span`, `KeyValue`.
    pub inside: &'static str,
    /// What is wrong there: `length runs past the end`.
    pub reason: &'static str,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Malformed { offset, length, inside, reason } = self;
        write!(f, "decoding stopped at byte {offset} of {length}, inside {inside}: {reason}")
    }
}

impl std::error::Error for Malformed {}
