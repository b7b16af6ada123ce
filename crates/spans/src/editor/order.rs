//! What is wrong with edits as they follow one another: their order, and what they name.

use super::decode::{Action, Change, Decoded, Edit};
use super::layout::{Layout, Window};
use super::refusal::Fault;
use crate::edit_form::On;

/// Goes through the edits of one answer.
pub(super) struct Order<'c, 'e> {
    pub decoded: &'c Decoded<'e>,
    pub layout: &'c Layout,
    pub window: &'c Window,
}

/// What edits are ordered by up to their paths: where the resource, scope or span stands, section
/// there, member and kind, and field or key.
type Place = (usize, u8, u32, u8, u32);

/// How far the edits were followed.
struct Followed<'c> {
    /// Dropped spans that are still to come.
    dropped: &'c [u32],
    /// Place, path and step of the last edit.
    last: Option<(Place, &'c [u32], u8)>,
    /// A path of the last place below which everything goes.
    closed: Option<&'c [u32]>,
}

impl<'c> Order<'c, '_> {
    /// How many edits from the first on have nothing wrong with them, and what is wrong with the
    /// next, if there is one.
    pub fn check(&self) -> (usize, Option<Fault>) {
        let mut followed =
            Followed { dropped: &self.decoded.dropped_spans, last: None, closed: None };
        for index in 0..self.decoded.edits.len() {
            if let Err(fault) = self.follow(index, &mut followed) {
                return (index, Some(fault));
            }
        }
        let unreadable = (!self.decoded.is_whole).then_some(Fault::Unreadable);
        (self.decoded.edits.len(), unreadable)
    }

    fn follow(&self, index: usize, followed: &mut Followed<'c>) -> Result<(), Fault> {
        let edit = &self.decoded.edits[index];
        let (on, number) = (edit.on.unit(), edit.number);
        let Some(spot) = self.layout.spot(self.window, on, number) else {
            return Err(Fault::NoCarrier { on, number, count: self.window.shown(on).len() });
        };
        if on == On::Span && followed.drops(number) {
            return Err(Fault::Dropped);
        }
        if edit.on == on && edit.member != 0 {
            return Err(Fault::NoPlace);
        }
        let this = (place(edit, spot.start), self.decoded.path(index), step(edit));
        if followed.last.is_some_and(|last| last >= this) {
            return Err(Fault::OutOfOrder);
        }
        if followed.last.is_some_and(|(place, _, _)| place != this.0) {
            followed.closed = None;
        }
        if followed.closed.is_some_and(|closed| this.1.starts_with(closed)) {
            return Err(Fault::Replaced);
        }
        if let Action::Change { change: Change::Remove | Change::Replace(_), .. } = edit.action {
            followed.closed = Some(this.1);
        }
        followed.last = Some(this);
        Ok(())
    }
}

impl Followed<'_> {
    /// Whether a span goes; asked of spans in order.
    fn drops(&mut self, number: u32) -> bool {
        while let [first, rest @ ..] = self.dropped
            && *first < number
        {
            self.dropped = rest;
        }
        self.dropped.first() == Some(&number)
    }
}

fn place(edit: &Edit<'_>, start: usize) -> Place {
    let section = match edit.on {
        On::Span | On::Resource | On::Scope => 1,
        On::Event | On::Entity => 2,
        On::Link => 3,
    };
    let (kind, number) = match edit.action {
        Action::SetField { field, .. } => (0, field as u32),
        Action::SetAttribute { key, .. } => (1, key),
        Action::Change { .. } => (2, 0),
    };
    (start, section, edit.member, kind, number)
}

/// The order of edits with the same path.
fn step(edit: &Edit<'_>) -> u8 {
    match edit.action {
        Action::Change { change: Change::Rename(_), .. } => 1,
        Action::Change { change: Change::Replace(_), .. } => 2,
        _ => 0,
    }
}

impl On {
    /// What an edit's number counts.
    pub(super) fn unit(self) -> On {
        match self {
            On::Span | On::Event | On::Link => On::Span,
            On::Resource | On::Entity => On::Resource,
            On::Scope => On::Scope,
        }
    }
}
