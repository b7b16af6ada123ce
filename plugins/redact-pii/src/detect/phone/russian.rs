//! Russian numbers without a plus sign: `8 (912) 345-67-89`, `89123456789`, `(495) 123-45-67`,
//! `8 (49232) 2-11-05`.
//!
//! Ten digits after `7` or `8`: an area of three, four or five digits, and a subscriber. Areas begin
//! with 3, 4 or 8, mobile numbers with 9 (numbering plan of the Russian Federation); in brackets also
//! with 7, as in Kazakhstan. Other numbers have eleven digits too, so only the groups that people
//! write count, and only where they are a whole row.

use crate::detect::context;
use crate::detect::groups::{DASH, Run};
use crate::detect::neighbours::{Row, are_fractions, strays_after};

use super::extension;

/// How a number may be grouped.
struct Grouping {
    lengths: &'static [u8],
    /// Digits before the area.
    prefix: usize,
    /// Digits of the area.
    area: usize,
    mark: Mark,
}

/// What must be seen beside the lengths.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Nothing,
    /// The area's code is a group in brackets.
    Brackets,
    /// The same, or separators of two kinds.
    BracketsOrKinds,
    /// The same as the first, or an area of mobile numbers, or a city's and hyphens only.
    BracketsOrArea,
}

const GROUPINGS: [Grouping; 37] = {
    use Mark::*;
    const fn of(lengths: &'static [u8], prefix: usize, area: usize, mark: Mark) -> Grouping {
        Grouping { lengths, prefix, area, mark }
    }
    [
        of(&[11], 1, 3, Nothing),
        of(&[1, 10], 1, 3, Nothing),
        of(&[1, 3, 7], 1, 3, Nothing),
        of(&[1, 3, 3, 4], 1, 3, Nothing),
        of(&[1, 3, 3, 2, 2], 1, 3, Nothing),
        of(&[1, 3, 2, 2, 3], 1, 3, BracketsOrKinds),
        of(&[1, 3, 2, 3, 2], 1, 3, BracketsOrKinds),
        of(&[1, 3, 4, 3], 1, 3, BracketsOrKinds),
        of(&[1, 3, 1, 3, 3], 1, 3, BracketsOrKinds),
        of(&[1, 3, 1, 2, 2, 2], 1, 3, BracketsOrKinds),
        of(&[4, 7], 1, 3, Nothing),
        of(&[4, 3, 4], 1, 3, Nothing),
        of(&[4, 3, 2, 2], 1, 3, Nothing),
        of(&[4, 2, 2, 3], 1, 3, BracketsOrKinds),
        of(&[1, 4, 6], 1, 4, Nothing),
        of(&[1, 4, 3, 3], 1, 4, Nothing),
        of(&[1, 4, 2, 2, 2], 1, 4, Nothing),
        of(&[1, 4, 2, 4], 1, 4, BracketsOrKinds),
        of(&[1, 4, 4, 2], 1, 4, BracketsOrKinds),
        of(&[5, 2, 2, 2], 1, 4, BracketsOrKinds),
        of(&[1, 5, 5], 1, 5, Nothing),
        of(&[1, 5, 1, 2, 2], 1, 5, Nothing),
        of(&[1, 5, 2, 3], 1, 5, BracketsOrKinds),
        of(&[1, 5, 3, 2], 1, 5, BracketsOrKinds),
        of(&[1, 5, 1, 4], 1, 5, BracketsOrKinds),
        of(&[3, 7], 0, 3, Brackets),
        of(&[3, 3, 4], 0, 3, Brackets),
        of(&[3, 3, 2, 2], 0, 3, BracketsOrArea),
        of(&[3, 2, 2, 3], 0, 3, Brackets),
        of(&[3, 2, 3, 2], 0, 3, Brackets),
        of(&[4, 6], 0, 4, Brackets),
        of(&[4, 3, 3], 0, 4, Brackets),
        of(&[4, 2, 2, 2], 0, 4, Brackets),
        of(&[5, 5], 0, 5, Brackets),
        of(&[5, 1, 2, 2], 0, 5, Brackets),
        of(&[5, 2, 3], 0, 5, Brackets),
        of(&[5, 3, 2], 0, 5, Brackets),
    ]
};

/// A Russian number that begins with the group `first`: the index past its last group, and how many
/// groups stray after it. `begins` says whether a number begins with a group.
pub fn longest(run: Run<'_>, first: usize, begins: impl Fn(usize) -> bool) -> Option<(usize, u8)> {
    let group = &run.groups[first];
    if !may_begin(run.digits(first, first + 1)) || group.joined_before {
        return None;
    }
    let is_labelled =
        || first == 0 && group.gap.is_only(DASH) && context::is_labelled(run.text, group.gap.start);
    let is_told = || first == 0 && context::tells_of_phone(run.text, group.gap.start);
    let permitted = GROUPINGS.iter().filter(|grouping| grouping.permits(run, first));
    let ending = permitted.filter_map(|grouping| {
        let past = first + grouping.lengths.len();
        if are_columns(run, first, past) && !grouping.has_brackets(run, first, past) && !is_told() {
            return None;
        }
        let strays = strays_after(run, (first, past), &begins, Row::Other)?;
        (!is_joined_after(run, past)).then_some((past, strays))
    });
    ending.max().filter(|_| !is_labelled())
}

