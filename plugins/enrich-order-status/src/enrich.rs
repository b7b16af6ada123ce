//! [`Enricher`]: batches in, batches with orders' attributes out.

use spans::{Keep, Malformed, NewValue, Rewritten, Span, SpanEdit};

use crate::counts::Counts;
use crate::life::batch::{Batch, InTrace};
use crate::life::messages::TraceId;
use crate::life::order::{PartnerId, SpanId};
use crate::life::orders::Place;
use crate::life::state::{Additions, State, TransitionAdditions};
use crate::reader::{span_id, trace_id};
use crate::settings::Rules;
use crate::snapshot;
use crate::time;

/// Enriches batch after batch, and remembers orders in between.
#[derive(Debug)]
pub struct Enricher {
    rules: Rules,
    state: State,
}

impl Enricher {
    /// Starts without any order.
    pub fn new(rules: Rules) -> Self {
        Enricher { rules, state: State::default() }
    }

    /// Puts what is known of orders on their spans. Other spans stay as they are, byte for byte.
    ///
    /// # Errors
    /// Where the batch cannot be decoded; then nothing of it is remembered.
    pub fn enrich(&mut self, traces: &[u8]) -> Result<(Rewritten, Counts), Malformed> {
        let mut spans = 0;
        // Room for about as many as there are spans, for what grows is copied.
        let mut noted = Vec::with_capacity(traces.len() / 512);
        let mut plain = Vec::with_capacity(traces.len() / 512);
        let mut batch = Batch::default();
        let mut unfit_ids = 0;
        spans::read(traces, |_, span| {
            match self.rules.reader.read(span)? {
                Some(read) => {
                    unfit_ids += read.unfit_ids;
                    batch.add(read.facts);
                    noted.push(spans);
                }
                None => plain.push(Plain {
                    trace_id: trace_id(span.trace_id),
                    parent_id: span_id(span.parent_span_id),
                    start: span.start_time_unix_nano,
                }),
            }
            spans += 1;
            Ok(())
        })?;
        self.state.resolve(&mut batch);
        if batch.asks_for_parents() {
            add_parents(traces, &noted, &mut batch)?;
        }
        let mut counts = self.state.learn(&mut batch, &self.rules.lifecycle, &self.rules.limits);
        let rewritten = if batch.has_orders() {
            self.write(traces, &noted, &plain, &batch, &mut counts)?
        } else {
            unchanged(spans)
        };
        let (orders, publishes) = self.state.evict(&self.rules.limits);
        counts.orders_evicted = orders as u64;
        counts.publishes_evicted = publishes as u64;
        counts.ids_unfit = unfit_ids;
        counts.spans_enriched = u64::from(rewritten.counts.spans_changed);
        Ok((rewritten, counts))
    }

    /// Returns the rules.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Returns how many orders are remembered.
    pub fn orders(&self) -> usize {
        self.state.orders()
    }

    /// Returns all that is remembered, as bytes.
    pub fn snapshot(&self) -> Vec<u8> {
        snapshot::write(&self.state, &self.rules)
    }

