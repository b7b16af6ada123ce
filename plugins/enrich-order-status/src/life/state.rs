//! [`State`]: everything that lasts from batch to batch, and what it says of a span.

use std::sync::Arc;

use crate::counts::Counts;
use crate::life::batch::Batch;
use crate::life::facts::{Partner, Role, SpanFacts};
use crate::life::lifecycle::{Lifecycle, Status, Step};
use crate::life::messages::{Handle, Messages, Publish, SpanKey, TraceId};
use crate::life::order::{History, Meaning, News, Order, PartnerId, SpanId, Success, Transition};
use crate::life::orders::{Orders, Place};
use crate::life::traces::{MAX_LINKS, Traces};

/// How much is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most orders; those that were not seen for the longest time are forgotten first.
    pub orders: usize,
    /// How much of one order.
    pub history: History,
    /// Most publishes, and as many consumes that wait for theirs; the oldest are forgotten first.
    pub publishes: usize,
    /// Most traces whose beginning is known; the oldest are forgotten first.
    pub traces: usize,
}

/// What lasts from batch to batch.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub(crate) orders: Orders,
    pub(crate) messages: Messages,
    pub(crate) traces: Traces,
}

/// What a span of an order gets.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Additions<'s> {
    /// Status of the order when the span started.
    pub order_status: Option<Status>,
    /// Whose order it is, where the span does not say so itself.
    pub partner: Option<&'s PartnerId>,
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
    /// On a skip, the last operation that had succeeded when this one started.
    pub last_success: Option<Success>,
}

impl State {
    /// Finds out which span of the batch belongs to which order. Where the batch then
    /// [asks for parents](Batch::asks_for_parents), they come before [`State::learn`].
    pub fn resolve(&mut self, batch: &mut Batch<'_>) {
        batch.resolve(self);
    }

    /// Takes in what the spans of a batch say. After that [`State::additions`] tells what each of
    /// them gets; [`State::evict`] must not be called in between.
    pub fn learn(
        &mut self,
        batch: &mut Batch<'_>,
        lifecycle: &Lifecycle,
        limits: &Limits,
    ) -> Counts {
        batch.settle();
        let mut counts = Counts::default();
        let mut new = Vec::new();
        for (number, span) in batch.spans().iter().enumerate() {
            self.learn_beginning(span);
            if let Some(place) = batch.order_of(number)
                && self.learn_of_order(span, place, &limits.history) == Some(News::New)
            {
                new.push((span, place));
            }
        }
        // A transition means what it means after all others of the batch, whatever order they
        // stand in.
        for (span, place) in new {
            self.count(span, place, lifecycle, &mut counts);
        }
        counts
    }