/// Whether one of the groupings may begin with this group.
fn may_begin(group: &[u8]) -> bool {
    match group.len() {
        1 | 11 => matches!(group[0], 7 | 8),
        3 => matches!(group[0], 3 | 4 | 8 | 9),
        4 | 5 => matches!(group[0], 3 | 4 | 7..=9),
        _ => false,
    }
}

impl Grouping {
    fn permits(&self, run: Run<'_>, first: usize) -> bool {
        if !run.has_lengths(first, self.lengths) {
            return false;
        }
        let past = first + self.lengths.len();
        let digits = run.digits(first, past);
        let in_brackets = self.has_brackets(run, first, past);
        let has_area = match digits[self.prefix] {
            3 | 4 | 8 => true,
            9 => self.area == 3,
            7 => in_brackets && self.prefix == 1,
            _ => false,
        };
        has_area
            && (self.prefix == 0 || matches!(digits[0], 7 | 8))
            && match self.mark {
                Mark::Nothing => true,
                Mark::Brackets => in_brackets,
                Mark::BracketsOrKinds => in_brackets || has_kinds(run, first, past),
                Mark::BracketsOrArea => {
                    in_brackets
                        || digits[0] == 9
                        || has_city(digits) && has_hyphens(run, first, past)
                }
            }
            && !are_fractions(run, first, past)
            && (in_brackets || !is_signed(run, first, past))
            && (first + 1..past).all(|group| run.groups[group].gap.plus.is_none())
    }

    /// Whether the area's code is a group in brackets.
    fn has_brackets(&self, run: Run<'_>, first: usize, past: usize) -> bool {
        let area = first + usize::from(self.prefix > 0 && self.lengths[0] == 1);
        area + 1 < past
            && run.groups[area].length == self.area
            && run.groups[area].gap.open.is_some()
            && run.groups[area + 1].gap.close
    }
}

/// Cities' codes of three digits (numbering plan of the Russian Federation).
const CITIES: [u16; 95] = [
    301, 302, 336, 341, 342, 343, 345, 346, 347, 349, 350, 351, 352, 353, 365, 381, 382, 383, 384,
    385, 388, 390, 391, 394, 395, 401, 411, 413, 415, 416, 421, 423, 424, 426, 427, 471, 472, 473,
    474, 475, 481, 482, 483, 484, 485, 486, 487, 491, 492, 493, 494, 495, 496, 498, 499, 800, 811,
    812, 813, 814, 815, 816, 817, 818, 820, 821, 831, 833, 834, 835, 836, 840, 841, 842, 843, 844,
    845, 846, 847, 848, 851, 855, 861, 862, 863, 865, 866, 867, 869, 871, 872, 873, 877, 878, 879,
];

/// Whether the digits begin with a city's code.
fn has_city(digits: &[u8]) -> bool {
    let code = digits[..3].iter().fold(0, |all, digit| all * 10 + u16::from(*digit));
    CITIES.binary_search(&code).is_ok()
}

fn has_hyphens(run: Run<'_>, first: usize, past: usize) -> bool {
    run.groups[first + 1..past].iter().all(|group| group.gap.is_only(DASH))
}

/// Whether a value with a minus sign stands among few groups: `7 -12345 -67890`.
fn is_signed(run: Run<'_>, first: usize, past: usize) -> bool {
    past - first < 4 && run.groups[first + 1..past].iter().any(|group| group.gap.is_signed())
}

/// Whether several spaces stand somewhere between the groups, and not everywhere: a table's columns.
fn are_columns(run: Run<'_>, first: usize, past: usize) -> bool {
    let inner = &run.groups[first + 1..past];
    inner.iter().any(|it| it.gap.is_wide()) && !inner.iter().all(|it| it.gap.is_like(inner[0].gap))
}

/// Whether separators of two kinds stand between the groups.
fn has_kinds(run: Run<'_>, first: usize, past: usize) -> bool {
    let gap = run.groups[first + 1].gap;
    run.groups[first + 2..past].iter().any(|group| group.gap.kinds != gap.kinds)
}

/// Whether a word goes on after the number's last group, and that is no extension.
fn is_joined_after(run: Run<'_>, past: usize) -> bool {
    let last = &run.groups[past - 1];
    last.joined_after && extension::end(run.text, last.end) == last.end
}
