//! What a card's magnetic stripe holds (ISO/IEC 7813): the number, and on track 1 the holder's name.
//!
//! Track 1: `%B4111111111111111^PROBE/ANNA^2612101…?`. Track 2: `;4111111111111111=2612101…?`, and as
//! a chip gives it, with a `D` for the equals sign. One that is cut off is one as far as it goes, and a
//! keyboard of another country writes `&` for `^`.

use std::ops::Range;

use crate::detect::groups::Run;
use crate::detect::issuers::is_card;
use crate::detect::units::{Unit, is_invisible, unit_at, unit_before};

/// Longer than any name, and than all that may follow it.
const MAX_NAME: usize = 80;
const MAX_DATA: usize = 80;
/// Digits of most cards.
const CARD: usize = 16;
/// Characters that are not seen, in a row.
const MAX_UNSEEN: usize = 8;

/// A track that the run's last groups begin, from which group on, and its bytes.
pub fn find(run: Run<'_>) -> Option<(usize, Range<usize>)> {
    let past = run.groups.len();
    let end = run.groups[past - 1].end;
    let (separator, data) = next(run.text, end)?;
    if !matches!(separator, '^' | '&' | '=' | 'D' | 'd') {
        return None;
    }
    let read = |first| match separator {
        '^' | '&' => track_1(run, first, separator, data),
        _ => track_2(run, first, separator, data),
    };
    let number_begins = |first: &usize| {
        let is_whole = past - first == 1 || run.has_lengths(*first, &[4]);
        (12..=19).contains(&run.count(*first, past)) && is_whole
    };
    let mut firsts = (past.saturating_sub(5)..past).rev().filter(number_begins);
    firsts.find_map(|first| Some((first, read(first)?)))
}

fn track_1(run: Run<'_>, first: usize, separator: char, name: usize) -> Option<Range<usize>> {
    let text = run.text;
    let start = run.groups[first].start;
    let code = before(text, start, |it| matches!(it, 'B' | 'b'));
    // What `&` joins are a query's fields, if no code says that it is a track.
    if code.is_none() && (separator == '&' || !is_card(run.digits(first, run.groups.len()))) {
        return None;
    }
    let start = code.map_or(start, |code| before(text, code, |it| it == '%').unwrap_or(code));
    let end = data_end(text, name, separator).or_else(|| {
        // Without a name's end nothing else tells one from the fields of a query.
        (separator == '^').then(|| name_end(text, name)).flatten()
    })?;
    Some(start..one(text, end, |it| it == '?').unwrap_or(end))
}

/// Where the data end that follow a name between two separators.
fn data_end(text: &str, name: usize, separator: char) -> Option<usize> {
    let name_end = skip(text, name, MAX_NAME, |it| it != separator && !it.is_control());
    let data = one(text, name_end, |it| it == separator)?;
    let date = skip(text, data, 4, |it| it.is_ascii_digit() || it == separator);
    let has_name = name_end > name || skip(text, data, 4, |it| it.is_ascii_digit()) > data;
    if !has_name || date == data {
        return None;
    }
    let is_data = |it: char| it.is_ascii_alphanumeric() || it == separator || " ^=/.-".contains(it);
    Some(skip(text, data, MAX_DATA, is_data))
}

/// Where a name ends that is cut off: one word, and more of them in capitals.
fn name_end(text: &str, name: usize) -> Option<usize> {
    let is_name = |it: char| it.is_alphabetic() || "/.'-".contains(it);
    let mut end = skip(text, name, MAX_NAME, is_name);
    if end == name {
        return None;
    }
    while let Some(word) = one(text, end, |it| it == ' ') {
        let word_end = skip(text, word, MAX_NAME, |it| it.is_uppercase() || "/.'-".contains(it));
        if word_end == word || one(text, word_end, char::is_lowercase).is_some() {
            break;
        }
        end = word_end;
    }
    Some(one(text, end, |it| it == '^').unwrap_or(end))
}

fn track_2(run: Run<'_>, first: usize, separator: char, data: usize) -> Option<Range<usize>> {
    let text = run.text;
    let mut date = [' '; 4];
    let mut at = data;
    for digit in &mut date {
        (*digit, at) = next(text, at).filter(|(it, _)| it.is_ascii_digit())?;
    }
    let is_month = matches!(date[2..], ['0', '1'..='9'] | ['1', '0'..='2']);
    if !is_month || !is_card(run.digits(first, run.groups.len())) {
        return None;
    }
    // A card after an equals sign may begin with what could be a date; it is a finding of its own.
    if begins_card(text, data) {
        return None;
    }
    let start = run.groups[first].start;
    let start = before(text, start, |it| it == ';').unwrap_or(start);
    let end = skip(text, at, MAX_DATA, |it| it.is_ascii_digit());
    let end = one(text, end, |it| separator != '=' && matches!(it, 'F' | 'f')).unwrap_or(end);
    Some(start..one(text, end, |it| it == '?').unwrap_or(end))
}

/// Whether the number of a card in groups of four digits, the usual way to write one, begins here.
fn begins_card(text: &str, mut at: usize) -> bool {
    let mut digits = Vec::with_capacity(CARD);
    while digits.len() < CARD {
        if digits.len() % 4 == 0 && !digits.is_empty() {
            let Some(past) = one(text, at, |it| it == ' ' || it == '-') else { return false };
            at = past;
        }
        match next(text, at) {
            Some((digit @ '0'..='9', past)) => {
                digits.push(digit as u8 - b'0');
                at = past;
            }
            _ => return false,
        }
    }
    is_card(&digits)
}

/// Where up to `most` characters of a kind end that begin at `at`.
fn skip(text: &str, mut at: usize, most: usize, is_such: impl Fn(char) -> bool) -> usize {
    for _ in 0..most {
        match one(text, at, &is_such) {
            Some(past) => at = past,
            None => break,
        }
    }
    at
}

/// Past the next character that is seen, if it is such a one.
fn one(text: &str, at: usize, is_such: impl Fn(char) -> bool) -> Option<usize> {
    next(text, at).filter(|(character, _)| is_such(*character)).map(|(_, past)| past)
}

/// The next character that is seen, and where it ends.
fn next(text: &str, mut at: usize) -> Option<(char, usize)> {
    for _ in 0..=MAX_UNSEEN {
        let Unit { character, length } = unit_at(text, at)?;
        at += length;
        if !is_invisible(character) {
            return Some((character, at));
        }
    }
    None
}

/// Where the last character before `end` begins that is seen, if it is such a one.
fn before(text: &str, mut end: usize, is_such: impl Fn(char) -> bool) -> Option<usize> {
    for _ in 0..=MAX_UNSEEN {
        let Unit { character, length } = unit_before(text, 0, end)?;
        end -= length;
        if !is_invisible(character) {
            return is_such(character).then_some(end);
        }
    }
    None
}
