//! [`resolve()`]: follows orders through names, traces and messages.
//!
//! Orders are named by spans. From there they go to the trace, from the trace to its publishes,
//! from a publish to its consumes, from these to their traces, and so on over any number of
//! messages; also to traces and publishes of earlier batches, so that what comes later knows.
//!
//! A publish takes the order of its trace only after everything that this batch can say of the
//! trace was heard: else one that is about several orders would pass for one that is about the
//! first of them. Where two traces wait for each other, what is known by then has to do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::life::batch::Batch;
use crate::life::belonging::Belonging;
use crate::life::facts::{Role, SpanFacts};
use crate::life::keys::{Handle, SpanKey, TraceId};
use crate::life::lineage::Lineage;
use crate::life::messages::Publish;
use crate::life::orders::Place;
use crate::life::state::State;
use crate::life::trace_orders::About;
use crate::life::traces::MAX_LINKS;

/// How often traces that wait for each other are helped on, in one batch.
const MAX_PUSHES: usize = 8;

/// Takes in the publishes of a batch, and finds out which of its spans belongs to which order.
pub(crate) fn resolve(batch: &Batch<'_>, state: &mut State) -> Belonging {
    let mut resolving = Resolving {
        batch,
        state,
        orders: Vec::with_capacity(batch.spans().len()),
        unnamed: Vec::new(),
        lineage: None,
        open: BTreeMap::new(),
        waiting: BTreeMap::new(),
        dependants: BTreeMap::new(),
        unready: BTreeMap::new(),
        told: Vec::new(),
        touched: BTreeSet::new(),
    };
    resolving.take_names();
    resolving.take_publishes();
    resolving.take_consumes();
    resolving.ask_ancestors_early();
    let mut pushes = 0;
    loop {
        resolving.spread();
        pushes += 1;
        if pushes > MAX_PUSHES || !resolving.push() {
            break;
        }
    }
    resolving.finish()
}

struct Resolving<'b, 'a> {
    batch: &'b Batch<'a>,
    state: &'b mut State,
    /// The order of each of [`Batch::spans`].
    orders: Vec<Option<Place>>,
    /// Publishes of the batch that name no order, sorted.
    unnamed: Vec<(SpanKey, usize)>,
    lineage: Option<Lineage>,
    /// Consumes that wait for the order of publishes, with how many of these they wait for.
    open: BTreeMap<usize, usize>,
    /// By publish, the consumes that wait for its order.
    waiting: BTreeMap<SpanKey, Vec<usize>>,
    /// By consume, the publishes below it that wait for its order.
    dependants: BTreeMap<usize, Vec<(SpanKey, usize)>>,
    /// Traces of which more will be heard, with the number of their consumes that wait for a
    /// publish of another trace.
    unready: BTreeMap<TraceId, usize>,
    /// Publishes whose order became known.
    told: Vec<SpanKey>,
    /// Traces that may have something to tell their publishes.
    touched: BTreeSet<TraceId>,
}

/// What a publish hears from above.
enum Above {
    Order(Place),
    /// That a consume waits for its order.
    Open(usize),
}

impl Resolving<'_, '_> {
    fn take_names(&mut self) {
        let mut last = None;
        for span in self.batch.spans() {
            let order = span.order_id.as_ref().map(|id| self.state.orders.see(id));
            self.orders.push(order);
            if let Some(order) = order
                && last != Some((span.trace_id, order))
            {
                last = Some((span.trace_id, order));
                let id = Arc::clone(self.state.orders.id(order));
                self.gain(span.trace_id, &id);
            }
        }
    }

    fn take_publishes(&mut self) {
        for (number, span) in self.batch.spans().iter().enumerate() {
            let Some(key) = span.key().filter(|_| span.role == Some(Role::Publish)) else {
                continue;
            };
            let publish = Publish {
                start: span.start,
                end: span.end,
                order: self.orders[number].map(|order| Arc::clone(self.state.orders.id(order))),
                message: span.message_id.as_deref().map(Arc::from),
                consumed: None,
            };
            if publish.order.is_some() {
                self.told.push(key);
            } else {
                self.unnamed.push((key, number));
                self.touched.insert(key.trace_id);
            }
            for trace_id in self.state.messages.publish(key, publish) {
                // A publish in the same trace is no other beginning than the trace's own.
                if trace_id != key.trace_id {
                    self.state.traces.link(trace_id, key);
                }
            }
        }
        self.unnamed.sort_unstable();
    }

