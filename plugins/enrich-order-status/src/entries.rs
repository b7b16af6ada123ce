//! The state as entries: [`changes`] tells a host of them, [`load`] takes them over.
//!
//! | Key | Entry |
//! | --- | --- |
//! | `o` and the id | an order |
//! | `p` and the ids of the span | a publish |
//! | `w` and the ids of the span | a consume that waits for its publish |
//! | `t` and the trace's id | where a trace began |
//! | `a` and the trace's id | which order a trace is about |
//!
//! A value begins with when its entry came, or the order was seen last. Statuses and operations
//! stand in it by name, so that it outlives a change of rules: what the new rules do not list any
//! more becomes [`Status::UNLISTED`] or is left out, and the host is told so.

mod bytes;
mod order;

use std::sync::Arc;

use plugin::{Changed, Entry};

use crate::life::keys::{Handle, SpanKey, TraceId};
use crate::life::messages::Publish;
use crate::life::recent::Arrival;
use crate::life::state::State;
use crate::life::trace_orders::{About, Known};
use crate::life::traces::{Beginning, MAX_LINKS};
use crate::life::waits::Wait;
use crate::settings::Rules;
use bytes::{MAX_TEXT_BYTES, Reader, Writer};
use order::{read_order, shrunk, write_order};

/// Version of the entries.
pub const VERSION: u32 = 3;

/// What an entry is of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Key {
    Order(Arc<str>),
    Publish(SpanKey),
    Wait(SpanKey),
    Beginning(TraceId),
    About(TraceId),
}

impl Key {
    fn write(&self) -> Vec<u8> {
        let mut out = Writer::with_room_for(32);
        match self {
            Key::Order(id) => {
                out.byte(b'o');
                out.raw(id.as_bytes());
            }
            Key::Publish(key) => {
                out.byte(b'p');
                out.span_key(key);
            }
            Key::Wait(key) => {
                out.byte(b'w');
                out.span_key(key);
            }
            Key::Beginning(trace_id) => {
                out.byte(b't');
                out.raw(&trace_id.to_be_bytes());
            }
            Key::About(trace_id) => {
                out.byte(b'a');
                out.raw(&trace_id.to_be_bytes());
            }
        }
        out.into_bytes()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (tag, rest) = bytes.split_first()?;
        let mut input = Reader::new(rest);
        let key = match tag {
            b'o' => return Some(Key::Order(str::from_utf8(rest).ok()?.into())),
            b'p' => Key::Publish(input.span_key()?),
            b'w' => Key::Wait(input.span_key()?),
            b't' => Key::Beginning(u128::from_be_bytes(input.raw()?)),
            b'a' => Key::About(u128::from_be_bytes(input.raw()?)),
            _ => return None,
        };
        input.is_empty().then_some(key)
    }
}

/// Tells what changed since this was called last: at most about so many bytes, and one entry at
/// least.
pub fn changes(state: &mut State, rules: &Rules, max_bytes: usize) -> Changed {
    let mut changes = Changed::default();
    let mut bytes = 0;
    while bytes < max_bytes.max(1) {
        let Some(key) = take_changed(state) else { return changes };
        let entry = entry(state, rules, &key);
        bytes += entry.key.len() + entry.value.as_ref().map_or(0, Vec::len);
        changes.entries.push(entry);
    }
    changes.more = has_changed(state);
    changes
}

fn take_changed(state: &mut State) -> Option<Key> {
    let State { orders, messages, traces, trace_orders, .. } = state;
    let key = orders.take_changed().map(Key::Order);
    key.or_else(|| messages.publishes_mut().take_changed().map(Key::Publish))
        .or_else(|| messages.waits_mut().all_mut().take_changed().map(Key::Wait))
        .or_else(|| traces.all_mut().take_changed().map(Key::Beginning))
        .or_else(|| trace_orders.all_mut().take_changed().map(Key::About))
}

fn has_changed(state: &State) -> bool {
    state.orders.has_changed()
        || state.messages.publishes().has_changed()
        || state.messages.waiting().has_changed()
        || state.traces.all().has_changed()
        || state.trace_orders.all().has_changed()
}

/// All entries of a state, in the order of their keys. The same state gives the same entries.
pub fn all(state: &State, rules: &Rules) -> Vec<Entry> {
    let orders = state.orders.by_last_seen().map(|(id, _)| Key::Order(id.into()));
    let publishes = state.messages.publishes().iter().map(|(key, _)| Key::Publish(*key));
    let waits = state.messages.waiting().iter().map(|(key, _)| Key::Wait(*key));
    let beginnings = state.traces.all().iter().map(|(trace_id, _)| Key::Beginning(*trace_id));
    let abouts = state.trace_orders.all().iter().map(|(trace_id, _)| Key::About(*trace_id));
    let keys = orders.chain(publishes).chain(waits).chain(beginnings).chain(abouts);
    let mut entries: Vec<Entry> = keys.map(|key| entry(state, rules, &key)).collect();
    entries.sort_by(|one, other| one.key.cmp(&other.key));
    entries
}

