//! [`SpanFacts`]: what the plugin wants to know of a span, as plain values.

use std::borrow::Cow;

use crate::life::keys::{SpanId, SpanKey, TraceId};
use crate::life::lifecycle::Status;

/// What a span has to do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It sends the message.
    Publish,
    /// It gets or works on the message.
    Consume,
}

/// Who an order belongs to, as a span says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partner<'a> {
    /// The id is text.
    Text(&'a str),
    /// The id is a number.
    Int(i64),
    /// What stands there has not the shape of an id: it stays on its span and goes no further.
    Unfit,
}

/// A span, as far as the life of orders is concerned.
///
/// Ids in here have the shape of ids ([`crate::ids`]): what else stood in their place was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpanFacts<'a> {
    /// Its trace; 0 where it has none.
    pub trace_id: TraceId,
    /// Its id; 0 where it has none.
    pub span_id: SpanId,
    /// Its parent; 0 for a root.
    pub parent_id: SpanId,
    /// Nanoseconds since 1970, 0 where it is missing.
    pub start: u64,
    /// Nanoseconds since 1970, 0 where it is missing.
    pub end: u64,
    /// Whether its status is an error.
    pub failed: bool,
    /// The order that it says it is about.
    pub order_id: Option<Cow<'a, str>>,
    /// The partner that it says the order belongs to.
    pub partner: Option<Partner<'a>>,
    /// The status that it says the order has now.
    pub new_status: Option<Status>,
    /// The status that it says the order had before.
    pub prev_status: Option<Status>,
    /// The version of the status event.
    pub version: Option<i64>,
    /// What it has to do with a message.
    pub role: Option<Role>,
    /// The spans that it links to, where it is a consume.
    pub links: Vec<SpanKey>,
    /// The message that it says it is about.
    pub message_id: Option<Cow<'a, str>>,
    /// Its name, as the place in the rules' list of operations.
    pub operation: Option<u16>,
    /// Whether it is a price calculation.
    pub calculation: bool,
}

impl SpanFacts<'_> {
    /// Returns the span among all traces, where both its ids are there.
    pub fn key(&self) -> Option<SpanKey> {
        SpanKey::of(self.trace_id, self.span_id)
    }

    /// Returns the parent among all traces, where there is one.
    pub fn parent_key(&self) -> Option<SpanKey> {
        SpanKey::of(self.trace_id, self.parent_id)
    }

    /// Returns whether it is the first span of its trace.
    pub fn is_root(&self) -> bool {
        self.parent_id == SpanId::default() && self.trace_id != TraceId::default()
    }

    /// Returns whether nothing but its trace and its start matters.
    pub fn is_plain(&self) -> bool {
        !self.is_root()
            && self.order_id.is_none()
            && self.partner.is_none()
            && self.new_status.is_none()
            && self.role.is_none()
            && self.operation.is_none()
            && !self.calculation
    }
}
