//! Extensions: what is dialled after a number, behind a switchboard.

use crate::detect::units::{is_invisible, unit_at};

/// What an extension begins with, in lower case; the longer before what it begins with.
const MARKS: [&str; 16] = [
    ";ext=",
    "extension",
    "extn",
    "ext",
    "xtn",
    "x",
    "#",
    "добавочный",
    "доб",
    "внутренний",
    "внутр",
    "вн",
    "anexo",
    "durchwahl",
    "poste",
    "int",
];
const MAX_DIGITS: usize = 7;
/// Spaces and points before a mark, and after it.
const MAX_GAP: usize = 3;

/// Where the number ends with its extension, if one begins at `end`, and `end` if none does.
pub fn end(text: &str, end: usize) -> usize {
    extended(text, end).unwrap_or(end)
}

fn extended(text: &str, end: usize) -> Option<usize> {
    let mut at = skip(text, end, MAX_GAP, |it| matches!(it, ' ' | '\u{a0}' | '.'));
    let bracket = one(text, at, |it| it == '(');
    at = bracket.unwrap_or(at);
    at = MARKS.iter().find_map(|mark| past_mark(text, at, mark))?;
    at = skip(text, at, MAX_GAP, |it| matches!(it, ' ' | '\u{a0}' | '.' | ':' | '-' | '№' | '#'));
    let past = skip(text, at, MAX_DIGITS, |it| it.is_ascii_digit());
    if past == at || one(text, past, char::is_alphanumeric).is_some() {
        return None;
    }
    match bracket {
        Some(_) => one(text, past, |it| it == ')'),
        None => Some(past),
    }
}

fn past_mark(text: &str, at: usize, mark: &str) -> Option<usize> {
    let mut at = at;
    for expected in mark.chars() {
        at = one(text, at, |it| it.to_lowercase().eq([expected]))?;
    }
    Some(at)
}

/// Past the character at `at`, and what is not seen before it, if it is such a one.
fn one(text: &str, mut at: usize, is_such: impl Fn(char) -> bool) -> Option<usize> {
    for _ in 0..8 {
        let unit = unit_at(text, at)?;
        if !is_invisible(unit.character) {
            return is_such(unit.character).then_some(at + unit.length);
        }
        at += unit.length;
    }
    None
}

fn skip(text: &str, mut at: usize, most: usize, is_such: impl Fn(char) -> bool) -> usize {
    for _ in 0..most {
        match one(text, at, &is_such) {
            Some(past) => at = past,
            None => break,
        }
    }
    at
}
