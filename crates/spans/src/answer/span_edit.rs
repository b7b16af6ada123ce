//! [`SpanEdit`]: what can be changed about one span.

use std::ops::Range;

use super::Keep;
use super::writer::Writer;
use crate::Malformed;
use crate::edit_form::TextField;
use crate::new_value::NewValue;
use crate::sight::{Carriers, Writes};
use crate::span::Span;
use crate::wire::Message;

/// Changes one span.
///
/// Edits do not show in the [`Span`] that is being visited. What is set twice has the
/// last value.
pub struct SpanEdit<'a, 's> {
    pub(super) span: Message<'a>,
    pub(super) read: Read<'a, 's>,
    pub(super) writes: &'s Writes,
    pub(super) pending: &'s mut Pending,
}

/// The span that is changed, read once.
pub(super) enum Read<'a, 's> {
    /// By who visits it.
    Before(&'s Span<'a>),
    /// By the first edit.
    Late(Option<Span<'a>>),
}

impl<'a> Read<'a, '_> {
    fn get(&mut self, span: Message<'a>) -> Result<&Span<'a>, Malformed> {
        Ok(match self {
            Read::Before(read) => read,
            Read::Late(Some(read)) => read,
            Read::Late(late) => {
                let read = late.insert(Span::unread(span));
                read.read()?;
                read
            }
        })
    }
}

/// What was set on a span. Its memory serves for all spans of a view.
#[derive(Default)]
pub(super) struct Pending {
    trace_state: Option<Range<usize>>,
    /// Index of a key, and its value.
    attributes: Vec<(u32, Range<usize>)>,
    /// Texts and the content of `Scalar` messages, one after another.
    values: Vec<u8>,
}

impl Pending {
    /// Writes what was set on a span that stays, and is ready for the next.
    pub fn settle(&mut self, keep: Keep, writer: &mut Writer) {
        if self.values.is_empty() && self.trace_state.is_none() {
            return;
        }
        if keep == Keep::Yes {
            self.write(writer);
        }
        self.trace_state = None;
        self.attributes.clear();
        self.values.clear();
    }

    fn write(&mut self, writer: &mut Writer) {
        if let Some(text) = self.trace_state.clone() {
            let text = str::from_utf8(&self.values[text]).unwrap_or_default();
            writer.set_field(TextField::TraceState, text);
        }
        self.attributes.sort_unstable_by_key(|(key, _)| *key);
        for (key, value) in &self.attributes {
            writer.set_attribute(*key, &self.values[value.clone()]);
        }
    }

    /// Adds to the values; says where it stands there.
    fn add(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Range<usize> {
        let start = self.values.len();
        write(&mut self.values);
        start..self.values.len()
    }
}

impl SpanEdit<'_, '_> {
    /// Puts `value` under `key`, over what stands there. Says whether that changes the span: one that
    /// has this value already is as it was.
    ///
    /// # Errors
    /// Where the attributes of the span cannot be decoded.
    ///
    /// # Panics
    /// Where `configure` did not say that this key is set on spans.
    pub fn set_attribute(&mut self, key: &str, value: NewValue<'_>) -> Result<bool, Malformed> {
        let index = self.index_of(key);
        let attributes = self.read.get(self.span)?.attributes();
        let (mut stands, mut is_same) = (false, true);
        for attribute in attributes.of_keys(|it| it == key.as_bytes()) {
            stands = true;
            is_same &= value.is(&attribute?.value);
        }
        self.pending.attributes.retain(|(set, _)| *set != index);
        let is_changed = !stands || !is_same;
        if is_changed {
            let value = self.pending.add(|values| value.write(values));
            self.pending.attributes.push((index, value));
        }
        Ok(is_changed)
    }

    /// Gives the span this W3C `tracestate`; an empty one removes the field.
    ///
    /// A span that has this one already is not changed.
    ///
    /// # Errors
    /// Where the span cannot be decoded.
    pub fn set_trace_state(&mut self, trace_state: &str) -> Result<(), Malformed> {
        let new = trace_state.as_bytes();
        let is_same = self.read.get(self.span)?.trace_state == new;
        let text = (!is_same).then(|| self.pending.add(|values| values.extend_from_slice(new)));
        self.pending.trace_state = text;
        Ok(())
    }

    /// Where a key stands among those that may be set.
    // A key is one of the operator's rules, never a span's.
    #[expect(clippy::panic, reason = "a plugin that sets what it did not announce has a bug")]
    fn index_of(&self, key: &str) -> u32 {
        let is_meant =
            |set: &crate::SetKey| set.key == key && set.carriers.contains(Carriers::SPAN);
        match self.writes.sets.iter().position(is_meant) {
            Some(index) => index as u32,
            None => panic!("`configure` did not say that `{key}` is set on spans"),
        }
    }
}
