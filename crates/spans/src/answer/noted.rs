//! [`Noted`]: the edits of one resource, to be written again.

use super::writer::{Mark, Writer};
use crate::Malformed;
use crate::wire::Message;

/// The edits of a resource, apart from where in a view it stands.
///
/// Senders put the same resource before every few spans. Whoever edits texts by nothing but what
/// they say can keep what came of it; see [`TextEditor::known_resource`].
///
/// [`TextEditor::known_resource`]: crate::TextEditor::known_resource
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Noted(Vec<Edit>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Edit {
    on: u8,
    member: u32,
    /// The field of what is done.
    action: Vec<u8>,
}

impl Noted {
    /// About how many bytes it takes in memory.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.iter().map(|edit| size_of::<Edit>() + edit.action.len()).sum()
    }

    /// The edits since `mark`.
    pub(super) fn since(mark: Mark, writer: &Writer) -> Result<Self, Malformed> {
        let mut noted = Vec::new();
        let mut edits = Message::root(writer.since(mark)).fields("Edits");
        while let Some(edit) = edits.next_message(3)? {
            noted.push(Edit::read(edit)?);
        }
        Ok(Noted(noted))
    }

    /// Writes them, for the resource that was begun.
    pub(super) fn write(&self, writer: &mut Writer) {
        for Edit { on, member, action } in &self.0 {
            writer.put_edit(*on, *member, action);
        }
    }
}

impl Edit {
    fn read(edit: Message<'_>) -> Result<Self, Malformed> {
        let mut read = Edit { on: 0, member: 0, action: Vec::new() };
        let mut fields = edit.fields("Edit");
        while let Some(field) = fields.next()? {
            match field.number {
                1 => read.on = fields.varint_of(&field)? as u8,
                2 => {}
                3 => read.member = fields.varint_of(&field)? as u32,
                _ => read.action = edit.bytes()[field.start - edit.content..].to_vec(),
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::{Edit, Noted};

    #[test]
    fn what_is_noted_takes_room_for_each_edit_and_its_text() {
        let edit = |length| Edit { on: 1, member: 0, action: vec![0; length] };
        let room = size_of::<Edit>();
        assert_eq!(Noted(vec![]).size(), 0);
        assert_eq!(Noted(vec![edit(0), edit(100)]).size(), 2 * room + 100);
    }
}