fn entry(state: &State, rules: &Rules, key: &Key) -> Entry {
    let (value, order) = value(state, rules, key).unzip();
    let belongs_to = order.flatten().map(|order| Key::Order(order).write());
    Entry { key: key.write(), value, belongs_to: belongs_to.unwrap_or_default() }
}

/// The value of an entry, and the order that it belongs to besides; nothing where there is no such
/// entry.
fn value(state: &State, rules: &Rules, key: &Key) -> Option<(Vec<u8>, Option<Arc<str>>)> {
    let mut out = Writer::with_room_for(if matches!(key, Key::Order(_)) { 512 } else { 64 });
    let belongs_to = match key {
        Key::Order(id) => {
            let (seen, order) = state.orders.get(id)?;
            write_arrival(seen, &mut out);
            write_order(order, rules, &mut out);
            None
        }
        Key::Publish(key) => {
            let (arrival, publish) = state.messages.publishes().get_with_arrival(key)?;
            write_arrival(arrival, &mut out);
            write_publish(publish, &mut out);
            publish.order.clone()
        }
        Key::Wait(key) => {
            let (arrival, wait) = state.messages.waiting().get_with_arrival(key)?;
            write_arrival(arrival, &mut out);
            write_wait(wait, &mut out);
            None
        }
        Key::Beginning(trace_id) => {
            let (arrival, Beginning { root, links }) =
                state.traces.all().get_with_arrival(trace_id)?;
            write_arrival(arrival, &mut out);
            out.option(*root, Writer::number);
            out.list(links, Writer::span_key);
            None
        }
        Key::About(trace_id) => {
            let (arrival, known) = state.trace_orders.all().get_with_arrival(trace_id)?;
            write_arrival(arrival, &mut out);
            write_known(known, &mut out)
        }
    };
    Some((out.into_bytes(), belongs_to))
}

/// Takes entries over, each in the place of the one with its key. Limits are not looked at. Returns
/// how many were damaged, and so left out.
///
/// # Errors
/// The entries are of a version that is not known; then all stays as it was.
pub fn load(
    state: &mut State,
    rules: &Rules,
    version: u32,
    entries: &[Entry],
) -> Result<u32, String> {
    if version != VERSION {
        return Err(format!("entries of version {version}, expected {VERSION}"));
    }
    let mut damaged = 0;
    for Entry { key, value: told, .. } in entries {
        let Some(key) = Key::read(key) else {
            damaged += 1;
            continue;
        };
        let Some(told) = told else {
            unload(state, &key);
            continue;
        };
        if load_one(state, rules, &key, told).is_none() {
            unload(state, &key);
            damaged += 1;
        }
        let holds = value(state, rules, &key);
        if holds.is_none_or(|(value, _)| value != *told) {
            differs(state, key);
        }
    }
    Ok(damaged)
}

/// Takes one entry over, or leaves it out where the rules have another idea of an id by now. `None`:
/// it is damaged.
fn load_one(state: &mut State, rules: &Rules, key: &Key, value: &[u8]) -> Option<()> {
    let mut input = Reader::new(value);
    let arrival = Arrival { now: input.number()?, count: input.number()? };
    match key {
        Key::Order(id) => {
            let order = shrunk(read_order(&mut input, rules)?, rules);
            input.is_empty().then_some(())?;
            if rules.shape.has(id) {
                state.orders.load(id, arrival, order);
            } else {
                state.orders.unload(id);
            }
        }
        Key::Publish(key) => {
            let publish = read_publish(&mut input, rules)?;
            input.is_empty().then_some(())?;
            state.messages.load(*key, arrival, publish);
        }
        Key::Wait(key) => {
            let wait = read_wait(&mut input, rules)?;
            input.is_empty().then_some(())?;
            state.messages.waits_mut().load(*key, arrival, wait);
        }
        Key::Beginning(trace_id) => {
            let root = input.option(Reader::number)?;
            let links = input.list(Reader::span_key)?;
            input.is_empty().then_some(())?;
            state.traces.load(*trace_id, arrival, Beginning { root, links }).then_some(())?;
        }
        Key::About(trace_id) => {
            let known = read_known(&mut input, rules)?;
            input.is_empty().then_some(())?;
            state.trace_orders.load(*trace_id, arrival, known).then_some(())?;
        }
    }
    Some(())
}

