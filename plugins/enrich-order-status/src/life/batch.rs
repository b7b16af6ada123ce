//! [`Batch`]: which span of a batch belongs to which order.

use std::collections::BTreeMap;

use crate::life::facts::{Role, SpanFacts, key};
use crate::life::messages::{SpanKey, TraceId};
use crate::life::order::SpanId;
use crate::life::orders::Place;
use crate::life::state::State;

/// How many parents are asked for the order of a span. Parents can form a ring.
const MAX_PARENTS: usize = 64;

/// The spans of a batch that matter, with the orders they belong to.
#[derive(Debug, Default)]
pub struct Batch<'a> {
    spans: Vec<SpanFacts<'a>>,
    /// The order of each of `spans`.
    orders: Vec<Option<Place>>,
    traces: BTreeMap<TraceId, InTrace>,
    /// Spans of traces with several orders.
    lineage: BTreeMap<SpanKey, Ancestor>,
}

/// The orders that the spans of one trace name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InTrace {
    /// This one.
    One(Place),
    /// More than one.
    Several,
}

#[derive(Clone, Copy, Debug)]
struct Ancestor {
    parent: SpanId,
    order: Option<Place>,
}

impl<'a> Batch<'a> {
    /// Adds a span; spans come in the order they stand. Returns its number, to ask for it later.
    ///
    /// Spans that are [plain](SpanFacts::is_plain) need not be added.
    pub fn add(&mut self, span: SpanFacts<'a>) -> usize {
        self.spans.push(span);
        self.spans.len() - 1
    }

    /// Finds the orders that spans name themselves, and those of their traces.
    ///
    /// A span belongs to the order that it names; else, where it is a consume, to the one that its
    /// publish is about; else to the only one in its trace.
    pub(crate) fn resolve(&mut self, state: &mut State) {
        self.orders = self
            .spans
            .iter()
            .map(|span| span.order_id.as_ref().map(|id| state.orders.see(id)))
            .collect();
        for (span, order) in self.spans.iter().zip(&self.orders) {
            note(&mut self.traces, span.trace_id, *order);
        }
        for (span, order) in self.spans.iter().zip(&self.orders) {
            if span.role == Some(Role::Publish) {
                let order = order.or_else(|| self.only_order(&span.trace_id));
                state.publish(span, order);
            }
        }
        for (span, order) in self.spans.iter().zip(&mut self.orders) {
            if span.role == Some(Role::Consume) && order.is_none() {
                *order = state.order_of_publish(span);
                note(&mut self.traces, span.trace_id, *order);
            }
        }
    }

    /// Returns whether a trace has several orders, so that parents decide: then
    /// [`Batch::add_parent`] wants to hear of every span.
    pub fn asks_for_parents(&self) -> bool {
        self.traces.values().any(|orders| *orders == InTrace::Several)
    }

    /// Says what the parent of a span is. `number` is what [`Batch::add`] gave, if it was called.
    pub fn add_parent(
        &mut self,
        trace_id: TraceId,
        span_id: SpanId,
        parent: SpanId,
        number: Option<usize>,
    ) {
        if self.traces.get(&trace_id) == Some(&InTrace::Several)
            && let Some(key) = key(trace_id, span_id)
        {
            let order = number.and_then(|number| self.orders[number]);
            self.lineage.insert(key, Ancestor { parent, order });
        }
    }

    /// Gives every span its order, now that parents are known.
    pub(crate) fn settle(&mut self) {
        for number in 0..self.spans.len() {
            if self.orders[number].is_none() {
                let span = &self.spans[number];
                self.orders[number] = self.order_of_plain(&span.trace_id, &span.parent_id);
            }
        }
    }

    /// Returns whether any span of the batch belongs to an order.
    pub fn has_orders(&self) -> bool {
        self.orders.iter().any(Option::is_some)
    }

    /// Returns the orders that the spans of a trace name, if any of them does.
    pub fn orders_in(&self, trace_id: &TraceId) -> Option<InTrace> {
        self.traces.get(trace_id).copied()
    }

    /// Returns the spans that were added.
    pub fn spans(&self) -> &[SpanFacts<'a>] {
        &self.spans
    }

    /// Returns the order of a span that was added.
    pub fn order_of(&self, number: usize) -> Option<Place> {
        self.orders[number]
    }

    /// Returns the order of a span that names none: the only one in its trace; where there are
    /// several, that of the nearest ancestor in the batch that belongs to one.
    pub fn order_of_plain(&self, trace_id: &TraceId, parent: &SpanId) -> Option<Place> {
        self.order_among(self.orders_in(trace_id)?, *trace_id, *parent)
    }

    /// As [`Batch::order_of_plain`], for who knows the orders in the trace.
    pub fn order_among(&self, orders: InTrace, trace_id: TraceId, parent: SpanId) -> Option<Place> {
        match orders {
            InTrace::One(order) => Some(order),
            InTrace::Several => self.order_of_ancestor(trace_id, parent),
        }
    }

    fn order_of_ancestor(&self, trace_id: TraceId, mut parent: SpanId) -> Option<Place> {
        for _ in 0..MAX_PARENTS {
            let ancestor = self.lineage.get(&key(trace_id, parent)?)?;
            if ancestor.order.is_some() {
                return ancestor.order;
            }
            parent = ancestor.parent;
        }
        None
    }

    fn only_order(&self, trace_id: &TraceId) -> Option<Place> {
        match self.traces.get(trace_id)? {
            InTrace::One(order) => Some(*order),
            InTrace::Several => None,
        }
    }
}

fn note(traces: &mut BTreeMap<TraceId, InTrace>, trace_id: TraceId, order: Option<Place>) {
    let Some(order) = order.filter(|_| trace_id != TraceId::default()) else { return };
    let known = traces.entry(trace_id).or_insert(InTrace::One(order));
    if *known != InTrace::One(order) {
        *known = InTrace::Several;
    }
}
