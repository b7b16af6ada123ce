//! Steps through a text by what its characters mean, whichever way they are written: as they are,
//! percent-encoded in a URL (`%40`), or escaped in JSON (`\u0040`).

use super::issuers::is_card;

/// One character of a text, decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The character. [`char::REPLACEMENT_CHARACTER`] for a percent-encoded byte that is no ASCII:
    /// a letter of another alphabet, as far as anyone here needs to know.
    pub character: char,
    /// Bytes that it takes in the text.
    pub length: usize,
}

/// The unit that starts at byte `at`, which is a character boundary before the end.
pub fn unit_at(text: &str, at: usize) -> Option<Unit> {
    let bytes = &text.as_bytes()[at..];
    match bytes {
        [b'%', high, low, ..] => {
            if let Some(byte) = hex_byte(*high, *low)
                && is_percent_encoded(text.as_bytes(), at, byte)
            {
                return Some(Unit { character: percent_decoded(byte), length: 3 });
            }
        }
        [b'\\', b'u', a, b, c, d, ..] => {
            if let (Some(high), Some(low)) = (hex_byte(*a, *b), hex_byte(*c, *d)) {
                let code = u32::from(high) << 8 | u32::from(low);
                let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
                return Some(Unit { character, length: 6 });
            }
        }
        [b'\\', b't', ..] => return Some(Unit { character: '\t', length: 2 }),
        [b'\\', b'n' | b'r' | b'b' | b'f', ..] => {
            return Some(Unit { character: '\n', length: 2 });
        }
        _ => {}
    }
    let character = text[at..].chars().next()?;
    Some(Unit { character: plain(character), length: character.len_utf8() })
}

/// The unit that ends at byte `end`, a character boundary after `floor`.
pub fn unit_before(text: &str, floor: usize, end: usize) -> Option<Unit> {
    let bytes = &text.as_bytes()[floor..end];
    if let [.., b'\\', b'u', a, b, c, d] = bytes
        && hex_byte(*a, *b).is_some()
        && hex_byte(*c, *d).is_some()
    {
        return unit_at(text, end - 6);
    }
    if let [.., b'%', high, low] = bytes
        && let Some(byte) = hex_byte(*high, *low)
        && is_percent_encoded(text.as_bytes(), end - 3, byte)
    {
        return unit_at(text, end - 3);
    }
    if let [.., b'\\', b'n' | b't' | b'r' | b'b' | b'f'] = bytes {
        return unit_at(text, end - 2);
    }
    let character = text[floor..end].chars().next_back()?;
    Some(Unit { character: plain(character), length: character.len_utf8() })
}

/// Whether a character takes no place where a text is shown (`Default_Ignorable_Code_Point`).
pub fn is_invisible(character: char) -> bool {
    matches!(
        u32::from(character),
        0xad | 0x34f | 0x61c | 0x180b..=0x180f | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f
            | 0xfe00..=0xfe0f | 0xfeff | 0xe0000..=0xe0fff
    )
}

/// How many characters are digits of other scripts or widths.
pub fn wide_digits(text: &[u8]) -> usize {
    let text = str::from_utf8(text).unwrap_or_default();
    text.chars().filter(|it| !it.is_ascii() && plain(*it).is_ascii_digit()).count()
}

/// The ASCII character that a reader takes this one for.
fn plain(character: char) -> char {
    let code = u32::from(character);
    let ascii = match code {
        0xff01..=0xff5e => code - 0xfee0,
        0x660..=0x669 => code - 0x660 + 0x30,
        0x966..=0x96f => code - 0x966 + 0x30,
        0x1d7ce..=0x1d7ff => (code - 0x1d7ce) % 10 + 0x30,
        _ => return character,
    };
    char::from_u32(ascii).unwrap_or(character)
}

/// Whether `%` and two digits at `at` encode `byte`. In `LIKE '%79123456789%'` they do not.
fn is_percent_encoded(text: &[u8], at: usize, byte: u8) -> bool {
    match byte {
        // Letters and digits are never encoded (RFC 3986, section 2.3).
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => false,
        // UTF-8 has such a byte only after another of its sequence.
        0x80..=0xbf => match text[..at] {
            [.., b'%', high, low] => hex_byte(high, low).is_some_and(|before| before >= 0x80),
            _ => false,
        },
        _ => !begins_with_card(&text[at + 1..]),
    }
}

/// Whether the digits that `text` begins with are a card number to the last.
fn begins_with_card(text: &[u8]) -> bool {
    let mut digits = [0; 20];
    let mut count = 0;
    for byte in text.iter().take_while(|byte| byte.is_ascii_digit()).take(digits.len()) {
        digits[count] = byte - b'0';
        count += 1;
    }
    is_card(&digits[..count])
}

fn percent_decoded(byte: u8) -> char {
    if byte.is_ascii() { char::from(byte) } else { char::REPLACEMENT_CHARACTER }
}

fn hex_byte(high: u8, low: u8) -> Option<u8> {
    let high = char::from(high).to_digit(16)?;
    let low = char::from(low).to_digit(16)?;
    u8::try_from(high << 4 | low).ok()
}
