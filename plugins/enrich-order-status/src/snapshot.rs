//! The state as bytes: [`write()`] and [`read`].
//!
//! Statuses and operations stand in it by name, so that it outlives a change of rules: what the new
//! rules do not list any more becomes [`Status::UNLISTED`] or is left out.

mod bytes;

use std::sync::Arc;

use crate::life::keys::Handle;
use crate::life::lifecycle::{Lifecycle, Status};
use crate::life::messages::Publish;
use crate::life::order::{Forgotten, Order, PartnerId, Success, Transition};
use crate::life::state::State;
use crate::life::trace_orders::{About, Known};
use crate::life::traces::{Beginning, MAX_LINKS};
use crate::life::waits::Wait;
use crate::settings::Rules;
use bytes::{Reader, Writer};

/// Version of the bytes; it is their first byte too.
pub const VERSION: u8 = 2;

/// The version before: a consume waits under one handle, and it is not known what traces are
/// about.
const ONE_HANDLE: u8 = 1;

/// Longest name of a status or an operation, and longest id, that is read back, in bytes.
const MAX_TEXT_BYTES: usize = 64 * 1024;

/// Writes the state. The same state gives the same bytes.
pub fn write(state: &State, rules: &Rules) -> Vec<u8> {
    let mut out = Writer::default();
    out.byte(VERSION);
    out.list(rules.lifecycle.names(), |out, name| out.text(name));
    out.list(&rules.operations, |out, name| out.text(name));
    out.number(state.orders.len() as u64);
    for (id, order) in state.orders.by_last_seen() {
        out.text(id);
        write_order(order, &rules.lifecycle, &mut out);
    }
    out.number(state.messages.publishes().len() as u64);
    for (key, publish) in state.messages.publishes().iter() {
        out.span_key(key);
        write_publish(publish, &mut out);
    }
    out.number(state.messages.waiting().len() as u64);
    for (consume, wait) in state.messages.waiting().iter() {
        out.span_key(consume);
        out.number(wait.start);
        out.list(&wait.links, Writer::span_key);
        out.option(wait.parent.as_ref(), Writer::span_key);
        out.option(wait.message.as_deref(), Writer::text);
    }
    out.number(state.traces.all().len() as u64);
    for (trace_id, beginning) in state.traces.all().iter() {
        out.raw(&trace_id.to_be_bytes());
        out.option(beginning.root, Writer::number);
        out.list(&beginning.links, Writer::span_key);
    }
    out.number(state.trace_orders.all().len() as u64);
    for (trace_id, known) in state.trace_orders.all().iter() {
        out.raw(&trace_id.to_be_bytes());
        out.option(known.about.as_ref(), |out, about| {
            out.option(
                match about {
                    About::One(order) => Some(&**order),
                    About::Several => None,
                },
                Writer::text,
            );
        });
        out.list(&known.awaited, write_handle);
    }
    out.into_bytes()
}

/// Reads a state that [`write()`] wrote, and forgets what the limits of the rules do not allow.
///
/// # Errors
/// Why the bytes cannot be such a state, and where.
pub fn read(bytes: &[u8], rules: &Rules) -> Result<State, String> {
    let mut reader = Reader::new(bytes);
    read_state(&mut reader, rules)
        .ok_or_else(|| {
            format!("state breaks off or is damaged at byte {} of {}", reader.at(), bytes.len())
        })
        .and_then(|state| state.ok_or_else(|| wrong_version(bytes)))
}

fn wrong_version(bytes: &[u8]) -> String {
    match bytes.first() {
        Some(version) => {
            format!("state of version {version}, expected {ONE_HANDLE} or {VERSION}")
        }
        None => format!("no bytes, expected a state of version {ONE_HANDLE} or {VERSION}"),
    }
}

/// `Some(None)`: another version.
fn read_state(input: &mut Reader<'_>, rules: &Rules) -> Option<Option<State>> {
    if input.is_empty() {
        return Some(None);
    }
    let version = input.byte()?;
    if version != VERSION && version != ONE_HANDLE {
        return Some(None);
    }
    let statuses = input.list(|input| Some(rules.lifecycle.status(input.text(MAX_TEXT_BYTES)?)))?;
    let operations = input.list(|input| {
        let name = input.text(MAX_TEXT_BYTES)?;
        Some(rules.operations.iter().position(|other| other == name))
    })?;
    let names = Names { statuses, operations };
    let mut state = State::default();
    for _ in 0..input.count()? {
        let id = input.text(MAX_TEXT_BYTES)?;
        let order = read_order(input, &names)?;
        // The rules may have another idea of an id by now.
        if rules.shape.has(id) && !state.orders.restore(id, shrunk(order, rules)) {
            return None;
        }
    }
    for _ in 0..input.count()? {
        let key = input.span_key()?;
        let publish = read_publish(input, rules)?;
        if state.messages.get(&key).is_some() {
            return None;
        }
        state.messages.publish(key, publish);
    }
    for _ in 0..input.count()? {
        let (consume, wait) = match version {
            ONE_HANDLE => (None, read_one_handle(input, rules)?),
            _ => (Some(input.span_key()?), read_wait(input, rules)?),
        };
        state.messages.wait(consume, wait);
    }
    for _ in 0..input.count()? {
        let trace_id = u128::from_be_bytes(input.raw()?);
        let root = input.option(Reader::number)?;
        let links = input.list(Reader::span_key)?;
        if !state.traces.restore(trace_id, Beginning { root, links }) {
            return None;
        }
    }
    if version != ONE_HANDLE {
        read_trace_orders(input, rules, &mut state)?;
    }
    state.evict(&rules.limits);
    input.is_empty().then_some(Some(state))
}

