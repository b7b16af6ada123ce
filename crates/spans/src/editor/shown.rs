//! What a view shows, for bounds and positions.

use super::Editor;
use crate::sight::Fields;
use crate::texts::Carrier;
use crate::value::Value;
use crate::view::{Seen, Shown};
use crate::wire::Message;

impl Editor {
    /// How an entry stands in the view. What cannot be decoded is not there.
    pub(super) fn shown<'a>(
        &self,
        carrier: Carrier,
        keys: &[&'a [u8]],
        key_value: Message<'a>,
        depth: usize,
    ) -> Shown {
        self.seen.entry(carrier, keys, key_value, depth).unwrap_or(Shown::Not)
    }
}

/// How many events of a span stand in the view.
pub(super) fn events(seen: &Seen, span: Message<'_>) -> usize {
    let events = span.joined(&[], "Span", 11).map_while(Result::ok);
    if seen.all_events_stand() {
        return events.count();
    }
    up_to_last(events, |event| seen.event(*event).unwrap_or(false))
}

/// How many links of a span stand in the view.
pub(super) fn links(seen: &Seen, span: Message<'_>) -> usize {
    let links = span.joined(&[], "Span", 13).map_while(Result::ok);
    if seen.all_links_stand() {
        return links.count();
    }
    up_to_last(links, |link| seen.link(*link).unwrap_or(false))
}

/// How many entities of a resource stand in the view.
pub(super) fn entities(seen: &Seen, resource_spans: Message<'_>) -> usize {
    if !seen.shows(Fields::ENTITIES) {
        return 0;
    }
    resource_spans.joined(&[(1, "ResourceSpans")], "Resource", 3).map_while(Result::ok).count()
}

/// How many elements stand in the view of a list that is not shown whole.
pub(super) fn elements<'a>(
    seen: &Seen,
    carrier: Carrier,
    keys: &[&'a [u8]],
    elements: &[Message<'a>],
    depth: usize,
) -> usize {
    up_to_last(elements.iter(), |element| {
        let value = Value::of(**element).unwrap_or(Value::Empty);
        seen.value(carrier, keys, value, depth).unwrap_or(false)
    })
}

fn up_to_last<T>(all: impl Iterator<Item = T>, is_of_interest: impl Fn(&T) -> bool) -> usize {
    let of_interest = all.enumerate().filter(|(_, it)| is_of_interest(it));
    of_interest.map(|(index, _)| index + 1).last().unwrap_or(0)
}
