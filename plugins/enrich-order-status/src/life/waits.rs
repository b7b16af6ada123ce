//! [`Waits`]: consumes that arrived before their publish.

use std::sync::Arc;

use crate::life::keys::{Handle, SpanKey, TraceId};
use crate::life::recent::{Arrival, Recent};
use crate::life::tree::Tree;

/// A consume, and all that its publish may be found by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wait {
    /// When it began: nanoseconds since 1970.
    pub start: u64,
    /// The spans that it links to. Each is a publish of its own.
    pub links: Vec<SpanKey>,
    /// Its parent, which may be its publish.
    pub parent: Option<SpanKey>,
    /// Its message, by which its publish is found where neither link nor parent leads there.
    pub message: Option<Arc<str>>,
}

impl Wait {
    /// Returns whether there is nothing that a publish could be found by.
    pub fn is_empty(&self) -> bool {
        self.links.is_empty() && self.parent.is_none() && self.message.is_none()
    }
}

/// What a publish takes from those that waited for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Start of the first consume to begin.
    pub start: Option<u64>,
    /// The traces of consumes that knew nothing of it but the message.
    pub traces: Vec<TraceId>,
}

/// Consumes that wait for their publish. The oldest are forgotten first.
#[derive(Clone, Debug, Default)]
pub struct Waits {
    waits: Recent<SpanKey, Wait>,
    by_handle: Tree<(Handle, SpanKey), ()>,
}

impl Waits {
    /// Adds a consume, in the place of the one with this key. One without handles waits for
    /// nothing.
    pub fn add(&mut self, consume: SpanKey, wait: Wait) {
        self.remove(&consume);
        self.put(consume, wait);
    }

    /// Adds a consume of which nothing is known by which it could be told from others.
    pub fn add_nameless(&mut self, wait: Wait) {
        // No trace has the id 0.
        let all = SpanKey { trace_id: 0, span_id: 0 }..=SpanKey { trace_id: 0, span_id: u64::MAX };
        let span_id = self.waits.keys(all).next_back().map_or(1, |last| last.span_id + 1);
        self.put(SpanKey { trace_id: 0, span_id }, wait);
    }

    /// Takes those that wait for a publish: all that link to it or are its children; where there
    /// are none, all that wait for its message.
    ///
    /// Each is taken once, but for its other links: those are other messages. A consume that links
    /// to another publish is taken by its message only where no consume without links is.
    pub fn take(&mut self, publish: &SpanKey, message: Option<&Arc<str>>) -> Taken {
        let near = self.waiting_for(&Handle::Span(*publish));
        if !near.is_empty() {
            return self.take_all(near, publish, Taken::default());
        }
        let Some(message) = message else { return Taken::default() };
        let mut far = self.waiting_for(&Handle::Message(Arc::clone(message)));
        let links =
            |consume: &SpanKey| self.waits.get(consume).is_some_and(|it| !it.links.is_empty());
        if !far.iter().all(links) {
            far.retain(|consume| !links(consume));
        }
        // Those without a trace of their own are remembered under none.
        let traces = far.iter().map(|consume| consume.trace_id).filter(|id| *id != 0).collect();
        self.take_all(far, publish, Taken { start: None, traces })
    }

    /// Forgets the oldest, until at most `most` are left.
    pub fn evict(&mut self, most: usize) {
        while let Some((consume, wait)) = self.waits.pop_beyond(most) {
            self.forget_handles(&consume, &wait);
        }
    }

    /// Returns all that wait, the oldest first.
    pub fn all(&self) -> &Recent<SpanKey, Wait> {
        &self.waits
    }

    /// The same, to tell a host of them.
    pub(crate) fn all_mut(&mut self) -> &mut Recent<SpanKey, Wait> {
        &mut self.waits
    }

    /// Takes a consume over, in the place of the one with this key. `false` where it waits for
    /// nothing.
    pub fn load(&mut self, consume: SpanKey, arrival: Arrival, wait: Wait) -> bool {
        self.unload(&consume);
        if wait.is_empty() {
            return false;
        }
        for handle in handles(&wait) {
            self.by_handle.put((handle, consume), ());
        }
        self.waits.load(consume, arrival, wait);
        true
    }

    /// Takes a consume out, for good and without a word to the host.
    pub fn unload(&mut self, consume: &SpanKey) {
        if let Some(wait) = self.waits.unload(consume) {
            for handle in handles(&wait) {
                self.by_handle.take(&(handle, *consume));
            }
        }
    }

    /// Makes all changes so far last.
    pub fn keep(&mut self) {
        self.waits.keep();
        self.by_handle.keep();
    }

