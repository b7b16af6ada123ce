//! Phones and bank cards: both are digits in groups, so one pass over a text finds both.
//!
//! The text is cut into runs of digit groups that stand at most three separators apart; then every
//! window of groups is tried, longest first. Numbers of up to 19 digits count, so the time is in
//! proportion to the text's length.

use std::ops::Range;

use super::card::is_card_number;
use super::phone::is_phone;
use super::suspect::{Look, long_run};
use super::units::{Unit, unit_at, unit_before};
use super::words;

/// The longest number worth a look: a bank card's (ISO/IEC 7812-1).
const MAX_DIGITS: usize = 19;
/// Fewer digits than this are neither a phone nor a card.
pub const MIN_DIGITS: usize = 10;
/// Separators that may stand between two groups of one number: `) -`.
const MAX_GAP: u8 = 3;

/// Digits that stand together, with what stood before them.
#[derive(Clone, Debug, Default)]
pub struct Group {
    start: usize,
    end: usize,
    /// Index of its first digit among the digits of the run.
    first_digit: usize,
    pub length: usize,
    pub gap: Gap,
    /// An ASCII letter, digit or underscore stands right before it.
    pub joined_before: bool,
    /// The same, right after it.
    pub joined_after: bool,
}

/// The separators before a group.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gap {
    pub units: u8,
    pub space: bool,
    pub dash: bool,
    pub dot: bool,
    pub open: bool,
    pub close: bool,
    pub plus: bool,
    /// Where a plus sign or an opening parenthesis starts that leads up to the group.
    lead: Option<usize>,
    /// A plus sign is part of that lead.
    pub lead_plus: bool,
}

/// Some neighbouring groups, and their digits.
#[derive(Clone, Copy)]
pub struct Window<'t> {
    pub groups: &'t [Group],
    pub digits: &'t [u8],
}

/// What a window turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    Phone,
    Card,
}

/// Finds numbers; keeps its tables from text to text.
#[derive(Default)]
pub struct Finder {
    digits: Vec<u8>,
    groups: Vec<Group>,
}

impl Finder {
    /// Calls `found` for every phone and card of `text`, from left to right; none overlaps
    /// another.
    pub fn find(&mut self, text: &str, mut found: impl FnMut(Number, Range<usize>)) {
        let bytes = text.as_bytes();
        let mut at = 0;
        self.clear();
        // What stands between two numbers is most of a text, and is not looked at one by one.
        if !Look::at(bytes).is_spelt() {
            while let Some(digit) = next_long_run(bytes, at) {
                let (start, joined) = start_of_run(text, digit);
                (at, _) = self.walk_run(text, start, joined, &mut found);
            }
            return;
        }
        while let Some(digit) = words::position(bytes, at, words::digits) {
            if let Some((start, unit)) = escape_around(text, digit) {
                if !is_separator(unit.character) {
                    at = start + unit.length;
                    continue;
                }
            } else if let Some(end) = end_of_short_run(bytes, digit) {
                at = end;
                continue;
            }
            let (start, joined) = start_of_run(text, digit);
            (at, _) = self.walk_run(text, start, joined, &mut found);
        }
    }

    /// Steps from `at` past the first character that is neither digit nor separator, with all that
    /// was found before it. `joined` says whether an ASCII letter, digit or underscore stands right
    /// before `at`, and in the answer before where it stopped.
    fn walk_run(
        &mut self,
        text: &str,
        mut at: usize,
        mut joined: bool,
        found: &mut impl FnMut(Number, Range<usize>),
    ) -> (usize, bool) {
        let bytes = text.as_bytes();
        let mut gap = Gap::default();
        while at < bytes.len() {
            if bytes[at].is_ascii_digit() {
                at = self.take_group(bytes, at, gap, joined);
                gap = Gap::default();
                joined = true;
                continue;
            }
            let Some(unit) = unit_at(text, at) else { break };
            if !gap.take(unit.character, at) {
                joined = is_joining(unit.character);
                if joined
                    && unit.length == 1
                    && let Some(last) = self.groups.last_mut()
                {
                    last.joined_after |= last.end == at;
                }
                self.flush(text, found);
                return (at + unit.length, joined);
            }
            joined = false;
            if gap.units > MAX_GAP {
                self.flush(text, found);
            }
            at += unit.length;
        }
        self.flush(text, found);
        (at, joined)
    }

    fn clear(&mut self) {
        self.digits.clear();
        self.groups.clear();
    }

    fn take_group(&mut self, bytes: &[u8], start: usize, gap: Gap, joined: bool) -> usize {
        let length = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let first_digit = self.digits.len();
        self.digits.extend(bytes[start..start + length].iter().map(|byte| byte - b'0'));
        self.groups.push(Group {
            start,
            end: start + length,
            first_digit,
            length,
            gap,
            joined_before: joined,
            joined_after: false,
        });
        start + length
    }

    fn flush(&mut self, text: &str, found: &mut impl FnMut(Number, Range<usize>)) {
        let mut first = 0;
        while self.digits.len() >= MIN_DIGITS && first < self.groups.len() {
            first = match self.longest_from(text, first) {
                Some((number, past)) => {
                    let lead = self.groups[first].gap.lead.filter(|_| number == Number::Phone);
                    let start = lead.unwrap_or(self.groups[first].start);
                    found(number, start..self.groups[past - 1].end);
                    past
                }
                None => first + 1,
            };
        }
        self.clear();
    }

