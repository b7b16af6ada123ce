//! What two sets of rules do differently on the same spans, as a document; and what leaves by one of
//! them.
//!
//! It is its own crate because the command line and a page must say the same, byte for byte, and what
//! runs plugins in the one cannot be built for the other. It runs no plugin, reads no file, asks no
//! clock and prints nothing: who plays the chains hands over the ways that each batch went, and gets
//! text back. No value of a span is in that text, only what values look like.
//!
//! - [`Comparing`] takes in batch after batch; [`Comparing::findings`] is for who makes tables of
//!   their own, [`Comparing::report`] is the [`Report`], which is written as any [`Form`].
//! - [`Leaving`] is for one chain alone: what goes out of it, and which rules looked at it.

#![deny(missing_docs)]

mod accepted;
mod chain;
mod comparing;
mod facts;
mod findings;
mod forms;
mod html;
mod leaves;
mod leaving;
mod played;
mod report;
mod text;

pub use accepted::Accepted;
pub use chain::{Chain, Plugin, Went, sha256};
pub use comparing::Comparing;
pub use facts::{About, Fact, Recording};
pub use findings::{Decided, Findings, Unprotected, Values};
pub use forms::Form;
pub use leaves::{Acted, Doubt, Leaf, Name, without_numbers};
pub use leaving::{Leaving, Left};
pub use report::{Report, Section};
