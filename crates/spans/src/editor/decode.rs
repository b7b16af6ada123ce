//! [`Decoded`]: an answer's bytes, read to the letter of `wit/edits.proto`.
//!
//! What protobuf would let pass is refused: what hosts read otherwise than one another would be
//! applied otherwise, too.

use std::ops::Range;

use crate::edit_form::{On, TextField};
use crate::new_value::NewValue;

/// The message `Edits`.
#[derive(Default)]
pub(super) struct Decoded<'e> {
    pub drop_unknown_fields: bool,
    pub dropped_spans: Vec<u32>,
    pub edits: Vec<Edit<'e>>,
    /// Whether all was read. Else it makes no sense from behind these edits on.
    pub is_whole: bool,
    /// The paths of all edits, one after another.
    paths: Vec<u32>,
}

pub(super) struct Edit<'e> {
    pub on: On,
    pub number: u32,
    pub member: u32,
    pub action: Action<'e>,
}

pub(super) enum Action<'e> {
    SetField { field: TextField, text: &'e str },
    SetAttribute { key: u32, value: NewValue<'e> },
    Change { path: Range<usize>, change: Change<'e> },
}

/// What is done at the end of a path.
#[derive(Clone, Copy)]
pub(super) enum Change<'e> {
    Remove,
    Rename(&'e str),
    Replace(NewValue<'e>),
}

impl<'e> Decoded<'e> {
    /// Reads an answer as far as that can be done.
    pub fn read(bytes: &'e [u8]) -> Self {
        let mut decoded = Decoded::default();
        decoded.is_whole = decoded.read_all(bytes).is_some();
        decoded
    }

    /// The path of an edit; empty where it has none.
    pub fn path(&self, index: usize) -> &[u32] {
        match &self.edits[index].action {
            Action::Change { path, .. } => &self.paths[path.clone()],
            _ => &[],
        }
    }

    /// Takes the first of `edits` off, as long as `wanted` says so.
    pub fn take(
        &self,
        edits: &mut Range<usize>,
        wanted: impl Fn(&Edit<'e>) -> bool,
    ) -> Range<usize> {
        let length = self.edits[edits.clone()].iter().take_while(|edit| wanted(edit)).count();
        self.take_first(edits, length)
    }

    /// Takes those off whose path has this position here.
    pub fn take_at(&self, edits: &mut Range<usize>, at: usize, position: u32) -> Range<usize> {
        let is_here = |index: &usize| self.path(*index).get(at) == Some(&position);
        let length = edits.clone().take_while(is_here).count();
        self.take_first(edits, length)
    }

    /// Whether the path of the first has this position here.
    pub fn is_at(&self, edits: &Range<usize>, at: usize, position: u32) -> bool {
        !edits.is_empty() && self.path(edits.start).get(at) == Some(&position)
    }

    /// Takes those off whose path ends here.
    pub fn take_ending(&self, edits: &mut Range<usize>, at: usize) -> Range<usize> {
        let length = edits.clone().take_while(|index| self.path(*index).len() == at + 1).count();
        self.take_first(edits, length)
    }

    /// Those with this very path; paths ascend.
    pub fn find(&self, edits: &Range<usize>, path: &[u32]) -> Range<usize> {
        let (mut start, mut end) = (edits.start, edits.end);
        while start < end {
            let middle = start.midpoint(end);
            if self.path(middle) < path {
                start = middle + 1;
            } else {
                end = middle;
            }
        }
        let length = (start..edits.end).take_while(|index| self.path(*index) == path).count();
        start..start + length
    }

    fn take_first(&self, edits: &mut Range<usize>, length: usize) -> Range<usize> {
        let start = edits.start;
        edits.start += length;
        start..edits.start
    }

    fn read_all(&mut self, bytes: &'e [u8]) -> Option<()> {
        let mut fields = Fields::of(bytes);
        while let Some((number, content)) = fields.next()? {
            match number {
                // What spans are dropped is to be known before the edits come.
                1 | 2 if !self.edits.is_empty() => return None,
                1 => self.drop_unknown_fields = content.bool()?,
                2 => read_packed(content.bytes()?, &mut self.dropped_spans)?,
                3 => {
                    let edit = read_edit(content.bytes()?, &mut self.paths)?;
                    self.edits.push(edit);
                    continue;
                }
                _ => return None,
            }
            fields.once(number)?;
        }
        Some(())
    }
}

fn read_edit<'e>(bytes: &'e [u8], paths: &mut Vec<u32>) -> Option<Edit<'e>> {
    let (mut on, mut place) = (On::Span, [0, 0]);
    let mut action = None;
    let mut fields = Fields::of(bytes);
    while let Some((number, content)) = fields.next()? {
        match number {
            1 => on = On::read(content.number()?)?,
            2 | 3 => place[number as usize - 2] = content.number()?,
            // One action, of whatever kind.
            4..=8 if action.is_none() => {
                action = Some(read_action(number, content.bytes()?, paths)?);
            }
            _ => return None,
        }
        fields.once(number)?;
    }
    Some(Edit { on, number: place[0], member: place[1], action: action? })
}

fn read_action<'e>(number: u32, bytes: &'e [u8], paths: &mut Vec<u32>) -> Option<Action<'e>> {
    let start = paths.len();
    let (mut first, mut text, mut value) = (0, "", None);
    let mut fields = Fields::of(bytes);
    while let Some((field, content)) = fields.next()? {
        fields.once(field)?;
        match (number, field) {
            (4 | 5, 1) => first = content.number()?,
            (6..=8, 1) => read_packed(content.bytes()?, paths)?,
            (4 | 7, 2) => text = content.text()?,
            (5 | 6, 2) => value = Some(read_scalar(content.bytes()?)?),
            _ => return None,
        }
    }
    let change = |change| Action::Change { path: start..paths.len(), change };
    Some(match number {
        4 => Action::SetField { field: TextField::read(first)?, text },
        5 => Action::SetAttribute { key: first, value: value? },
        6 => change(Change::Replace(value?)),
        7 => change(Change::Rename(text)),
        _ => change(Change::Remove),
    })
}

