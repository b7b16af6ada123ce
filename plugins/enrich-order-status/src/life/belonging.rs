//! [`Belonging`]: which span of a batch belongs to which order.

use std::collections::BTreeMap;

use crate::life::batch::{Batch, Plain};
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
    /// What each trace of the batch is about.
    traces: BTreeMap<TraceId, InTrace>,
    lineage: Lineage,
}

/// The orders that one trace is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum InTrace {
    None,
    One(Place),
    Several,
}

impl Belonging {
    /// Gives every span its order that has none in `orders`, by what is known of the traces.
    pub(crate) fn settle(
        batch: &Batch<'_>,
        orders: Vec<Option<Place>>,
        lineage: Option<Lineage>,
        state: &mut State,
    ) -> Self {
        let traces = BTreeMap::new();
        let mut belonging = Belonging { orders, traces, lineage: Lineage::default() };
        belonging.look_up_traces(batch, state);
        if belonging.traces.values().any(|about| *about == InTrace::Several) {
            belonging.lineage = lineage.unwrap_or_else(|| Lineage::of(batch));
        }
        let of_traces: Vec<Option<Place>> = batch
            .spans()
            .iter()
            .zip(&belonging.orders)
            .map(|(span, order)| {
                order.or_else(|| belonging.by_trace(span.trace_id, span.parent_id))
            })
            .collect();
        belonging.orders = of_traces;
        belonging
    }

    /// Returns whether any span of the batch belongs to an order.
    pub fn has_orders(&self) -> bool {
        self.orders.iter().any(Option::is_some)
            || self.traces.values().any(|about| matches!(about, InTrace::One(_)))
    }

    /// Returns the order of a span, by its place in [`Batch::spans`].
    pub fn order_of(&self, number: usize) -> Option<Place> {
        self.orders[number]
    }

    /// Returns the order of a plain span.
    pub fn order_of_plain(&self, span: &Plain, last: &mut LastTrace) -> Option<Place> {
        if last.0 != Some(span.trace_id) {
            *last = LastTrace(Some(span.trace_id), self.traces.get(&span.trace_id).copied());
        }
        self.order_in(last.1?, span.trace_id, span.parent_id)
    }

    fn look_up_traces(&mut self, batch: &Batch<'_>, state: &mut State) {
        let noted = batch.spans().iter().map(|span| span.trace_id);
        let mut last = 0;
        for trace_id in noted.chain(batch.plain().iter().map(|span| span.trace_id)) {
            // The spans of a trace most often follow one another.
            if trace_id != last {
                last = trace_id;
                self.traces.entry(trace_id).or_insert_with(|| in_trace(trace_id, state));
            }
        }
    }

    fn by_trace(&self, trace_id: TraceId, parent_id: SpanId) -> Option<Place> {
        self.order_in(*self.traces.get(&trace_id)?, trace_id, parent_id)
    }

    fn order_in(&self, about: InTrace, trace_id: TraceId, parent_id: SpanId) -> Option<Place> {
        match about {
            InTrace::None => None,
            InTrace::One(order) => Some(order),
            InTrace::Several => {
                self.lineage.nearest(trace_id, parent_id, |number| self.orders[number])
            }
        }
    }
}

/// The trace that was asked about last: its spans most often follow one another.
#[derive(Clone, Copy, Debug, Default)]
pub struct LastTrace(Option<TraceId>, Option<InTrace>);

fn in_trace(trace_id: TraceId, state: &mut State) -> InTrace {
    match state.trace_orders.about(&trace_id) {
        None => InTrace::None,
        Some(About::One(order)) => InTrace::One(state.orders.find(order)),
        Some(About::Several) => InTrace::Several,
    }
}
