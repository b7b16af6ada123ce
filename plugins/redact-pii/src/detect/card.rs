//! Bank card numbers: an issuer that exists, its lengths, a right check digit, and groups as cards
//! and forms print them.
//!
//! Digits that stand alone pass a check digit one time in ten. Sixteen of them count, and as many as
//! American Express, Diners Club and old Visa cards have; ids of other lengths are too many, so that
//! 12 and 17 to 19 digits, and those of goods (EAN-13), need a word before them that tells. Mir alone
//! has so few numbers that a random one is its card once in 18,000.

pub mod iban;
mod label;
pub mod track;

use std::cell::OnceCell;

pub use label::is_labelled;

use super::context;
use super::groups::{DASH, DOT, Run, SPACE, UNDERSCORE};
use super::issuers::is_card;
use super::neighbours::{Row, are_fractions, strays_after};
use super::units::unit_before;

/// The shortest and the longest card (ISO/IEC 7812-1).
const DIGITS: std::ops::RangeInclusive<usize> = 12..=19;

/// Groups that need no word before them.
const GROUPINGS: [&[u8]; 12] = [
    &[4, 4, 4, 4],
    &[4, 4, 4, 4, 3],
    &[4, 4, 4, 4, 2],
    &[4, 4, 4, 4, 1],
    &[4, 6, 5],
    &[4, 5, 6],
    &[4, 4, 4, 3],
    &[4, 6, 4],
    &[4, 4, 4, 2],
    &[4, 3, 3, 3],
    &[4, 4, 4, 1],
    &[6, 13],
];
/// What some forms print. Two counters stand so as well: these need to be all of a run, the second
/// between separators that two counters do not have.
const GROUPINGS_OF_RUNS: [&[u8]; 2] = [&[6, 7], &[10, 6]];

/// A card that begins with the group `first`: the index past its last group, and how many groups
/// stray after it. `begins` says whether a number begins with a group.
pub fn longest(run: Run<'_>, first: usize, begins: impl Fn(usize) -> bool) -> Option<(usize, u8)> {
    if run.count(first, run.groups.len()) < *DIGITS.start() {
        return None;
    }
    let mut longest = None;
    let told = OnceCell::new();
    for past in first + 1..=run.groups.len() {
        let count = run.count(first, past);
        if count > *DIGITS.end() || past - first > 1 && !may_go_on(run, past - 1) {
            break;
        }
        if count < *DIGITS.start() || !is_card(run.digits(first, past)) {
            continue;
        }
        if *told.get_or_init(|| is_told(run, first)) {
            longest = Some((past, 0));
        } else if stands_like_a_card(run, first, past)
            && !longest.is_some_and(|(past, _)| begins(past))
            && let Some(strays) = strays_after(run, (first, past), &begins, Row::OfFours)
        {
            longest = Some((past, strays));
        }
    }
    let is_iban =
        |past: usize| iban::surrounds(run.text, run.groups[first].start, run.groups[past - 1].end);
    longest.filter(|(past, _)| !is_iban(*past))
}

/// Whether the separators before the group may stand inside a card.
fn may_go_on(run: Run<'_>, group: usize) -> bool {
    let gap = run.groups[group].gap;
    gap.units > 0 && !gap.close && gap.open.is_none() && gap.plus.is_none()
}

fn is_told(run: Run<'_>, first: usize) -> bool {
    first == 0 && context::tells_of_card(run.text, run.groups[first].gap.start)
}

fn stands_like_a_card(run: Run<'_>, first: usize, past: usize) -> bool {
    let digits = run.digits(first, past);
    // Maestro has cards of all lengths, but those between 12 and 16 are on paper only.
    let has_length = match (digits.len(), digits[0]) {
        (12, _) => false,
        (13, issuer) => issuer == 4,
        (14, issuer) => issuer == 3,
        (15, issuer) => issuer == 3 || digits[..2] == [6, 2] || issuer == 1 && past - first > 1,
        _ => true,
    };
    if !has_length {
        return false;
    }
    if past - first == 1 {
        return stands_alone(run, first, digits);
    }
    let is_pair = past - first == 2;
    // `4772442000.123456` is a fraction, and `691234 1772442000123` a value with its time.
    let is_fraction = is_pair && run.groups[past - 1].gap.kinds & DOT != 0;
    let is_timed = is_pair && digits.len() == 19 && !matches!(digits, [6, 2, ..] | [8, 1, ..]);
    let is_grouping =
        |lengths: &&[u8]| lengths.len() == past - first && run.has_lengths(first, lengths);
    let is_run = past == run.groups.len() && first == 0;
    !is_fraction
        && !is_timed
        && !are_fractions(run, first, past)
        && (GROUPINGS.iter().any(is_grouping)
            || is_run && GROUPINGS_OF_RUNS.iter().any(is_grouping) && !is_checksum(run))
}

/// Whether a checksum and a size stand there, as `cksum` prints them: `3835656550 664365`.
fn is_checksum(run: Run<'_>) -> bool {
    run.groups[0].length == 10 && run.groups[1].gap.is_only(SPACE)
}

fn stands_alone(run: Run<'_>, first: usize, digits: &[u8]) -> bool {
    let has_length = match digits.len() {
        13 => !is_of_goods(digits),
        length => length <= 16 || matches!(digits, [2, 2, 0, 0..=4, ..]),
    };
    has_length
        && !is_negative(run, first)
        && !(first == 0 && (is_hexadecimal(run) || label::is_id(run)))
}

/// Whether the digits are the number of some goods on sale (EAN-13, GS1): with its check digit.
fn is_of_goods(digits: &[u8]) -> bool {
    let weigh =
        |(index, digit): (usize, &u8)| u32::from(*digit) * if index % 2 == 0 { 1 } else { 3 };
    digits.iter().enumerate().map(weigh).sum::<u32>().is_multiple_of(10)
}

/// Whether a minus sign or a label is glued to the number: `id: -6952…`, `blk_-6952…`, `ORD-4111…`,
/// `blk_4111…`.
fn is_negative(run: Run<'_>, first: usize) -> bool {
    let gap = run.groups[first].gap;
    if gap.is_signed() {
        return true;
    }
    if first > 0 || !(gap.is_only(DASH) || gap.is_only(UNDERSCORE)) {
        return false;
    }
    if gap.is_only(UNDERSCORE) {
        return context::is_labelled(run.text, gap.start);
    }
    let is_letter =
        unit_before(run.text, 0, gap.start).is_some_and(|it| it.character.is_alphabetic());
    !is_letter || context::is_labelled(run.text, gap.start)
}

/// Whether the run begins a number such as `0x4111…`, that has its zero before the letter.
fn is_hexadecimal(run: Run<'_>) -> bool {
    let before = &run.text.as_bytes()[..run.groups[0].start];
    matches!(before, [.., b'0', b'x' | b'X'])
}
