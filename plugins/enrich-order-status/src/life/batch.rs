//! [`Batch`]: the spans of a batch, as far as the life of orders is concerned.

use crate::life::facts::SpanFacts;
use crate::life::keys::{SpanId, TraceId};

/// What is told of a [plain](SpanFacts::is_plain) span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plain {
    /// Its trace; 0 where it has none.
    pub trace_id: TraceId,
    /// Its id; 0 where it has none.
    pub span_id: SpanId,
    /// Its parent; 0 for a root.
    pub parent_id: SpanId,
    /// Nanoseconds since 1970, 0 where it is missing.
    pub start: u64,
}

/// One span of a batch.
#[derive(Clone, Copy, Debug)]
pub enum Member {
    /// By its place in [`Batch::spans`].
    Noted(usize),
    /// By its place in [`Batch::plain`].
    Plain(usize),
}

/// The spans of a batch in the order they stand.
#[derive(Debug, Default)]
pub struct Batch<'a> {
    spans: Vec<SpanFacts<'a>>,
    /// Places, among all, of `spans`.
    noted: Vec<usize>,
    plain: Vec<Plain>,
}

impl<'a> Batch<'a> {
    /// Starts empty, with room for so many spans of either kind.
    pub fn with_room_for(spans: usize) -> Self {
        Batch {
            spans: Vec::new(),
            noted: Vec::with_capacity(spans),
            plain: Vec::with_capacity(spans),
        }
    }

    /// Adds a span.
    pub fn add(&mut self, span: SpanFacts<'a>) {
        self.noted.push(self.len());
        self.spans.push(span);
    }

    /// Adds a plain span.
    pub fn add_plain(&mut self, span: Plain) {
        self.plain.push(span);
    }

    /// Returns the spans that are not plain.
    pub fn spans(&self) -> &[SpanFacts<'a>] {
        &self.spans
    }

    /// Returns the plain spans.
    pub fn plain(&self) -> &[Plain] {
        &self.plain
    }

    /// Returns all spans in the order they stand.
    pub fn members(&self) -> impl Iterator<Item = Member> {
        let mut noted = 0;
        (0..self.len()).map(move |place| {
            if self.noted.get(noted) == Some(&place) {
                noted += 1;
                Member::Noted(noted - 1)
            } else {
                Member::Plain(place - noted)
            }
        })
    }

    /// Returns how many spans there are.
    pub fn len(&self) -> usize {
        self.spans.len() + self.plain.len()
    }

    /// Returns whether there is no span.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
