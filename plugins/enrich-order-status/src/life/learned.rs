//! [`Learned`]: what a batch taught, and what each of its spans gets.

use std::sync::Arc;

use crate::counts::Counts;
use crate::life::batch::{Batch, Member};
use crate::life::belonging::Belonging;
use crate::life::facts::{Partner, Role, SpanFacts};
use crate::life::keys::{SpanId, SpanKey, TraceId};
use crate::life::lifecycle::{Lifecycle, Status, Step};
use crate::life::messages::Publish;
use crate::life::order::{History, Meaning, News, Order, PartnerId, Success, Transition};
use crate::life::orders::Place;
use crate::life::resolve::resolve;
use crate::life::state::State;
use crate::life::traces::MAX_LINKS;
use crate::life::waits::Wait;

/// What a batch taught. It lasts only if it is [kept](Learned::keep): else the state is what it
/// was before.
#[derive(Debug)]
pub struct Learned<'s, 'b, 'a> {
    state: &'s mut State,
    batch: &'b Batch<'a>,
    lifecycle: &'b Lifecycle,
    belonging: Belonging,
    counts: Counts,
}

/// What a span of an order gets.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Additions<'s> {
    /// Status of the order when the span started.
    pub order_status: Option<Status>,
    /// Whose order it is, where the span does not say so itself.
    pub partner: Option<&'s PartnerId>,
    /// Whether the span says that it is somebody else's than it is.
    pub is_partner_another: bool,
    /// Seconds from the end of the publish to the start of its consume.
    pub publish_to_consume_latency: Option<f64>,
    /// Seconds of a price calculation.
    pub calc_duration: Option<f64>,
    /// What a transition gets.
    pub transition: Option<TransitionAdditions>,
}

/// What a span that records a transition gets.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TransitionAdditions {
    /// Status before, where the span does not say so itself.
    pub prev_status: Option<Status>,
    /// Seconds from the start of what set the transition off to its moment.
    pub status_transition_latency: Option<f64>,
    /// Seconds that the order spent in the status before.
    pub stage_duration: Option<f64>,
    /// Whether the transition skipped a status.
    pub skipped: bool,
    /// Whether the lifecycle never leads there.
    pub is_unexpected: bool,
    /// On a skip, the last operation that had succeeded when this one started.
    pub last_success: Option<Success>,
    /// Whether nobody saw the beginning of the status before, and the order did not begin with this one.
    pub is_before_unseen: bool,
}

/// Whether a span names another partner than the order has.
fn is_another(named: Option<Partner<'_>>, partner: Option<&PartnerId>) -> bool {
    match (named, partner) {
        (Some(Partner::Text(named)), Some(PartnerId::Text(partner))) => named != &**partner,
        (Some(Partner::Int(named)), Some(PartnerId::Int(partner))) => named != *partner,
        (Some(Partner::Text(_) | Partner::Int(_)), Some(_)) => true,
        (Some(Partner::Unfit) | None, _) | (_, None) => false,
    }
}

impl State {
    /// Takes a batch in.
    pub fn take_in<'s, 'b, 'a>(
        &'s mut self,
        batch: &'b Batch<'a>,
        lifecycle: &'b Lifecycle,
        history: &History,
    ) -> Learned<'s, 'b, 'a> {
        let belonging = resolve(batch, self);
        let mut learned =
            Learned { state: self, batch, lifecycle, belonging, counts: Counts::default() };
        learned.learn(history);
        learned
    }
}

