//! Reads and rewrites OTLP trace bytes in place.
//!
//! It is a crate of its own because every plugin needs the same view of a span. It decides
//! nothing about a span: rules live in the plugins. It does not know that WebAssembly exists.
//!
//! - [`read`](fn@read) walks the spans of a batch, [`read_around`] its resources and scopes,
//!   [`count`] counts the spans, [`validate`](fn@validate)
//!   decodes it all, and [`settle`](fn@settle) takes out what protobuf overrides.
//! - [`Viewer`] makes views of batches: what a [`Sight`] asks for and nothing else.
//! - [`rewrite`] walks the spans of a view and lets each be edited or dropped, [`edit`] does so for
//!   a caller that knows the spans already, and [`edit_texts`] walks every text, however deep, and
//!   lets each be replaced. They give [`Edits`].
//! - [`Notes`] say why: which rule did what at which place.
//! - [`Editor`] checks edits and carries them out on the batch.
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

#![deny(missing_docs)]

mod answer;
mod edit_form;
mod editor;
mod joined;
mod messages;
mod new_value;
mod notes;
mod origin;
mod plain;
mod read;
mod settle;
mod sight;
mod span;
mod texts;
mod validate;
mod value;
mod view;
mod wire;

use std::fmt;

pub use answer::{Edits, Keep, Noted, SpanEdit, edit, edit_texts, edit_texts_noting, rewrite};
pub use edit_form::{On, TextField};
pub use editor::{
    Counts, Editor, Gone, Output, Part, Refusal, Rewritten, Unfit, Verdict, Window, check_own,
    window,
};
pub use new_value::NewValue;
pub use notes::{Deed, MOST_NOTES, Note, NoteBounds, Notes, Noting, Spot, Subject};
pub use origin::{Origin, Resource, Scope};
pub use read::{count, read, read_around};
pub use settle::settle;
pub use sight::{Carriers, Fields, Parts, Selector, SetKey, Sight, Writes};
pub use span::{Event, Link, Span};
pub use texts::{
    Carrier, Deep, Place, Reason, SaysWhy, Scalar, TextEditor, Treatment, Unknown, Unsearchable,
};
pub use validate::validate;
pub use value::{Attribute, Attributes, Value, Values};
pub use view::{View, Viewer, units};

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
