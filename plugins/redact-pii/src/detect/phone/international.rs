//! International numbers (E.164): a plus sign, a country, a national number in any groups.

use crate::detect::context;
use crate::detect::groups::{DOT, Run, TILDE, UNDERSCORE};
use crate::detect::neighbours::{Row, strays_after};

use super::countries;

/// The most digits of a number (E.164), and three more of a trunk prefix that is none of it.
const MAX_DIGITS: usize = 18;
/// National numbers that two groups with a point between them must have at least: `+1.4155552671` as
/// registries of domains write it, and not `+55.755826`, a coordinate.
const MIN_AFTER_POINT: usize = 9;

/// The index past the last group of the number with a plus sign that begins with the group `first`.
///
/// Of all that a country permits this is the longest in which no two groups stand further apart than
/// one separator, or else the longest.
pub fn after_plus(run: Run<'_>, first: usize) -> Option<usize> {
    if is_exponent(run, first) {
        return None;
    }
    longest(run, first, 0)
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
    let prefix = match digits {
        [0, 0, 1..=9, ..] => 2,
        [8, 1, 0, 1..=9, ..] | [0, 1, 1, 1..=9, ..] => 3,
        _ => return None,
    };
    let past = longest(run, first, prefix)?;
    let is_told = || first == 0 && context::tells_of_phone(run.text, run.groups[first].gap.start);
    let country = countries::of(&digits[prefix..])?;
    let ends_group = |count| (first + 1..past).any(|past| run.count(first, past) == count);
    let is_apart = ends_group(prefix) || prefix == 2 && ends_group(prefix + country.digits());
    let in_groups = past - first > 2 && is_apart;
    let joined = run.groups[first].joined_before || run.groups[past - 1].joined_after;
    if joined || !(in_groups || is_told()) {
        return None;
    }
    Some((past, strays_after(run, (first, past), begins, Row::OfFours)?))
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
            if !may_go_on(run, past - 1) {
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
        longest = Some(past);
        if is_close {
            close = longest;
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
    matches!(run.text.as_bytes()[..plus], [.., b'0'..=b'9' | b'.', b'e' | b'E'])
}
