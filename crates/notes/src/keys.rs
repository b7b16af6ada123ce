//! [`Keys`]: the keys that paths lead over.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use spans::{Attributes, Malformed, Note, On, Span, Spot, Subject, Value};

use crate::hides_key;

/// The keys on the way of each path that a note has.
pub(crate) struct Keys(BTreeMap<(Number, Vec<u32>), String>);

/// A subject, to be sorted by.
type Number = (u8, u32, u32);

fn number(of: Subject) -> Number {
    (of.on as u8, of.number, of.member)
}

impl Keys {
    pub fn of(notes: &[Note], view: &[u8]) -> Result<Self, Malformed> {
        let mut wanted: BTreeMap<Number, BTreeSet<&[u32]>> = BTreeMap::new();
        let mut hidden: BTreeSet<(Number, &[u32])> = BTreeSet::new();
        for note in notes {
            if let Spot::Value(path) | Spot::Key(path) = &note.spot {
                wanted.entry(number(note.of)).or_default().insert(path);
                if hides_key(note) {
                    hidden.insert((number(note.of), path));
                }
            }
        }
        let mut search = Search { wanted, hidden, found: BTreeMap::new() };
        if !search.wanted.is_empty() {
            search.walk(view)?;
        }
        Ok(Keys(search.found))
    }

    /// The keys on the way of the path that a note has.
    pub fn of_note(&self, note: &Note) -> Option<String> {
        match &note.spot {
            Spot::Value(path) | Spot::Key(path) => {
                self.0.get(&(number(note.of), path.clone())).cloned()
            }
            Spot::Whole | Spot::Field(_) | Spot::Set(_) => None,
        }
    }
}

struct Search<'n> {
    wanted: BTreeMap<Number, BTreeSet<&'n [u32]>>,
    /// Keys that are not told.
    hidden: BTreeSet<(Number, &'n [u32])>,
    found: BTreeMap<(Number, Vec<u32>), String>,
}

impl Search<'_> {
    fn walk(&mut self, view: &[u8]) -> Result<(), Malformed> {
        let mut number = 0;
        spans::read(view, |_, span| {
            self.in_span(span, number)?;
            number += 1;
            Ok(())
        })?;
        spans::read_around(view, |on, number, attributes| {
            self.look((on as u8, number, 0), attributes)
        })
    }

    fn in_span(&mut self, span: &Span<'_>, number: u32) -> Result<(), Malformed> {
        self.look((On::Span as u8, number, 0), span.attributes())?;
        if self.wants_member(On::Event, number) {
            for (member, event) in span.events().enumerate() {
                self.look((On::Event as u8, number, member as u32), event?.attributes())?;
            }
        }
        if self.wants_member(On::Link, number) {
            for (member, link) in span.links().enumerate() {
                self.look((On::Link as u8, number, member as u32), link?.attributes())?;
            }
        }
        Ok(())
    }

    fn wants_member(&self, on: On, number: u32) -> bool {
        let members = (on as u8, number, 0)..=(on as u8, number, u32::MAX);
        self.wanted.range(members).next().is_some()
    }

    fn look(&mut self, of: Number, attributes: Attributes<'_>) -> Result<(), Malformed> {
        let Some(paths) = self.wanted.remove(&of) else { return Ok(()) };
        for path in paths {
            if let Some(text) = self.lead(of, path, attributes.clone())? {
                self.found.insert((of, path.to_vec()), text);
            }
        }
        Ok(())
    }

    /// The keys and indices on the way of a path; nothing where it leads nowhere.
    fn lead(
        &self,
        of: Number,
        path: &[u32],
        attributes: Attributes<'_>,
    ) -> Result<Option<String>, Malformed> {
        let mut text = String::new();
        let mut at = Value::Map(attributes);
        for (depth, position) in path.iter().enumerate() {
            let position = *position as usize;
            at = match at {
                Value::Map(mut entries) => {
                    let Some(entry) = entries.nth(position) else { return Ok(None) };
                    let entry = entry?;
                    if depth > 0 {
                        text.push('.');
                    }
                    if self.hidden.contains(&(of, &path[..=depth])) {
                        text.push_str("[key]");
                    } else {
                        text.push_str(&String::from_utf8_lossy(entry.key));
                    }
                    entry.value
                }
                Value::Array(mut elements) => {
                    let Some(element) = elements.nth(position) else { return Ok(None) };
                    // Writing to a String cannot fail.
                    _ = write!(text, "[{position}]");
                    element?
                }
                _ => return Ok(None),
            };
        }
        Ok(Some(text))
    }
}
