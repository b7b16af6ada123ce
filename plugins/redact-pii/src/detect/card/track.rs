//! What a card's magnetic stripe holds (ISO/IEC 7813): the number, and on track 1 the holder's name.
//!
//! Track 1: `%B4111111111111111^PROBE/ANNA^2612101…?`. Track 2: `;4111111111111111=2612101…?`, and as
//! a chip gives it, with a `D` for the equals sign.

use std::ops::Range;

use crate::detect::groups::Run;
use crate::detect::issuers::is_card;
use crate::detect::units::{unit_at, unit_before};

/// Longer than any name, and than all that may follow it.
const MAX_NAME: usize = 40;
const MAX_DATA: usize = 80;

/// A track that the run's last groups begin, from which group on, and its bytes.
pub fn find(run: Run<'_>) -> Option<(usize, Range<usize>)> {
    let past = run.groups.len();
    let end = run.groups[past - 1].end;
    let separator = unit_at(run.text, end).filter(|_| end < run.text.len())?;
    let read = match separator.character {
        '^' => track_1,
        '=' | 'D' | 'd' => track_2,
        _ => return None,
    };
    let number_begins = |first: &usize| {
        let is_whole = past - first == 1 || run.has_lengths(*first, &[4]);
        (12..=19).contains(&run.count(*first, past)) && is_whole
    };
    let mut firsts = (past.saturating_sub(5)..past).rev().filter(number_begins);
    firsts.find_map(|first| Some((first, read(run, first, end)?)))
}

fn track_1(run: Run<'_>, first: usize, end: usize) -> Option<Range<usize>> {
    let text = run.text;
    let mut start = run.groups[first].start;
    let coded = unit_before(text, 0, start).filter(|unit| matches!(unit.character, 'B' | 'b'));
    if let Some(code) = coded {
        start = before_sentinel(text, start - code.length, '%');
    } else if !is_card(run.digits(first, run.groups.len())) {
        return None;
    }
    let name = end + unit_at(text, end)?.length;
    let name_end = skip(text, name, MAX_NAME, |it| it != '^' && !it.is_control());
    let data = unit_at(text, name_end).filter(|it| it.character == '^')?.length + name_end;
    let year = skip(text, data, 4, |it| it.is_ascii_digit() || it == '^');
    if name_end == name || year == data {
        return None;
    }
    let data_end =
        skip(text, data, MAX_DATA, |it| it.is_ascii_alphanumeric() || " ^=/.-".contains(it));
    Some(start..past_sentinel(text, data_end))
}

fn track_2(run: Run<'_>, first: usize, end: usize) -> Option<Range<usize>> {
    let text = run.text;
    let separator = unit_at(text, end)?;
    let data = end + separator.length;
    let data_end = skip(text, data, MAX_DATA, |it| it.is_ascii_digit());
    let mut digits = [' '; 7];
    let mut at = data;
    for digit in &mut digits {
        let unit = unit_at(text, at).filter(|_| at < data_end)?;
        (*digit, at) = (unit.character, at + unit.length);
    }
    let is_month = matches!(digits[2..4], ['0', '1'..='9'] | ['1', '0'..='2']);
    if !is_month || !is_card(run.digits(first, run.groups.len())) {
        return None;
    }
    let start = before_sentinel(text, run.groups[first].start, ';');
    let padding =
        skip(text, data_end, 1, |it| separator.character != '=' && matches!(it, 'F' | 'f'));
    Some(start..past_sentinel(text, padding))
}

/// Where up to `most` characters of a kind end that begin at `at`.
fn skip(text: &str, mut at: usize, most: usize, is_such: impl Fn(char) -> bool) -> usize {
    for _ in 0..most {
        match unit_at(text, at) {
            Some(unit) if is_such(unit.character) => at += unit.length,
            _ => break,
        }
    }
    at
}

fn before_sentinel(text: &str, start: usize, sentinel: char) -> usize {
    let unit = unit_before(text, 0, start).filter(|unit| unit.character == sentinel);
    start - unit.map_or(0, |unit| unit.length)
}

fn past_sentinel(text: &str, end: usize) -> usize {
    end + unit_at(text, end).filter(|unit| unit.character == '?').map_or(0, |unit| unit.length)
}
