//! Digits in groups: what phones and bank cards are both made of.
//!
//! A run is as many groups of digits as stand near each other, with nothing but separators between
//! them. A character that takes no place where the text is shown is not there for a run.

use super::escapes::introduces;
use super::units::{Unit, is_invisible, unit_at};

/// Separators that may stand between two groups of one run, brackets not counted: ` - `.
const MAX_GAP: u8 = 3;

pub const SPACE: u8 = 1;
pub const TAB: u8 = 2;
pub const DASH: u8 = 4;
pub const DOT: u8 = 8;
pub const SLASH: u8 = 16;
pub const UNDERSCORE: u8 = 32;
pub const TILDE: u8 = 64;
/// A plus sign right after a digit, which is a space of a URL's query and no country's prefix.
pub const PLUS: u8 = 128;

/// Digits that stand together, with what stood before them.
#[derive(Clone, Debug, Default)]
pub struct Group {
    pub start: usize,
    pub end: usize,
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
    /// Where they begin.
    pub start: usize,
    /// How many there are, brackets and a country's plus sign not counted.
    pub units: u8,
    /// Which there are: [`SPACE`] and so on.
    pub kinds: u8,
    /// Where a bracket opens that leads up to the group.
    pub open: Option<usize>,
    pub close: bool,
    /// Where the plus sign of a country's prefix leads up to the group.
    pub plus: Option<usize>,
    /// Where a plus sign leads up to the group and stands right after a digit.
    pub plus_after_digit: Option<usize>,
    /// Whether a hyphen that may be a minus sign stands right before the group.
    pub minus: bool,
}

/// A run of groups. There is at least one.
#[derive(Clone, Copy)]
pub struct Run<'t> {
    pub text: &'t str,
    pub groups: &'t [Group],
    digits: &'t [u8],
}

/// Reads runs; keeps its tables from run to run.
#[derive(Default)]
pub struct Reader {
    digits: Vec<u8>,
    groups: Vec<Group>,
}

impl<'t> Run<'t> {
    /// The digits of some neighbouring groups.
    pub fn digits(&self, first: usize, past: usize) -> &'t [u8] {
        let (first, last) = (&self.groups[first], &self.groups[past - 1]);
        &self.digits[first.first_digit..last.first_digit + last.length]
    }

    /// How many digits there are from the group `first` on to the one before `past`.
    pub fn count(&self, first: usize, past: usize) -> usize {
        let last = &self.groups[past - 1];
        last.first_digit + last.length - self.groups[first].first_digit
    }

    /// Whether groups have these lengths, from the group `first` on.
    pub fn has_lengths(&self, first: usize, lengths: &[u8]) -> bool {
        // Most groupings differ in their first length: no slice is taken for these.
        let has = |(at, length): (usize, &u8)| {
            self.groups.get(first + at).is_some_and(|group| group.length == usize::from(*length))
        };
        lengths.iter().enumerate().all(has)
    }

    /// Whether a date begins with the group `first`: `2026-03-02`.
    pub fn is_date(&self, first: usize) -> bool {
        let digits = |at: usize| self.digits(at, at + 1);
        self.has_lengths(first, &[4, 2, 2])
            && matches!(digits(first), [1, 9, ..] | [2, 0, ..])
            && matches!(digits(first + 1), [0, _] | [1, 0..=2])
            && matches!(digits(first + 2), [0..=2, _] | [3, 0..=1])
            && self.groups[first + 2].gap.is_like(self.groups[first + 1].gap)
    }
}

impl Gap {
    /// Whether the separators are the same, brackets aside.
    pub fn is_like(self, other: Gap) -> bool {
        (self.units, self.kinds) == (other.units, other.kinds)
    }

    /// Whether it is one separator, and this.
    pub fn is_only(self, kind: u8) -> bool {
        self.units == 1 && self.kinds == kind && !self.close && self.open.is_none()
    }

    /// Whether it ends with a minus sign that something other than a digit or a letter stands before:
    /// `1 -2`, and neither `1-2` nor `1 - 2`.
    pub fn is_signed(self) -> bool {
        self.minus && self.units > 1
    }

    /// Whether it is several spaces, as between the columns of a table.
    pub fn is_wide(self) -> bool {
        self.kinds == SPACE && self.units > 1
    }

