//! Bank card numbers: issuer, length and check digit.
//!
//! Issuer ranges and lengths as payment systems publish them for ISO/IEC 7812-1; the check digit is
//! Luhn's (Annex B). A number of an issuer that is not listed does not count, so that a nanosecond
//! timestamp or a counter, one in ten of which has a right check digit, stays readable.

use super::numbers::Window;

/// First digits from, first digits to, lengths from and to.
const ISSUERS: [(u32, u32, usize, usize); 17] = [
    (2200, 2204, 16, 19), // Mir
    (2221, 2720, 16, 16), // Mastercard
    (300, 305, 14, 19),   // Diners Club
    (3095, 3095, 14, 19), // Diners Club
    (34, 34, 15, 15),     // American Express
    (3528, 3589, 16, 19), // JCB
    (36, 36, 14, 19),     // Diners Club
    (37, 37, 15, 15),     // American Express
    (38, 39, 14, 19),     // Diners Club
    (4, 4, 13, 13),       // Visa
    (4, 4, 16, 16),       // Visa
    (4, 4, 19, 19),       // Visa
    (50, 50, 12, 19),     // Maestro
    (51, 55, 16, 16),     // Mastercard
    (56, 59, 12, 19),     // Maestro
    (60, 69, 12, 19),     // Maestro, Discover, UnionPay, RuPay
    (81, 82, 16, 19),     // UnionPay, RuPay
];

/// Whether the window is a card number, in one run or in groups as cards print it.
pub fn is_card_number(window: Window<'_>) -> bool {
    stands_like_a_card(window) && is_card(window.digits)
}

/// Whether the digits are a card number.
pub fn is_card(digits: &[u8]) -> bool {
    has_issuer(digits) && has_check_digit(digits)
}

/// Whether the last digit is the check digit of those before it (Luhn).
pub fn has_check_digit(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, digit)| {
            let digit = u32::from(*digit);
            // Every second digit from the right counts twice, its two digits added up.
            if index % 2 == 1 { digit * 2 / 10 + digit * 2 % 10 } else { digit }
        })
        .sum();
    sum.is_multiple_of(10)
}

fn has_issuer(digits: &[u8]) -> bool {
    ISSUERS.iter().any(|(from, to, shortest, longest)| {
        (*shortest..=*longest).contains(&digits.len()) && {
            let places = from.ilog10() as usize + 1;
            let prefix = digits[..places].iter().fold(0, |all, digit| all * 10 + u32::from(*digit));
            (*from..=*to).contains(&prefix)
        }
    })
}

fn stands_like_a_card(window: Window<'_>) -> bool {
    let [first, rest @ ..] = window.groups else { return false };
    // `0.4111111111111111` is a fraction.
    let is_fraction = first.gap.dot && first.gap.units == 1;
    let grouped = rest.is_empty() || matches!(first.length, 4 | 6);
    grouped
        && !is_fraction
        && rest.iter().all(|group| {
            let gap = group.gap;
            group.length >= 3 && gap.units == 1 && (gap.space || gap.dash || gap.plus)
        })
}
