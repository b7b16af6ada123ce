//! What spans are known by: [`SpanKey`] among all, [`Handle`] for who looks for a publish.

use std::sync::Arc;

/// Id of a trace, its bytes as one number. 0 is no id.
pub type TraceId = u128;

/// Id of a span, its bytes as one number. 0 is no id.
pub type SpanId = u64;

/// A span among all traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpanKey {
    /// Its trace.
    pub trace_id: TraceId,
    /// The span.
    pub span_id: SpanId,
}

impl SpanKey {
    /// Returns the span among all traces, unless one of its ids is missing.
    pub fn of(trace_id: TraceId, span_id: SpanId) -> Option<Self> {
        (trace_id != 0 && span_id != 0).then_some(SpanKey { trace_id, span_id })
    }
}

/// How a consume finds its publish.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Handle {
    /// It links to this span, or is its child.
    Span(SpanKey),
    /// It is of the message with this id.
    Message(Arc<str>),
}
