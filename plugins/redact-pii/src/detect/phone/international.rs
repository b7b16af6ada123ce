//! International numbers (E.164): a plus sign, a country, a national number in any groups.

use crate::detect::context;
use crate::detect::groups::{DASH, DOT, Group, Run, SLASH, SPACE, TAB, TILDE, UNDERSCORE};
use crate::detect::neighbours::{Row, are_fractions, strays_after, tears_fraction};
use crate::detect::units::unit_before;

use super::countries;

/// The most digits of a number (E.164), and three more of a trunk prefix that is none of it.
const MAX_DIGITS: usize = 18;
/// National numbers that two groups with a point between them must have at least: `+1.4155552671` as
/// registries of domains write it, and not `+55.755826`, a coordinate.
const MIN_AFTER_POINT: usize = 9;
/// As many digits as a number in one piece has at least, of whichever country, that is complete.
const MIN_IN_ONE: usize = 10;
/// The most digits with the country's (E.164).
const MAX_OVERLONG: usize = 15;

/// The index past the last group of the number with a plus sign that begins with the group `first`.
///
/// Of all that a country permits this is the longest in which no two groups stand further apart than
/// one separator, or else the longest.
pub fn after_plus(run: Run<'_>, first: usize) -> Option<usize> {
    if is_exponent(run, first) {
        return None;
    }
    let past = longest(run, first, 0)?;
    let past = past_overlong(run, first, past).unwrap_or(past);
    (!is_sum(run, first, past)).then_some(past)
}

/// A number that begins with what is dialled before another country: `00`, `810`, `011`. There are
/// many numbers with two zeros in front, so this one is in groups or has a word before it that tells.
/// Gives the index past its last group, and how many groups stray after it.
pub fn without_plus(
    run: Run<'_>,
    first: usize,
    begins: impl Fn(usize) -> bool,
) -> Option<(usize, u8)> {
    let digits = run.digits(first, run.groups.len());
    let prefix = dialled(run, first).filter(|prefix| matches!(digits.get(*prefix), Some(1..=9)))?;
    let past = longest(run, first, prefix)?;
    let is_told = || first == 0 && context::tells_of_phone(run.text, run.groups[first].gap.start);
    let country = countries::of(&digits[prefix..])?;
    let ends_group = |count| (first + 1..past).any(|past| run.count(first, past) == count);
    let is_apart = ends_group(prefix) || prefix == 2 && ends_group(prefix + country.digits());
    let in_groups = past - first > 2 && is_apart;
    let joined = run.groups[first].joined_before || run.groups[past - 1].joined_after;
    if joined || follows_number(run, first) || !(in_groups || is_told()) {
        return None;
    }
    let row = if is_told() { Row::OfFours } else { Row::Dialled };
    Some((past, strays_after(run, (first, past), begins, row)?))
}

/// How many digits of the prefix the group begins with. It is not taken apart, but for the tone that
/// is waited for: `8~10`.
fn dialled(run: Run<'_>, first: usize) -> Option<usize> {
    match run.digits(first, first + 1) {
        [0, 0, ..] => Some(2),
        [8, 1, 0, ..] | [0, 1, 1, ..] => Some(3),
        [8] => {
            let waits = |it: &Group| it.gap.units == 1 && it.gap.kinds & (DOT | SLASH) == 0;
            let tone = run.groups.get(first + 1).filter(|it| waits(it))?;
            (tone.length == 2 && run.digits(first + 1, first + 2) == [1, 0]).then_some(3)
        }
        _ => None,
    }
}

/// Whether the run goes on a time or a number: `10:00`, `1,00`.
fn follows_number(run: Run<'_>, first: usize) -> bool {
    let text = run.text;
    let sign = unit_before(text, 0, run.groups[first].start);
    sign.filter(|it| matches!(it.character, ':' | ',')).is_some_and(|sign| {
        let before = unit_before(text, 0, run.groups[first].start - sign.length);
        before.is_some_and(|it| it.character.is_ascii_digit())
    })
}

