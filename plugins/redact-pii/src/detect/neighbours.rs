//! Where a number without a prefix begins and ends: it is a whole row of groups, and no part of a
//! longer one.
//!
//! `1234 5678 9012 3456 7890` is a row, and none of its parts is a card. A number still stands
//! beside another number, beside what people write after a card (when it ends, its code, a sum), and
//! beside one group that strays: `order 12345 4111 1111 1111 1111`.

use super::groups::{DASH, DOT, Gap, Group, Run, SPACE, TAB, UNDERSCORE};
use super::units::unit_before;

/// How the groups of a number are read.
#[derive(Clone, Copy, PartialEq)]
pub enum Row {
    /// In fours: a group of four beside it belongs to its row.
    OfFours,
    /// After a prefix such as `00`: nothing strays beside it.
    Dialled,
    Other,
}

/// How many groups stray before the number from the group `first` to the one before `past`; `None`
/// where it is part of a longer row. `ends` says where the number before ended.
pub fn strays_before(
    run: Run<'_>,
    (first, past): (usize, usize),
    ends: Option<usize>,
    row: Row,
) -> Option<u8> {
    let gap = run.groups[first].gap;
    if first == 0 {
        return (!is_fraction(run.text, gap)).then_some(0);
    }
    if ends == Some(first) || gap.open.is_some() {
        return Some(0);
    }
    if row == Row::Dialled {
        let begins =
            is_minute(run.text, &run.groups[first - 1]) || first > 2 && run.is_date(first - 3);
        return (begins && gap.kinds & !(SPACE | TAB) == 0).then_some(0);
    }
    if past - first == 1 {
        return (!is_glued(gap)).then_some(0);
    }
    let inner = &run.groups[first + 1..past];
    // After a point comes a fraction, if it is not one of a number's points.
    if gap.is_only(DOT) && !inner.iter().all(|group| group.gap.is_like(gap)) {
        return None;
    }
    if !inner.iter().any(|group| group.gap.is_like(gap)) {
        return Some(0);
    }
    let before = &run.groups[first - 1];
    if first == 1 || ends == Some(first - 1) {
        let strays = u8::from(!is_minute(run.text, before));
        return may_stray(before, row).then_some(strays);
    }
    (!before.gap.is_like(gap)).then_some(0)
}

/// How many groups stray after it. `begins` says whether a number begins with a group.
pub fn strays_after(
    run: Run<'_>,
    (first, past): (usize, usize),
    begins: impl Fn(usize) -> bool,
    row: Row,
) -> Option<u8> {
    let Some(next) = run.groups.get(past) else { return Some(0) };
    let is_alone = past - first == 1;
    if is_alone && next.gap.is_only(DOT) || tears_fraction(run, first, past) {
        return None;
    }
    if begins(past) || row == Row::OfFours && follows_card(run, past) {
        return Some(0);
    }
    if is_alone {
        return (!is_glued(next.gap)).then_some(0);
    }
    let is_like_inner = match row {
        Row::OfFours => run.groups[first + 1..past].iter().any(|group| group.gap.is_like(next.gap)),
        Row::Other | Row::Dialled => run.groups[past - 1].gap.is_like(next.gap),
    };
    if !is_like_inner {
        return Some(0);
    }
    let ends = match run.groups.get(past + 1) {
        Some(after) => !after.gap.is_like(next.gap) || begins(past + 1),
        None => true,
    };
    (ends && may_stray(next, row)).then_some(1)
}

/// Whether two of the groups' points stand alone, as in `3695.7680 8973.0731`: a row of fractions.
pub fn are_fractions(run: Run<'_>, first: usize, past: usize) -> bool {
    let is_point = |at: usize| first < at && at < past && run.groups[at].gap.is_only(DOT);
    let alone = |at: &usize| is_point(*at) && !is_point(at - 1) && !is_point(at + 1);
    (first + 1..past).filter(alone).nth(1).is_some()
}

/// Whether the groups end before a point, and have points and other separators: part of an address
/// in IPv4, or of a fraction.
pub fn tears_fraction(run: Run<'_>, first: usize, past: usize) -> bool {
    let inner = &run.groups[first + 1..past];
    let is_point = |group: &Group| group.gap.is_only(DOT);
    run.groups.get(past).is_some_and(is_point)
        && inner.iter().any(is_point)
        && !inner.iter().all(is_point)
}

/// Whether the separators make one with the digits before them, as in `2024-4111` and `0.4111`.
fn is_glued(gap: Gap) -> bool {
    gap.is_only(DOT) || gap.is_only(DASH) || gap.is_only(UNDERSCORE)
}

/// Whether the separators that lead up to a run are the point of a fraction: `.4111`, and not
/// `тел.8912`.
fn is_fraction(text: &str, gap: Gap) -> bool {
    let is_letter =
        || unit_before(text, 0, gap.start).is_some_and(|it| it.character.is_alphabetic());
    gap.is_only(DOT) && !is_letter()
}

fn may_stray(group: &Group, row: Row) -> bool {
    match row {
        Row::OfFours => group.length != 4,
        Row::Dialled => false,
        Row::Other => true,
    }
}

/// Whether a group is the last of a time: `09:15`.
fn is_minute(text: &str, group: &Group) -> bool {
    group.length == 2 && unit_before(text, 0, group.start).is_some_and(|unit| unit.character == ':')
}

/// Whether the groups from `at` on are what people write after a card: the month it ends, its code,
/// a sum; or a date.
fn follows_card(run: Run<'_>, at: usize) -> bool {
    let rest = run.groups.len() - at;
    let is_sum = rest == 2 && run.groups[at + 1].gap.is_only(DOT) && run.groups[at + 1].length == 2;
    let code = at + expiry(run, at);
    let is_code = |at: usize| {
        at == run.groups.len() || run.has_lengths(at, &[3]) && at + 1 == run.groups.len()
    };
    is_sum || run.is_date(at) || is_code(code)
}

/// How many groups say when a card ends: `12/26`, `12 2026`, `1226`.
fn expiry(run: Run<'_>, at: usize) -> usize {
    let digits = |groups: usize| run.digits(at, at + groups);
    let is_month = |digits: &[u8]| matches!(digits, [0, 1..=9, ..] | [1, 0..=2, ..]);
    if run.has_lengths(at, &[2, 2]) || run.has_lengths(at, &[2, 4]) && digits(2)[2] == 2 {
        let tight = run.groups[at + 1].gap.units == 1;
        return if tight && is_month(digits(2)) { 2 } else { 0 };
    }
    let is_apart = at > 0 && run.groups[at].gap.kinds & SPACE != 0;
    let is_expiry = is_apart
        && run.has_lengths(at, &[4])
        && is_month(digits(1))
        && matches!(digits(1)[2], 2 | 3);
    usize::from(is_expiry)
}