fn read_scalar(bytes: &[u8]) -> Option<NewValue<'_>> {
    let mut fields = Fields::of(bytes);
    let value = match fields.next()?? {
        (1, content) => NewValue::Text(content.text()?),
        (2, content) => NewValue::Bool(content.bool()?),
        (3, Content::Number(value)) => NewValue::Int(value as i64),
        (4, Content::Fixed(bits)) => NewValue::Double(f64::from_bits(bits)),
        _ => return None,
    };
    fields.rest.is_empty().then_some(value)
}

/// An empty list has no field.
fn read_packed(bytes: &[u8], numbers: &mut Vec<u32>) -> Option<()> {
    if bytes.is_empty() {
        return None;
    }
    let mut fields = Fields::of(bytes);
    while !fields.rest.is_empty() {
        numbers.push(u32::try_from(fields.varint()?).ok()?);
    }
    Some(())
}

impl On {
    fn read(number: u32) -> Option<Self> {
        let all = [On::Span, On::Resource, On::Scope, On::Event, On::Link, On::Entity];
        all.get(number as usize).copied()
    }
}

impl TextField {
    fn read(number: u32) -> Option<Self> {
        TextField::ALL.get(number as usize).copied()
    }
}

/// The fields of one message.
struct Fields<'e> {
    rest: &'e [u8],
    /// Those that were met and may not come again.
    met: u16,
}

/// What a field holds.
#[derive(Clone, Copy)]
enum Content<'e> {
    Number(u64),
    Fixed(u64),
    Bytes(&'e [u8]),
}

impl<'e> Fields<'e> {
    fn of(rest: &'e [u8]) -> Self {
        Fields { rest, met: 0 }
    }

    /// `Some(None)` at the end, `None` where nothing can be read.
    fn next(&mut self) -> Option<Option<(u32, Content<'e>)>> {
        if self.rest.is_empty() {
            return Some(None);
        }
        let tag = u32::try_from(self.varint()?).ok()?;
        let content = match tag & 7 {
            0 => Content::Number(self.varint()?),
            1 => {
                let (bits, rest) = self.rest.split_first_chunk()?;
                self.rest = rest;
                Content::Fixed(u64::from_le_bytes(*bits))
            }
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                let (bytes, rest) = self.rest.split_at_checked(length)?;
                self.rest = rest;
                Content::Bytes(bytes)
            }
            _ => return None,
        };
        Some(Some((tag >> 3, content)))
    }

    /// A varint in its shortest form.
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for (index, byte) in self.rest.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if *byte < 0x80 {
                let is_shortest = index == 0 || *byte != 0;
                let fits = index < 9 || *byte == 1;
                self.rest = &self.rest[index + 1..];
                return (is_shortest && fits).then_some(value);
            }
        }
        None
    }

    /// Notes a field; `None` where it was met before.
    fn once(&mut self, number: u32) -> Option<()> {
        let bit = 1u16.checked_shl(number)?;
        let is_new = self.met & bit == 0;
        self.met |= bit;
        is_new.then_some(())
    }
}

impl<'e> Content<'e> {
    fn number(self) -> Option<u32> {
        match self {
            Content::Number(number) => u32::try_from(number).ok(),
            _ => None,
        }
    }

    fn bool(self) -> Option<bool> {
        match self {
            Content::Number(number @ 0..=1) => Some(number == 1),
            _ => None,
        }
    }

    fn bytes(self) -> Option<&'e [u8]> {
        match self {
            Content::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    fn text(self) -> Option<&'e str> {
        str::from_utf8(self.bytes()?).ok()
    }
}