impl Learned<'_, '_, '_> {
    /// Returns whether any span of the batch belongs to an order.
    pub fn has_orders(&self) -> bool {
        self.belonging.has_orders()
    }

    /// Returns each span of the batch with what it gets, in the order they stand. `None`: it belongs
    /// to no order.
    pub fn additions(&self) -> impl Iterator<Item = (Member, Option<Additions<'_>>)> {
        self.batch.members().map(|member| {
            let additions = match member {
                Member::Noted(number) => self.additions_of(number),
                Member::Plain(number) => self.plain_additions(number),
            };
            (member, additions)
        })
    }

    pub(crate) fn batch(&self) -> &Batch<'_> {
        self.batch
    }

    pub(crate) fn state(&self) -> &State {
        self.state
    }

    /// Makes it last. Returns what changed for orders.
    pub fn keep(mut self) -> Counts {
        self.state.keep();
        std::mem::take(&mut self.counts)
    }

    fn learn(&mut self, history: &History) {
        let batch = self.batch;
        let mut new = Vec::new();
        for (number, span) in batch.spans().iter().enumerate() {
            self.learn_beginning(span);
            if let Some(place) = self.belonging.order_of(number)
                && self.learn_of_order(span, place, history) == Some(News::New)
            {
                new.push((span, place));
            }
        }
        // A transition means what it means after all others of the batch, whatever order they
        // stand in.
        for (span, place) in new {
            self.count(span, place);
        }
    }

    fn learn_beginning(&mut self, span: &SpanFacts<'_>) {
        if span.is_root() && span.start != 0 {
            self.state.traces.root(span.trace_id, span.start);
        }
        if span.role != Some(Role::Consume) || span.trace_id == TraceId::default() {
            return;
        }
        self.state.traces.link_all(span.trace_id, &span.links);
        let publishes: Vec<SpanKey> =
            self.state.messages.publishes_of(span).map(|(key, _)| key).collect();
        self.wait_for_publishes(span, publishes.is_empty());
        for publish in publishes {
            // A publish in the same trace is no other beginning than the trace's own.
            if publish.trace_id != span.trace_id {
                self.state.traces.link(span.trace_id, publish);
            }
        }
    }

    /// Notes everything that the publishes of a consume can be found by which are not known yet.
    fn wait_for_publishes(&mut self, consume: &SpanFacts<'_>, none_is_known: bool) {
        if consume.start == 0 {
            return;
        }
        let is_known = |link: &SpanKey| self.state.messages.get(link).is_some();
        let mut wait = Wait { start: consume.start, ..Wait::default() };
        if none_is_known {
            wait.parent = consume.parent_key();
            wait.message = consume.message_id.as_deref().map(Arc::from);
        }
        // One that was found by its parent or its message is no other than the one it links to.
        if none_is_known || consume.links.iter().any(is_known) {
            let links = consume.links.iter().filter(|link| !is_known(link));
            wait.links = links.take(MAX_LINKS).copied().collect();
        }
        wait.links.sort_unstable();
        wait.links.dedup();
        if !wait.is_empty() {
            self.state.messages.wait(consume.key(), wait);
        }
    }

    fn learn_of_order(
        &mut self,
        span: &SpanFacts<'_>,
        place: Place,
        history: &History,
    ) -> Option<News> {
        let success = span.operation.filter(|_| !span.failed && span.end != 0);
        let transition = transition_of(span);
        if span.partner.is_none() && success.is_none() && transition.is_none() {
            return None;
        }
        let order = self.state.orders.order_mut(place);
        match span.partner {
            Some(Partner::Text(text)) => order.belongs_to(PartnerId::Text(text.into())),
            Some(Partner::Int(number)) => order.belongs_to(PartnerId::Int(number)),
            Some(Partner::Unfit) | None => {}
        }
        if let Some(operation) = success {
            order.succeed(Success { end: span.end, operation }, history.successes);
        }
        Some(order.record(transition?, history.transitions))
    }

    fn count(&mut self, span: &SpanFacts<'_>, place: Place) {
        let Some(transition) = transition_of(span) else { return };
        let counts = &mut self.counts;
        if transition.status == Status::UNLISTED {
            counts.statuses_unlisted += 1;
        }
        match self.state.orders.order(place).meaning_of(&transition) {
            Meaning::Stale => counts.transitions_stale += 1,
            Meaning::Repeated => counts.transitions_repeated += 1,
            Meaning::Changed { from, .. } => {
                let pair = (from.unwrap_or(Status::UNLISTED), transition.status);
                *counts.transitions.entry(pair).or_default() += 1;
                if self.lifecycle.step(pair.0, pair.1) == Step::Skipping {
                    *counts.gaps.entry(pair).or_default() += 1;
                }
            }
        }
    }

    fn additions_of(&self, number: usize) -> Option<Additions<'_>> {
        let place = self.belonging.order_of(number)?;
        let span = &self.batch.spans()[number];
        let order = self.state.orders.order(place);
        let transition = transition_of(span);
        let own = transition.map(|transition| (transition.moment, transition.span_id));
        // A span without a start has no length.
        let has_length = span.calculation && span.start > 0;
        let calculation = has_length.then(|| span.end.checked_sub(span.start)).flatten();
        Some(Additions {
            order_status: status_at(order, span.start, own),
            partner: order.partner().filter(|_| span.partner.is_none()),
            is_partner_another: is_another(span.partner, order.partner()),
            publish_to_consume_latency: self.time_in_queue(span),
            calc_duration: calculation.map(seconds),
            transition: transition
                .and_then(|transition| self.of_transition(span, &transition, place)),
        })
    }

    fn plain_additions(&self, number: usize) -> Option<Additions<'_>> {
        let order = self.state.orders.order(self.belonging.order_of_plain(number)?);
        Some(Additions {
            order_status: status_at(order, self.batch.plain()[number].start, None),
            partner: order.partner(),
            ..Additions::default()
        })
    }

    fn of_transition(
        &self,
        span: &SpanFacts<'_>,
        transition: &Transition,
        place: Place,
    ) -> Option<TransitionAdditions> {
        let order = self.state.orders.order(place);
        let Meaning::Changed { from, stage_nanos } = order.meaning_of(transition) else {
            return None;
        };
        let step = from.map(|from| self.lifecycle.step(from, transition.status));
        let skipped = step == Some(Step::Skipping);
        let begins = from.is_none()
            && order.forgotten().is_none()
            && self.lifecycle.can_begin_with(transition.status);
        let latency = self
            .set_off(&span.trace_id, self.state.orders.id(place), transition.moment)
            .and_then(|start| transition.moment.checked_sub(start));
        Some(TransitionAdditions {
            prev_status: from
                .filter(|from| span.prev_status.is_none() && *from != Status::UNLISTED),
            status_transition_latency: latency.map(seconds),
            stage_duration: stage_nanos.map(seconds),
            skipped,
            is_unexpected: step == Some(Step::Unexpected),
            last_success: order.last_success_until(span.start).filter(|_| skipped),
            is_before_unseen: stage_nanos.is_none() && !begins,
        })
    }

    /// Returns the start of what set off a transition of this order at this moment: of the last
    /// publish that its trace links to, else of the root of its trace.
    fn set_off(&self, trace_id: &TraceId, order: &Arc<str>, moment: u64) -> Option<u64> {
        let beginning = self.state.traces.get(trace_id)?;
        if beginning.links.is_empty() {
            return beginning.root;
        }
        let publishes = beginning.links.iter().filter_map(|key| self.state.messages.get(key));
        publishes
            .filter(|publish| publish.order.as_ref().is_none_or(|other| other == order))
            .map(|publish| publish.start)
            .filter(|start| *start <= moment)
            .max()
    }

    /// Returns the seconds that a message waited: on its consume; on its publish where the
    /// consume arrived before.
    fn time_in_queue(&self, span: &SpanFacts<'_>) -> Option<f64> {
        match span.role? {
            Role::Publish => {
                let publish = self.state.messages.get(&span.key()?)?;
                waited(publish, publish.consumed?)
            }
            Role::Consume => {
                let publishes = self.state.messages.publishes_of(span);
                let first = publishes.map(|(_, publish)| publish).min_by_key(|publish| publish.end);
                waited(first?, span.start)
            }
        }
        .map(seconds)
    }
}

impl Drop for Learned<'_, '_, '_> {
    /// After [`Learned::keep`] nothing is left to be forgotten.
    fn drop(&mut self) {
        self.state.undo();
    }
}

/// Returns the transition that a span records. A failed span records none: the change it was to
/// make cannot be counted on.
fn transition_of(span: &SpanFacts<'_>) -> Option<Transition> {
    let status = span.new_status.filter(|_| !span.failed && span.end != 0)?;
    Some(Transition {
        moment: span.end,
        span_id: span.span_id,
        start: span.start,
        status,
        claimed: span.prev_status,
        version: span.version,
    })
}

fn status_at(order: &Order, start: u64, own: Option<(u64, SpanId)>) -> Option<Status> {
    if start == 0 { None } else { order.status_at(start, own) }
}

/// Returns the nanoseconds from the end of a publish to its consume; none are negative. A consume
/// that began while its publish was still being confirmed did not wait; one that began even before
/// comes from a clock that cannot be compared.
fn waited(publish: &Publish, consumed: u64) -> Option<u64> {
    (publish.end != 0 && publish.start <= consumed).then(|| consumed.saturating_sub(publish.end))
}

fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}
