//! [`Messages`]: publishes, and the consumes that wait for theirs.
//!
//! A publish and its consume come from two services, so either may arrive first.

use std::sync::Arc;

use crate::life::facts::SpanFacts;
use crate::life::keys::{SpanKey, TraceId};
use crate::life::recent::{Arrival, Recent};
use crate::life::tree::Tree;
use crate::life::waits::{Wait, Waits};

/// A message that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publish {
    /// When sending began: nanoseconds since 1970.
    pub start: u64,
    /// When it was sent: nanoseconds since 1970.
    pub end: u64,
    /// Id of the order it is about, where that is known.
    pub order: Option<Arc<str>>,
    /// Id of the message.
    pub message: Option<Arc<str>>,
    /// Start of its consume, where that arrived before the publish did.
    pub consumed: Option<u64>,
}

/// Publishes, and consumes that arrived before theirs. The oldest are forgotten first.
#[derive(Clone, Debug, Default)]
pub struct Messages {
    publishes: Recent<SpanKey, Publish>,
    by_message: Tree<Arc<str>, SpanKey>,
    /// Publishes of which nobody knows what they are about.
    orderless: Tree<SpanKey, ()>,
    waits: Waits,
}

impl Messages {
    /// Adds a publish. One that came before stays as it is, but learns the order it is about.
    /// Returns the traces of consumes that waited for its message alone.
    pub fn publish(&mut self, key: SpanKey, mut publish: Publish) -> Vec<TraceId> {
        if self.publishes.get(&key).is_some() {
            if let Some(order) = &publish.order {
                self.tell_order(&key, order);
            }
            return Vec::new();
        }
        let taken = self.waits.take(&key, publish.message.as_ref());
        publish.consumed = publish.consumed.or(taken.start);
        if let Some(message) = &publish.message {
            self.by_message.insert(Arc::clone(message), key);
        }
        if publish.order.is_none() {
            self.orderless.insert(key, ());
        }
        self.publishes.insert(key, publish);
        taken.traces
    }

    /// Says what a publish is about. Returns whether nobody knew before.
    pub fn tell_order(&mut self, key: &SpanKey, order: &Arc<str>) -> bool {
        if self.orderless.remove(key).is_none() {
            return false;
        }
        self.publishes.change(key, |publish| publish.order = Some(Arc::clone(order)))
    }

    /// Returns the publishes of a trace of which nobody knows what they are about.
    pub fn orderless_in(&self, trace_id: TraceId) -> Vec<SpanKey> {
        let all = SpanKey { trace_id, span_id: 0 }..=SpanKey { trace_id, span_id: u64::MAX };
        self.orderless.range(all).map(|(key, ())| *key).collect()
    }

    /// Notes that a consume began of which some publish is not known yet.
    pub fn wait(&mut self, consume: Option<SpanKey>, wait: Wait) {
        match consume {
            Some(consume) => self.waits.add(consume, wait),
            None => self.waits.add_nameless(wait),
        }
    }

    /// Returns a publish.
    pub fn get(&self, key: &SpanKey) -> Option<&Publish> {
        self.publishes.get(key)
    }

    /// Returns the publishes of a consume that are known: those it links to, else its parent, else
    /// the one with its message's id.
    pub fn publishes_of(
        &self,
        consume: &SpanFacts<'_>,
    ) -> impl Iterator<Item = (SpanKey, &Publish)> {
        let known = |key: SpanKey| Some((key, self.get(&key)?));
        let mut linked = consume.links.iter().filter_map(move |key| known(*key));
        let first = linked.next().or_else(|| {
            let by_message = || self.by_message(consume.message_id.as_deref()?);
            consume.parent_key().and_then(known).or_else(|| known(by_message()?))
        });
        // Where no link leads to one, none is left in there.
        first.into_iter().chain(linked)
    }

    /// Forgets the oldest, until at most `most` publishes and as many waiting consumes are left.
    /// Returns how many publishes it forgot.
    pub fn evict(&mut self, most: usize) -> usize {
        let mut forgotten = 0;
        while let Some((key, publish)) = self.publishes.pop_beyond(most) {
            forgotten += 1;
            self.orderless.remove(&key);
            if let Some(message) = publish.message
                && self.by_message.get(&message) == Some(&key)
            {
                self.by_message.remove(&message);
            }
        }
        self.waits.evict(most);
        forgotten
    }

    /// Returns all publishes, the oldest first.
    pub fn publishes(&self) -> &Recent<SpanKey, Publish> {
        &self.publishes
    }

    /// Returns all consumes that wait, the oldest first.
    pub fn waiting(&self) -> &Recent<SpanKey, Wait> {
        self.waits.all()
    }

    /// All publishes, to tell a host of them.
    pub(crate) fn publishes_mut(&mut self) -> &mut Recent<SpanKey, Publish> {
        &mut self.publishes
    }

    /// All consumes that wait.
    pub(crate) fn waits_mut(&mut self) -> &mut Waits {
        &mut self.waits
    }

    /// Takes a publish over, in the place of the one with this key.
    pub fn load(&mut self, key: SpanKey, arrival: Arrival, publish: Publish) {
        self.unload(&key);
        if let Some(message) = &publish.message {
            let other = self
                .by_message
                .get(message)
                .and_then(|key| Some((self.publishes.get_with_arrival(key)?.0, *key)));
            // Of a message that was sent twice, the last.
            if other.is_none_or(|other| other < (arrival, key)) {
                self.by_message.put(Arc::clone(message), key);
            }
        }
        if publish.order.is_none() {
            self.orderless.put(key, ());
        }
        self.publishes.load(key, arrival, publish);
    }

    /// Takes a publish out, for good and without a word to the host.
    pub fn unload(&mut self, key: &SpanKey) {
        let Some(publish) = self.publishes.unload(key) else { return };
        self.orderless.take(key);
        if let Some(message) = &publish.message
            && self.by_message.get(message) == Some(key)
        {
            self.by_message.take(message);
        }
    }

    /// What comes from now on comes at this time.
    pub fn set_now(&mut self, now: u64) {
        self.publishes.set_now(now);
        self.waits.all_mut().set_now(now);
    }

    /// Makes all changes so far last.
    pub fn keep(&mut self) {
        self.publishes.keep();
        self.by_message.keep();
        self.orderless.keep();
        self.waits.keep();
    }

    /// Takes back all changes since the last [`Messages::keep`].
    pub fn undo(&mut self) {
        self.publishes.undo();
        self.by_message.undo();
        self.orderless.undo();
        self.waits.undo();
    }

    /// The publish of a message; the last where it was sent twice.
    fn by_message(&self, message: &str) -> Option<SpanKey> {
        self.by_message.get(message).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Guarantees: of a publish that is forgotten nothing is left.
    #[test]
    fn a_forgotten_publish_is_gone() {
        let mut messages = Messages::default();
        let key = SpanKey { trace_id: 7, span_id: 1 };
        let message = Some("m-1".into());
        let publish = Publish { start: 1, end: 2, order: None, message, consumed: None };
        messages.publish(key, publish);
        assert_eq!(messages.orderless_in(7), [key]);
        assert_eq!(messages.evict(0), 1);
        assert_eq!(messages.orderless_in(7), []);
        assert_eq!(messages.by_message("m-1"), None);
    }
}
