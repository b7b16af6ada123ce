//! [`Traces`]: where traces began, and what set them off.

use crate::life::keys::{SpanKey, TraceId};
use crate::life::recent::{Arrival, Recent};

/// Most publishes that are remembered as what set one trace off.
pub const MAX_LINKS: usize = 8;

/// Where a trace began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beginning {
    /// Start of its root: nanoseconds since 1970.
    pub root: Option<u64>,
    /// The publishes that its consumes link to, sorted; at most [`MAX_LINKS`].
    pub links: Vec<SpanKey>,
}

/// The traces whose root or whose links were seen. The oldest are forgotten first.
#[derive(Clone, Debug, Default)]
pub struct Traces {
    traces: Recent<TraceId, Beginning>,
}

impl Traces {
    /// Notes when the root of a trace started. Of two roots, the earlier counts.
    pub fn root(&mut self, trace_id: TraceId, start: u64) {
        match self.traces.get(&trace_id) {
            None => {
                let beginning = Beginning { root: Some(start), links: Vec::new() };
                self.traces.insert(trace_id, beginning);
            }
            Some(Beginning { root: Some(earlier), .. }) if *earlier <= start => {}
            Some(_) => _ = self.traces.change(&trace_id, |it| it.root = Some(start)),
        }
    }

    /// Notes that a consume of the trace links to publishes, as [`Traces::link`] does.
    pub fn link_all(&mut self, trace_id: TraceId, publishes: &[SpanKey]) {
        if publishes.len() <= MAX_LINKS {
            return publishes.iter().for_each(|publish| self.link(trace_id, *publish));
        }
        let mut first = publishes.to_vec();
        first.sort_unstable();
        first.dedup();
        first.iter().take(MAX_LINKS).for_each(|publish| self.link(trace_id, *publish));
    }

    /// Notes that a consume of the trace links to a publish. Beyond [`MAX_LINKS`] only those that
    /// sort first are kept, so that the order in which they arrive does not matter.
    pub fn link(&mut self, trace_id: TraceId, publish: SpanKey) {
        let known = self.traces.get(&trace_id).map_or(&[][..], |beginning| &beginning.links);
        if let Err(place) = known.binary_search(&publish)
            && place < MAX_LINKS
        {
            self.change(trace_id, |beginning| {
                beginning.links.insert(place, publish);
                beginning.links.truncate(MAX_LINKS);
            });
        }
    }

    /// Takes a beginning over, in the place of what is known of the trace. `false` where the links
    /// are not as they should be.
    pub fn load(&mut self, trace_id: TraceId, arrival: Arrival, beginning: Beginning) -> bool {
        let sound =
            beginning.links.len() <= MAX_LINKS && beginning.links.is_sorted_by(|a, b| a < b);
        if sound {
            self.traces.load(trace_id, arrival, beginning);
        }
        sound
    }

    /// Returns where a trace began, as far as it is known.
    pub fn get(&self, trace_id: &TraceId) -> Option<&Beginning> {
        self.traces.get(trace_id)
    }

    /// Forgets the oldest, until at most `most` are left.
    pub fn evict(&mut self, most: usize) {
        while self.traces.pop_beyond(most).is_some() {}
    }

    /// Returns all traces, the oldest first.
    pub fn all(&self) -> &Recent<TraceId, Beginning> {
        &self.traces
    }

    /// The same, to tell a host of them.
    pub(crate) fn all_mut(&mut self) -> &mut Recent<TraceId, Beginning> {
        &mut self.traces
    }

    /// Makes all changes so far last.
    pub fn keep(&mut self) {
        self.traces.keep();
    }

    /// Takes back all changes since the last [`Traces::keep`].
    pub fn undo(&mut self) {
        self.traces.undo();
    }

    fn change(&mut self, trace_id: TraceId, change: impl FnOnce(&mut Beginning)) {
        if self.traces.get(&trace_id).is_none() {
            self.traces.insert(trace_id, Beginning::default());
        }
        self.traces.change(&trace_id, change);
    }
}
