//! [`Pass`]: carries out the edits of one resource, scope, span, event, link or entity.

use std::ops::Range;

use super::Editor;
use super::decode::{Action, Change, Decoded};
use super::entries::{Entries, Level};
use super::replace::replace_value;
use super::script::Script;
use crate::Malformed;
use crate::edit_form::{On, TextField};
use crate::value::{Attribute, key_of};
use crate::view::Seen;
use crate::wire::{Field, Message, Reader, write_length_field};

/// Is shown the fields of its messages one after another, and changes those that edits name. What
/// no field stood for comes last.
pub(super) struct Pass<'p, 'e> {
    editor: &'p Editor,
    decoded: &'p Decoded<'e>,
    on: On,
    /// Edits that set fields, and those that set attributes.
    texts: Range<usize>,
    sets: Range<usize>,
    /// Edits with a path that are still to come.
    paths: Range<usize>,
    /// Position of the next attribute in the view.
    position: u32,
    /// Of `texts` and `sets`: whether there was something to change.
    met: Vec<bool>,
    /// The last status of a span.
    status: Option<Message<'p>>,
    /// How many id keys and description keys of an entity there were.
    entity_keys: [u32; 2],
}

/// Where a text field stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// In the message of what the edit names.
    Inside,
    /// In the message around it.
    Around,
    InStatus,
}

/// Where the text field of an edit stands, and its number there.
fn place_of(on: On, field: TextField) -> Option<(Stands, u32)> {
    Some(match (on, field) {
        (On::Span, TextField::Name) => (Stands::Inside, 5),
        (On::Span, TextField::StatusMessage) => (Stands::InStatus, 2),
        (On::Span | On::Link, TextField::TraceState) => (Stands::Inside, 3),
        (On::Event, TextField::Name) => (Stands::Inside, 2),
        (On::Scope, TextField::Name) => (Stands::Inside, 1),
        (On::Scope, TextField::Version) => (Stands::Inside, 2),
        (On::Resource | On::Scope, TextField::SchemaUrl) => (Stands::Around, 3),
        (On::Entity, TextField::SchemaUrl) => (Stands::Inside, 1),
        (On::Entity, TextField::Type) => (Stands::Inside, 2),
        _ => return None,
    })
}

impl<'p, 'e> Pass<'p, 'e> {
    /// A pass for edits of this one carrier, in their order.
    pub fn new(
        editor: &'p Editor,
        decoded: &'p Decoded<'e>,
        on: On,
        mut edits: Range<usize>,
    ) -> Self {
        let texts = decoded.take(&mut edits, |edit| matches!(edit.action, Action::SetField { .. }));
        let sets =
            decoded.take(&mut edits, |edit| matches!(edit.action, Action::SetAttribute { .. }));
        let met = vec![false; sets.end - texts.start];
        Pass {
            editor,
            decoded,
            on,
            texts,
            sets,
            paths: edits,
            position: 0,
            met,
            status: None,
            entity_keys: [0, 0],
        }
    }

    /// A field of the message, which is open.
    pub fn field(
        &mut self,
        fields: &Reader<'p>,
        field: &Field<'p>,
        script: &mut Script,
    ) -> Result<(), Malformed> {
        if attributes_of(self.on) == Some(field.number) {
            return self.attribute(field, fields.message(field)?, script);
        }
        match (self.on, field.number) {
            (On::Entity, 3 | 4) => {
                self.entity_key(field, script);
                Ok(())
            }
            (On::Span, 15) => self.in_status(fields.message(field)?, script),
            _ => {
                self.text(Stands::Inside, field, script);
                Ok(())
            }
        }
    }

    /// A field of the message around, which is open.
    pub fn field_around(&mut self, field: &Field<'p>, script: &mut Script) {
        self.text(Stands::Around, field, script);
    }

    /// Changes a field if it is one that an edit sets. It stands once after that.
    fn text(&mut self, stands: Stands, field: &Field<'_>, script: &mut Script) {
        for index in self.texts.clone() {
            let Action::SetField { field: edited, text } = self.decoded.edits[index].action else {
                continue;
            };
            if place_of(self.on, edited) == Some((stands, field.number)) {
                let is_first = self.meet(index);
                script.splice(field.start, field.end, |out| {
                    if is_first {
                        write_content(field.number, text.as_bytes(), out);
                    }
                });
            }
        }
    }

    fn in_status(&mut self, status: Message<'p>, script: &mut Script) -> Result<(), Malformed> {
        script.enter(&status);
        let mut fields = status.fields("Status");
        while let Some(field) = fields.next()? {
            self.text(Stands::InStatus, &field, script);
        }
        script.leave();
        self.status = Some(status);
        Ok(())
    }

    fn attribute(
        &mut self,
        field: &Field<'p>,
        key_value: Message<'p>,
        script: &mut Script,
    ) -> Result<(), Malformed> {
        let Some(carrier) = self.on.carrier() else { return Ok(()) };
        let is_whole = !matches!(self.editor.seen, Seen::Parts(..));
        if self.passes_by(is_whole) {
            self.position += 1;
            return Ok(());
        }
        let key = key_of(key_value)?;
        let mut here = 0..0;
        let mut level = Level { at: 0, depth: 0, is_whole };
        let mut keys = Vec::new();
        let entries = Entries { editor: self.editor, decoded: self.decoded, carrier };
        if !self.paths.is_empty() {
            keys.push(key);
            let (paths, position) = (&mut self.paths, &mut self.position);
            here = entries.take(paths, position, key_value, &mut level, &keys);
        }
        if self.set(key, key_value, script)? || here.is_empty() {
            return Ok(());
        }
        entries.entry(field, key_value, here, level, &mut keys, script)
    }

