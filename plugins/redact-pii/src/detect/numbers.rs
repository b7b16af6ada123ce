//! Phones and bank cards: both are digits in groups, so one pass over a text finds both.
//!
//! The text is read in runs of groups that stand near each other; then every row of groups is tried,
//! longest first. What a number is does not depend on what else is looked for. Numbers of up to 19
//! digits count, so the time is in proportion to the text's length.

mod starts;

use std::ops::Range;

use super::card::{self, iban, track};
use super::groups::{Group, Reader, Run};
use super::neighbours::{Row, strays_before};
use super::phone;
use super::suspect::{MIN_DIGITS, MIN_DIGITS_OF_RUN};

/// Groups that may stray beside a number, before it and after it together.
const MAX_STRAYS: u8 = 1;

/// What some groups turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    Phone,
    Card,
}

/// Finds numbers; keeps its tables from text to text.
#[derive(Default)]
pub struct Finder {
    reader: Reader,
    chooser: Chooser,
}

/// Chooses among the numbers that may stand in a run.
#[derive(Default)]
struct Chooser {
    /// For every group the longest number that begins with it, as far as what follows it tells.
    candidates: Vec<Option<Candidate>>,
}

/// What may be a number.
#[derive(Clone, Copy)]
struct Candidate {
    number: Number,
    /// Index past its last group.
    past: usize,
    /// Groups that stray after it.
    strays: u8,
    /// What may stand before it; anything where it is sure.
    row: Option<Row>,
}

impl Finder {
    /// Calls `found` for every phone and card of `text`, from left to right; none overlaps
    /// another. `is_spelt` says whether characters may stand there in another spelling than their
    /// own.
    pub fn find(
        &mut self,
        text: &str,
        is_spelt: bool,
        mut found: impl FnMut(Number, Range<usize>),
    ) {
        let mut at = 0;
        // What stands between two numbers is most of a text, and is not looked at one by one.
        if is_spelt {
            while let Some((start, joined)) = starts::next_spelt(text, at) {
                (at, _) = self.read(text, start, joined, &mut found);
            }
        } else {
            let mut starts = starts::Plain::default();
            while let Some((start, joined)) = starts.next(text.as_bytes(), at) {
                (at, _) = self.read(text, start, joined, &mut found);
            }
        }
    }

    /// As [`Reader::read`]; what was found may reach further than the runs.
    fn read(
        &mut self,
        text: &str,
        at: usize,
        joined: bool,
        found: &mut impl FnMut(Number, Range<usize>),
    ) -> (usize, bool) {
        let Finder { reader, chooser } = self;
        let mut covered = 0;
        let (at, joined) = reader.read(text, at, joined, |run| {
            chooser.choose(run, &mut |number, range: Range<usize>| {
                covered = range.end;
                found(number, range);
            });
        });
        if covered > at { (covered, true) } else { (at, joined) }
    }
}

impl Chooser {
    fn choose(&mut self, run: Run<'_>, found: &mut impl FnMut(Number, Range<usize>)) {
        let groups = run.groups.len();
        if !may_hold_number(run, 0) {
            return;
        }
        let track = track::find(run);
        self.weigh(run, track.as_ref().map(|(first, _)| *first));
        let (mut first, mut ends) = (0, None);
        while first < groups {
            let Some(Candidate { number, past, .. }) = self.chosen(run, first, ends) else {
                first += 1;
                continue;
            };
            let range = match &track {
                Some((begins, range)) if *begins == first => range.clone(),
                _ => range_of(run, number, first, past),
            };
            found(number, range);
            (first, ends) = (past, Some(past));
        }
    }

    /// Finds the candidates, from right to left: what a number may stand beside is known then.
    fn weigh(&mut self, run: Run<'_>, track: Option<usize>) {
        let groups = run.groups.len();
        self.candidates.clear();
        self.candidates.resize(groups + 1, None);
        for first in (0..groups).rev() {
            self.candidates[first] = if track == Some(first) {
                Some(Candidate { number: Number::Card, past: groups, strays: 0, row: None })
            } else if may_hold_number(run, first) {
                self.longest(run, first)
            } else {
                None
            };
        }
    }