/// As [`after_plus`], where `prefix` digits stand before the country.
fn longest(run: Run<'_>, first: usize, prefix: usize) -> Option<usize> {
    let digits = run.digits(first, run.groups.len());
    let country = countries::of(&digits[prefix..])?;
    let national = prefix + country.digits();
    let (mut close, mut longest) = (None, None);
    let mut is_close = true;
    // Where groups end, no country's digits are cut in two.
    let mut is_cut = false;
    for past in first + 1..=run.groups.len() {
        let group = &run.groups[past - 1];
        let count = run.count(first, past);
        if past - first > 1 {
            if !may_go_on(run, past - 1) || is_signed(run, first, past - 1) {
                break;
            }
            is_close &= group.gap.units <= 1 || count <= national;
        }
        is_cut |= count > prefix && count < national;
        if count > MAX_DIGITS + prefix || is_cut {
            break;
        }
        if count <= national || !country.permits(&digits[national..count]) {
            continue;
        }
        if past - first == 2 && group.gap.is_only(DOT) && count - national < MIN_AFTER_POINT {
            continue;
        }
        if tears_fraction(run, first, past) || are_fractions(run, first, past) {
            continue;
        }
        // A number and how often it was called.
        if group.length == 1 && longest == Some(past - 1) && group.gap.kinds & DASH == 0 {
            break;
        }
        longest = Some(past);
        if is_close {
            close = longest;
        }
        if past - first == 1 && count >= MIN_IN_ONE + prefix && is_apart(run, past) {
            break;
        }
    }
    close.or(longest)
}

fn may_go_on(run: Run<'_>, group: usize) -> bool {
    let gap = run.groups[group].gap;
    let ends_before = gap.plus.is_some() || gap.kinds & UNDERSCORE != 0;
    !ends_before && (gap.kinds & TILDE == 0 || group == 1) && !run.is_date(group)
}

/// Whether the plus sign belongs to an exponent: `1e+12`.
fn is_exponent(run: Run<'_>, first: usize) -> bool {
    let Some(plus) = run.groups[first].gap.plus else { return false };
    let before =
        |end| unit_before(run.text, 0, end).map(|unit| (unit.character, end - unit.length));
    matches!(before(plus), Some(('e' | 'E', start))
        if matches!(before(start), Some(('0'..='9' | '.', _))))
}

/// Whether the plus sign stands right after a letter, and no word tells of a phone nor the digits do:
/// `UTC+12 6246 63116`, `libstdc++27.51`.
fn is_sum(run: Run<'_>, first: usize, past: usize) -> bool {
    let Some(plus) = run.groups[first].gap.plus else { return false };
    let is_letter =
        |end| unit_before(run.text, 0, end).is_some_and(|it| it.character.is_ascii_alphabetic());
    let inner = &run.groups[first + 1..past];
    let is_piece = || inner.is_empty() && run.count(first, past) >= MIN_IN_ONE;
    let is_russian = || matches!(run.digits(first, past), [7, 3 | 4 | 8 | 9, ..]);
    let has_brackets = || inner.iter().any(|group| group.gap.close);
    is_letter(plus)
        && !(is_piece()
            || is_russian()
            || has_brackets()
            || context::tells_of_phone(run.text, plus))
}

/// Whether the group is a value with a minus sign, as in a row of deltas. `+7 (912) 345 -67 -89` is
/// none.
fn is_signed(run: Run<'_>, first: usize, group: usize) -> bool {
    let is_phone = || run.groups[first..group].iter().any(|group| group.gap.close);
    run.groups[group].gap.is_signed() && group - first < 3 && !is_phone()
}

/// Whether what follows a number that is written in one piece is another number.
fn is_apart(run: Run<'_>, past: usize) -> bool {
    run.groups.get(past).is_some_and(|next| next.gap.kinds & !(SPACE | TAB) == 0)
}

/// Where a number ends whose groups go on alike beyond what its country has, as far as E.164 permits:
/// of a phone that is not known no half may stay. Only countries whose numbers have many lengths have
/// such.
fn past_overlong(run: Run<'_>, first: usize, past: usize) -> Option<usize> {
    let country = countries::of(run.digits(first, past))?;
    if past - first < 3 || !country.has_many_lengths() {
        return None;
    }
    let gap = run.groups[past - 1].gap;
    let goes_on = |at: &usize| {
        let group = &run.groups[*at];
        group.length > 1 && gap.units == 1 && group.gap.is_like(gap) && may_go_on(run, *at)
    };
    // Of two digits each these are too many already.
    let row = (past..run.groups.len()).take(MAX_OVERLONG / 2);
    let end = row.take_while(goes_on).last()? + 1;
    (run.count(first, end) <= MAX_OVERLONG).then_some(end)
}
