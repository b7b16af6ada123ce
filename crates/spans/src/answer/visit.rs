//! [`Texts`]: where the walk over texts is; one text at a time, and why it is as it is.

use super::writer::Writer;
use crate::edit_form::TextField;
use crate::notes::{Deed, Notes, Spot};
use crate::texts::{Place, Reason, TextEditor};

pub(super) struct Texts<'a, 'e, E> {
    pub(super) editor: &'e mut E,
    pub(super) notes: &'e mut Notes,
    /// Keys from the attribute down to where the walk is.
    pub(super) keys: Vec<&'a [u8]>,
    /// Positions from the attribute down to where the walk is.
    pub(super) path: Vec<u32>,
}

impl<E: TextEditor> Texts<'_, '_, E> {
    /// What takes the place of a field's text, if that is another.
    #[inline]
    pub(super) fn field(
        &mut self,
        place: Place<'_>,
        field: TextField,
        text: &[u8],
        writer: &Writer,
    ) -> Option<String> {
        let new = new_text(self.editor, place, text);
        self.note(Spot::Field(field), new.is_some(), writer);
        new
    }

    /// Puts another text in the place of a field's.
    #[inline]
    pub(super) fn set_field(
        &mut self,
        place: Place<'_>,
        field: TextField,
        text: &[u8],
        writer: &mut Writer,
    ) {
        if let Some(new) = self.field(place, field, text, writer) {
            writer.set_field(field, &new);
        }
    }

    /// Notes why the last answer was as it was.
    #[inline(always)]
    pub(super) fn note(&mut self, spot: Spot<&[u32]>, is_changed: bool, writer: &Writer) {
        if let Some(reasons) = self.editor.reasons() {
            note_all(self.notes, spot, is_changed, writer, &reasons);
        }
    }

    /// The same, of the value or the key that the walk is at.
    #[inline(always)]
    pub(super) fn note_here(&mut self, is_key: bool, is_changed: bool, writer: &Writer) {
        if let Some(reasons) = self.editor.reasons() {
            let spot = if is_key { Spot::Key(&*self.path) } else { Spot::Value(&*self.path) };
            note_all(self.notes, spot, is_changed, writer, &reasons);
        }
    }
}

/// What changes nothing was not done, whatever was meant to be; what a rule only reports is told
/// either way.
#[inline(never)]
pub(super) fn note_all(
    notes: &mut Notes,
    spot: Spot<&[u32]>,
    is_changed: bool,
    writer: &Writer,
    reasons: &[Reason],
) {
    for Reason { deed, rule } in reasons {
        let is_left = matches!(deed, Deed::LookedAndLeft | Deed::LeftInDoubt);
        if deed.is_reported() || is_left != is_changed {
            notes.add(writer.subject(), spot.clone(), *deed, *rule);
        }
    }
}

#[inline]
pub(super) fn new_text(
    editor: &mut impl TextEditor,
    place: Place<'_>,
    text: &[u8],
) -> Option<String> {
    if editor.leaves_text(text) {
        return None;
    }
    editor.text(place, text).filter(|new| new.as_bytes() != text)
}
