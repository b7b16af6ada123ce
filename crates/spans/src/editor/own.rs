//! Spans of a plugin's own making: none may be there twice.

use std::collections::BTreeMap;
use std::ops::Range;

use super::decode::Decoded;
use super::refusal::{Reason, Refusal};
use super::{Editor, window};
use crate::messages::{Kind, Role};
use crate::value::MAX_DEPTH;
use crate::wire::Message;
use crate::{Malformed, read};

/// The most messages that spans of a plugin's own may be made of: a host that decodes them makes much
/// of two bytes.
const MAX_PARTS: usize = 1_000_000;

/// What tells a span from all others: the ids of trace and span.
type Ids<'a> = [&'a [u8]; 2];

/// Looks whether spans that a plugin made, which [`validate`](crate::validate) found to be OTLP, are
/// each there once, and are of no more than 1,000,000 messages, with values in no more than 32 lists
/// and maps.
///
/// # Errors
/// They are too much, or two of them have the same ids.
///
/// ```
/// let twice = b"\x0a\x12\x12\x10\x12\x06\x0a\x01\x01\x12\x01\x01\x12\x06\x0a\x01\x01\x12\x01\x01";
/// let refused = spans::check_own(twice).unwrap_err();
/// assert_eq!(refused.to_string(), "made span 1 with the ids of its span 0");
/// ```
pub fn check_own(made: &[u8]) -> Result<(), Refusal> {
    let mut parts = Parts::default();
    // What cannot be decoded is refused elsewhere.
    _ = parts.look_through(Kind::TracesData, Message::root(made), 0);
    match parts.refused {
        Some(reason) => Err(Refusal(reason)),
        None => numbers(made).map(drop),
    }
}

/// What spans are made of.
#[derive(Default)]
struct Parts {
    count: usize,
    refused: Option<Reason>,
}

impl Parts {
    fn look_through(
        &mut self,
        kind: Kind,
        message: Message<'_>,
        lists: usize,
    ) -> Result<(), Malformed> {
        let mut fields = message.fields(kind.name());
        while let Some(field) = fields.next()? {
            let Role::Message(below) = kind.role(field.number) else { continue };
            let inner = fields.message(&field)?;
            let lists = lists + usize::from(below.is_list());
            self.count += 1;
            if self.count > MAX_PARTS {
                self.refused.get_or_insert(Reason::OwnParts);
            } else if lists > MAX_DEPTH {
                self.refused.get_or_insert(Reason::OwnLists);
            }
            if self.refused.is_some() {
                return Ok(());
            }
            self.look_through(below, inner, lists)?;
        }
        Ok(())
    }
}

impl Editor {
    /// Looks whether spans that came with an answer to the view of these units are others than those
    /// of the view, but for spans that the answer drops. Its edits were checked.
    ///
    /// # Errors
    /// One is a span that stays, or two have the same ids.
    pub fn check_own(
        &self,
        traces: &[u8],
        units: &Range<usize>,
        edits: &[u8],
        made: &[u8],
    ) -> Result<(), Refusal> {
        let made = numbers(made)?;
        if made.is_empty() {
            return Ok(());
        }
        let dropped = Decoded::read(edits).dropped_spans;
        let shown = window(traces, units).unwrap_or_default().spans;
        let seen = ids_of(traces).into_iter().skip(shown.start).take(shown.len());
        for (of, ids) in (0..).zip(seen) {
            if let Some(&number) = made.get(&ids)
                && dropped.binary_search(&of).is_err()
            {
                return Err(Refusal(Reason::OwnOfView { number, of }));
            }
        }
        Ok(())
    }
}

/// Finds spans by their ids: each by its number, from 0.
fn numbers(made: &[u8]) -> Result<BTreeMap<Ids<'_>, usize>, Refusal> {
    let mut numbers = BTreeMap::new();
    for (number, ids) in ids_of(made).into_iter().enumerate() {
        if let Some(before) = numbers.insert(ids, number) {
            return Err(Refusal(Reason::OwnTwice { number, before }));
        }
    }
    Ok(numbers)
}

fn ids_of(traces: &[u8]) -> Vec<Ids<'_>> {
    let mut all = Vec::new();
    // What cannot be decoded is refused elsewhere.
    read(traces, |_, span| {
        all.push([span.trace_id, span.span_id].map(without_zeros));
        Ok(())
    })
    .unwrap_or_default();
    all
}

/// An id of zeros is the same as none.
fn without_zeros(id: &[u8]) -> &[u8] {
    if id.iter().all(|byte| *byte == 0) { &[] } else { id }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Sight, Writes};

    /// Spans of these numbers, in one scope.
    fn numbered(numbers: &[u8]) -> Vec<u8> {
        let field = |tag: u8, content: &[u8]| [&[tag, content.len() as u8], content].concat();
        let span = |number: &u8| {
            field(0x12, &[field(0x0a, &[1, *number]), field(0x12, &[2, *number])].concat())
        };
        let spans: Vec<u8> = numbers.iter().flat_map(span).collect();
        field(0x0a, &field(0x12, &spans))
    }

    /// Scenario: a plugin gets all of a batch of five spans, or three in the middle, and makes spans.
    /// Guarantees: one that repeats a span of what it got is refused, unless the same answer drops
    /// that one; so is one that repeats another of its own.
    #[test]
    fn no_span_is_there_twice() {
        let writes = Writes { drops_spans: true, ..Writes::default() };
        let editor = Editor::new(&Sight::Everything, &writes).unwrap();
        let batch = numbered(&[1, 2, 3, 4, 5]);
        let stays = |number, of| {
            format!(
                "made span {number} with the ids of span {of} of the view, which it does not drop"
            )
        };
        let own = |number, of| format!("made span {number} with the ids of its span {of}");
        for (units, dropped, made, refused) in [
            (0..5, &[][..], &[6, 7][..], None),
            (0..5, &[], &[], None),
            (0..5, &[], &[1], Some(stays(0, 0))),
            (0..5, &[], &[8, 5], Some(stays(1, 4))),
            (0..5, &[], &[6, 7, 8, 7], Some(own(3, 1))),
            (0..5, &[3], &[4], None),
            (0..5, &[0, 1, 2, 3, 4], &[5, 4, 3, 2, 1], None),
            (0..5, &[0, 1, 3, 4], &[1, 2, 3, 4, 5], Some(stays(2, 2))),
            (0..5, &[3], &[4, 4], Some(own(1, 0))),
            (1..4, &[], &[4], Some(stays(0, 2))),
            (1..4, &[2], &[4], None),
            (1..4, &[], &[1, 5], None),
        ] {
            let edits: Vec<u8> = if dropped.is_empty() {
                Vec::new()
            } else {
                [&[0x12, dropped.len() as u8], dropped].concat()
            };
            let found = editor.check_own(&batch, &units, &edits, &numbered(made));
            assert_eq!(found.err().map(|it| it.to_string()), refused, "{units:?} {made:?}");
        }
    }

    #[test]
    fn an_id_of_zeros_is_none() {
        let none = b"\x0a\x04\x12\x02\x12\x00";
        let zeros = b"\x0a\x08\x12\x06\x12\x04\x0a\x02\x00\x00";
        let both = [&none[..], zeros].concat();
        assert_eq!(
            check_own(&both).unwrap_err().to_string(),
            "made span 1 with the ids of its span 0"
        );
    }
}
