//! [`Belonging`]: which span of a batch belongs to which order.

use crate::life::batch::Batch;
use crate::life::keys::{SpanId, TraceId};
use crate::life::lineage::Lineage;
use crate::life::orders::Place;
use crate::life::state::State;
use crate::life::trace_orders::About;

/// Which span of a batch belongs to which order.
///
/// A span belongs to the order that it names; else, where it is a consume, to the one that its
/// publish is about; else to the only one that its trace is about; where that is about several, to
/// that of its nearest ancestor in the batch.
#[derive(Debug)]
pub struct Belonging {
    /// The order of each of [`Batch::spans`].
    orders: Vec<Option<Place>>,
    /// The order of each of [`Batch::plain`].
    plain: Vec<Option<Place>>,
}

impl Belonging {
    /// Gives every span its order that has none in `orders`, by what is known of the traces.
    pub(crate) fn settle(
        batch: &Batch<'_>,
        orders: Vec<Option<Place>>,
        lineage: Option<Lineage>,
        state: &mut State,
    ) -> Self {
        let noted = batch.spans().iter().zip(&orders).filter(|(_, order)| order.is_none());
        let noted = noted.map(|(span, _)| span.trace_id);
        let plain = batch.plain().iter().map(|span| span.trace_id);
        let traces = InTraces::of(noted.chain(plain), state);
        let lineage = match lineage {
            None if traces.has_several() => Lineage::of(batch),
            lineage => lineage.unwrap_or_default(),
        };
        let mut asked = Asked { traces: &traces, lineage: &lineage, orders: &orders, last: None };
        let plain = batch
            .plain()
            .iter()
            .map(|span| asked.order_of(span.trace_id, span.parent_id))
            .collect();
        let noted = batch.spans().iter().zip(&orders);
        let noted = noted
            .map(|(span, order)| order.or_else(|| asked.order_of(span.trace_id, span.parent_id)));
        Belonging { plain, orders: noted.collect() }
    }

    /// Returns whether any span of the batch belongs to an order.
    pub fn has_orders(&self) -> bool {
        self.orders.iter().chain(&self.plain).any(Option::is_some)
    }

    /// Returns the order of a span, by its place in [`Batch::spans`].
    pub fn order_of(&self, number: usize) -> Option<Place> {
        self.orders[number]
    }

    /// Returns the order of a plain span, by its place in [`Batch::plain`].
    pub fn order_of_plain(&self, number: usize) -> Option<Place> {
        self.plain[number]
    }
}

/// The orders that one trace is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum InTrace {
    One(Place),
    Several,
}

/// What traces are about of which that is known, sorted.
struct InTraces(Vec<(TraceId, InTrace)>);

impl InTraces {
    fn of(traces: impl Iterator<Item = TraceId>, state: &mut State) -> Self {
        let mut all: Vec<TraceId> = Vec::new();
        for trace_id in traces {
            // The spans of a trace most often follow one another.
            if all.last() != Some(&trace_id) {
                all.push(trace_id);
            }
        }
        all.sort_unstable();
        all.dedup();
        let known = all.into_iter().filter_map(|trace_id| {
            let about = match state.trace_orders.about(&trace_id)? {
                About::One(order) => InTrace::One(state.orders.find(order)),
                About::Several => InTrace::Several,
            };
            Some((trace_id, about))
        });
        InTraces(known.collect())
    }

    fn get(&self, trace_id: TraceId) -> Option<InTrace> {
        let place = self.0.binary_search_by_key(&trace_id, |(trace_id, _)| *trace_id).ok()?;
        Some(self.0[place].1)
    }

    fn has_several(&self) -> bool {
        self.0.iter().any(|(_, about)| *about == InTrace::Several)
    }
}

/// Tells the orders of spans that name none.
struct Asked<'s> {
    traces: &'s InTraces,
    lineage: &'s Lineage,
    orders: &'s [Option<Place>],
    /// The trace that was asked about last: its spans most often follow one another.
    last: Option<(TraceId, Option<InTrace>)>,
}

impl Asked<'_> {
    fn order_of(&mut self, trace_id: TraceId, parent_id: SpanId) -> Option<Place> {
        let about = match self.last {
            Some((last, about)) if last == trace_id => about,
            _ => self.traces.get(trace_id),
        };
        self.last = Some((trace_id, about));
        match about? {
            InTrace::One(order) => Some(order),
            InTrace::Several => {
                self.lineage.nearest(trace_id, parent_id, |number| self.orders[number])
            }
        }
    }
}
