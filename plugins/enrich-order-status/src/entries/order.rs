//! An order as bytes. Statuses and operations stand in it by name, each once.

use super::bytes::{MAX_TEXT_BYTES, Reader, Writer};
use crate::life::lifecycle::Status;
use crate::life::order::{Forgotten, Order, PartnerId, Success, Transition};
use crate::settings::Rules;

/// What the numbers in the bytes of one order mean under the rules of now.
struct Names {
    statuses: Vec<Status>,
    operations: Vec<Option<u16>>,
}

pub(super) fn write_order(order: &Order, rules: &Rules, out: &mut Writer) {
    let lifecycle = &rules.lifecycle;
    let mut statuses: Vec<Status> = Vec::with_capacity(2 * order.transitions().len());
    for transition in order.transitions() {
        statuses.push(transition.status);
        statuses.extend(transition.claimed);
    }
    statuses.sort_unstable();
    statuses.dedup();
    statuses.retain(|status| lifecycle.name(*status).is_some());
    // What is not listed has the number behind the last.
    let number = |status: Status| statuses.binary_search(&status).unwrap_or(statuses.len()) as u64;
    let mut operations: Vec<u16> = order.successes().iter().map(|it| it.operation).collect();
    operations.sort_unstable();
    operations.dedup();
    out.list(&statuses, |out, status| out.text(lifecycle.name(*status).unwrap_or_default()));
    out.list(&operations, |out, operation| {
        out.text(rules.operations.get(usize::from(*operation)).map_or("", String::as_str));
    });
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
        out.number(number(transition.status));
        out.option(transition.claimed, |out, status| out.number(number(status)));
        out.option(transition.version, Writer::signed);
    });
    out.list(order.successes(), |out, success| {
        out.number(success.end);
        out.number(operations.partition_point(|other| *other < success.operation) as u64);
    });
}

pub(super) fn read_order(input: &mut Reader<'_>, rules: &Rules) -> Option<Order> {
    let statuses = input.list(|input| Some(rules.lifecycle.status(input.text(MAX_TEXT_BYTES)?)))?;
    let operations = input.list(|input| {
        let name = input.text(MAX_TEXT_BYTES)?;
        let place = rules.operations.iter().position(|other| other == name);
        Some(place.and_then(|place| u16::try_from(place).ok()))
    })?;
    let names = Names { statuses, operations };
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

/// An order within what the rules of now allow.
pub(super) fn shrunk(mut order: Order, rules: &Rules) -> Order {
    order.shrink(rules.limits.history);
    if let Some(PartnerId::Text(text)) = order.partner()
        && !rules.shape.is_word(text)
    {
        order.forget_partner();
    }
    order
}
