//! [`Seen`]: what of a batch a sight shows.

use keys::NoKey;

use crate::plain::only_scalar;
use crate::sight::Selected;
use crate::value::{Attribute, Attributes, MAX_DEPTH, Value, Values};
use crate::wire::Message;
use crate::{Carrier, Fields, Malformed, Sight};

/// How deep entries are searched for one that a selector means. What lies below may hold one.
const MAX_SEARCHED: usize = MAX_DEPTH + 128;

/// How an attribute or a map entry stands in a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// With its whole value, and so with every entry and element in it.
    Whole,
    /// With nothing but what leads to entries in it that are shown whole.
    WayTo,
    /// Not at all.
    Not,
}

/// A [`Sight`], ready to be asked of every entry.
#[derive(Clone, Debug)]
pub(crate) enum Seen {
    /// As [`Sight::Everything`].
    Everything,
    /// As [`Sight::Texts`].
    Texts,
    /// As [`Sight::Parts`].
    Parts(Fields, Box<Selected>),
}

impl Seen {
    /// Takes a sight in.
    ///
    /// # Errors
    /// The first pattern that can mean no key.
    pub fn new(sight: &Sight) -> Result<Self, NoKey> {
        Ok(match sight {
            Sight::Everything => Seen::Everything,
            Sight::Texts => Seen::Texts,
            Sight::Parts(parts) => Seen::Parts(parts.fields, Box::new(Selected::new(&parts.keys)?)),
        })
    }

    /// Fields that are shown. Which events and links stand is another question.
    pub fn fields(&self) -> Fields {
        match self {
            Seen::Everything => Fields::all(),
            Seen::Texts => Fields::TEXTS,
            Seen::Parts(fields, _) => *fields,
        }
    }

    /// Whether this field is shown.
    pub fn shows(&self, field: Fields) -> bool {
        self.fields().contains(field)
    }

    /// Whether none of the attributes of this carrier is shown.
    pub fn is_blind_to(&self, carrier: Carrier) -> bool {
        matches!(self, Seen::Parts(_, selected) if selected.is_blind_to(carrier))
    }

    /// Whether every event stands. Else those up to the last one that [`Seen::event`] is true of.
    pub fn all_events_stand(&self) -> bool {
        matches!(self, Seen::Texts) || self.shows(Fields::EVENTS)
    }

    /// Whether every link stands. Else those up to the last one that [`Seen::link`] is true of.
    pub fn all_links_stand(&self) -> bool {
        matches!(self, Seen::Texts) || self.shows(Fields::LINKS)
    }

    /// Whether anything is shown of an event but its time.
    ///
    /// # Errors
    /// Where what is looked at cannot be decoded.
    pub fn event(&self, event: Message<'_>) -> Result<bool, Malformed> {
        self.member(Carrier::Event, event, "Span.Event", 2, Fields::EVENT_NAME, 3)
    }

    /// Whether anything is shown of a link but the ids that it leads to.
    ///
    /// # Errors
    /// Where what is looked at cannot be decoded.
    pub fn link(&self, link: Message<'_>) -> Result<bool, Malformed> {
        self.member(Carrier::Link, link, "Span.Link", 3, Fields::LINK_TRACE_STATE, 4)
    }

