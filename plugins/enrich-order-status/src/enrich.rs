//! [`Enricher`]: views of batches in, orders' attributes for their spans out.

use plugin::{Changed, Entry};
use spans::{Deed, Edits, Keep, Malformed, NewValue, Notes, Noting, SpanEdit, Spot, Subject};

use crate::counts::Counts;
use crate::entries;
use crate::life::batch::{Batch, Plain};
use crate::life::doubts::Doubt;
use crate::life::learned::{Additions, Learned, TransitionAdditions};
use crate::life::order::PartnerId;
use crate::life::state::State;
use crate::reader::{Reader, span_id, trace_id};
use crate::settings::{Rules, row};
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
        self.enrich_at(view, 0, &mut Notes::default())
    }

    /// The same at some time, and why. Edits and what is remembered do not depend on the notes; the
    /// time says what is the oldest, and nothing else.
    ///
    /// # Errors
    /// As for [`Enricher::enrich`].
    pub fn enrich_at(
        &mut self,
        view: &[u8],
        now: u64,
        notes: &mut Notes,
    ) -> Result<(Edits, Counts), Malformed> {
        self.state.set_now(now);
        let enriched = self.take_in(view, notes);
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

    /// Returns all that is remembered, in the order of the keys.
    pub fn entries(&self) -> Vec<Entry> {
        entries::all(&self.state, &self.rules)
    }

    /// Tells what changed since this was called last; see [`entries::changes`].
    pub fn changes(&mut self, max_bytes: usize) -> Changed {
        entries::changes(&mut self.state, &self.rules, max_bytes)
    }

    /// Takes entries over; see [`entries::load`].
    ///
    /// # Errors
    /// The entries are of a version that is not known; then all stays as it was.
    pub fn load(&mut self, version: u32, entries: &[Entry]) -> Result<u32, String> {
        entries::load(&mut self.state, &self.rules, version, entries)
    }

    fn take_in(&mut self, view: &[u8], notes: &mut Notes) -> Result<(Edits, Counts), Malformed> {
        let Enricher { rules, state } = self;
        let (batch, ids_unfit) = read(view, &rules.reader, notes)?;
        let learned = state.take_in(&batch, &rules.lifecycle, &rules.limits.history);
        let is_asked = notes.level() != Noting::Off;
        let (edits, publishes_joined) = if learned.has_orders() || is_asked {
            write(view, &learned, rules, notes)?
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
fn read<'a>(
    view: &'a [u8],
    reader: &Reader,
    notes: &mut Notes,
) -> Result<(Batch<'a>, u64), Malformed> {
    // Room for about as many as there are spans, for what grows is copied.
    let mut batch = Batch::with_room_for(view.len() / 128);
    let mut ids_unfit = 0;
    spans::read(view, |_, span| {
        match reader.read(span)? {
            Some(read) => {
                ids_unfit += read.unfit_ids;
                if read.unfit_ids > 0 {
                    let of = Subject::span(batch.len() as u32);
                    notes.add(of, Spot::Whole, Deed::LeftInDoubt, row::ID_CHARACTERS);
                }
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
    notes: &mut Notes,
) -> Result<(Edits, u64), Malformed> {
    let mut additions = learned.additions();
    let mut publishes_joined = 0;
    let edits = spans::edit(view, &rules.writes, |index, edit| {
        let Some((member, additions)) = additions.next() else { return Ok(Keep::Yes) };
        let of = Subject::span(index as u32);
        if let Some(additions) = &additions {
            publishes_joined += u64::from(additions.publish_to_consume_latency.is_some());
            Adding { rules, edit, of, notes }.add(additions)?;
        }
        if notes.level() != Noting::Off {
            learned.doubts(member, additions.as_ref(), |doubt| note(doubt, of, notes));
        }
        Ok(Keep::Yes)
    })?;
    Ok((edits, publishes_joined))
}

/// Adds to one span, and notes it.
struct Adding<'r, 'e, 'v, 'p> {
    rules: &'r Rules,
    edit: &'e mut SpanEdit<'v, 'p>,
    of: Subject,
    notes: &'e mut Notes,
}

impl Adding<'_, '_, '_, '_> {
    fn add(&mut self, additions: &Additions<'_>) -> Result<(), Malformed> {
        let Rules { write, lifecycle, .. } = self.rules;
        if let Some(status) = additions.order_status.and_then(|s| lifecycle.name(s)) {
            self.set(row::ORDER_STATUS, &write.order_status, NewValue::Text(status))?;
        }
        let partner = additions.partner.map(|partner| match partner {
            PartnerId::Text(text) => NewValue::Text(text),
            PartnerId::Int(number) => NewValue::Int(*number),
        });
        if let Some(partner) = partner {
            self.set(row::PARTNER_ID, &write.partner_id, partner)?;
        }
        let key = &write.publish_to_consume_latency;
        self.seconds(row::PUBLISH_TO_CONSUME_LATENCY, key, additions.publish_to_consume_latency)?;
        self.seconds(row::CALC_DURATION, &write.calc_duration, additions.calc_duration)?;
        match &additions.transition {
            Some(transition) => self.add_to_transition(transition),
            None => Ok(()),
        }
    }

    fn add_to_transition(&mut self, transition: &TransitionAdditions) -> Result<(), Malformed> {
        let Rules { write, lifecycle, operations, .. } = self.rules;
        if let Some(status) = transition.prev_status.and_then(|s| lifecycle.name(s)) {
            self.set(row::PREV_STATUS, &write.prev_status, NewValue::Text(status))?;
        }
        let (key, latency) =
            (&write.status_transition_latency, transition.status_transition_latency);
        self.seconds(row::STATUS_TRANSITION_LATENCY, key, latency)?;
        self.seconds(row::STAGE_DURATION, &write.stage_duration, transition.stage_duration)?;
        if transition.skipped {
            self.set(row::GAP_DETECTED, &write.gap_detected, NewValue::Bool(true))?;
        }
        if let Some(success) = transition.last_success
            && let Some(name) = operations.get(usize::from(success.operation))
        {
            let key = &write.last_successful_operation;
            self.set(row::LAST_SUCCESSFUL_OPERATION, key, NewValue::Text(name))?;
            let ended = time::rfc3339(success.end);
            let key = &write.last_successful_operation_time;
            self.set(row::LAST_SUCCESSFUL_OPERATION_TIME, key, NewValue::Text(&ended))?;
        }
        Ok(())
    }

    fn seconds(&mut self, row: u32, key: &str, seconds: Option<f64>) -> Result<(), Malformed> {
        seconds.map_or(Ok(()), |seconds| self.set(row, key, NewValue::Double(seconds)))
    }

    fn set(&mut self, row: u32, key: &str, value: NewValue<'_>) -> Result<(), Malformed> {
        let is_changed = self.edit.set_attribute(key, value)?;
        let deed = if is_changed { Deed::Added } else { Deed::LookedAndLeft };
        self.notes.add(self.of, Spot::Set(row), deed, row);
        Ok(())
    }
}

fn note(doubt: Doubt, of: Subject, notes: &mut Notes) {
    let (set, rule) = match doubt {
        Doubt::Order => (row::ORDER_STATUS, row::ORDER_ID),
        Doubt::Status => (row::ORDER_STATUS, row::ORDER_STATUS),
        Doubt::Unlisted => (row::ORDER_STATUS, row::STATUSES),
        Doubt::Unexpected => (row::GAP_DETECTED, row::STATUSES),
        Doubt::Partner => (row::PARTNER_ID, row::PARTNER_ID),
        Doubt::Gap => (row::GAP_DETECTED, row::GAP_DETECTED),
        Doubt::Stage => (row::STAGE_DURATION, row::STAGE_DURATION),
        Doubt::Latency => (row::STATUS_TRANSITION_LATENCY, row::STATUS_TRANSITION_LATENCY),
        Doubt::Queue => (row::PUBLISH_TO_CONSUME_LATENCY, row::PUBLISH_TO_CONSUME_LATENCY),
        Doubt::Calculation => (row::CALC_DURATION, row::CALC_DURATION),
        Doubt::Orderless => {
            notes.add(of, Spot::Set(row::ORDER_STATUS), Deed::LookedAndLeft, row::ORDER_ID);
            return;
        }
        Doubt::Unchanged => {
            notes.add(of, Spot::Whole, Deed::LookedAndLeft, row::STATUSES);
            return;
        }
    };
    notes.add(of, Spot::Set(set), Deed::LeftInDoubt, rule);
}
