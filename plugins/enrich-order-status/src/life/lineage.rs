//! [`Lineage`]: who is whose child in a batch.

use crate::life::batch::{Batch, Member};
use crate::life::keys::{SpanId, SpanKey, TraceId};

/// How many ancestors are asked. Parents can form a ring.
const MAX_ANCESTORS: usize = 64;

/// The spans of a batch with their parents.
#[derive(Debug, Default)]
pub struct Lineage {
    /// Sorted, to be searched. Of spans that wrongly share their ids, the last counts.
    spans: Vec<Line>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    span: SpanKey,
    /// Its place in [`Batch::spans`]; none for a plain span.
    number: Option<usize>,
    parent: SpanId,
}

impl Lineage {
    /// Finds out who is whose child.
    pub fn of(batch: &Batch<'_>) -> Self {
        let line = |member: Member| {
            let (span, number, parent) = match member {
                Member::Plain(number) => {
                    let span = &batch.plain()[number];
                    (SpanKey::of(span.trace_id, span.span_id), None, span.parent_id)
                }
                Member::Noted(number) => {
                    let span = &batch.spans()[number];
                    (span.key(), Some(number), span.parent_id)
                }
            };
            Some(Line { span: span?, number, parent })
        };
        let mut spans: Vec<Line> = batch.members().filter_map(line).collect();
        spans.sort_unstable();
        Lineage { spans }
    }

    /// Returns the first answer that an ancestor gives, the parent first. Plain spans are not
    /// asked; others by their place in [`Batch::spans`].
    pub fn nearest<T>(
        &self,
        trace_id: TraceId,
        mut parent: SpanId,
        ask: impl Fn(usize) -> Option<T>,
    ) -> Option<T> {
        for _ in 0..MAX_ANCESTORS {
            let ancestor = self.get(SpanKey::of(trace_id, parent)?)?;
            let answer = ancestor.number.and_then(&ask);
            if answer.is_some() {
                return answer;
            }
            parent = ancestor.parent;
        }
        None
    }

    fn get(&self, span: SpanKey) -> Option<&Line> {
        let until = self.spans.partition_point(|line| line.span <= span);
        self.spans[..until].last().filter(|line| line.span == span)
    }
}
