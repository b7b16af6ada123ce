//! Phone numbers: international ones with a plus sign (E.164), and Russian ones in the spellings
//! people use: `+7 (912) 345-67-89`, `8 912 345 67 89`, `89123456789`, `(495) 123-45-67`.
//!
//! Russian numbers have ten digits after `7` or `8`; the first of them is 3, 4, 8 or 9 (numbering
//! plan of the Russian Federation: 3xx, 4xx and 8xx geographic, 9xx mobile).

use super::numbers::Window;

/// Whether the window is a phone number.
pub fn is_phone(window: Window<'_>) -> bool {
    let Some((first, rest)) = window.groups.split_first() else { return false };
    let joined = first.joined_before || window.groups.last().is_some_and(|last| last.joined_after);
    let is_fraction = first.gap.dot && first.gap.units == 1;
    if joined || is_fraction || rest.iter().any(|group| group.length == 1) {
        return false;
    }
    is_international(window) || is_russian(window) || is_russian_without_prefix(window)
}

/// A plus sign, a country and a subscriber: at most 15 digits in all (E.164).
fn is_international(window: Window<'_>) -> bool {
    let digits = window.digits;
    window.groups[0].gap.lead_plus
        && match digits[0] {
            0 => false,
            // Russia and Kazakhstan: always eleven digits.
            7 => digits.len() == 11,
            _ => (10..=15).contains(&digits.len()),
        }
}

fn is_russian(window: Window<'_>) -> bool {
    let digits = window.digits;
    let grouped = match window.groups[0].length {
        // `8 912 …` and `8912 …`
        1 | 4 => window.groups.len() > 1,
        11 => true,
        _ => false,
    };
    grouped && digits.len() == 11 && matches!(digits[0], 7 | 8) && is_area(digits[1])
}

/// `912 345-67-89`, `(495) 123-45-67`: told from other numbers by how it is grouped.
fn is_russian_without_prefix(window: Window<'_>) -> bool {
    let [area, rest @ ..] = window.groups else { return false };
    let grouped = match rest {
        [a, b, c] => [a.length, b.length, c.length] == [3, 2, 2],
        [a, b] => [a.length, b.length] == [3, 4],
        [a] => a.length == 7,
        _ => false,
    };
    let in_parentheses = area.gap.open && rest.first().is_some_and(|group| group.gap.close);
    let marked = in_parentheses || (window.digits[0] == 9 && rest.len() == 3);
    area.length == 3 && window.digits.len() == 10 && grouped && marked && is_area(window.digits[0])
}

fn is_area(digit: u8) -> bool {
    matches!(digit, 3 | 4 | 8 | 9)
}