    /// Counts a separator in; `false` where the character is none. `after_group` says that a group
    /// of the same run ends where the gap begins.
    fn take(&mut self, character: char, at: usize, after_group: bool) -> bool {
        self.minus = matches!(character, '-' | '\u{2212}') && self.kinds & DASH == 0;
        if character == '+' {
            if after_group && self.follows_digit() {
                self.plus_after_digit = Some(at);
                return self.count(PLUS);
            }
            self.plus.get_or_insert(at);
            return true;
        }
        if character == '(' {
            self.open = Some(at);
            return true;
        }
        let Some(kind) = kind_of(character) else { return character == ')' && self.take_close() };
        // `+ 7 912 …`: the plus sign leads, unless it adds two numbers up.
        let leads = self.plus.is_some() && kind == SPACE && !after_group && self.units == 0;
        if !leads {
            self.plus = None;
            self.open = None;
        }
        self.plus_after_digit = None;
        self.count(kind)
    }

    fn take_close(&mut self) -> bool {
        self.close = true;
        self.plus = None;
        self.open = None;
        true
    }

    fn count(&mut self, kind: u8) -> bool {
        self.kinds |= kind;
        self.units = self.units.saturating_add(1);
        true
    }

    fn is_empty(&self) -> bool {
        self.follows_digit() && !self.close
    }

    /// Whether nothing was taken yet, or only the bracket that closes after an area: `(495)+123`.
    fn follows_digit(&self) -> bool {
        self.units == 0 && self.open.is_none() && self.plus.is_none()
    }
}

impl Reader {
    /// Steps from `at` past the first character that is neither digit nor separator, and calls
    /// `visit` for every run before it. `joined` says whether an ASCII letter, digit or underscore
    /// stands right before `at`, and in the answer before where it stopped.
    pub fn read(
        &mut self,
        text: &str,
        mut at: usize,
        mut joined: bool,
        mut visit: impl FnMut(Run<'_>),
    ) -> (usize, bool) {
        let mut gap = Gap { start: at, ..Gap::default() };
        self.clear();
        while let Some(unit) = next_unit(text, at) {
            if unit.character.is_ascii_digit() {
                at = self.take_group(text, at, gap, joined);
                gap = Gap { start: at, ..Gap::default() };
                joined = true;
                continue;
            }
            if is_invisible(unit.character) {
                at += unit.length;
                continue;
            }
            let after_group = !self.groups.is_empty();
            if !gap.take(unit.character, at, after_group) {
                let ends_word = gap.is_empty() && unit.length == 1;
                joined = is_joining(unit.character);
                if let Some(last) = self.groups.last_mut() {
                    last.joined_after |= joined && ends_word;
                }
                self.end_run(text, &mut visit);
                return (at + unit.length, joined);
            }
            joined = unit.character == '_';
            if let Some(last) = self.groups.last_mut() {
                last.joined_after |= joined && gap.units == 1;
            }
            if gap.units > MAX_GAP {
                self.end_run(text, &mut visit);
            }
            at += unit.length;
        }
        self.end_run(text, &mut visit);
        (at, joined)
    }

    fn take_group(&mut self, text: &str, start: usize, gap: Gap, joined: bool) -> usize {
        let first_digit = self.digits.len();
        let (mut at, mut end) = (start, start);
        while let Some(unit) = next_unit(text, at) {
            if unit.character.is_ascii_digit() {
                // A digit is one byte of ASCII by now, whichever way it was written.
                self.digits.push(unit.character as u8 - b'0');
                end = at + unit.length;
            } else if !is_invisible(unit.character) {
                break;
            }
            at += unit.length;
        }
        let length = self.digits.len() - first_digit;
        self.groups.push(Group {
            start,
            end,
            first_digit,
            length,
            gap,
            joined_before: joined,
            joined_after: false,
        });
        end
    }

    fn end_run(&mut self, text: &str, visit: &mut impl FnMut(Run<'_>)) {
        if !self.groups.is_empty() {
            visit(Run { text, groups: &self.groups, digits: &self.digits });
        }
        self.clear();
    }

    fn clear(&mut self) {
        self.digits.clear();
        self.groups.clear();
    }
}

/// Whether a character may stand between two groups of one run.
pub fn is_separator(character: char) -> bool {
    matches!(character, '+' | '(' | ')') || kind_of(character).is_some()
}

/// Whether a character makes one word with a digit beside it.
pub fn is_joining(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

#[inline]
fn next_unit(text: &str, at: usize) -> Option<Unit> {
    let byte = *text.as_bytes().get(at)?;
    if byte.is_ascii() && !introduces(byte) {
        return Some(Unit { character: char::from(byte), length: 1 });
    }
    unit_at(text, at)
}

fn kind_of(character: char) -> Option<u8> {
    Some(match character {
        ' ' => SPACE,
        '\t' => TAB,
        '-' | '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => DASH,
        '.' | '\u{b7}' | '\u{2022}' | '\u{2027}' => DOT,
        '/' => SLASH,
        '_' => UNDERSCORE,
        '~' => TILDE,
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            SPACE
        }
        _ => return None,
    })
}
