//! [`Attribute`] and [`Value`], and the walks over many of them, read as [`crate::span`] says.

use crate::Malformed;
use crate::joined::{Joined, Path};
use crate::wire::Message;

/// How deep lists and maps are looked into. What stands deeper is
/// [`Unsearchable::TooDeep`](crate::Unsearchable::TooDeep).
pub(crate) const MAX_DEPTH: usize = 32;

/// A key and its value.
#[derive(Clone)]
pub struct Attribute<'a> {
    /// The key, as it came.
    pub key: &'a [u8],
    /// The value; [`Value::Empty`] where there is none.
    pub value: Value<'a>,
    pub(crate) message: Message<'a>,
}

/// OTLP's `AnyValue`.
#[derive(Clone)]
pub enum Value<'a> {
    /// No value at all, which OTLP allows.
    Empty,
    /// A text.
    Text(&'a [u8]),
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Double(f64),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A list of values.
    Array(Values<'a>),
    /// A map.
    Map(Attributes<'a>),
}

impl<'a> Value<'a> {
    /// The text, where the value is one and is UTF-8.
    pub fn as_str(&self) -> Option<&'a str> {
        match self {
            Value::Text(bytes) => str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// Reads an `AnyValue`.
    pub(crate) fn of(message: Message<'a>) -> Result<Self, Malformed> {
        const LISTS: Path = &[(5, "AnyValue")];
        const MAPS: Path = &[(6, "AnyValue")];
        let mut value = Value::Empty;
        value.read(message, message, LISTS, MAPS)?;
        Ok(value)
    }

    /// Reads an `AnyValue` over what came before it. `lists` and `maps` lead from `around` to its
    /// lists and maps.
    fn read(
        &mut self,
        message: Message<'a>,
        around: Message<'a>,
        lists: Path,
        maps: Path,
    ) -> Result<(), Malformed> {
        let mut fields = message.fields("AnyValue");
        while let Some(field) = fields.next()? {
            match (field.number, &self) {
                (1, _) => *self = Value::Text(fields.message(&field)?.bytes()),
                (2, _) => *self = Value::Bool(fields.varint_of(&field)? != 0),
                (3, _) => *self = Value::Int(fields.varint_of(&field)? as i64),
                (4, _) => *self = Value::Double(f64::from_bits(fields.fixed64_of(&field)?)),
                // One that is read already goes on by itself.
                (5, Value::Array(_)) | (6, Value::Map(_)) => _ = fields.message(&field)?,
                (5, _) => {
                    let list = fields.message(&field)?;
                    let messages = Joined::from(list, "ArrayValue", 1, around, lists);
                    *self = Value::Array(Values { messages });
                }
                (6, _) => {
                    let map = fields.message(&field)?;
                    let messages = Joined::from(map, "KeyValueList", 1, around, maps);
                    *self = Value::Map(Attributes { messages: Some(messages) });
                }
                (7, _) => *self = Value::Bytes(fields.message(&field)?.bytes()),
                // An index into the table of texts that only profiles have.
                (8, _) => {
                    fields.varint_of(&field)?;
                    *self = Value::Empty;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The values of a list, in order.
#[derive(Clone)]
pub struct Values<'a> {
    pub(crate) messages: Joined<'a>,
}

impl<'a> Iterator for Values<'a> {
    type Item = Result<Value<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.messages.next()?.and_then(Value::of))
    }
}

/// Attributes in the order they stand.
#[derive(Clone)]
pub struct Attributes<'a> {
    messages: Option<Joined<'a>>,
}

impl<'a> Attributes<'a> {
    /// Those in the fields `number` of `message`.
    pub(crate) fn of(message: Message<'a>, inside: &'static str, number: u32) -> Self {
        Attributes { messages: Some(Joined::from(message, inside, number, message, &[])) }
    }

    /// Those in the fields `number` of the messages to which `path` leads.
    pub(crate) fn below(
        around: Option<Message<'a>>,
        path: Path,
        inside: &'static str,
        number: u32,
    ) -> Self {
        Attributes { messages: around.map(|around| Joined::below(around, path, inside, number)) }
    }

    /// Their `KeyValue` messages.
    pub(crate) fn messages(self) -> impl Iterator<Item = Result<Message<'a>, Malformed>> {
        self.messages.into_iter().flatten()
    }

    /// The attributes whose key is wanted. The values of the others are not looked at, which makes
    /// this the fast way to a few of many.
    #[inline]
    pub fn of_keys(
        self,
        wanted: impl Fn(&[u8]) -> bool,
    ) -> impl Iterator<Item = Result<Attribute<'a>, Malformed>> {
        self.looked_up(move |key| wanted(key).then_some(()))
            .map(|found| found.map(|((), attribute)| attribute))
    }

    /// The attributes for whose key `look_up` has something, with what it has. As
    /// [`Attributes::of_keys`], for a caller that would look the key up again.
    #[inline]
    pub fn looked_up<T>(
        mut self,
        look_up: impl Fn(&[u8]) -> Option<T>,
    ) -> impl Iterator<Item = Result<(T, Attribute<'a>), Malformed>> {
        std::iter::from_fn(move || {
            let messages = self.messages.as_mut()?;
            loop {
                // Steps over what nobody looks for as fast as can be.
                while let Some(message) = messages.next_short() {
                    let plain_key = message.only_key();
                    if plain_key.is_some_and(|key| look_up(key).is_none()) {
                        continue;
                    }
                    if let Some(found) = look_up_attribute(message, &look_up).transpose() {
                        return Some(found);
                    }
                }
                if messages.is_done() {
                    return None;
                }
                match messages.next()?.and_then(|message| look_up_attribute(message, &look_up)) {
                    Ok(Some(found)) => return Some(Ok(found)),
                    Ok(None) => {}
                    Err(malformed) => return Some(Err(malformed)),
                }
            }
        })
    }

    /// The value under `key`; the last where it stands twice.
    ///
    /// # Errors
    /// Where the attributes cannot be decoded.
    pub fn get(self, key: &str) -> Result<Option<Value<'a>>, Malformed> {
        let mut found = None;
        for attribute in self.of_keys(|it| it == key.as_bytes()) {
            found = Some(attribute?.value);
        }
        Ok(found)
    }
}

fn look_up_attribute<'a, T>(
    message: Message<'a>,
    look_up: impl Fn(&[u8]) -> Option<T>,
) -> Result<Option<(T, Attribute<'a>)>, Malformed> {
    let attribute = Attribute::read(message)?;
    Ok(look_up(attribute.key).map(|found| (found, attribute)))
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Attribute<'a>, Malformed>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let message = self.messages.as_mut()?.next()?;
        Some(message.and_then(Attribute::read))
    }
}

