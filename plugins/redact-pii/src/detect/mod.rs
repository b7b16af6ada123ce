//! Finds personal data in a text.

mod block;
mod card;
mod characters;
mod context;
mod email;
mod escapes;
mod groups;
mod issuers;
mod needs;
mod neighbours;
mod numbers;
mod phone;
mod suspect;
mod units;
mod words;

use std::cmp::Reverse;
use std::ops::Range;

use regex::{Regex, RegexSet};

use needs::Needs;
use numbers::{Finder, Number};
use suspect::{Look, MIN_DIGITS, Others, digits_and_others};

/// What a rule looks for.
#[derive(Clone, Debug)]
pub enum Kind {
    /// E-mail addresses.
    Email,
    /// Phone numbers.
    Phone,
    /// Bank cards with a right check digit.
    Card,
    /// Whatever the pattern matches.
    Pattern(Regex),
}

/// Part of a text that a detector found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// Index of the detector.
    pub detector: usize,
}

/// What a text may hold: what a search looks for in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Suspicion {
    /// E-mail addresses.
    pub emails: bool,
    /// Phones and cards.
    pub numbers: bool,
    /// Whatever patterns match.
    pub patterns: bool,
    /// Bytes that are not UTF-8, for it has some that are not ASCII.
    pub not_ascii: bool,
    /// Whether characters may stand there in another spelling than their own.
    pub is_spelt: bool,
}

impl Suspicion {
    /// Whether there is nothing to look for.
    pub fn is_none(self) -> bool {
        !(self.emails || self.numbers || self.patterns || self.not_ascii)
    }
}

/// A pattern of the rules.
struct Pattern {
    /// Index of the detector.
    detector: usize,
    needs: Needs,
    regex: Regex,
}

/// Some detectors, ready to search.
#[derive(Default)]
pub struct Detectors {
    email: Option<usize>,
    phone: Option<usize>,
    card: Option<usize>,
    patterns: Vec<Pattern>,
    /// All patterns in one: most texts match none, and that is known after one pass.
    any_pattern: RegexSet,
    /// A text with fewer, and with none of the bytes that a [`Look`] tells apart, holds nothing.
    fewest_digits: usize,
    numbers: Finder,
    emails: Vec<Range<usize>>,
    found: Vec<Found>,
}