    fn take_consumes(&mut self) {
        for (number, span) in self.batch.spans().iter().enumerate() {
            if span.order_id.is_some() || span.role != Some(Role::Consume) {
                continue;
            }
            let mut heard = Vec::new();
            let mut awaited = Vec::new();
            for (key, publish) in self.state.messages.publishes_of(span) {
                match &publish.order {
                    Some(order) => heard.push(Arc::clone(order)),
                    None => awaited.push(key),
                }
            }
            for order in heard {
                self.gain(span.trace_id, &order);
            }
            if awaited.is_empty() {
                self.take_order_of_publishes(number);
                continue;
            }
            self.open.insert(number, awaited.len());
            if awaited.iter().any(|key| key.trace_id != span.trace_id) {
                *self.unready.entry(span.trace_id).or_default() += 1;
            }
            for key in awaited {
                self.waiting.entry(key).or_default().push(number);
            }
        }
    }

    /// Ancestors that name an order need not wait for what the rest of their trace is about.
    fn ask_ancestors_early(&mut self) {
        let unnamed = std::mem::take(&mut self.unnamed);
        for publish in &unnamed {
            if self.unready.contains_key(&publish.0.trace_id) {
                self.ask_ancestors(*publish);
            }
        }
        self.unnamed = unnamed;
    }

    /// Carries what is known as far as it goes.
    fn spread(&mut self) {
        loop {
            while let Some(publish) = self.told.pop() {
                self.tell_consumes(publish);
            }
            let touched = std::mem::take(&mut self.touched);
            if touched.is_empty() {
                return;
            }
            for trace_id in touched {
                if !self.unready.contains_key(&trace_id) {
                    self.tell_publishes(trace_id);
                }
            }
        }
    }

    fn tell_consumes(&mut self, publish: SpanKey) {
        let Some(Publish { order: Some(order), message, .. }) = self.state.messages.get(&publish)
        else {
            return;
        };
        let order = Arc::clone(order);
        if self.state.trace_orders.is_awaiting() {
            let message = message.as_ref().map(|message| Handle::Message(Arc::clone(message)));
            for handle in [Some(Handle::Span(publish)), message].into_iter().flatten() {
                for trace_id in self.state.trace_orders.take_waiting(&handle) {
                    self.gain(trace_id, &order);
                }
            }
        }
        for consume in self.waiting.remove(&publish).unwrap_or_default() {
            self.gain(self.batch.spans()[consume].trace_id, &order);
            self.hear(consume);
        }
    }

    /// One publish fewer that the consume waits for.
    fn hear(&mut self, consume: usize) {
        let Some(awaited) = self.open.get_mut(&consume) else { return };
        *awaited -= 1;
        if *awaited > 0 {
            return;
        }
        self.open.remove(&consume);
        self.take_order_of_publishes(consume);
        let trace_id = self.batch.spans()[consume].trace_id;
        if let Some(consumes) = self.unready.get_mut(&trace_id) {
            *consumes -= 1;
            if *consumes == 0 {
                self.unready.remove(&trace_id);
                self.touched.insert(trace_id);
            }
        }
        for publish in self.dependants.remove(&consume).unwrap_or_default() {
            self.ask_ancestors(publish);
        }
    }

    fn tell_publishes(&mut self, trace_id: TraceId) {
        match self.state.trace_orders.about(&trace_id) {
            None => {}
            Some(About::One(order)) => {
                let order = Arc::clone(order);
                for publish in self.state.messages.orderless_in(trace_id) {
                    self.tell(publish, &order);
                }
            }
            Some(About::Several) => {
                let first = self.unnamed.partition_point(|(key, _)| key.trace_id < trace_id);
                for place in first..self.unnamed.len() {
                    let publish = self.unnamed[place];
                    if publish.0.trace_id != trace_id {
                        break;
                    }
                    self.ask_ancestors(publish);
                }
            }
        }
    }

    /// Gives a publish the order of its nearest ancestor that names one or is a consume.
    fn ask_ancestors(&mut self, publish: (SpanKey, usize)) {
        let (orders, open) = (&self.orders, &self.open);
        let above = nearest(&mut self.lineage, self.batch, publish.1, |number| {
            orders[number]
                .map(Above::Order)
                .or_else(|| open.contains_key(&number).then_some(Above::Open(number)))
        });
        match above {
            Some(Above::Order(order)) => {
                let order = Arc::clone(self.state.orders.id(order));
                self.tell(publish.0, &order);
            }
            Some(Above::Open(consume)) => self.dependants.entry(consume).or_default().push(publish),
            None => {}
        }
    }