    fn longest(&self, run: Run<'_>, first: usize) -> Option<Candidate> {
        let begins = |at: usize| self.candidates.get(at).is_some_and(Option::is_some);
        let unsure =
            |number, row| move |(past, strays)| Candidate { number, past, strays, row: Some(row) };
        let after_plus = run.groups[first].gap.plus.and_then(|_| phone::after_plus(run, first));
        // With a plus sign a Russian number is no longer than without.
        let is_russian = after_plus.is_some() && run.digits(first, first + 1)[0] == 7;
        let russian = || if is_russian { None } else { phone::russian(run, first, begins) };
        let candidates = [
            russian().map(unsure(Number::Phone, Row::Other)),
            phone::without_plus(run, first, begins).map(unsure(Number::Phone, Row::Dialled)),
            card::longest(run, first, begins).map(unsure(Number::Card, Row::OfFours)),
            after_plus.map(sure_phone),
        ];
        let is_identifier = |candidate: &Candidate| {
            let (start, end) = (run.groups[first].start, run.groups[candidate.past - 1].end);
            match candidate.number {
                Number::Card => {
                    !card::is_labelled(run, first, candidate.past)
                        && starts::is_identifier(run.text, start, end)
                }
                Number::Phone => {
                    // No id has a plus sign and groups: `+7 (912) 345-67-89a`.
                    let is_plain = candidate.row.is_none() && candidate.past - first > 1;
                    !is_plain && starts::is_identifier(run.text, start, end)
                        || candidate.row.is_some() && iban::surrounds(run.text, start, end)
                }
            }
        };
        // The last of equals: a plus sign tells most.
        let longest = candidates.into_iter().flatten().max_by_key(|candidate| candidate.past);
        longest.filter(|candidate| !is_identifier(candidate))
    }

    /// The candidate that begins with the group `first`, if what stands before it permits it. `ends`
    /// says where the number before ended.
    fn chosen(&self, run: Run<'_>, first: usize, ends: Option<usize>) -> Option<Candidate> {
        // `89123456789+14155552671`: after a number the plus sign is no space.
        if ends == Some(first)
            && run.groups[first].gap.plus_after_digit.is_some()
            && let Some(past) = phone::after_plus(run, first)
        {
            return Some(sure_phone(past));
        }
        let candidate = self.candidates[first]?;
        let Some(row) = candidate.row else { return Some(candidate) };
        let strays = strays_before(run, (first, candidate.past), ends, row)?;
        (strays + candidate.strays <= MAX_STRAYS).then_some(candidate)
    }
}

/// Whether there are digits enough from the group `first` on. Most runs are dates, times and addresses
/// of machines, and have not.
fn may_hold_number(run: Run<'_>, first: usize) -> bool {
    let count = run.count(first, run.groups.len());
    let has_plus = |group: &Group| group.gap.plus.or(group.gap.plus_after_digit).is_some();
    count >= MIN_DIGITS_OF_RUN || count >= MIN_DIGITS && run.groups[first..].iter().any(has_plus)
}

fn sure_phone(past: usize) -> Candidate {
    Candidate { number: Number::Phone, past, strays: 0, row: None }
}

fn range_of(run: Run<'_>, number: Number, first: usize, past: usize) -> Range<usize> {
    let (start, end) = (run.groups[first].start, run.groups[past - 1].end);
    if number == Number::Card {
        return start..end;
    }
    let is_last = past == run.groups.len();
    let end = if is_last { phone::extension_end(run.text, end) } else { end };
    lead_of(run, first, past).unwrap_or(start)..end
}

/// Where the plus sign or the bracket stands that a phone begins with. A bracket that closes after
/// the phone is none of it.
fn lead_of(run: Run<'_>, first: usize, past: usize) -> Option<usize> {
    let gap = run.groups[first].gap;
    let plus = gap.plus.or(gap.plus_after_digit);
    let inner = &run.groups[first + 1..past];
    let closed = inner.iter().filter(|group| group.gap.close).count();
    let opened = inner.iter().filter(|group| group.gap.open.is_some()).count();
    match gap.open.filter(|_| closed > opened) {
        Some(open) => Some(plus.map_or(open, |plus| plus.min(open))),
        None => plus,
    }
}

#[cfg(test)]
mod tests;