    /// Whether the next attribute need not be looked at: nothing is set, and no path leads to it.
    fn passes_by(&self, is_whole: bool) -> bool {
        let is_shown = is_whole && self.decoded.is_at(&self.paths, 0, self.position);
        self.sets.is_empty() && (self.paths.is_empty() || is_whole && !is_shown)
    }

    /// Gives an attribute its value if an edit sets it.
    fn set(
        &mut self,
        key: &[u8],
        key_value: Message<'_>,
        script: &mut Script,
    ) -> Result<bool, Malformed> {
        let mut new = None;
        for index in self.sets.clone() {
            if self.set_key(index).is_some_and(|it| it.as_bytes() == key) {
                self.meet(index);
                new = Some(index);
            }
        }
        let Some(index) = new else { return Ok(false) };
        if let Action::SetAttribute { value, .. } = &self.decoded.edits[index].action
            && !value.is(&Attribute::read(key_value)?.value)
        {
            script.enter(&key_value);
            replace_value(key_value, script, |out| value.write_field(out))?;
            script.leave();
        }
        Ok(true)
    }

    fn set_key(&self, edit: usize) -> Option<&'p str> {
        match self.decoded.edits[edit].action {
            Action::SetAttribute { key, .. } => self.editor.announced.set_key(key, self.on),
            _ => None,
        }
    }

    /// Id keys are list 0 of an entity, description keys list 1.
    fn entity_key(&mut self, field: &Field<'_>, script: &mut Script) {
        let list = field.number - 3;
        let position = self.entity_keys[list as usize];
        self.entity_keys[list as usize] += 1;
        let here = self.decoded.find(&self.paths, &[list, position]);
        for index in here {
            if let Action::Change { change: Change::Rename(key), .. } =
                self.decoded.edits[index].action
            {
                script.splice(field.start, field.end, |out| {
                    write_length_field(out, field.number, key.as_bytes());
                });
            }
        }
    }

    /// Notes that there was something for an edit to change; says whether it is the first.
    fn meet(&mut self, edit: usize) -> bool {
        !std::mem::replace(&mut self.met[edit - self.texts.start], true)
    }

    /// Puts what is new behind the last field of a message, which is open.
    pub fn finish(&self, message: Message<'_>, script: &mut Script) {
        let mut new = Vec::new();
        self.write_new(&mut new);
        if !new.is_empty() {
            script.splice(message.end, message.end, |out| out.extend_from_slice(&new));
        }
        if let Some(status) = &self.status {
            let mut new = Vec::new();
            self.write_new_texts(Stands::InStatus, &mut new);
            if !new.is_empty() {
                script.enter(status);
                script.splice(status.end, status.end, |out| out.extend_from_slice(&new));
                script.leave();
            }
        }
    }

    /// As [`Pass::finish`], for a resource or scope whose last message this is, if it has any. The
    /// message around it is open.
    pub fn finish_around(
        &self,
        last: Option<Message<'_>>,
        around: Message<'_>,
        script: &mut Script,
    ) {
        let mut new = Vec::new();
        match last {
            Some(message) => {
                script.enter(&message);
                self.finish(message, script);
                script.leave();
            }
            None => {
                let mut content = Vec::new();
                self.write_new(&mut content);
                write_content(1, &content, &mut new);
            }
        }
        self.write_new_texts(Stands::Around, &mut new);
        if !new.is_empty() {
            script.splice(around.end, around.end, |out| out.extend_from_slice(&new));
        }
    }

    fn write_new(&self, out: &mut Vec<u8>) {
        self.write_new_texts(Stands::Inside, out);
        if self.on == On::Span && self.status.is_none() {
            let mut content = Vec::new();
            self.write_new_texts(Stands::InStatus, &mut content);
            write_content(15, &content, out);
        }
        let Some(number) = attributes_of(self.on) else { return };
        for index in self.sets.clone().filter(|index| !self.is_met(*index)) {
            // Two indices may name one key; the last counts.
            let key = self.set_key(index);
            let is_set_again = (index + 1..self.sets.end).any(|it| self.set_key(it) == key);
            if let (Some(key), false, Action::SetAttribute { value, .. }) =
                (key, is_set_again, &self.decoded.edits[index].action)
            {
                value.write_attribute(number, key, out);
            }
        }
    }

    fn write_new_texts(&self, wanted: Stands, out: &mut Vec<u8>) {
        for index in self.texts.clone().filter(|index| !self.is_met(*index)) {
            if let Action::SetField { field, text } = self.decoded.edits[index].action
                && let Some((stands, number)) = place_of(self.on, field)
                && stands == wanted
            {
                write_content(number, text.as_bytes(), out);
            }
        }
    }

    fn is_met(&self, edit: usize) -> bool {
        self.met[edit - self.texts.start]
    }
}

/// The number of the attributes in what has some.
fn attributes_of(on: On) -> Option<u32> {
    Some(match on {
        On::Span => 9,
        On::Resource => 1,
        On::Scope | On::Event => 3,
        On::Link => 4,
        On::Entity => return None,
    })
}

fn write_content(number: u32, content: &[u8], out: &mut Vec<u8>) {
    if !content.is_empty() {
        write_length_field(out, number, content);
    }
}
