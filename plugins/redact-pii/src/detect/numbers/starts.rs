//! Where runs of digits begin that are long enough for a number, and which digits are none because
//! they are part of an id.

use crate::detect::groups::{is_joining, is_separator};
use crate::detect::suspect::{MIN_DIGITS, long_run, plus_before_digit};
use crate::detect::units::{Unit, escape_around, is_invisible, unit_at, unit_before};
use crate::detect::words;

/// What a byte can be to a run of digit groups.
#[derive(Clone, Copy, PartialEq)]
enum Class {
    Digit,
    Separator,
    /// A digit, a separator or what is not seen may begin with it.
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
            b' ' | b'\t' | b'-' | b'.' | b')' | b'(' | b'+' | b'/' | b'_' | b'~' => {
                Class::Separator
            }
            // What is not ASCII and belongs to runs begins in UTF-8 with none of the letters' bytes
            // that are most frequent, Latin and Cyrillic.
            b'%' | b'\\' | b'&' | 0xc2 | 0xcd | 0xd8..=0xff => Class::Perhaps,
            _ => Class::Other,
        };
        byte += 1;
    }
    classes
};

/// Where runs begin in a text of ASCII without escapes.
#[derive(Default)]
pub struct Plain {
    long: Cached,
    after_plus: Cached,
}

/// What was seen already of what comes next.
#[derive(Clone, Copy, Default)]
enum Cached {
    #[default]
    NotLooked,
    At(usize),
    Nothing,
}

impl Plain {
    /// Where the separators begin that lead up to the next run that may hold a number, at `at` or
    /// after it, and whether what stands before them joins.
    pub fn next(&mut self, bytes: &[u8], at: usize) -> Option<(usize, bool)> {
        let long = self.long.at_or_after(at, || next_long_run(bytes, at));
        let after_plus =
            self.after_plus.at_or_after(at, || Some(at + plus_before_digit(bytes.get(at..)?)?));
        let mut start = long.into_iter().chain(after_plus).min()?;
        let in_run =
            |byte: u8| matches!(CLASSES[usize::from(byte)], Class::Digit | Class::Separator);
        while start > at && in_run(bytes[start - 1]) {
            start -= 1;
        }
        let joined = start > 0 && is_joining(char::from(bytes[start - 1]));
        Some((start, joined))
    }
}

impl Cached {
    fn at_or_after(&mut self, at: usize, look: impl FnOnce() -> Option<usize>) -> Option<usize> {
        let is_known = match self {
            Cached::NotLooked => false,
            Cached::At(found) => *found >= at,
            Cached::Nothing => true,
        };
        if !is_known {
            *self = look().map_or(Cached::Nothing, Cached::At);
        }
        match self {
            Cached::At(found) => Some(*found),
            _ => None,
        }
    }
}

/// Where the first digit stands, at `at` or after it, of a run that is long enough for a number, or
/// a digit of the same run.
fn next_long_run(bytes: &[u8], at: usize) -> Option<usize> {
    let near = at + long_run(bytes.get(at..)?)?;
    words::position(bytes, near, words::digits)
}

/// As [`Plain::next`], for every other text.
pub fn next_spelt(text: &str, from: usize) -> Option<(usize, bool)> {
    let bytes = text.as_bytes();
    let mut at = from;
    while let Some(near) = words::position(bytes, at, may_begin_digit) {
        if let Some(end) = end_of_cyrillic(bytes, near) {
            at = end;
            continue;
        }
        let (start, unit) = escape_around(text, 0, near)
            .or_else(|| text.is_char_boundary(near).then_some((near, unit_at(text, near)?)))?;
        let is_of_run = unit.character.is_ascii_digit() || is_separator(unit.character);
        if start < at || !is_of_run {
            at = near.max(start + unit.length).max(at + 1);
        } else if unit.length == 1
            && let Some(end) = end_of_short_run(bytes, near)
        {
            at = end;
        } else {
            return Some(start_of_run(text, from, start));
        }
    }
    None
}

/// Where a percent-encoded Cyrillic letter ends whose first digit stands at `near`: `%D0%B8`. Most
/// digits of a Russian query are such.
#[inline]
fn end_of_cyrillic(bytes: &[u8], near: usize) -> Option<usize> {
    let letter = bytes.get(near.checked_sub(2)?..near + 4)?;
    let [b'%', b'D' | b'd', b'0' | b'1', b'%', b'8' | b'9' | b'A' | b'B' | b'a' | b'b', low] =
        letter
    else {
        return None;
    };
    low.is_ascii_hexdigit().then_some(near + 4)
}

/// The bytes that a digit may begin with, of whatever script: ASCII digits, and in UTF-8 all from
/// 0xd8 on.
fn may_begin_digit(word: u64) -> u64 {
    let high = word & (word << 1) & ((word << 2) | (word << 3) & (word << 4)) & words::HIGH_BITS;
    words::digits(word) | high
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

/// Where the separators begin, not before `floor`, that lead up to the first digit of a run, and
/// whether what stands before them joins.
fn start_of_run(text: &str, floor: usize, digit: usize) -> (usize, bool) {
    let mut start = digit;
    while let Some(unit) = unit_before(text, 0, start) {
        if !is_separator(unit.character) && !is_invisible(unit.character) {
            return (start, is_joining(unit.character));
        }
        if start - unit.length < floor {
            return (start, false);
        }
        start -= unit.length;
    }
    (start, false)
}

/// Whether the digits from `start` to `end` are part of a UUID or of a hexadecimal number with
/// letters in it, which identify no person and must stay readable.
pub fn is_identifier(text: &str, start: usize, end: usize) -> bool {
    let bytes = text.as_bytes();
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