/// Where the lists and maps of a `KeyValue` stand.
const LISTS_OF_KEY_VALUE: Path = &[(2, "KeyValue"), (5, "AnyValue")];
const MAPS_OF_KEY_VALUE: Path = &[(2, "KeyValue"), (6, "AnyValue")];

impl<'a> Attribute<'a> {
    /// The attribute or map entry in a `KeyValue`.
    pub(crate) fn read(message: Message<'a>) -> Result<Self, Malformed> {
        if let Some((key, value)) = message.key_and_value() {
            return Self::read_plain(message, key, value);
        }
        let mut attribute = Attribute { key: &[], value: Value::Empty, message };
        let mut fields = message.fields("KeyValue");
        while let Some(field) = fields.next()? {
            match field.number {
                1 => attribute.key = fields.message(&field)?.bytes(),
                2 => attribute.value.read(
                    fields.message(&field)?,
                    message,
                    LISTS_OF_KEY_VALUE,
                    MAPS_OF_KEY_VALUE,
                )?,
                _ => {}
            }
        }
        Ok(attribute)
    }

    /// One of which [`Message::key_and_value`] knows the parts.
    #[inline]
    fn read_plain(
        message: Message<'a>,
        key: Message<'a>,
        value: Message<'a>,
    ) -> Result<Self, Malformed> {
        let mut attribute = Attribute { key: key.bytes(), value: Value::Empty, message };
        match value.only_text() {
            Some(text) => attribute.value = Value::Text(text),
            None => {
                attribute.value.read(value, message, LISTS_OF_KEY_VALUE, MAPS_OF_KEY_VALUE)?;
            }
        }
        Ok(attribute)
    }
}

/// The last key of a `KeyValue`, which need not stand before the value.
#[inline]
pub(crate) fn key_of<'a>(key_value: Message<'a>) -> Result<&'a [u8], Malformed> {
    if let Some((key, _)) = key_value.key_and_value() {
        return Ok(key.bytes());
    }
    let mut fields = key_value.fields("KeyValue");
    let mut key: &[u8] = &[];
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            key = fields.message(&field)?.bytes();
        }
    }
    Ok(key)
}
