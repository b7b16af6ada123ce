//! [`Entries`]: carries out edits that have a path.

use std::ops::Range;

use super::Editor;
use super::decode::{Action, Change, Decoded};
use super::flat::{flat_entry, flat_value, is_flat_entry, is_flat_value};
use super::replace::{replace_field, replace_value};
use super::script::Script;
use crate::Malformed;
use crate::texts::Carrier;
use crate::value::key_of;
use crate::view::Shown;
use crate::wire::{Field, Message, write_length_field};

/// Carries out edits to the attributes of one carrier, and to all in them.
#[derive(Clone, Copy)]
pub(super) struct Entries<'p, 'e> {
    pub editor: &'p Editor,
    pub decoded: &'p Decoded<'e>,
    pub carrier: Carrier,
}

/// Where a walk down paths is.
#[derive(Clone, Copy)]
pub(super) struct Level {
    /// How many positions of the paths lead here.
    pub at: usize,
    pub depth: usize,
    /// All that is here is shown.
    pub is_whole: bool,
}

impl Level {
    fn below(self) -> Self {
        Level { at: self.at + 1, depth: self.depth + 1, ..self }
    }
}

/// The way down to a value, and what is done there.
type Keys<'a> = Vec<&'a [u8]>;

impl<'e> Entries<'_, 'e> {
    fn change(&self, edit: usize) -> Option<Change<'e>> {
        match &self.decoded.edits[edit].action {
            Action::Change { change, .. } => Some(*change),
            _ => None,
        }
    }

    /// The edits to this entry, if it is shown, off `edits`. `keys` ends with its own.
    pub fn take<'a>(
        &self,
        edits: &mut Range<usize>,
        position: &mut u32,
        key_value: Message<'a>,
        level: &mut Level,
        keys: &Keys<'a>,
    ) -> Range<usize> {
        if !level.is_whole {
            match self.editor.shown(self.carrier, keys, key_value, level.depth) {
                Shown::Whole => level.is_whole = true,
                Shown::WayTo => {}
                Shown::Not => return edits.start..edits.start,
            }
        }
        let here = self.decoded.take_at(edits, level.at, *position);
        *position += 1;
        here
    }

    /// Carries out edits to an entry whose field this is.
    pub fn entry<'a>(
        &self,
        field: &Field<'a>,
        key_value: Message<'a>,
        edits: Range<usize>,
        level: Level,
        keys: &mut Keys<'a>,
        script: &mut Script,
    ) -> Result<(), Malformed> {
        let mut below = edits;
        let own = self.decoded.take_ending(&mut below, level.at);
        if own.clone().any(|edit| matches!(self.change(edit), Some(Change::Remove))) {
            script.splice(field.start, field.end, |_| {});
            return Ok(());
        }
        script.enter(&key_value);
        if below.is_empty() || is_flat_entry(key_value)? {
            self.open_entry(key_value, own, below, level, keys, script)?;
        } else {
            let flat = flat_entry(key_value)?;
            let mut inner = Script::for_batch(flat.len());
            let mut keys = keys.clone();
            self.open_entry(Message::root(&flat), own, below, level, &mut keys, &mut inner)?;
            replace_content(key_value, inner.apply(&flat), script);
        }
        script.leave();
        Ok(())
    }

    fn open_entry<'a>(
        &self,
        key_value: Message<'a>,
        own: Range<usize>,
        below: Range<usize>,
        level: Level,
        keys: &mut Keys<'a>,
        script: &mut Script,
    ) -> Result<(), Malformed> {
        for edit in own {
            match self.change(edit) {
                Some(Change::Rename(key)) => {
                    replace_field(key_value, "KeyValue", 1, script, |out| {
                        if !key.is_empty() {
                            write_length_field(out, 1, key.as_bytes());
                        }
                    })?;
                }
                Some(Change::Replace(value)) => {
                    replace_value(key_value, script, |out| value.write_field(out))?;
                }
                _ => {}
            }
        }
        if below.is_empty() {
            return Ok(());
        }
        let mut fields = key_value.fields("KeyValue");
        if let Some(value) = fields.next_message(2)? {
            script.enter(&value);
            self.open_value(value, below, level.below(), keys, script)?;
            script.leave();
        }
        Ok(())
    }

    /// Carries out edits in a list or map.
    fn open_value<'a>(
        &self,
        value: Message<'a>,
        edits: Range<usize>,
        level: Level,
        keys: &mut Keys<'a>,
        script: &mut Script,
    ) -> Result<(), Malformed> {
        let mut fields = value.fields("AnyValue");
        while let Some(field) = fields.next()? {
            if !matches!(field.number, 5 | 6) {
                continue;
            }
            let list = fields.message(&field)?;
            script.enter(&list);
            if field.number == 5 {
                self.elements(list, edits.clone(), level, keys, script)?;
            } else {
                self.map(list, edits.clone(), level, keys, script)?;
            }
            script.leave();
        }
        Ok(())
    }

    fn map<'a>(
        &self,
        map: Message<'a>,
        edits: Range<usize>,
        level: Level,
        keys: &mut Keys<'a>,
        script: &mut Script,
    ) -> Result<(), Malformed> {
        let (mut rest, mut position) = (edits, 0);
        let mut fields = map.fields("KeyValueList");
        while let Some(field) = fields.next()? {
            if field.number != 1 || rest.is_empty() {
                continue;
            }
            let key_value = fields.message(&field)?;
            let mut level = level;
            keys.push(key_of(key_value)?);
            let here = self.take(&mut rest, &mut position, key_value, &mut level, keys);
            if !here.is_empty() {
                self.entry(&field, key_value, here, level, keys, script)?;
            }
            keys.pop();
        }
        Ok(())
    }

    fn elements<'a>(
        &self,
        array: Message<'a>,
        edits: Range<usize>,
        level: Level,
        keys: &mut Keys<'a>,
        script: &mut Script,
    ) -> Result<(), Malformed> {
        let (mut rest, mut position) = (edits, 0);
        let mut fields = array.fields("ArrayValue");
        while let Some(field) = fields.next()? {
            if field.number != 1 || rest.is_empty() {
                continue;
            }
            let element = fields.message(&field)?;
            let mut here = self.decoded.take_at(&mut rest, level.at, position);
            position += 1;
            for edit in self.decoded.take_ending(&mut here, level.at) {
                if let Some(Change::Replace(value)) = self.change(edit) {
                    script.enter(&element);
                    script.splice(element.content, element.end, |out| value.write(out));
                    script.leave();
                }
            }
            if !here.is_empty() {
                self.element(element, here, level, keys, script)?;
            }
        }
        Ok(())
    }

    /// Carries out edits inside an element.
    fn element<'a>(
        &self,
        element: Message<'a>,
        edits: Range<usize>,
        level: Level,
        keys: &mut Keys<'a>,
        script: &mut Script,
    ) -> Result<(), Malformed> {
        script.enter(&element);
        if is_flat_value(element)? {
            self.open_value(element, edits, level.below(), keys, script)?;
        } else {
            let flat = flat_value(&[element])?;
            let mut inner = Script::for_batch(flat.len());
            let mut keys = keys.clone();
            self.open_value(Message::root(&flat), edits, level.below(), &mut keys, &mut inner)?;
            replace_content(element, inner.apply(&flat), script);
        }
        script.leave();
        Ok(())
    }
}

fn replace_content(message: Message<'_>, new: Vec<u8>, script: &mut Script) {
    script.splice(message.content, message.end, |out| out.extend_from_slice(&new));
}
