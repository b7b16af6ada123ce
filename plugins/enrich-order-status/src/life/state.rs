//! [`State`]: everything that lasts from batch to batch.

use crate::life::messages::Messages;
use crate::life::order::History;
use crate::life::orders::Orders;
use crate::life::trace_orders::TraceOrders;
use crate::life::traces::Traces;

/// How much is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most orders; those that were not seen for the longest time are forgotten first.
    pub orders: usize,
    /// How much of one order.
    pub history: History,
    /// Most publishes, and as many consumes that wait for theirs; the oldest are forgotten first.
    pub publishes: usize,
    /// Most traces whose beginning is known, and as many of which is known what they are about;
    /// the oldest are forgotten first.
    pub traces: usize,
}

/// What lasts from batch to batch.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub(crate) orders: Orders,
    pub(crate) messages: Messages,
    pub(crate) traces: Traces,
    pub(crate) trace_orders: TraceOrders,
}

impl State {
    /// What comes and is seen from now on is so at this time.
    pub fn set_now(&mut self, now: u64) {
        self.orders.set_now(now);
        self.messages.set_now(now);
        self.traces.all_mut().set_now(now);
        self.trace_orders.all_mut().set_now(now);
    }

    /// Forgets what is more than the limits allow. Returns how many orders and how many publishes
    /// it forgot. Neither that nor what was learned before can be taken back.
    pub fn evict(&mut self, limits: &Limits) -> (usize, usize) {
        self.traces.evict(limits.traces);
        self.trace_orders.evict(limits.traces);
        let forgotten = (self.orders.evict(limits.orders), self.messages.evict(limits.publishes));
        self.keep();
        forgotten
    }

    /// Makes last what was learned.
    pub(crate) fn keep(&mut self) {
        self.orders.keep();
        self.messages.keep();
        self.traces.keep();
        self.trace_orders.keep();
    }

    /// Forgets what was learned since the last [`State::keep`].
    pub(crate) fn undo(&mut self) {
        self.orders.undo();
        self.messages.undo();
        self.traces.undo();
        self.trace_orders.undo();
    }
}
