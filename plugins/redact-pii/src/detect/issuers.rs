//! Who issues cards, in which lengths, and the check digit.
//!
//! Issuer ranges and lengths as payment systems publish them for ISO/IEC 7812-1; the check digit is
//! Luhn's (Annex B). A number of an issuer that is not listed does not count, so that a nanosecond
//! timestamp or a counter, one in ten of which has a right check digit, stays readable.

/// First digits from, first digits to, lengths from and to.
const ISSUERS: [(u32, u32, usize, usize); 26] = [
    (1, 1, 15, 15),       // UATP
    (2200, 2204, 16, 19), // Mir
    (2205, 2205, 16, 16), // Borica
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
    (8600, 8600, 16, 16), // Uzcard
    (9051, 9051, 16, 16), // ArCa
    (9112, 9112, 16, 16), // Belkart
    (9417, 9417, 16, 16), // Elcart
    (9704, 9704, 16, 19), // Napas
    (9792, 9792, 16, 16), // Troy
    (9860, 9860, 16, 16), // Humo
];

/// Whether the digits are a card number.
pub fn is_card(digits: &[u8]) -> bool {
    // What rules most out at least cost goes first.
    !matches!(digits, [0 | 7, ..]) && has_check_digit(digits) && has_issuer(digits)
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

/// Whether the last digit is the check digit of those before it (Luhn).
fn has_check_digit(digits: &[u8]) -> bool {
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
