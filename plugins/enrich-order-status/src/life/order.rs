//! [`Order`]: what is remembered of one order.
//!
//! Every transition is kept with its moment, not only the last one, so that a span that comes
//! late gets the status of its time, and so that the order of arrival does not matter: whatever
//! way the same transitions come in, they make the same history.

use crate::life::keys::SpanId;
use crate::life::lifecycle::Status;

/// A transition that a span records.
///
/// History is sorted by all of it: by moment first, and two spans that end in the same nanosecond
/// (or two that wrongly have one id) stand in the same order whichever of them came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Transition {
    /// End of the span: nanoseconds since 1970.
    pub moment: u64,
    /// The span.
    pub span_id: SpanId,
    /// Start of the span: nanoseconds since 1970, 0 where it is missing.
    pub start: u64,
    /// Status that the order has from this moment on.
    pub status: Status,
    /// Status that the span says it had before, that is, when the span started.
    pub claimed: Option<Status>,
    /// Version of the status event.
    pub version: Option<i64>,
}

/// Whether a transition was heard of for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It was not known before.
    New,
    /// The very same span came again.
    Known,
}

/// What a transition means, given everything else that is known of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A later version of the status event took effect before: the order stays as it is.
    Stale,
    /// The order had this status already, as after a redelivery.
    Repeated,
    /// The order changed.
    Changed {
        /// The status before, as the span says, else as history knows.
        from: Option<Status>,
        /// Nanoseconds spent in `from`, where its beginning is known.
        stage_nanos: Option<u64>,
    },
}

/// Who an order belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartnerId {
    /// The id came as text.
    Text(Box<str>),
    /// The id came as a number.
    Int(i64),
}

/// A span of the order that succeeded and whose name the rules list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Success {
    /// End of the span: nanoseconds since 1970.
    pub end: u64,
    /// Its name, as the place in the rules' list.
    pub operation: u16,
}

/// How much is remembered of one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// Most transitions; the earliest are forgotten first.
    pub transitions: usize,
    /// Most successful operations; the earliest are forgotten first.
    pub successes: usize,
}

/// What is remembered of one order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    partner: Option<PartnerId>,
    /// Sorted, no two alike.
    transitions: Vec<Transition>,
    forgotten: Option<Forgotten>,
    /// Sorted, no two alike.
    successes: Vec<Success>,
}

/// What is left of transitions that no longer fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// The highest version among them: a version is never taken back.
    pub version: Option<i64>,
}

/// Where an order stood just before some moment.
#[derive(Default)]
struct Standing {
    status: Option<Status>,
    /// Since when, where that is known.
    since: Option<u64>,
    /// The last transition before.
    moment: Option<u64>,
    version: Option<i64>,
}

impl Order {
    /// Puts an order together again, as [`Order::transitions`] and the others gave it.
    ///
    /// `None` where the parts cannot be those of an order: something out of order, or twice.
    pub fn from_parts(
        partner: Option<PartnerId>,
        transitions: Vec<Transition>,
        forgotten: Option<Forgotten>,
        successes: Vec<Success>,
    ) -> Option<Self> {
        let sorted = transitions.is_sorted_by(|a, b| a < b) && successes.is_sorted_by(|a, b| a < b);
        sorted.then_some(Order { partner, transitions, forgotten, successes })
    }

    /// Adds a transition to the history. The same one again changes nothing.
    pub fn record(&mut self, transition: Transition, most: usize) -> News {
        match self.transitions.binary_search(&transition) {
            Ok(_) => News::Known,
            Err(place) => {
                self.transitions.insert(place, transition);
                self.forget_transitions(most);
                News::New
            }
        }
    }

    /// Notes that a span of the order succeeded.
    pub fn succeed(&mut self, success: Success, most: usize) {
        if let Err(place) = self.successes.binary_search(&success) {
            self.successes.insert(place, success);
            self.forget_successes(most);
        }
    }

    /// Notes whose order it is. The first that is heard of stays.
    pub fn belongs_to(&mut self, partner: PartnerId) {
        self.partner.get_or_insert(partner);
    }

    /// Returns whose order it is.
    pub fn partner(&self) -> Option<&PartnerId> {
        self.partner.as_ref()
    }

    /// Forgets whose order it is.
    pub fn forget_partner(&mut self) {
        self.partner = None;
    }