    /// Takes back all changes since the last [`Waits::keep`].
    pub fn undo(&mut self) {
        self.waits.undo();
        self.by_handle.undo();
    }

    fn put(&mut self, consume: SpanKey, wait: Wait) {
        if wait.is_empty() {
            return;
        }
        for handle in handles(&wait) {
            self.by_handle.insert((handle, consume), ());
        }
        self.waits.insert(consume, wait);
    }

    fn remove(&mut self, consume: &SpanKey) -> Option<Wait> {
        let wait = self.waits.remove(consume)?;
        self.forget_handles(consume, &wait);
        Some(wait)
    }

    fn forget_handles(&mut self, consume: &SpanKey, wait: &Wait) {
        for handle in handles(wait) {
            self.by_handle.remove(&(handle, *consume));
        }
    }

    fn waiting_for(&self, handle: &Handle) -> Vec<SpanKey> {
        if self.by_handle.is_empty() {
            return Vec::new();
        }
        let first = SpanKey { trace_id: TraceId::MIN, span_id: u64::MIN };
        let last = SpanKey { trace_id: TraceId::MAX, span_id: u64::MAX };
        let range = (handle.clone(), first)..=(handle.clone(), last);
        self.by_handle.range(range).map(|((_, consume), ())| *consume).collect()
    }

    fn take_all(&mut self, consumes: Vec<SpanKey>, publish: &SpanKey, mut taken: Taken) -> Taken {
        for consume in consumes {
            let Some(wait) = self.waits.get(&consume) else { continue };
            taken.start = Some(taken.start.map_or(wait.start, |other| other.min(wait.start)));
            let rest = Wait {
                start: wait.start,
                links: wait.links.iter().copied().filter(|link| link != publish).collect(),
                ..Wait::default()
            };
            let before = wait.clone();
            self.forget_handles(&consume, &before);
            if rest.links.is_empty() {
                self.waits.remove(&consume);
                continue;
            }
            for handle in handles(&rest) {
                self.by_handle.insert((handle, consume), ());
            }
            self.waits.change(&consume, |wait| *wait = rest);
        }
        taken
    }
}

fn handles(wait: &Wait) -> impl Iterator<Item = Handle> {
    let spans = wait.links.iter().copied().chain(wait.parent).map(Handle::Span);
    spans.chain(wait.message.iter().map(|message| Handle::Message(Arc::clone(message))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u64) -> SpanKey {
        SpanKey { trace_id: 7, span_id: number }
    }

    /// Scenario: a consume with two links, a parent and a message; its publishes come.
    /// Guarantees: each link is taken once, with the first of them parent and message, and then
    /// nothing is left.
    #[test]
    fn what_is_taken_is_gone() {
        let mut waits = Waits::default();
        let message: Arc<str> = "m-1".into();
        let wait = Wait {
            start: 5,
            links: vec![key(2), key(3)],
            parent: Some(key(4)),
            message: Some(Arc::clone(&message)),
        };
        waits.add(key(1), wait);
        assert_eq!(waits.take(&key(2), None).start, Some(5));
        for (publish, message) in [(2, None), (4, None), (9, Some(&message))] {
            assert_eq!(waits.take(&key(publish), message), Taken::default());
        }
        assert_eq!(waits.take(&key(3), None).start, Some(5));
        assert!(waits.all().is_empty() && waits.by_handle.is_empty());
    }

    /// Scenario: a consume comes again, with another link.
    /// Guarantees: it waits for what it links to now, and for nothing else.
    #[test]
    fn what_comes_again_waits_anew() {
        let mut waits = Waits::default();
        for link in [2, 3] {
            let links = vec![key(link)];
            waits.add(key(1), Wait { start: 5, links, ..Wait::default() });
            assert!(!waits.all().is_empty());
        }
        assert_eq!(waits.take(&key(2), None), Taken::default());
        assert_eq!(waits.take(&key(3), None).start, Some(5));
        assert!(waits.all().is_empty() && waits.by_handle.is_empty());
    }

    /// Guarantees: of consumes without a name each waits for itself, and their traces are not told.
    #[test]
    fn the_nameless_wait_too() {
        let mut waits = Waits::default();
        let message: Arc<str> = "m-1".into();
        for start in [6, 5, 7] {
            let message = Some(Arc::clone(&message));
            waits.add_nameless(Wait { start, message, ..Wait::default() });
        }
        assert_eq!(waits.all().len(), 3);
        let taken = waits.take(&key(1), Some(&message));
        assert_eq!(taken, Taken { start: Some(5), traces: Vec::new() });
        assert!(waits.all().is_empty());
    }
}