    /// Remembers what `bytes` say, and nothing else.
    ///
    /// # Errors
    /// Why the bytes cannot be taken over; then all stays as it was.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.state = snapshot::read(bytes, &self.rules)?;
        Ok(())
    }

    fn write(
        &self,
        traces: &[u8],
        noted: &[usize],
        plain: &[Plain],
        batch: &Batch<'_>,
        counts: &mut Counts,
    ) -> Result<Rewritten, Malformed> {
        let mut numbers = Numbers::new(noted);
        let mut plain = plain.iter();
        let mut orders = LastTrace::default();
        spans::edit(traces, |_, edit| {
            let additions = match numbers.next() {
                Some(number) => self.state.additions(batch, number, &self.rules.lifecycle),
                None => plain.next().and_then(|span| {
                    let order = orders.order_of(span, batch)?;
                    Some(self.state.plain_additions(order, span.start))
                }),
            };
            if let Some(additions) = additions {
                counts.publishes_joined +=
                    u64::from(additions.publish_to_consume_latency.is_some());
                self.add(&additions, edit)?;
            }
            Ok(Keep::Yes)
        })
    }

    fn add(&self, additions: &Additions<'_>, edit: &mut SpanEdit<'_, '_>) -> Result<(), Malformed> {
        let write = &self.rules.write;
        if let Some(status) = additions.order_status.and_then(|s| self.rules.lifecycle.name(s)) {
            edit.set_attribute(&write.order_status, NewValue::Text(status))?;
        }
        match additions.partner {
            Some(PartnerId::Text(text)) => {
                edit.set_attribute(&write.partner_id, NewValue::Text(text))?;
            }
            Some(PartnerId::Int(number)) => {
                edit.set_attribute(&write.partner_id, NewValue::Int(*number))?;
            }
            None => {}
        }
        let seconds = [
            (&write.publish_to_consume_latency, additions.publish_to_consume_latency),
            (&write.calc_duration, additions.calc_duration),
        ];
        add_seconds(seconds, edit)?;
        match &additions.transition {
            Some(transition) => self.add_to_transition(transition, edit),
            None => Ok(()),
        }
    }

    fn add_to_transition(
        &self,
        transition: &TransitionAdditions,
        edit: &mut SpanEdit<'_, '_>,
    ) -> Result<(), Malformed> {
        let write = &self.rules.write;
        if let Some(status) = transition.prev_status.and_then(|s| self.rules.lifecycle.name(s)) {
            edit.set_attribute(&write.prev_status, NewValue::Text(status))?;
        }
        let seconds = [
            (&write.status_transition_latency, transition.status_transition_latency),
            (&write.stage_duration, transition.stage_duration),
        ];
        add_seconds(seconds, edit)?;
        if transition.skipped {
            edit.set_attribute(&write.gap_detected, NewValue::Bool(true))?;
        }
        if let Some(success) = transition.last_success
            && let Some(name) = self.rules.operations.get(usize::from(success.operation))
        {
            edit.set_attribute(&write.last_successful_operation, NewValue::Text(name))?;
            let ended = time::rfc3339(success.end);
            edit.set_attribute(&write.last_successful_operation_time, NewValue::Text(&ended))?;
        }
        Ok(())
    }
}

/// What is kept of a [plain](crate::life::facts::SpanFacts::is_plain) span until attributes are put on it.
struct Plain {
    trace_id: TraceId,
    parent_id: SpanId,
    /// Nanoseconds since 1970, 0 where it is missing.
    start: u64,
}

/// The trace that was asked about last: its spans most often follow one another.
#[derive(Default)]
struct LastTrace {
    trace_id: TraceId,
    orders: Option<InTrace>,
}

impl LastTrace {
    fn order_of(&mut self, span: &Plain, batch: &Batch<'_>) -> Option<Place> {
        if span.trace_id != self.trace_id {
            self.trace_id = span.trace_id;
            self.orders = batch.orders_in(&span.trace_id);
        }
        batch.order_among(self.orders?, span.trace_id, span.parent_id)
    }
}

fn add_seconds(
    seconds: [(&String, Option<f64>); 2],
    edit: &mut SpanEdit<'_, '_>,
) -> Result<(), Malformed> {
    for (key, seconds) in seconds {
        if let Some(seconds) = seconds {
            edit.set_attribute(key, NewValue::Double(seconds))?;
        }
    }
    Ok(())
}

fn add_parents<'a>(
    traces: &'a [u8],
    noted: &[usize],
    batch: &mut Batch<'a>,
) -> Result<(), Malformed> {
    let mut numbers = Numbers::new(noted);
    spans::read(traces, |_, span: &Span<'_>| {
        let number = numbers.next();
        batch.add_parent(
            trace_id(span.trace_id),
            span_id(span.span_id),
            span_id(span.parent_span_id),
            number,
        );
        Ok(())
    })
}

fn unchanged(spans: usize) -> Rewritten {
    let spans = spans as u32;
    let counts = spans::Counts { spans_in: spans, spans_out: spans, spans_changed: 0 };
    Rewritten { output: spans::Output::Unchanged, counts }
}

/// Walks the spans of a batch again, and knows which of them were added to the [`Batch`].
struct Numbers<'n> {
    /// Places, among all spans, of those that were added.
    noted: &'n [usize],
    place: usize,
    number: usize,
}

impl<'n> Numbers<'n> {
    fn new(noted: &'n [usize]) -> Self {
        Numbers { noted, place: 0, number: 0 }
    }

    /// The number of the next span, if it was added.
    fn next(&mut self) -> Option<usize> {
        let is_noted = self.noted.get(self.number) == Some(&self.place);
        self.place += 1;
        self.number += usize::from(is_noted);
        is_noted.then(|| self.number - 1)
    }
}
