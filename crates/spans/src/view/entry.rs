//! Attributes and map entries in a view, with all that stands in them.

use super::Maker;
use super::seen::{Seen, is_plain};
use crate::plain::only_scalar;
use crate::sight::Selected;
use crate::texts::Scalar;
use crate::value::{Attribute, Attributes, MAX_DEPTH, Value, Values, key_of};
use crate::wire::Message;
use crate::{Carrier, Malformed};

/// What is known of an attribute at a glance.
#[derive(Clone, Copy, PartialEq)]
enum Glance {
    /// It is not shown.
    NotShown,
    /// It is shown, with the content that it has.
    Same,
    /// Nothing.
    Unknown,
}

/// How much is shown of what stands there whole.
#[derive(Clone, Copy, PartialEq)]
enum Whole {
    /// Every value.
    Everything,
    /// Every text. Of another scalar, that it is none.
    Texts,
}

impl<'a> Maker<'_, 'a> {
    /// Shows the attributes that stand in `around`, which is a carrier or a part of it.
    #[inline]
    pub(super) fn attributes(
        &mut self,
        carrier: Carrier,
        around: Message<'a>,
    ) -> Result<(), Malformed> {
        if self.seen.is_blind_to(carrier) {
            return Ok(());
        }
        let (inside, number) = match carrier {
            Carrier::Resource => ("Resource", 1),
            Carrier::Scope => ("InstrumentationScope", 3),
            Carrier::Span => ("Span", 9),
            Carrier::Event => ("Span.Event", 3),
            Carrier::Link => ("Span.Link", 4),
        };
        let tag = (number << 3 | 2) as u8;
        let mut fields = around.fields(inside);
        loop {
            // What goes as it came is copied at once, as far as nothing else stands between.
            let mut same = fields.at()..fields.at();
            while let Some(key_value) = fields.short_message_with(tag) {
                let glance = self.glance(carrier, key_value);
                if glance == Glance::Unknown {
                    break;
                }
                let start = fields.at();
                fields.step_over(&key_value);
                if glance == Glance::Same {
                    if start != same.end {
                        self.out.bytes.extend_from_slice(&around.batch[same]);
                        same = start..start;
                    }
                    same.end = fields.at();
                }
            }
            self.out.bytes.extend_from_slice(&around.batch[same]);
            let Some(key_value) = fields.next_message(number)? else { return Ok(()) };
            self.attribute(carrier, number, key_value)?;
        }
    }

    /// What is known of an attribute at a glance: enough for most.
    #[inline(always)]
    fn glance(&self, carrier: Carrier, key_value: Message<'a>) -> Glance {
        if let Some((key, _)) = key_value.key_and_text() {
            return match self.seen {
                Seen::Parts(_, selected) if !selected.selects(carrier, &[key]) => Glance::NotShown,
                _ if is_canonical(&key_value, key) => Glance::Same,
                _ => Glance::Unknown,
            };
        }
        let Some((key, value)) = key_value.key_and_value() else { return Glance::Unknown };
        let is_plain = value.only_text().is_some() || only_scalar(value.bytes()).is_some();
        match self.seen {
            Seen::Parts(_, selected) if is_plain && !selected.selects(carrier, &[key.bytes()]) => {
                Glance::NotShown
            }
            _ => Glance::Unknown,
        }
    }

    /// Shows an attribute as field `number`, if it is in sight.
    fn attribute(
        &mut self,
        carrier: Carrier,
        number: u32,
        key_value: Message<'a>,
    ) -> Result<(), Malformed> {
        match self.seen {
            Seen::Everything => self.whole(number, key_value, Whole::Everything, 0),
            Seen::Texts => self.whole(number, key_value, Whole::Texts, 0),
            Seen::Parts(_, selected) => {
                self.part(carrier, selected, number, key_value, 0).map(|_| ())
            }
        }
    }

    /// Shows an entry of which a selector means this one, or some in it. Says whether it does.
    fn part(
        &mut self,
        carrier: Carrier,
        selected: &Selected,
        number: u32,
        key_value: Message<'a>,
        depth: usize,
    ) -> Result<bool, Malformed> {
        self.keys.push(key_of(key_value)?);
        let shown = if selected.selects(carrier, &self.keys) {
            self.whole(number, key_value, Whole::Everything, depth)?;
            true
        } else {
            !is_plain(key_value) && self.way(carrier, selected, number, key_value, depth)?
        };
        self.keys.pop();
        Ok(shown)
    }

    /// Shows the way through an entry, if it leads to any that is meant.
    fn way(
        &mut self,
        carrier: Carrier,
        selected: &Selected,
        number: u32,
        key_value: Message<'a>,
        depth: usize,
    ) -> Result<bool, Malformed> {
        let Attribute { key, value, .. } = Attribute::read(key_value)?;
        if !matches!(value, Value::Array(_) | Value::Map(_)) {
            return Ok(false);
        }
        let entry = self.out.open(number, 0);
        self.out.text(1, key);
        let inner = self.out.open(2, 0);
        let leads = self.way_in_value(carrier, selected, value, depth)?;
        if leads {
            self.out.close(inner);
            self.out.close(entry);
        } else {
            self.out.bytes.truncate(entry.start);
        }
        Ok(leads)
    }

    fn way_in_value(
        &mut self,
        carrier: Carrier,
        selected: &Selected,
        value: Value<'a>,
        depth: usize,
    ) -> Result<bool, Malformed> {
        let number = match &value {
            Value::Array(_) => 5,
            Value::Map(_) => 6,
            _ => return Ok(false),
        };
        if depth == MAX_DEPTH {
            let leads = self.seen.value(carrier, &self.keys, value, depth)?;
            if leads {
                self.out.present(number, &[]);
            }
            return Ok(leads);
        }
        let list = self.out.open(number, 0);
        let leads = match value {
            Value::Array(values) => self.way_in_array(carrier, selected, values, depth + 1)?,
            Value::Map(entries) => {
                let mut leads = false;
                for entry in entries {
                    leads |= self.part(carrier, selected, 1, entry?.message, depth + 1)?;
                }
                leads
            }
            _ => false,
        };
        if leads {
            self.out.close(list);
        } else {
            self.out.bytes.truncate(list.start);
        }
        Ok(leads)
    }

    /// Elements up to the last that leads on; those before it keep their places.
    fn way_in_array(
        &mut self,
        carrier: Carrier,
        selected: &Selected,
        values: Values<'a>,
        depth: usize,
    ) -> Result<bool, Malformed> {
        let start = self.out.bytes.len();
        let mut end = start;
        for value in values {
            let element = self.out.open(1, 0);
            let leads = self.way_in_value(carrier, selected, value?, depth)?;
            self.out.close(element);
            if leads {
                end = self.out.bytes.len();
            }
        }
        self.out.bytes.truncate(end);
        Ok(end > start)
    }

    fn whole(
        &mut self,
        number: u32,
        key_value: Message<'a>,
        whole: Whole,
        depth: usize,
    ) -> Result<(), Malformed> {
        let entry = self.out.open(number, 0);
        if let Some((key, value)) = key_value.key_and_value()
            && let Some(value) = plain_value(value)
        {
            self.key_and_value(key.bytes(), value, whole, depth)?;
        } else {
            let Attribute { key, value, .. } = Attribute::read(key_value)?;
            self.key_and_value(key, value, whole, depth)?;
        }
        self.out.close(entry);
        Ok(())
    }

    fn key_and_value(
        &mut self,
        key: &[u8],
        value: Value<'a>,
        whole: Whole,
        depth: usize,
    ) -> Result<(), Malformed> {
        self.out.text(1, key);
        // A value that is there and says nothing only ever means one that is not shown.
        if !matches!(value, Value::Empty) {
            let inner = self.out.open(2, 0);
            self.value(value, whole, depth)?;
            self.out.close(inner);
        }
        Ok(())
    }

    fn value(&mut self, value: Value<'a>, whole: Whole, depth: usize) -> Result<(), Malformed> {
        let shows_all = whole == Whole::Everything;
        match value {
            Value::Text(text) => self.out.present(1, text),
            Value::Bytes(bytes) => self.out.present(7, if shows_all { bytes } else { &[] }),
            Value::Bool(value) if shows_all => self.out.present_varint(2, u64::from(value)),
            Value::Int(value) if shows_all => self.out.present_varint(3, value as u64),
            Value::Double(value) if shows_all => self.out.present_fixed64(4, value.to_bits()),
            Value::Array(_) if depth == MAX_DEPTH => self.out.present(5, &[]),
            Value::Map(_) if depth == MAX_DEPTH => self.out.present(6, &[]),
            Value::Array(values) => self.array(values, whole, depth + 1)?,
            Value::Map(entries) => self.map(entries, whole, depth + 1)?,
            Value::Empty | Value::Bool(_) | Value::Int(_) | Value::Double(_) => {}
        }
        Ok(())
    }

    fn array(&mut self, values: Values<'a>, whole: Whole, depth: usize) -> Result<(), Malformed> {
        let array = self.out.open(5, 0);
        for value in values {
            let element = self.out.open(1, 0);
            self.value(value?, whole, depth)?;
            self.out.close(element);
        }
        self.out.close(array);
        Ok(())
    }

    fn map(
        &mut self,
        entries: Attributes<'a>,
        whole: Whole,
        depth: usize,
    ) -> Result<(), Malformed> {
        let map = self.out.open(6, 0);
        for entry in entries {
            let Attribute { key, value, .. } = entry?;
            let entry = self.out.open(1, 0);
            self.key_and_value(key, value, whole, depth)?;
            self.out.close(entry);
        }
        self.out.close(map);
        Ok(())
    }
}

/// Whether a `KeyValue` of which [`Message::key_and_text`] knows the parts is written as in a view,
/// its length included, which takes one byte or two.
#[inline(always)]
fn is_canonical(key_value: &Message<'_>, key: &[u8]) -> bool {
    let has_short_length = key_value.content == key_value.header + 1;
    let length = key_value.end - key_value.content;
    (has_short_length || length >= 0x80)
        && !key.is_empty()
        && key_value.batch[key_value.content] == 0x0a
}

/// The value that most attributes have; nothing is said about any other.
#[inline]
fn plain_value(value: Message<'_>) -> Option<Value<'_>> {
    if let Some(text) = value.only_text() {
        return Some(Value::Text(text));
    }
    only_scalar(value.bytes()).map(|scalar| match scalar {
        Scalar::Bool(value) => Value::Bool(value),
        Scalar::Int(value) => Value::Int(value),
        Scalar::Double(value) => Value::Double(value),
    })
}