impl Detectors {
    /// Detectors of these kinds, sorted by name; they are known by their place in the list.
    pub fn new<'k>(kinds: impl IntoIterator<Item = &'k Kind>) -> Self {
        Detectors::numbered(kinds.into_iter().enumerate())
    }

    /// Detectors of these kinds, sorted by name; they are known by these numbers.
    pub fn numbered<'k>(kinds: impl IntoIterator<Item = (usize, &'k Kind)>) -> Self {
        let mut detectors = Detectors::default();
        for (index, kind) in kinds {
            match kind {
                Kind::Email => detectors.email = Some(index),
                Kind::Phone => detectors.phone = Some(index),
                Kind::Card => detectors.card = Some(index),
                Kind::Pattern(regex) => detectors.patterns.push(Pattern {
                    detector: index,
                    needs: Needs::of(regex),
                    regex: regex.clone(),
                }),
            }
        }
        let of_numbers =
            if detectors.phone.or(detectors.card).is_some() { MIN_DIGITS } else { usize::MAX };
        let of_patterns = detectors.patterns.iter().map(|pattern| pattern.needs.fewest_digits());
        detectors.fewest_digits = of_patterns.chain([of_numbers]).min().unwrap_or_default();
        if !detectors.patterns.is_empty() {
            let patterns = detectors.patterns.iter().map(|pattern| pattern.regex.as_str());
            // All together may be too large where each alone is not; an empty set says nothing.
            detectors.any_pattern = RegexSet::new(patterns).unwrap_or_default();
        }
        detectors
    }

    /// What a search of `text` could find, by one look at every byte where a search takes several.
    /// Never says no of what it would find. `text` may also hold several texts with other bytes
    /// between them.
    #[inline]
    pub fn suspect(&self, text: &[u8]) -> Suspicion {
        let (digits, others) = digits_and_others(text);
        if digits < self.fewest_digits && !others.any() {
            return Suspicion::default();
        }
        self.suspect_after(digits, others, text)
    }

    #[inline(never)]
    fn suspect_after(&self, digits: usize, others: Others, text: &[u8]) -> Suspicion {
        let look = Look::after(digits, others, text);
        Suspicion {
            emails: self.email.is_some() && look.may_hold_email(),
            numbers: (self.phone.is_some() || self.card.is_some()) && look.may_hold_number(text),
            patterns: self.patterns.iter().any(|pattern| pattern.needs.may_be_met(look)),
            not_ascii: look.not_ascii,
            is_spelt: look.is_spelt(),
        }
    }

    /// What was found in `text`, from left to right. Nothing overlaps: where finds meet, one range
    /// covers all and belongs to the longest, then to the earliest, then to the first detector.
    pub fn search(&mut self, text: &str) -> &[Found] {
        self.search_for(self.suspect(text.as_bytes()), text)
    }

    /// As [`Detectors::search`], for what is suspected of this text and nothing else.
    pub fn search_for(&mut self, suspicion: Suspicion, text: &str) -> &[Found] {
        self.found.clear();
        if suspicion.emails {
            self.search_emails(text, suspicion.not_ascii);
        }
        if suspicion.numbers {
            let addresses = self.found.len();
            self.search_numbers(text, suspicion.is_spelt);
            if self.found[..addresses].iter().any(|found| touches_digits(text, &found.range)) {
                let beside = self.without_found(addresses, text);
                self.search_numbers(&beside, suspicion.is_spelt);
            }
        }
        if suspicion.patterns {
            self.search_patterns(text);
        }
        if self.found.len() > 1 {
            self.merge();
        }
        &self.found
    }

    fn search_emails(&mut self, text: &str, not_ascii: bool) {
        let Some(detector) = self.email else { return };
        self.emails.clear();
        email::find(text, not_ascii, &mut self.emails);
        self.found.extend(self.emails.drain(..).map(|range| Found { range, detector }));
    }

    fn search_numbers(&mut self, text: &str, is_spelt: bool) {
        let Detectors { numbers, found, phone, card, .. } = self;
        numbers.find(text, is_spelt, |number, range| {
            let detector = match number {
                Number::Phone => *phone,
                Number::Card => *card,
            };
            found.extend(detector.map(|detector| Found { range, detector }));
        });
    }

    /// The text with brackets in place of what was found first: digits of an address belong to no row
    /// of digits beside it.
    fn without_found(&self, first: usize, text: &str) -> String {
        let mut without = String::with_capacity(text.len());
        for Found { range, .. } in &self.found[..first] {
            without.push_str(&text[without.len()..range.start]);
            without.extend(std::iter::repeat_n('[', range.len()));
        }
        without.push_str(&text[without.len()..]);
        without
    }

    fn search_patterns(&mut self, text: &str) {
        if !self.any_pattern.is_empty() && !self.any_pattern.is_match(text) {
            return;
        }
        for Pattern { detector, regex, .. } in &self.patterns {
            let matches = regex.find_iter(text).filter(|found| !found.is_empty());
            self.found
                .extend(matches.map(|found| Found { range: found.range(), detector: *detector }));
        }
    }

    /// Joins finds that overlap, and those that overlap with these: no part of what was found may
    /// stay. Whose the joined range is depends on the finds alone, not on their order.
    fn merge(&mut self) {
        self.found.sort_unstable_by_key(|found| found.range.start);
        let Some(mut best) = self.found.first().map(claim) else { return };
        self.found.dedup_by(|later, earlier| {
            let claim = claim(later);
            if later.range.start >= earlier.range.end {
                best = claim;
                return false;
            }
            earlier.range.end = earlier.range.end.max(later.range.end);
            if claim < best {
                best = claim;
                earlier.detector = later.detector;
            }
            true
        });
    }
}

/// The least has the best claim to a range that several found: the longest, then the earliest, then
/// that of the first detector.
fn claim(found: &Found) -> (Reverse<usize>, usize, usize) {
    (Reverse(found.range.len()), found.range.start, found.detector)
}

/// Whether digits of an address, or beside it, may stand in one row with others: `.8x@y.ru`,
/// `x@y.ru-89123456789`. Most addresses begin and end with letters and stand apart.
fn touches_digits(text: &str, address: &Range<usize>) -> bool {
    let bytes = text.as_bytes();
    let is_apart = |byte: Option<&u8>| byte.is_none_or(|byte| b" \t\n\"',;:<>)]}|=".contains(byte));
    let edges = [bytes[address.start], bytes[address.end - 1]];
    let before = address.start.checked_sub(1).map(|at| &bytes[at]);
    !edges.iter().all(u8::is_ascii_alphabetic)
        || !is_apart(before)
        || !is_apart(bytes.get(address.end))
}
