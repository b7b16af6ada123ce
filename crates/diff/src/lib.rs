//! What a plugin changed in a batch, for people: place by place, with its reasons.
//!
//! It is its own crate because whatever shows changes, on a terminal or in a page, must find the same
//! ones. It compares what came with what went, whatever the plugin says it did; what it says are the
//! reasons. It runs no plugin and prints nothing.
//!
//! - [`compare`] gives the resources, scopes and spans of a batch that something became of; [`follow`]
//!   does so over several plugins, and tells them together again.
//! - [`answers`] says of one place what a plugin did about it, or why it did nothing.
//! - [`form`] and [`Words`] are for those who may not see values: what a value looks like, and the
//!   words of a name that are no secret.

#![deny(missing_docs)]

mod align;
mod chains;
mod compare;
mod follow;
mod form;
mod place;
mod why;
mod words;

pub use chains::{
    Became, By, Comparison, Decision, Difference, Direction, Fate, Outcome, Show, Side, Spans,
};
pub use compare::{Change, Unit, What, compare};
pub use follow::{Head, Step, Traveller, follow};
pub use form::{form, form_of_text, plain};
pub use place::{Content, Place, Segment, carrier_word, contents};
pub use why::{Answer, Looked, answers};
pub use words::Words;
