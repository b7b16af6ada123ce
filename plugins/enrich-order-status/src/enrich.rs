//! [`Enricher`]: views of batches in, orders' attributes for their spans out.

use spans::SpanEdit;
use spans::{Edits, Keep, Malformed, NewValue};

use crate::counts::Counts;
use crate::life::batch::{Batch, Plain};
use crate::life::learned::{Additions, Learned, TransitionAdditions};
use crate::life::order::PartnerId;
use crate::life::state::State;
use crate::reader::{Reader, span_id, trace_id};
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

    /// The edits that put what is known of orders on their spans.
    ///
    /// # Errors
    /// Where the view cannot be decoded; then nothing of it is remembered, wherever in the batch
    /// that is.
    pub fn enrich(&mut self, view: &[u8]) -> Result<(Edits, Counts), Malformed> {
        let enriched = self.take_in(view);
        let (orders, publishes) = self.state.evict(&self.rules.limits);
        let (edits, mut counts) = enriched?;
        counts.orders_evicted = orders as u64;
        counts.publishes_evicted = publishes as u64;
        Ok((edits, counts))
    }

    /// Returns the rules.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Returns how many orders are remembered.
    pub fn orders(&self) -> usize {
        self.state.orders.len()
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

    fn take_in(&mut self, view: &[u8]) -> Result<(Edits, Counts), Malformed> {
        let Enricher { rules, state } = self;
        let (batch, ids_unfit) = read(view, &rules.reader)?;
        let learned = state.take_in(&batch, &rules.lifecycle, &rules.limits.history);
        let (edits, publishes_joined) = if learned.has_orders() {
            write(view, &learned, rules)?
        } else {
            (Edits::default(), 0)
        };
        let mut counts = learned.keep();
        counts.ids_unfit = ids_unfit;
        counts.publishes_joined = publishes_joined;
        counts.spans_enriched = u64::from(edits.spans_changed);
        Ok((edits, counts))
    }
}

/// Returns what the rules want to know of a batch, and how many ids had not the shape of ids.
fn read<'a>(view: &'a [u8], reader: &Reader) -> Result<(Batch<'a>, u64), Malformed> {
    // Room for about as many as there are spans, for what grows is copied.
    let mut batch = Batch::with_room_for(view.len() / 128);
    let mut ids_unfit = 0;
    spans::read(view, |_, span| {
        match reader.read(span)? {
            Some(read) => {
                ids_unfit += read.unfit_ids;
                batch.add(read.facts);
            }
            None => batch.add_plain(Plain {
                trace_id: trace_id(span.trace_id),
                span_id: span_id(span.span_id),
                parent_id: span_id(span.parent_span_id),
                start: span.start_time_unix_nano,
            }),
        }
        Ok(())
    })?;
    Ok((batch, ids_unfit))
}

/// Puts on each span what it gets. Returns also how many messages have their time in the queue.
fn write(
    view: &[u8],
    learned: &Learned<'_, '_, '_>,
    rules: &Rules,
) -> Result<(Edits, u64), Malformed> {
    let mut additions = learned.additions();
    let mut publishes_joined = 0;
    let edits = spans::edit(view, &rules.writes, |_, edit| {
        if let Some(additions) = additions.next().flatten() {
            publishes_joined += u64::from(additions.publish_to_consume_latency.is_some());
            add(&additions, rules, edit)?;
        }
        Ok(Keep::Yes)
    })?;
    Ok((edits, publishes_joined))
}

fn add(
    additions: &Additions<'_>,
    rules: &Rules,
    edit: &mut SpanEdit<'_, '_>,
) -> Result<(), Malformed> {
    let write = &rules.write;
    if let Some(status) = additions.order_status.and_then(|s| rules.lifecycle.name(s)) {
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
        Some(transition) => add_to_transition(transition, rules, edit),
        None => Ok(()),
    }
}

fn add_to_transition(
    transition: &TransitionAdditions,
    rules: &Rules,
    edit: &mut SpanEdit<'_, '_>,
) -> Result<(), Malformed> {
    let write = &rules.write;
    if let Some(status) = transition.prev_status.and_then(|s| rules.lifecycle.name(s)) {
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
        && let Some(name) = rules.operations.get(usize::from(success.operation))
    {
        edit.set_attribute(&write.last_successful_operation, NewValue::Text(name))?;
        let ended = time::rfc3339(success.end);
        edit.set_attribute(&write.last_successful_operation_time, NewValue::Text(&ended))?;
    }
    Ok(())
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
