//! What a character means to a reader: `＠` is an at sign, `４` a digit, and some are not seen at all.

use regex_syntax::is_word_character;

/// The ASCII character that a reader takes this one for: full-width forms, small forms, the full
/// stops of Chinese and Japanese, and the decimal digits of every script. Any other as it is.
#[inline]
pub fn plain(character: char) -> char {
    if character.is_ascii() { character } else { plain_of_wide(character) }
}

/// Whether a character takes no place where a text is shown: a soft hyphen, a zero-width space, a
/// variation selector (`Default_Ignorable_Code_Point` of Unicode).
#[inline]
pub fn is_invisible(character: char) -> bool {
    !character.is_ascii()
        && matches!(
            u32::from(character),
            0xad | 0x34f | 0x61c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f
                | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0x3164 | 0xfe00..=0xfe0f
                | 0xfeff | 0xffa0 | 0xfff0..=0xfff8 | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a
                | 0xe0000..=0xe0fff
        )
}

/// Whether nothing is seen of a character, for it takes no place or is a control character and no
/// white space.
#[inline]
pub fn is_unseen(character: char) -> bool {
    match character {
        '\0'..='\u{8}' | '\u{e}'..='\u{1f}' | '\u{7f}' => true,
        _ => is_invisible(character),
    }
}

/// Whether a character is a letter, a mark on one, or a digit, of any script.
#[inline]
pub fn is_letter_or_digit(character: char) -> bool {
    if character.is_ascii() {
        character.is_ascii_alphanumeric()
    } else {
        character == char::REPLACEMENT_CHARACTER || is_word_character(character)
    }
}

/// Which of `bytes` begin a character that is no ASCII digit but [`plain`] makes one: how many.
pub fn wide_digits(text: &[u8]) -> usize {
    let begins =
        |at: &usize| matches!(text[*at], 0xd9 | 0xdb | 0xdf | 0xe0 | 0xe1 | 0xea | 0xef | 0xf0);
    (0..text.len()).filter(begins).filter(|at| is_wide_digit(&text[*at..])).count()
}

fn is_wide_digit(text: &[u8]) -> bool {
    let length = match text {
        [0xf0..=0xff, ..] => 4,
        [0xe0..=0xef, ..] => 3,
        _ => 2,
    };
    let character = text.get(..length).and_then(|text| str::from_utf8(text).ok());
    character.and_then(|it| it.chars().next()).is_some_and(|it| plain(it).is_ascii_digit())
}

fn plain_of_wide(character: char) -> char {
    let code = u32::from(character);
    let ascii = match code {
        0xff01..=0xff5e => code - 0xfee0,
        // Small forms, as far as addresses and numbers have them.
        0xfe6b => return '@',
        0xfe62 => return '+',
        0xfe63 => return '-',
        0xfe59 => return '(',
        0xfe5a => return ')',
        0x2024 | 0x3002 | 0xfe52 | 0xff61 => return '.',
        _ => match digit(code) {
            Some(digit) => u32::from(b'0') + digit,
            None => return character,
        },
    };
    char::from_u32(ascii).unwrap_or(character)
}

/// What a decimal digit that is not ASCII counts.
fn digit(code: u32) -> Option<u32> {
    // The mathematical digits are five tens in a row.
    if (0x1d7ce..=0x1d7ff).contains(&code) {
        return Some((code - 0x1d7ce) % 10);
    }
    let tens = ZEROS.partition_point(|zero| *zero <= code).checked_sub(1)?;
    let digit = code - ZEROS[tens];
    (digit < 10).then_some(digit)
}

/// The zero of every script; its other digits follow it.
const ZEROS: [u32; 70] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6,
    0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50,
    0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
    0x104a0, 0x10d30, 0x10d40, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0,
    0x11650, 0x116c0, 0x116d0, 0x116da, 0x11730, 0x118e0, 0x11950, 0x11bf0, 0x11c50, 0x11d50,
    0x11da0, 0x11f50, 0x16130, 0x16a60, 0x16ac0, 0x16b50, 0x16d70, 0x1ccf0, 0x1e140, 0x1e2f0,
    0x1e4f0, 0x1e5f1, 0x1e950, 0x1fbf0,
];

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    #[test]
    fn every_decimal_digit_of_unicode_is_an_ascii_digit_and_nothing_else_is() {
        let digit = Regex::new(r"^\d$").unwrap();
        for character in '\0'..=char::MAX {
            let is_digit = digit.is_match(character.encode_utf8(&mut [0; 4]));
            assert_eq!(plain(character).is_ascii_digit(), is_digit, "{character:?}");
        }
        for (from, to) in [("٣", '3'), ("９", '9'), ("𝟕", '7'), ("𝟘", '0'), ("०", '0')] {
            assert_eq!(from.chars().map(plain).collect::<String>(), to.to_string());
        }
    }

    #[test]
    fn full_width_forms_are_their_ascii_characters() {
        for byte in b'!'..=b'~' {
            let wide = char::from_u32(u32::from(byte) + 0xfee0).unwrap();
            assert_eq!(plain(wide), char::from(byte));
        }
        assert_eq!("＠﹫．。｡".chars().map(plain).collect::<String>(), "@@...");
    }

    #[test]
    fn wide_digits_are_counted_wherever_they_stand_and_ascii_ones_are_not() {
        for (text, digits) in [("", 0), ("4111", 0), ("４１11", 2), ("код ٠१𝟗", 3), ("№ — “ю”", 0)]
        {
            assert_eq!(wide_digits(text.as_bytes()), digits, "{text}");
        }
        assert_eq!(wide_digits(b"\xef\xbc"), 0);
        assert_eq!(wide_digits(b"\xef\xef\xbc\x94"), 1);
    }
}