/// What the numbers in the state mean under the rules of now.
struct Names {
    statuses: Vec<Status>,
    operations: Vec<Option<usize>>,
}

fn write_order(order: &Order, lifecycle: &Lifecycle, out: &mut Writer) {
    out.option(order.partner(), |out, partner| match partner {
        PartnerId::Text(text) => {
            out.byte(0);
            out.text(text);
        }
        PartnerId::Int(number) => {
            out.byte(1);
            out.signed(*number);
        }
    });
    out.option(order.forgotten(), |out, forgotten| out.option(forgotten.version, Writer::signed));
    let mut moment = 0;
    out.list(order.transitions(), |out, transition| {
        // History is sorted: the steps between moments are shorter than the moments.
        out.number(transition.moment - moment);
        moment = transition.moment;
        out.raw(&transition.span_id.to_be_bytes());
        out.signed(moment.wrapping_sub(transition.start) as i64);
        out.number(lifecycle.index(transition.status) as u64);
        out.option(transition.claimed, |out, status| out.number(lifecycle.index(status) as u64));
        out.option(transition.version, Writer::signed);
    });
    out.list(order.successes(), |out, success| {
        out.number(success.end);
        out.number(u64::from(success.operation));
    });
}

fn read_order(input: &mut Reader<'_>, names: &Names) -> Option<Order> {
    let partner = input.option(|input| match input.byte()? {
        0 => Some(PartnerId::Text(input.text(MAX_TEXT_BYTES)?.into())),
        1 => Some(PartnerId::Int(input.signed()?)),
        _ => None,
    })?;
    let forgotten =
        input.option(|input| Some(Forgotten { version: input.option(Reader::signed)? }))?;
    let mut moment = 0u64;
    let transitions = input.list(|input| {
        moment = moment.checked_add(input.number()?)?;
        Some(Transition {
            moment,
            span_id: u64::from_be_bytes(input.raw()?),
            start: moment.wrapping_sub(input.signed()? as u64),
            status: names.status(input)?,
            claimed: input.option(|input| names.status(input))?,
            version: input.option(Reader::signed)?,
        })
    })?;
    let successes = input.list(|input| {
        let end = input.number()?;
        let operation = *names.operations.get(input.index()?)?;
        let operation = operation.and_then(|place| u16::try_from(place).ok());
        Some(operation.map(|operation| Success { end, operation }))
    })?;
    let mut successes: Vec<Success> = successes.into_iter().flatten().collect();
    // Operations that ended together stand in the order of the rules, which may be another now.
    successes.sort_unstable();
    Order::from_parts(partner, transitions, forgotten, successes)
}

impl Names {
    fn status(&self, input: &mut Reader<'_>) -> Option<Status> {
        match input.index()? {
            index if index == self.statuses.len() => Some(Status::UNLISTED),
            index => self.statuses.get(index).copied(),
        }
    }
}

fn shrunk(mut order: Order, rules: &Rules) -> Order {
    order.shrink(rules.limits.history);
    if let Some(PartnerId::Text(text)) = order.partner()
        && !rules.shape.is_word(text)
    {
        order.forget_partner();
    }
    order
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

/// A consume that waits under one handle.
fn read_one_handle(input: &mut Reader<'_>, rules: &Rules) -> Option<Wait> {
    let mut wait = Wait::default();
    match input.byte()? {
        0 => wait.links.push(input.span_key()?),
        1 => wait.message = id(input, rules)?,
        _ => return None,
    }
    wait.start = input.number()?;
    Some(wait)
}

fn read_trace_orders(input: &mut Reader<'_>, rules: &Rules, state: &mut State) -> Option<()> {
    for _ in 0..input.count()? {
        let trace_id = u128::from_be_bytes(input.raw()?);
        let about = input.option(|input| input.option(|input| id(input, rules)))?;
        let about = match about {
            // The rules may have another idea of an id by now.
            None | Some(Some(None)) => None,
            Some(Some(Some(order))) => Some(About::One(order)),
            Some(None) => Some(About::Several),
        };
        let awaited = input.list(|input| read_handle(input, rules))?.into_iter().flatten();
        let known = Known { about, awaited: awaited.collect() };
        if !state.trace_orders.restore(trace_id, known) {
            return None;
        }
    }
    Some(())
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
