//! [`Messages`]: publishes, and the consumes that wait for theirs.
//!
//! A publish and its consume come from two services, so either may arrive first.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::life::order::SpanId;
use crate::life::recent::Recent;

/// Id of a trace, its bytes as one number. 0 is no id.
pub type TraceId = u128;

/// A span among all traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpanKey {
    /// Its trace.
    pub trace_id: TraceId,
    /// The span.
    pub span_id: SpanId,
}

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

/// How a consume finds its publish.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Handle {
    /// It links to this span, or is its child.
    Span(SpanKey),
    /// It is of the message with this id.
    Message(Arc<str>),
}

/// Publishes, and consumes that arrived before theirs. The oldest are forgotten first.
#[derive(Clone, Debug, Default)]
pub struct Messages {
    publishes: Recent<SpanKey, Publish>,
    by_message: BTreeMap<Arc<str>, SpanKey>,
    waiting: Recent<Handle, u64>,
}

impl Messages {
    /// Adds a publish. One that came before stays as it is, but learns the order it is about.
    pub fn publish(&mut self, key: SpanKey, mut publish: Publish) {
        if let Some(known) = self.publishes.get_mut(&key) {
            known.order = known.order.take().or(publish.order);
            return;
        }
        publish.consumed = publish.consumed.or_else(|| self.take_waiting(&key, &publish));
        if let Some(message) = &publish.message {
            self.by_message.insert(Arc::clone(message), key);
        }
        self.publishes.insert(key, publish);
    }

    /// Notes that a consume began whose publish is not known yet. Of several, the first to begin
    /// counts.
    pub fn wait(&mut self, handle: Handle, start: u64) {
        match self.waiting.get_mut(&handle) {
            Some(earliest) => *earliest = start.min(*earliest),
            None => self.waiting.insert(handle, start),
        }
    }

    /// Returns a publish.
    pub fn get(&self, key: &SpanKey) -> Option<&Publish> {
        self.publishes.get(key)
    }

    /// Returns the publish of a message; the last where it was sent twice.
    pub fn by_message(&self, message: &str) -> Option<SpanKey> {
        self.by_message.get(message).copied()
    }

    /// Forgets the oldest, until at most `most` publishes and as many waiting consumes are left.
    /// Returns how many publishes it forgot.
    pub fn evict(&mut self, most: usize) -> usize {
        let mut forgotten = 0;
        while let Some((key, publish)) = self.publishes.pop_beyond(most) {
            forgotten += 1;
            if let Some(message) = publish.message
                && self.by_message.get(&message) == Some(&key)
            {
                self.by_message.remove(&message);
            }
        }
        while self.waiting.pop_beyond(most).is_some() {}
        forgotten
    }

    /// Returns all publishes, the oldest first.
    pub fn publishes(&self) -> &Recent<SpanKey, Publish> {
        &self.publishes
    }

    /// Returns the starts of all consumes that wait, the oldest first.
    pub fn waiting(&self) -> &Recent<Handle, u64> {
        &self.waiting
    }

    fn take_waiting(&mut self, key: &SpanKey, publish: &Publish) -> Option<u64> {
        self.waiting.remove(&Handle::Span(*key)).or_else(|| {
            let message = publish.message.as_ref()?;
            self.waiting.remove(&Handle::Message(Arc::clone(message)))
        })
    }
}
