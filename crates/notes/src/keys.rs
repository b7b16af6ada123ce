//! [`Keys`]: the keys that paths lead over.

use std::collections::{BTreeMap, BTreeSet};

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
        // Sorted, so those that begin alike follow one another.
        let paths: Vec<&[u32]> = paths.into_iter().collect();
        self.inside(of, Value::Map(attributes), &paths, &mut Way::default())
    }

    /// Follows paths that all lead over `way` to this value, each entry once.
    fn inside(
        &mut self,
        of: Number,
        value: Value<'_>,
        mut paths: &[&[u32]],
        way: &mut Way,
    ) -> Result<(), Malformed> {
        let depth = way.positions.len();
        while let Some((path, rest)) = paths.split_first().filter(|(path, _)| path.len() == depth) {
            self.found.insert((of, path.to_vec()), way.shown());
            paths = rest;
        }
        if paths.is_empty() {
            return Ok(());
        }
        match value {
            Value::Map(entries) => {
                for (position, entry) in (0..).zip(entries) {
                    let Some(here) = take_here(&mut paths, depth, position) else { continue };
                    let entry = entry?;
                    let before = way.enter(position);
                    let key = String::from_utf8_lossy(entry.key);
                    let is_hidden = self.hidden.contains(&(of, way.positions.as_slice()));
                    way.add_key(if is_hidden { "[key]" } else { &key }, depth > 0);
                    self.inside(of, entry.value, here, way)?;
                    way.leave(before);
                    if paths.is_empty() {
                        break;
                    }
                }
            }
            Value::Array(elements) => {
                for (position, element) in (0..).zip(elements) {
                    let Some(here) = take_here(&mut paths, depth, position) else { continue };
                    let element = element?;
                    let before = way.enter(position);
                    way.add(&format!("[{position}]"));
                    self.inside(of, element, here, way)?;
                    way.leave(before);
                    if paths.is_empty() {
                        break;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// Takes off the paths that lead over this position; those before it lead nowhere.
fn take_here<'a, 'n>(
    paths: &mut &'a [&'n [u32]],
    depth: usize,
    position: u32,
) -> Option<&'a [&'n [u32]]> {
    let start = paths.partition_point(|path| path[depth] < position);
    let end = paths.partition_point(|path| path[depth] <= position);
    let here = &paths[start..end];
    *paths = &paths[end..];
    (!here.is_empty()).then_some(here)
}

/// Most bytes of a way that are told.
pub(crate) const LONGEST: usize = 1024;

/// The way to a value.
#[derive(Default)]
struct Way {
    positions: Vec<u32>,
    text: String,
    /// Whether there is more of it than is told.
    is_cut: bool,
}

impl Way {
    fn enter(&mut self, position: u32) -> (usize, bool) {
        self.positions.push(position);
        (self.text.len(), self.is_cut)
    }

    fn leave(&mut self, (length, is_cut): (usize, bool)) {
        self.positions.pop();
        self.text.truncate(length);
        self.is_cut = is_cut;
    }

    fn add_key(&mut self, key: &str, is_inside: bool) {
        if is_inside {
            self.add(".");
        }
        self.add(key);
    }

    fn add(&mut self, text: &str) {
        let room = if self.is_cut { 0 } else { LONGEST - self.text.len() };
        let end = text.floor_char_boundary(room);
        self.text.push_str(&text[..end]);
        self.is_cut |= end < text.len();
    }

    fn shown(&self) -> String {
        if self.is_cut { format!("{}…", self.text) } else { self.text.clone() }
    }
}
