//! [`TraceOrders`]: which orders traces are about, over all their batches.

use std::sync::Arc;

use crate::life::keys::{Handle, TraceId};
use crate::life::recent::{Arrival, Recent};
use crate::life::tree::Tree;

/// Most publishes of which one trace waits to hear the order.
pub const MAX_AWAITED: usize = 8;

/// What a trace is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// The order with this id.
    One(Arc<str>),
    /// More than one order: which span belongs to which cannot be told from the trace.
    Several,
}

/// What is known of one trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// What it is about, as far as was heard.
    pub about: Option<About>,
    /// The publishes of its consumes whose order is not known yet, sorted; at most
    /// [`MAX_AWAITED`].
    pub awaited: Vec<Handle>,
}

/// The traces that are about orders, and those that wait to hear of one from a publish. The oldest
/// are forgotten first.
#[derive(Clone, Debug, Default)]
pub struct TraceOrders {
    traces: Recent<TraceId, Known>,
    awaiting: Tree<(Handle, TraceId), ()>,
}

impl TraceOrders {
    /// Returns what a trace is about.
    pub fn about(&self, trace_id: &TraceId) -> Option<&About> {
        self.traces.get(trace_id)?.about.as_ref()
    }

    /// Notes that a trace is about an order, besides those that it is about already. Returns
    /// whether that was news.
    pub fn gain(&mut self, trace_id: TraceId, order: &Arc<str>) -> bool {
        if trace_id == 0 {
            return false;
        }
        let known = self.traces.get(&trace_id);
        let about = match known.map(|known| &known.about) {
            None => {
                let about = Some(About::One(Arc::clone(order)));
                self.traces.insert(trace_id, Known { about, awaited: Vec::new() });
                return true;
            }
            Some(None) => About::One(Arc::clone(order)),
            Some(Some(About::One(known))) if known != order => About::Several,
            Some(_) => return false,
        };
        self.traces.change(&trace_id, |known| known.about = Some(about))
    }

    /// Notes that the publish with this handle will tell what a trace is about. Beyond
    /// [`MAX_AWAITED`] only those that sort first are kept, so that the order in which they arrive
    /// does not matter.
    pub fn wait(&mut self, trace_id: TraceId, handle: Handle) {
        let known = self.traces.get(&trace_id).map_or(&[][..], |known| &known.awaited);
        let Err(place) = known.binary_search(&handle) else { return };
        if trace_id == 0 || place >= MAX_AWAITED {
            return;
        }
        let surplus = known.get(MAX_AWAITED - 1).cloned();
        self.awaiting.insert((handle.clone(), trace_id), ());
        self.change(trace_id, |known| {
            known.awaited.insert(place, handle);
            known.awaited.truncate(MAX_AWAITED);
        });
        if let Some(surplus) = surplus {
            self.awaiting.remove(&(surplus, trace_id));
        }
    }

    /// Returns whether any trace waits to hear of an order.
    pub fn is_awaiting(&self) -> bool {
        !self.awaiting.is_empty()
    }

    /// Returns the traces that waited for the publish with this handle. They do no longer.
    pub fn take_waiting(&mut self, handle: &Handle) -> Vec<TraceId> {
        let range = (handle.clone(), TraceId::MIN)..=(handle.clone(), TraceId::MAX);
        let traces: Vec<TraceId> =
            self.awaiting.range(range).map(|((_, trace_id), ())| *trace_id).collect();
        for trace_id in &traces {
            self.awaiting.remove(&(handle.clone(), *trace_id));
            self.traces.change(trace_id, |known| known.awaited.retain(|other| other != handle));
        }
        traces
    }

    /// Takes a trace over, in the place of what is known of it. `false` where it has no id, or what
    /// it waits for is not as it should be.
    pub fn load(&mut self, trace_id: TraceId, arrival: Arrival, known: Known) -> bool {
        let sound = trace_id != 0
            && known.awaited.len() <= MAX_AWAITED
            && known.awaited.is_sorted_by(|a, b| a < b);
        if sound {
            let awaited = known.awaited.clone();
            self.unload(&trace_id);
            self.traces.load(trace_id, arrival, known);
            for handle in awaited {
                self.awaiting.put((handle, trace_id), ());
            }
        }
        sound
    }

    /// Takes a trace out, for good and without a word to the host.
    pub fn unload(&mut self, trace_id: &TraceId) {
        for handle in self.traces.unload(trace_id).into_iter().flat_map(|known| known.awaited) {
            self.awaiting.take(&(handle, *trace_id));
        }
    }

    /// Forgets the oldest, until at most `most` are left.
    pub fn evict(&mut self, most: usize) {
        while let Some((trace_id, known)) = self.traces.pop_beyond(most) {
            for handle in known.awaited {
                self.awaiting.remove(&(handle, trace_id));
            }
        }
    }

    /// Returns all traces, the oldest first.
    pub fn all(&self) -> &Recent<TraceId, Known> {
        &self.traces
    }

    /// The same, to tell a host of them.
    pub(crate) fn all_mut(&mut self) -> &mut Recent<TraceId, Known> {
        &mut self.traces
    }

    /// Makes all changes so far last.
    pub fn keep(&mut self) {
        self.traces.keep();
        self.awaiting.keep();
    }

    /// Takes back all changes since the last [`TraceOrders::keep`].
    pub fn undo(&mut self) {
        self.traces.undo();
        self.awaiting.undo();
    }

    fn change(&mut self, trace_id: TraceId, change: impl FnOnce(&mut Known)) {
        if self.traces.get(&trace_id).is_none() {
            self.traces.insert(trace_id, Known::default());
        }
        self.traces.change(&trace_id, change);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handle(number: usize) -> Handle {
        Handle::Message(format!("m-{number}").into())
    }

    /// Scenario: a trace waits for one publish more than it may, the last of them first.
    /// Guarantees: those that sort first are waited for, and nobody waits for the other.
    #[test]
    fn waits_for_the_first_of_too_many() {
        for backwards in [false, true] {
            let mut traces = TraceOrders::default();
            let mut numbers: Vec<usize> = (0..=MAX_AWAITED).collect();
            if backwards {
                numbers.reverse();
            }
            numbers.iter().for_each(|number| traces.wait(7, handle(*number)));
            assert_eq!(traces.take_waiting(&handle(MAX_AWAITED)), []);
            for number in 0..MAX_AWAITED {
                assert_eq!(traces.take_waiting(&handle(number)), [7]);
            }
            assert!(!traces.is_awaiting());
        }
    }

    /// Guarantees: a trace that is forgotten waits for nothing, and one that is put back does.
    #[test]
    fn a_forgotten_trace_waits_no_longer() {
        let mut traces = TraceOrders::default();
        traces.wait(7, handle(1));
        traces.evict(0);
        assert!(!traces.is_awaiting());
        let arrival = Arrival::default();
        let waits_for = |number| Known { about: None, awaited: vec![handle(number)] };
        assert!(traces.load(7, arrival, waits_for(2)));
        assert!(traces.load(7, arrival, waits_for(1)));
        assert!(!traces.load(0, arrival, Known::default()));
        for awaited in [vec![handle(3), handle(3)], vec![handle(4), handle(3)]] {
            assert!(!traces.load(7, arrival, Known { about: None, awaited }));
        }
        assert_eq!(traces.take_waiting(&handle(2)), []);
        assert_eq!(traces.take_waiting(&handle(1)), [7]);
    }
}
