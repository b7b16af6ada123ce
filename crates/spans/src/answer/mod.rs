//! What a plugin answers: walks over a view that note edits.
//!
//! - [`rewrite`] walks the spans and lets each be edited or dropped.
//! - [`edit`] does so for a caller that knows the spans already.
//! - [`edit_texts`] walks every text, however deep, and lets each be replaced.
//!
//! They change nothing: what they give is the message of `wit/edits.proto`, which a host checks
//! and carries out. They take a view as hosts make it, in which no field stands twice.

mod attribute;
mod noted;
mod rewrite;
mod span_edit;
mod texts;
mod visit;
mod walk;
mod writer;

pub use self::noted::Noted;
pub use self::rewrite::{edit, rewrite};
pub use self::span_edit::SpanEdit;
pub use self::texts::{edit_texts, edit_texts_noting};

/// Whether a span stays in the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// It stays, with its edits.
    Yes,
    /// It goes, and with the last span of a scope the scope, and so on upwards.
    No,
}

/// Edits to a view.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edits {
    /// The message `Edits` of `wit/edits.proto`. Empty where nothing changes.
    pub bytes: Vec<u8>,
    /// Spans that stay and have an edit on themselves, their scope or their resource.
    pub spans_changed: u32,
    /// Spans that go.
    pub spans_dropped: u32,
}