    /// Returns what a span of the batch gets. `None`: it belongs to no order.
    pub fn additions(
        &self,
        batch: &Batch<'_>,
        number: usize,
        lifecycle: &Lifecycle,
    ) -> Option<Additions<'_>> {
        let place = batch.order_of(number)?;
        let span = &batch.spans()[number];
        let order = self.orders.order(place);
        let transition = transition_of(span);
        let own = transition.map(|transition| (transition.moment, transition.span_id));
        let calculation = span.calculation.then(|| span.end.checked_sub(span.start)).flatten();
        Some(Additions {
            order_status: status_at(order, span.start, own),
            partner: order.partner().filter(|_| span.partner.is_none()),
            publish_to_consume_latency: self.time_in_queue(span),
            calc_duration: calculation.map(seconds),
            transition: transition
                .and_then(|transition| self.of_transition(span, &transition, place, lifecycle)),
        })
    }

    /// Returns what a [plain](SpanFacts::is_plain) span gets that started at `start`.
    pub fn plain_additions(&self, place: Place, start: u64) -> Additions<'_> {
        let order = self.orders.order(place);
        Additions {
            order_status: status_at(order, start, None),
            partner: order.partner(),
            ..Additions::default()
        }
    }

    /// Forgets what is more than the limits allow. Returns how many orders and how many publishes
    /// it forgot.
    pub fn evict(&mut self, limits: &Limits) -> (usize, usize) {
        self.traces.evict(limits.traces);
        (self.orders.evict(limits.orders), self.messages.evict(limits.publishes))
    }

    /// Returns how many orders are remembered.
    pub fn orders(&self) -> usize {
        self.orders.len()
    }

    pub(crate) fn publish(&mut self, span: &SpanFacts<'_>, order: Option<Place>) {
        let Some(key) = span.key() else { return };
        let publish = Publish {
            start: span.start,
            end: span.end,
            order: order.map(|place| Arc::clone(self.orders.id(place))),
            message: span.message_id.as_deref().map(Arc::from),
            consumed: None,
        };
        self.messages.publish(key, publish);
    }

    /// Returns the order that all publishes of a consume are about.
    pub(crate) fn order_of_publish(&mut self, consume: &SpanFacts<'_>) -> Option<Place> {
        let publishes = self.publishes_of(consume);
        let order = Arc::clone(publishes.first()?.1.order.as_ref()?);
        let agree = publishes.iter().all(|(_, publish)| publish.order.as_ref() == Some(&order));
        drop(publishes);
        agree.then(|| self.orders.see(&order))
    }

    fn learn_beginning(&mut self, span: &SpanFacts<'_>) {
        if span.is_root() && span.start != 0 {
            self.traces.root(span.trace_id, span.start);
        }
        if span.role != Some(Role::Consume) || span.trace_id == TraceId::default() {
            return;
        }
        for link in &span.links {
            self.traces.link(span.trace_id, *link);
        }
        let publishes: Vec<SpanKey> =
            self.publishes_of(span).into_iter().map(|(key, _)| key).collect();
        if publishes.is_empty() {
            self.wait_for_publish(span);
        }
        for publish in publishes {
            // A publish in the same trace is no other beginning than the trace's own.
            if publish.trace_id != span.trace_id {
                self.traces.link(span.trace_id, publish);
            }
        }
    }

    fn learn_of_order(
        &mut self,
        span: &SpanFacts<'_>,
        place: Place,
        history: &History,
    ) -> Option<News> {
        let order = self.orders.order_mut(place);
        match span.partner {
            Some(Partner::Text(text)) => order.belongs_to(PartnerId::Text(text.into())),
            Some(Partner::Int(number)) => order.belongs_to(PartnerId::Int(number)),
            Some(Partner::Unfit) | None => {}
        }
        if let Some(operation) = span.operation.filter(|_| !span.failed && span.end != 0) {
            order.succeed(Success { end: span.end, operation }, history.successes);
        }
        Some(order.record(transition_of(span)?, history.transitions))
    }

    fn count(
        &self,
        span: &SpanFacts<'_>,
        place: Place,
        lifecycle: &Lifecycle,
        counts: &mut Counts,
    ) {
        let Some(transition) = transition_of(span) else { return };
        if transition.status == Status::UNLISTED {
            counts.statuses_unlisted += 1;
        }
        match self.orders.order(place).meaning_of(&transition) {
            Meaning::Stale => counts.transitions_stale += 1,
            Meaning::Repeated => counts.transitions_repeated += 1,
            Meaning::Changed { from, .. } => {
                let pair = (from.unwrap_or(Status::UNLISTED), transition.status);
                *counts.transitions.entry(pair).or_default() += 1;
                if lifecycle.step(pair.0, pair.1) == Step::Skipping {
                    *counts.gaps.entry(pair).or_default() += 1;
                }
            }
        }
    }

    fn of_transition(
        &self,
        span: &SpanFacts<'_>,
        transition: &Transition,
        place: Place,
        lifecycle: &Lifecycle,
    ) -> Option<TransitionAdditions> {
        let order = self.orders.order(place);
        let Meaning::Changed { from, stage_nanos } = order.meaning_of(transition) else {
            return None;
        };
        let skipped =
            from.is_some_and(|from| lifecycle.step(from, transition.status) == Step::Skipping);
        let latency = self
            .set_off(&span.trace_id, self.orders.id(place), transition.moment)
            .and_then(|start| transition.moment.checked_sub(start));
        Some(TransitionAdditions {
            prev_status: from
                .filter(|from| span.prev_status.is_none() && *from != Status::UNLISTED),
            status_transition_latency: latency.map(seconds),
            stage_duration: stage_nanos.map(seconds),
            skipped,
            last_success: order.last_success_until(span.start).filter(|_| skipped),
        })
    }

    /// Returns the start of what set off a transition of this order at this moment: of the last
    /// publish that its trace links to, else of the root of its trace.
    fn set_off(&self, trace_id: &TraceId, order: &Arc<str>, moment: u64) -> Option<u64> {
        let beginning = self.traces.get(trace_id)?;
        if beginning.links.is_empty() {
            return beginning.root;
        }
        let publishes = beginning.links.iter().filter_map(|key| self.messages.get(key));
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
                let publish = self.messages.get(&span.key()?)?;
                waited(publish, publish.consumed?)
            }
            Role::Consume => {
                let publishes = self.publishes_of(span).into_iter();
                let first = publishes.map(|(_, publish)| publish).min_by_key(|publish| publish.end);
                waited(first?, span.start)
            }
        }
        .map(seconds)
    }

    /// Returns the publishes of a consume that are known: those it links to, else its parent, else
    /// the one with its message's id.
    fn publishes_of(&self, consume: &SpanFacts<'_>) -> Vec<(SpanKey, &Publish)> {
        let known = |key: SpanKey| Some((key, self.messages.get(&key)?));
        let linked: Vec<_> = consume.links.iter().filter_map(|key| known(*key)).collect();
        if !linked.is_empty() {
            return linked;
        }
        let by_message = || self.messages.by_message(consume.message_id.as_deref()?);
        let publish = consume.parent_key().and_then(known).or_else(|| known(by_message()?));
        publish.into_iter().collect()
    }

    /// Notes the consume under the strongest of its handles only, so that one wait is told once.
    fn wait_for_publish(&mut self, consume: &SpanFacts<'_>) {
        if consume.start == 0 {
            return;
        }
        if !consume.links.is_empty() {
            for link in consume.links.iter().take(MAX_LINKS) {
                self.messages.wait(Handle::Span(*link), consume.start);
            }
        } else if let Some(message) = &consume.message_id {
            self.messages.wait(Handle::Message(Arc::from(&**message)), consume.start);
        } else if let Some(parent) = consume.parent_key() {
            self.messages.wait(Handle::Span(parent), consume.start);
        }
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
