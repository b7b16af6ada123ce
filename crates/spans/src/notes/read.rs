//! Notes, read to the letter of `wit/notes.proto`.

use super::{Deed, MOST_NOTES, Note, Notes, Spot, Subject};
use crate::Malformed;
use crate::edit_form::{On, TextField};
use crate::wire::{Message, Payload, Reader};

impl Notes {
    /// Reads the message `Notes`: the notes, and how many were left out.
    ///
    /// Of more than [`MOST_NOTES`] it holds one more than that, and only looks at the others: a note
    /// takes two bytes on the wire and many times as much here.
    ///
    /// # Errors
    /// Where it is none.
    pub fn read(bytes: &[u8]) -> Result<(Vec<Note>, u32), Malformed> {
        let (mut notes, mut left_out) = (Vec::new(), 0);
        let mut fields = Message::root(bytes).fields("Notes");
        while let Some(field) = fields.next()? {
            match field.number {
                1 => {
                    let note = read_note(fields.message(&field)?)?;
                    if notes.len() <= MOST_NOTES {
                        notes.push(note);
                    }
                }
                2 => left_out = number(&fields, field.start, fields.varint_of(&field)?)?,
                _ => return Err(fields.malformed(field.start, UNKNOWN)),
            }
        }
        Ok((notes, left_out))
    }
}

const UNKNOWN: &str = "a field that no note has";

fn read_note(message: Message<'_>) -> Result<Note, Malformed> {
    let mut note = Note {
        of: Subject { on: On::Span, number: 0, member: 0 },
        spot: Spot::Whole,
        deed: Deed::Kept,
        rule: 0,
    };
    let mut fields = message.fields("Note");
    while let Some(field) = fields.next()? {
        let Payload::Varint(value) = field.payload else {
            let path = read_path(fields.message(&field)?)?;
            note.spot = match field.number {
                6 => Spot::Value(path),
                7 => Spot::Key(path),
                _ => return Err(fields.malformed(field.start, UNKNOWN)),
            };
            continue;
        };
        let value = number(&fields, field.start, value)?;
        let known = || fields.malformed(field.start, "a word that no note has");
        match field.number {
            1 => note.of.on = *On::ALL.get(value as usize).ok_or_else(known)?,
            2 => note.of.number = value,
            3 => note.of.member = value,
            4 => note.spot = Spot::Field(*TextField::ALL.get(value as usize).ok_or_else(known)?),
            5 => note.spot = Spot::Set(value),
            8 => note.deed = *Deed::ALL.get(value as usize).ok_or_else(known)?,
            9 => note.rule = value,
            _ => return Err(fields.malformed(field.start, UNKNOWN)),
        }
    }
    Ok(note)
}

fn read_path(message: Message<'_>) -> Result<Vec<u32>, Malformed> {
    let mut path = Vec::new();
    let mut fields = message.fields("Path");
    while let Some(field) = fields.next()? {
        if field.number != 1 {
            return Err(fields.malformed(field.start, UNKNOWN));
        }
        let mut positions = fields.message(&field)?.fields("Path.positions");
        while let Some(position) = positions.next_varint()? {
            path.push(number(&fields, field.start, position)?);
        }
    }
    Ok(path)
}

fn number(fields: &Reader<'_>, at: usize, value: u64) -> Result<u32, Malformed> {
    u32::try_from(value).map_err(|_| fields.malformed(at, "a number of more than 32 bits"))
}
