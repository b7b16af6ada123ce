//! The life of orders, over plain values: no batch, no rules file and no plugin in sight.
//!
//! [`state::State`] is all that lasts. A [`batch::Batch`] of [`facts::SpanFacts`] is taken in, and
//! then the state tells what each of its spans gets.

pub mod batch;
pub mod facts;
pub mod lifecycle;
pub mod messages;
pub mod order;
pub mod orders;
pub mod recent;
pub mod state;
pub mod traces;
