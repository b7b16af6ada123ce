//! [`SaysWhy`]: a [`TextEditor`] that can be asked for its reasons.

use super::{Carrier, Deep, Place, Scalar, TextEditor, Treatment, Unsearchable};
use crate::notes::Deed;

/// What was done, and by which rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What was done.
    pub deed: Deed,
    /// Index into the table of rules.
    pub rule: u32,
}

/// A [`TextEditor`] that can be asked for its reasons.
pub trait SaysWhy: TextEditor {
    /// Gives what was done since it was asked last, and by which rules. It is asked after every
    /// answer; what it says of an answer that changes nothing counts only if it says that something
    /// was left, or what a rule that only reports would do.
    fn take_reasons(&mut self) -> Vec<Reason>;
}

/// Asks an editor for its reasons after every answer. Nothing is passed over before it is asked:
/// what is left may have a reason, too.
pub(crate) struct Asking<'e, E>(pub &'e mut E);

impl<E: SaysWhy> TextEditor for Asking<'_, E> {
    fn entry(&mut self, carrier: Carrier, keys: &[&[u8]]) -> Treatment {
        self.0.entry(carrier, keys)
    }

    fn text(&mut self, place: Place<'_>, text: &[u8]) -> Option<String> {
        self.0.text(place, text)
    }

    fn scalar(&mut self, place: Place<'_>, value: Scalar) -> Option<String> {
        self.0.scalar(place, value)
    }

    fn unsearchable(&mut self, place: Place<'_>, why: Unsearchable) -> Option<String> {
        self.0.unsearchable(place, why)
    }

    fn too_deep(&mut self, place: Place<'_>, deep: Deep<'_>) -> Option<String> {
        self.0.too_deep(place, deep)
    }

    fn reasons(&mut self) -> Option<Vec<Reason>> {
        Some(self.0.take_reasons())
    }
}