    /// The longest number that starts with the group `first`, and the index past its last group.
    fn longest_from(&self, text: &str, first: usize) -> Option<(Number, usize)> {
        let mut longest = None;
        let first_digit = self.groups[first].first_digit;
        for past in first + 1..=self.groups.len() {
            let last = &self.groups[past - 1];
            let count = last.first_digit + last.length - first_digit;
            if count > MAX_DIGITS {
                break;
            }
            if count < MIN_DIGITS {
                continue;
            }
            let window = Window {
                groups: &self.groups[first..past],
                digits: &self.digits[first_digit..first_digit + count],
            };
            let number = if is_card_number(window) {
                Number::Card
            } else if is_phone(window) {
                Number::Phone
            } else {
                continue;
            };
            if !is_identifier(text, &self.groups[first], last.end) {
                longest = Some((number, past));
            }
        }
        longest
    }
}

impl Gap {
    /// Counts a separator in; `false` where the character is none.
    fn take(&mut self, character: char, at: usize) -> bool {
        let leads = match character {
            ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}' => {
                self.space = true;
                false
            }
            '-' | '\u{2010}'..='\u{2014}' | '\u{2212}' => {
                self.dash = true;
                false
            }
            '.' => {
                self.dot = true;
                false
            }
            ')' => {
                self.close = true;
                false
            }
            '(' => {
                self.open = true;
                true
            }
            '+' => {
                self.plus = true;
                self.lead_plus = true;
                true
            }
            _ => return false,
        };
        if leads {
            self.lead.get_or_insert(at);
        } else {
            self.lead = None;
            self.lead_plus = false;
        }
        self.units = self.units.saturating_add(1);
        true
    }
}

/// What a byte can be to a run of digit groups.
#[derive(Clone, Copy, PartialEq)]
enum Class {
    Digit,
    Separator,
    /// A separator may begin with it.
    Perhaps,
    /// It ends the run.
    Other,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'0'..=b'9' => Class::Digit,
            b' ' | b'-' | b'.' | b')' | b'(' | b'+' => Class::Separator,
            // Of the separators that are not ASCII, UTF-8 has U+00A0 begin with the one, and those
            // from U+2000 with the other.
            b'%' | b'\\' | 0xc2 | 0xe2 => Class::Perhaps,
            _ => Class::Other,
        };
        byte += 1;
    }
    classes
};

/// Where the group of digits begins, at `at` or after it, with which the next run begins that is
/// long enough for a number. It may belong to a run before that one.
fn next_long_run(bytes: &[u8], at: usize) -> Option<usize> {
    let near = at + long_run(bytes.get(at..)?)?;
    let mut digit = words::position(bytes, near, words::digits)?;
    while digit > at && bytes[digit - 1].is_ascii_digit() {
        digit -= 1;
    }
    Some(digit)
}

/// Where the run ends that has its first digit at `digit`, which is part of no escape, if it has
/// too few digits for a number.
fn end_of_short_run(bytes: &[u8], digit: usize) -> Option<usize> {
    let mut digits = 0;
    for (offset, byte) in bytes[digit..].iter().enumerate() {
        match CLASSES[usize::from(*byte)] {
            Class::Digit if digits + 1 == MIN_DIGITS => return None,
            Class::Digit => digits += 1,
            Class::Separator => {}
            Class::Perhaps => return None,
            Class::Other => return Some(digit + offset),
        }
    }
    Some(bytes.len())
}

/// The escape, such as `%20`, that the byte at `inner` is part of, and where it starts.
fn escape_around(text: &str, inner: usize) -> Option<(usize, Unit)> {
    // The longest escape takes six bytes, and none has another inside.
    let from = inner.saturating_sub(5);
    let before = &text.as_bytes()[from..inner];
    let start = from + before.iter().rposition(|byte| matches!(byte, b'%' | b'\\'))?;
    let unit = unit_at(text, start)?;
    (start + unit.length > inner).then_some((start, unit))
}

/// Where the separators begin that lead up to the first digit of a run, and whether what stands
/// before them joins.
fn start_of_run(text: &str, digit: usize) -> (usize, bool) {
    let mut start = escape_around(text, digit).map_or(digit, |(start, _)| start);
    while let Some(unit) = unit_before(text, 0, start) {
        if !is_separator(unit.character) {
            return (start, is_joining(unit.character));
        }
        start -= unit.length;
    }
    (start, false)
}

fn is_separator(character: char) -> bool {
    Gap::default().take(character, 0)
}

fn is_joining(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// Whether the digits from the group `first` to `end` are part of a UUID or of a hexadecimal number
/// with letters in it, which identify no person and must stay readable.
fn is_identifier(text: &str, first: &Group, end: usize) -> bool {
    let bytes = text.as_bytes();
    let start = first.start;
    let hexadecimal = |byte: &&u8| byte.is_ascii_hexdigit() || **byte == b'-';
    // A UUID is 36 characters long; no need to look further than that.
    let before = bytes[..start].iter().rev().take(36).take_while(hexadecimal).count();
    let after = bytes[end..].iter().take(36).take_while(hexadecimal).count();
    let token = &bytes[start - before..end + after];
    // What stands before it may be percent-encoded, and `2B` is no part of the number then.
    let is_encoded = |unit: Unit| unit.length > 1 && bytes[start - 1].is_ascii();
    let after_escape = unit_before(text, 0, start).is_some_and(is_encoded);
    let word_start = if after_escape { &[] } else { &bytes[..start] };
    token.windows(36).any(is_uuid) || in_hexadecimal_word(word_start, &bytes[end..])
}

fn is_uuid(token: &[u8]) -> bool {
    token.iter().enumerate().all(|(index, byte)| match index {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

fn in_hexadecimal_word(before: &[u8], after: &[u8]) -> bool {
    let in_word = |byte: &&u8| byte.is_ascii_alphanumeric();
    let before = before.iter().rev().take(64).take_while(in_word);
    let after = after.iter().take(64).take_while(in_word);
    let mut around = before.chain(after).peekable();
    around.peek().is_some() && around.all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
mod tests;