    /// Helps traces on that wait for each other. Returns whether that was of any use.
    fn push(&mut self) -> bool {
        if self.open.is_empty() {
            return false;
        }
        let mut news = Vec::new();
        for (key, number) in &self.unnamed {
            if self.state.messages.get(key).is_none_or(|publish| publish.order.is_some()) {
                continue;
            }
            let order = match self.state.trace_orders.about(&key.trace_id) {
                None => None,
                Some(About::One(order)) => Some(Arc::clone(order)),
                Some(About::Several) => {
                    let orders = &self.orders;
                    nearest(&mut self.lineage, self.batch, *number, |number| orders[number])
                        .map(|order| Arc::clone(self.state.orders.id(order)))
                }
            };
            news.extend(order.map(|order| (*key, order)));
        }
        for (key, order) in &news {
            self.tell(*key, order);
        }
        !news.is_empty()
    }

    fn finish(mut self) -> Belonging {
        for number in std::mem::take(&mut self.open).into_keys() {
            self.take_order_of_publishes(number);
        }
        for (key, number) in std::mem::take(&mut self.unnamed) {
            let order = self.state.messages.get(&key).and_then(|publish| publish.order.clone());
            self.orders[number] = order.map(|order| self.state.orders.find(&order));
        }
        for (number, span) in self.batch.spans().iter().enumerate() {
            if span.order_id.is_none() && span.role == Some(Role::Consume) {
                self.wait_for_order(span, self.orders[number].is_some());
            }
        }
        Belonging::settle(self.batch, self.orders, self.lineage, self.state)
    }

    /// Gives a consume the order that all its publishes are about of which that is known.
    fn take_order_of_publishes(&mut self, number: usize) {
        let span = &self.batch.spans()[number];
        let publishes = self.state.messages.publishes_of(span);
        let mut orders = publishes.filter_map(|(_, publish)| publish.order.as_ref());
        let Some(order) = orders.next().filter(|first| orders.all(|order| order == *first)) else {
            return;
        };
        let order = Arc::clone(order);
        self.orders[number] = Some(self.state.orders.find(&order));
    }

    /// Notes for the trace of a consume which of its publishes will tell an order. `is_told_one`:
    /// some publish of it did.
    fn wait_for_order(&mut self, consume: &SpanFacts<'_>, is_told_one: bool) {
        let messages = &self.state.messages;
        let is_told = |key: &SpanKey| messages.get(key).is_some_and(|it| it.order.is_some());
        let links = consume.links.iter().take(MAX_LINKS);
        let mut handles: Vec<Handle> =
            links.filter(|link| !is_told(link)).map(|link| Handle::Span(*link)).collect();
        // A publish that link or parent leads to is the one that the message's would be.
        let mut found = messages.publishes_of(consume).filter(|(key, publish)| {
            publish.order.is_some()
                || Some(*key) == consume.parent_key()
                || consume.links.contains(key)
        });
        if let Some(message) = &consume.message_id
            && !is_told_one
            && found.next().is_none()
        {
            handles.push(Handle::Message(Arc::from(&**message)));
        }
        for handle in handles {
            self.state.trace_orders.wait(consume.trace_id, handle);
        }
    }

    fn tell(&mut self, publish: SpanKey, order: &Arc<str>) {
        if self.state.messages.tell_order(&publish, order) {
            self.told.push(publish);
        }
    }

    fn gain(&mut self, trace_id: TraceId, order: &Arc<str>) {
        if self.state.trace_orders.gain(trace_id, order) {
            self.touched.insert(trace_id);
        }
    }
}

/// As [`Lineage::nearest`], of a span of the batch; finds out who is whose child where nobody has.
fn nearest<T>(
    lineage: &mut Option<Lineage>,
    batch: &Batch<'_>,
    number: usize,
    ask: impl Fn(usize) -> Option<T>,
) -> Option<T> {
    let span = &batch.spans()[number];
    let lineage = lineage.get_or_insert_with(|| Lineage::of(batch));
    lineage.nearest(span.trace_id, span.parent_id, ask)
}
