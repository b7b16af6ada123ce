//! The life of orders, over plain values: no batch, no rules file and no plugin in sight.
//!
//! [`state::State`] is all that lasts. It takes a [`batch::Batch`] in and gives what it
//! [`learned::Learned`] of it: what each span gets. Nothing of that lasts until it is kept.

pub mod batch;
pub mod belonging;

pub mod doubts;
pub mod facts;
pub mod keys;
pub mod learned;
pub mod lifecycle;
pub mod lineage;
pub mod messages;
pub mod order;
pub mod orders;
pub mod recent;
pub mod resolve;
pub mod state;
pub mod trace_orders;
pub mod traces;
pub mod tree;
pub mod untold;
pub mod waits;
