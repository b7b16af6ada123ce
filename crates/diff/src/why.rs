//! [`answers`]: what a plugin did about a place, or why it did nothing.

use std::collections::HashMap;

use notes::{Rule, Told};
use otlp_json::{Error, Value, decode};
use spans::{Deed, Spot};

use crate::compare::{Change, Unit, What};
use crate::follow::{Step, Traveller};
use crate::place::{Place, Segment, contents};

/// What stands in each resource, scope and span of a batch.
type Contents = HashMap<(u8, u32), Vec<(Place, Value)>>;

/// A step, with what came and what the plugin saw of that.
#[derive(Debug)]
pub struct Looked<'l> {
    told: &'l [Told],
    is_shadow: bool,
    came: Contents,
    seen: Contents,
}

impl<'l> Looked<'l> {
    /// Looks into a step; `view` is what the plugin got of what came.
    ///
    /// # Errors
    /// One of both is no OTLP, or holds texts that are not UTF-8.
    pub fn of(step: &Step<'l>, view: &[u8]) -> Result<Self, Error> {
        let is_shadow = step.is_shadow;
        Ok(Looked { told: step.told, is_shadow, came: all(step.came)?, seen: all(view)? })
    }

    /// What stood in one of what came, by its number.
    #[must_use]
    pub fn came(&self, traveller: &Traveller, number: u32) -> &[(Place, Value)] {
        self.came.get(&key(traveller, number)).map_or(&[], Vec::as_slice)
    }
}

fn all(batch: &[u8]) -> Result<Contents, Error> {
    let all = contents(&decode(batch)?).into_iter();
    Ok(all.map(|it| ((it.of.on as u8, it.of.number), it.places)).collect())
}

fn key(traveller: &Traveller, number: u32) -> (u8, u32) {
    (traveller.head.on as u8, number)
}

/// What there is to say of a plugin and a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<'l> {
    /// A rule did this about it.
    Did(Deed, &'l Rule),
    /// The plugin reads it, and no rule acted.
    NoRuleActed,
    /// No rule reads it.
    NotRead,
    /// A rule dropped the span.
    Dropped(&'l Rule),
    /// A rule that only reports would have.
    WouldDrop(&'l Rule),
    /// The plugin could not process the span, which did not go on.
    Unprocessed,
}

/// What was done about a place in the step of this number, where the traveller had this number; where
/// nothing was, why.
#[must_use]
pub fn answers<'l>(
    (step, looked): (usize, &Looked<'l>),
    (traveller, number): (&Traveller, u32),
    place: &Place,
) -> Vec<Answer<'l>> {
    let key = key(traveller, number);
    let is_here = |told: &&Told| (told.of.on.whole() as u8, told.of.number) == key;
    let here: Vec<_> = looked.told.iter().filter(is_here).collect();
    let renamed = renamed(step, traveller, place);
    let of_key = renamed.iter().map(|number| &looked.told[*number]);
    let of_place = here.iter().copied().filter(|told| is_of(told, place)).chain(of_key);
    let deed = |told: &Told| if looked.is_shadow { told.deed.reported() } else { told.deed };
    let mut answers: Vec<_> = of_place.map(|told| Answer::Did(deed(told), &told.rule)).collect();
    if answers.is_empty() {
        let seen = looked.seen.get(&key);
        let is_seen = seen.is_some_and(|seen| seen.iter().any(|(it, _)| it == place));
        answers.push(if is_seen { Answer::NoRuleActed } else { Answer::NotRead });
    }
    let is_gone = |unit: &Unit| unit.is_gone;
    if traveller.unit_at(step).is_some_and(is_gone) {
        let dropped = |told: &&&Told| told.deed == Deed::Dropped && told.spot == Spot::Whole;
        answers.push(match here.iter().find(dropped) {
            Some(told) if looked.is_shadow => Answer::WouldDrop(&told.rule),
            Some(told) => Answer::Dropped(&told.rule),
            None => Answer::Unprocessed,
        });
    } else if let Some(told) = here.iter().find(would_drop) {
        answers.push(Answer::WouldDrop(&told.rule));
    }
    answers.dedup();
    answers
}

/// Whether a note says that a rule that only reports would drop the span.
fn would_drop(told: &&&Told) -> bool {
    told.deed == Deed::WouldDrop && told.spot == Spot::Whole
}

/// Numbers of the notes that say why the key of this place was changed, if it was.
fn renamed(step: usize, traveller: &Traveller, place: &Place) -> Vec<usize> {
    let changes = traveller.unit_at(step).map_or(&[][..], |unit| &unit.changes);
    let is_it = |change: &&Change| match &change.what {
        What::Key(was, _) => change.place.around().inside(Segment::Key(was.clone())) == *place,
        What::Value(..) => false,
    };
    changes.iter().find(is_it).map_or(Vec::new(), |change| change.told.clone())
}

/// Whether a note is of this place, and not of its key.
fn is_of(told: &Told, place: &Place) -> bool {
    match told.spot {
        Spot::Whole | Spot::Key(_) => false,
        Spot::Field(field) => {
            (told.of.on, told.of.member, Some(field)) == (place.on, place.member, place.field)
        }
        Spot::Set(_) | Spot::Value(_) => told
            .key
            .as_deref()
            .is_some_and(|path| place.meets(told.of.on, told.of.member, None, path)),
    }
}