    /// Of an event or a link whose text has the number `text` and shows if `field` does.
    fn member(
        &self,
        carrier: Carrier,
        member: Message<'_>,
        inside: &'static str,
        text: u32,
        field: Fields,
        attributes: u32,
    ) -> Result<bool, Malformed> {
        if self.shows(field) {
            let mut shown = false;
            let mut fields = member.fields(inside);
            while let Some(message) = fields.next_message(text)? {
                shown = !message.bytes().is_empty();
            }
            if shown {
                return Ok(true);
            }
        }
        let mut fields = member.fields(inside);
        while let Some(key_value) = fields.next_message(attributes)? {
            let attribute = Attribute::read(key_value)?;
            if self.entry(carrier, &[attribute.key], key_value, 0)? != Shown::Not {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How the attribute or map entry `key_value` stands in a view, under nothing that is shown
    /// whole. `keys` ends with its own key; `depth` counts the lists and maps around it, from the
    /// attribute on.
    ///
    /// # Errors
    /// Where what is looked at cannot be decoded. What stands too deep to be shown may be anything.
    pub fn entry<'a>(
        &self,
        carrier: Carrier,
        keys: &[&'a [u8]],
        key_value: Message<'a>,
        depth: usize,
    ) -> Result<Shown, Malformed> {
        let Seen::Parts(_, selected) = self else { return Ok(Shown::Whole) };
        if selected.is_blind_to(carrier) {
            return Ok(Shown::Not);
        }
        if selected.selects(carrier, keys) {
            return Ok(Shown::Whole);
        }
        if is_plain(key_value) {
            return Ok(Shown::Not);
        }
        let value = Attribute::read(key_value)?.value;
        let leads = self.value(carrier, keys, value, depth)?;
        Ok(if leads { Shown::WayTo } else { Shown::Not })
    }

    /// Whether a value has entries in it that are shown, or may have. It stands under `keys`, in
    /// nothing that is shown whole; `depth` counts the lists and maps around it.
    ///
    /// # Errors
    /// Where what is looked at cannot be decoded.
    pub fn value<'a>(
        &self,
        carrier: Carrier,
        keys: &[&'a [u8]],
        value: Value<'a>,
        depth: usize,
    ) -> Result<bool, Malformed> {
        match self {
            Seen::Everything | Seen::Texts => Ok(true),
            Seen::Parts(_, selected) => leads(selected, carrier, keys, value, depth),
        }
    }
}

/// Whether a value has entries in it that are selected, or may have. As in [`Seen::value`].
///
/// # Errors
/// Where what is looked at cannot be decoded.
pub(crate) fn leads<'a>(
    selected: &Selected,
    carrier: Carrier,
    keys: &[&'a [u8]],
    value: Value<'a>,
    depth: usize,
) -> Result<bool, Malformed> {
    if !matches!(value, Value::Array(_) | Value::Map(_)) {
        return Ok(false);
    }
    Search { selected, carrier, keys: keys.to_vec() }.in_value(value, depth)
}

/// Whether a `KeyValue` surely holds neither a list nor a map.
#[inline]
pub(super) fn is_plain(key_value: Message<'_>) -> bool {
    key_value.key_and_value().is_some_and(|(_, value)| {
        value.only_text().is_some() || only_scalar(value.bytes()).is_some()
    })
}

/// Looks for entries that a selector means.
struct Search<'s, 'a> {
    selected: &'s Selected,
    carrier: Carrier,
    keys: Vec<&'a [u8]>,
}

impl<'a> Search<'_, 'a> {
    fn in_value(&mut self, value: Value<'a>, depth: usize) -> Result<bool, Malformed> {
        let found = match value {
            Value::Array(_) | Value::Map(_) if depth == MAX_SEARCHED => return Ok(true),
            Value::Array(values) => self.in_array(values, depth + 1),
            Value::Map(entries) => self.in_map(entries, depth + 1),
            _ => Ok(false),
        };
        // In doubt there is one: who cannot be shown what is there should know that it may be.
        if depth == MAX_DEPTH { Ok(found.unwrap_or(true)) } else { found }
    }

    fn in_array(&mut self, values: Values<'a>, depth: usize) -> Result<bool, Malformed> {
        for value in values {
            if self.in_value(value?, depth)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn in_map(&mut self, entries: Attributes<'a>, depth: usize) -> Result<bool, Malformed> {
        for entry in entries {
            let Attribute { key, value, .. } = entry?;
            self.keys.push(key);
            let found =
                self.selected.selects(self.carrier, &self.keys) || self.in_value(value, depth)?;
            self.keys.pop();
            if found {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::{Seen, Shown};
    use crate::wire::{Message, write_length_field};
    use crate::{Carrier, Carriers, Fields, Malformed, Parts, Selector, Sight};

    fn field(number: u32, content: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        write_length_field(&mut out, number, content);
        out
    }

    fn entry(key: &str, value: &[u8]) -> Vec<u8> {
        [field(1, key.as_bytes()), field(2, value)].concat()
    }

    fn map(entry: &[u8]) -> Vec<u8> {
        field(6, &field(1, entry))
    }

    fn in_lists(lists: usize, value: &[u8]) -> Vec<u8> {
        (0..lists).fold(value.to_vec(), |inner, _| field(5, &field(1, &inner)))
    }

    fn seen(fields: Fields, keys: &[&str]) -> Seen {
        let keys = keys.iter().map(|it| (*it).to_owned()).collect();
        let keys = vec![Selector { carriers: Carriers::SPAN | Carriers::EVENT, keys }];
        Seen::new(&Sight::Parts(Parts { fields, keys })).expect("right patterns")
    }

    fn shown(seen: &Seen, carrier: Carrier, value: &[u8]) -> Result<Shown, Malformed> {
        let bytes = entry("a", value);
        seen.entry(carrier, &[b"a"], Message::root(&bytes), 0)
    }

    #[test]
    fn an_entry_is_whole_or_a_way_or_nothing() {
        let text = field(1, b"k");
        let nested = map(&entry("b", &in_lists(2, &map(&entry("k", &text)))));
        for (keys, value, expected) in [
            (&["A"][..], &text, Shown::Whole),
            (&["a", "k"], &nested, Shown::Whole),
            (&["k"], &nested, Shown::WayTo),
            (&["a.b.k"], &nested, Shown::WayTo),
            (&["a.b"], &nested, Shown::WayTo),
            (&["c"], &nested, Shown::Not),
            (&["k"], &text, Shown::Not),
            (&[], &nested, Shown::Not),
        ] {
            let seen = seen(Fields::empty(), keys);
            assert_eq!(shown(&seen, Carrier::Span, value), Ok(expected), "{keys:?}");
            assert_eq!(shown(&seen, Carrier::Link, value), Ok(Shown::Not), "{keys:?}");
        }
        for sight in [Sight::Everything, Sight::Texts] {
            let seen = Seen::new(&sight).expect("no patterns");
            assert_eq!(shown(&seen, Carrier::Span, &nested), Ok(Shown::Whole));
        }
    }

    #[test]
    fn an_entry_is_found_however_deep_and_in_doubt() {
        let text = field(1, b"k");
        let seen = seen(Fields::empty(), &["k"]);
        let shown = |lists, value: &[u8]| shown(&seen, Carrier::Span, &in_lists(lists, value));
        for lists in [1, 31, 32, 33, 100, 159] {
            assert_eq!(shown(lists, &map(&entry("k", &text))), Ok(Shown::WayTo), "{lists}");
            assert_eq!(shown(lists, &map(&entry("b", &text))), Ok(Shown::Not), "{lists}");
        }
        assert_eq!(shown(160, &map(&entry("b", &text))), Ok(Shown::WayTo), "too deep to look");
        assert_eq!(shown(33, &[0xff]), Ok(Shown::WayTo), "no OTLP");
        assert!(shown(31, &[0xff]).is_err());
    }

    #[test]
    fn a_value_means_what_protobuf_reads() {
        let text = field(1, b"k");
        let seen = seen(Fields::empty(), &["k"]);
        let (there, elsewhere) = (map(&entry("k", &text)), map(&entry("b", &text)));
        for (value, expected) in [
            ([&there[..], &text].concat(), Shown::Not),
            ([&there[..], &elsewhere].concat(), Shown::WayTo),
            ([&there[..], &text, &elsewhere].concat(), Shown::Not),
            ([&elsewhere[..], &there].concat(), Shown::WayTo),
        ] {
            assert_eq!(shown(&seen, Carrier::Span, &value), Ok(expected));
        }
    }

    #[test]
    fn a_member_is_of_interest_by_its_text_or_an_attribute() {
        let event = |name: &str, key: &str| {
            [field(2, name.as_bytes()), field(3, &entry(key, &field(1, b"")))].concat()
        };
        let is = |fields, event: &[u8]| seen(fields, &["k"]).event(Message::root(event));
        assert_eq!(is(Fields::EVENT_NAME, &event("sent", "a")), Ok(true));
        assert_eq!(is(Fields::EVENT_NAME, &event("", "a")), Ok(false));
        assert_eq!(is(Fields::SPAN_NAME, &event("sent", "a")), Ok(false));
        assert_eq!(is(Fields::empty(), &event("sent", "k")), Ok(true));
        let link = field(3, b"ot=th:8");
        assert_eq!(seen(Fields::LINK_TRACE_STATE, &[]).link(Message::root(&link)), Ok(true));
        assert_eq!(seen(Fields::LINKS, &[]).link(Message::root(&link)), Ok(false));
    }
}