    /// Returns the status that the order had at `moment`.
    ///
    /// `own` is the transition that the asking span itself records: its outcome counts for nothing,
    /// or a span without length would see it.
    ///
    /// A transition also says which status it found when its span started. That counts where the
    /// transition before it, which would have said the same, is not known; before the first one,
    /// for all the time, unless earlier ones were forgotten.
    ///
    /// `None` where nothing is known, and where the status is not in the rules.
    pub fn status_at(&self, moment: u64, own: Option<(u64, SpanId)>) -> Option<Status> {
        let is_own =
            |transition: &&Transition| Some((transition.moment, transition.span_id)) == own;
        let until = self.transitions.partition_point(|transition| transition.moment <= moment);
        let (earlier, later) = self.transitions.split_at(until);
        let standing = self.standing(earlier.iter().filter(|transition| !is_own(transition)));
        let next = earlier.iter().find(is_own).or_else(|| {
            later.iter().find(|next| next.version.is_none() || next.version >= standing.version)
        });
        let found = next.filter(|next| match standing.moment {
            // What changes nothing, as after a redelivery, may say what was long ago.
            _ if standing.status == Some(next.status) => false,
            Some(last) => last <= next.start && next.start <= moment,
            None => self.forgotten.is_none() || next.start <= moment,
        });
        let status = found.and_then(|next| next.claimed).or(standing.status);
        status.filter(|status| *status != Status::UNLISTED)
    }

    /// Returns what a transition means after all others that are known.
    pub fn meaning_of(&self, transition: &Transition) -> Meaning {
        let until = self.transitions.partition_point(|other| other < transition);
        let before = self.standing(self.transitions[..until].iter());
        if transition.version.is_some() && transition.version < before.version {
            return Meaning::Stale;
        }
        let from = transition.claimed.or(before.status);
        if from == Some(transition.status) || before.status == Some(transition.status) {
            // Two statuses that the rules do not list may well be two different ones.
            if transition.status != Status::UNLISTED {
                return Meaning::Repeated;
            }
        }
        let since =
            before.since.filter(|_| from == before.status && from != Some(Status::UNLISTED));
        Meaning::Changed { from, stage_nanos: since.map(|since| transition.moment - since) }
    }

    /// Returns the last operation that succeeded and had ended at `moment`.
    pub fn last_success_until(&self, moment: u64) -> Option<Success> {
        let until = self.successes.partition_point(|success| success.end <= moment);
        self.successes[..until].last().copied()
    }

    /// The history, earliest first.
    pub fn transitions(&self) -> &[Transition] {
        &self.transitions
    }

    /// What is left of the transitions before those.
    pub fn forgotten(&self) -> Option<Forgotten> {
        self.forgotten
    }

    /// The successful operations, earliest first.
    pub fn successes(&self) -> &[Success] {
        &self.successes
    }

    /// Forgets what is more than `history` allows.
    pub fn shrink(&mut self, history: History) {
        self.forget_transitions(history.transitions);
        self.forget_successes(history.successes);
    }

    fn standing<'a>(&self, earlier: impl Iterator<Item = &'a Transition>) -> Standing {
        let mut standing = Standing {
            version: self.forgotten.and_then(|forgotten| forgotten.version),
            ..Standing::default()
        };
        for transition in earlier {
            if transition.version.is_some() && transition.version < standing.version {
                continue;
            }
            standing.version = standing.version.max(transition.version);
            standing.moment = Some(transition.moment);
            if standing.status != Some(transition.status) {
                // The order may have been there for long already where the span says that nothing
                // changed, or where what came before it was forgotten.
                let entered = transition.claimed != Some(transition.status)
                    && !(standing.status.is_none() && self.forgotten.is_some());
                standing.status = Some(transition.status);
                standing.since = entered.then_some(transition.moment);
            }
        }
        standing
    }

    fn forget_transitions(&mut self, most: usize) {
        while self.transitions.len() > most {
            let earliest = self.transitions.remove(0);
            let forgotten = self.forgotten.get_or_insert_default();
            forgotten.version = forgotten.version.max(earliest.version);
        }
    }

    fn forget_successes(&mut self, most: usize) {
        let surplus = self.successes.len().saturating_sub(most);
        self.successes.drain(..surplus);
    }
}