fn unload(state: &mut State, key: &Key) {
    match key {
        Key::Order(id) => state.orders.unload(id),
        Key::Publish(key) => state.messages.unload(key),
        Key::Wait(key) => state.messages.waits_mut().unload(key),
        Key::Beginning(trace_id) => _ = state.traces.all_mut().unload(trace_id),
        Key::About(trace_id) => state.trace_orders.unload(trace_id),
    }
}

fn differs(state: &mut State, key: Key) {
    match key {
        Key::Order(id) => state.orders.differs(&id),
        Key::Publish(key) => state.messages.publishes_mut().differs(key),
        Key::Wait(key) => state.messages.waits_mut().all_mut().differs(key),
        Key::Beginning(trace_id) => state.traces.all_mut().differs(trace_id),
        Key::About(trace_id) => state.trace_orders.all_mut().differs(trace_id),
    }
}

fn write_arrival(Arrival { now, count }: Arrival, out: &mut Writer) {
    out.number(now);
    out.number(count);
}

fn write_publish(publish: &Publish, out: &mut Writer) {
    out.number(publish.start);
    out.signed(publish.end.wrapping_sub(publish.start) as i64);
    out.option(publish.order.as_deref(), Writer::text);
    out.option(publish.message.as_deref(), Writer::text);
    out.option(publish.consumed, Writer::number);
}

fn read_publish(input: &mut Reader<'_>, rules: &Rules) -> Option<Publish> {
    let start = input.number()?;
    Some(Publish {
        start,
        end: start.wrapping_add(input.signed()? as u64),
        order: input.option(|input| id(input, rules))?.flatten(),
        message: input.option(|input| id(input, rules))?.flatten(),
        consumed: input.option(Reader::number)?,
    })
}

fn write_wait(wait: &Wait, out: &mut Writer) {
    out.number(wait.start);
    out.list(&wait.links, Writer::span_key);
    out.option(wait.parent.as_ref(), Writer::span_key);
    out.option(wait.message.as_deref(), Writer::text);
}

fn read_wait(input: &mut Reader<'_>, rules: &Rules) -> Option<Wait> {
    let wait = Wait {
        start: input.number()?,
        links: input.list(Reader::span_key)?,
        parent: input.option(Reader::span_key)?,
        message: input.option(|input| id(input, rules))?.flatten(),
    };
    let sound = wait.links.len() <= MAX_LINKS && wait.links.is_sorted_by(|a, b| a < b);
    sound.then_some(wait)
}

/// Returns the order that the trace is about, where it is about one.
fn write_known(known: &Known, out: &mut Writer) -> Option<Arc<str>> {
    let order = |about: &About| match about {
        About::One(order) => Some(Arc::clone(order)),
        About::Several => None,
    };
    out.option(known.about.as_ref(), |out, about| {
        out.option(order(about).as_deref(), Writer::text);
    });
    out.list(&known.awaited, write_handle);
    known.about.as_ref().and_then(order)
}

fn read_known(input: &mut Reader<'_>, rules: &Rules) -> Option<Known> {
    let about = input.option(|input| input.option(|input| id(input, rules)))?;
    let about = match about {
        // The rules may have another idea of an id by now.
        None | Some(Some(None)) => None,
        Some(Some(Some(order))) => Some(About::One(order)),
        Some(None) => Some(About::Several),
    };
    let awaited = input.list(|input| read_handle(input, rules))?.into_iter().flatten();
    Some(Known { about, awaited: awaited.collect() })
}

fn write_handle(out: &mut Writer, handle: &Handle) {
    match handle {
        Handle::Span(key) => {
            out.byte(0);
            out.span_key(key);
        }
        Handle::Message(message) => {
            out.byte(1);
            out.text(message);
        }
    }
}

/// `Some(None)`: of a message whose id is none under these rules.
fn read_handle(input: &mut Reader<'_>, rules: &Rules) -> Option<Option<Handle>> {
    match input.byte()? {
        0 => Some(Some(Handle::Span(input.span_key()?))),
        1 => Some(id(input, rules)?.map(Handle::Message)),
        _ => None,
    }
}

/// `Some(None)`: a text that is no id under these rules.
fn id(input: &mut Reader<'_>, rules: &Rules) -> Option<Option<Arc<str>>> {
    let text = input.text(MAX_TEXT_BYTES)?;
    Some(rules.shape.has(text).then(|| text.into()))
}
