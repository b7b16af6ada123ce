//! Characters that are spelt by several: percent-encoded in a URL (`%40`), escaped in JSON
//! (`\u0040`), the logs of nginx (`\x40`) or HTML (`&#64;`), and one of them inside the other to any
//! depth: `%2540`, `\\u0040`, `%5Cu0040`, `\u0026#64;`.
//!
//! Letters and digits are spelt by themselves in an escape, at any depth; what introduces one
//! (`%`, `\`, `&`) may be an escape in turn.

use super::characters::is_invisible;
use super::issuers::is_card;

/// A character that is spelt by an escape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Escape {
    /// The character. [`char::REPLACEMENT_CHARACTER`] for a percent-encoded byte that is no UTF-8, and
    /// for `&eacute;`: a letter of another alphabet, as far as anyone here needs to know.
    pub character: char,
    /// Where the escape ends.
    pub end: usize,
}

/// How many escapes may stand one inside the other. Backslashes are counted whatever their number.
const MAX_DEPTH: usize = 12;

/// The names of characters that an HTML text may spell an address or a number with.
const ENTITIES: [(&[u8], char); 56] = [
    (b"NewLine", '\n'),
    (b"NoBreak", '\u{2060}'),
    (b"NonBreakingSpace", '\u{a0}'),
    (b"Tab", '\t'),
    (b"ZeroWidthSpace", '\u{200b}'),
    (b"acute", '\u{b4}'),
    (b"amp", '&'),
    (b"apos", '\''),
    (b"ast", '*'),
    (b"bsol", '\\'),
    (b"colon", ':'),
    (b"comma", ','),
    (b"commat", '@'),
    (b"copy", '\u{a9}'),
    (b"dash", '\u{2010}'),
    (b"dollar", '$'),
    (b"emsp", '\u{2003}'),
    (b"ensp", '\u{2002}'),
    (b"equals", '='),
    (b"excl", '!'),
    (b"grave", '`'),
    (b"gt", '>'),
    (b"hyphen", '\u{2010}'),
    (b"lcub", '{'),
    (b"lowbar", '_'),
    (b"lpar", '('),
    (b"lrm", '\u{200e}'),
    (b"lsqb", '['),
    (b"lsquo", '\u{2018}'),
    (b"lt", '<'),
    (b"mdash", '\u{2014}'),
    (b"middot", '\u{b7}'),
    (b"minus", '\u{2212}'),
    (b"nbsp", '\u{a0}'),
    (b"ndash", '\u{2013}'),
    (b"num", '#'),
    (b"percnt", '%'),
    (b"period", '.'),
    (b"plus", '+'),
    (b"prime", '\u{2032}'),
    (b"quest", '?'),
    (b"quot", '"'),
    (b"rcub", '}'),
    (b"reg", '\u{ae}'),
    (b"rlm", '\u{200f}'),
    (b"rpar", ')'),
    (b"rsqb", ']'),
    (b"rsquo", '\u{2019}'),
    (b"rsquor", '\u{2019}'),
    (b"semi", ';'),
    (b"shy", '\u{ad}'),
    (b"sol", '/'),
    (b"thinsp", '\u{2009}'),
    (b"verbar", '|'),
    (b"zwj", '\u{200d}'),
    (b"zwnj", '\u{200c}'),
];

/// The ends of names of letters with marks and of two letters in one: `eacute`, `aelig`.
const ENDS_OF_LETTERS: [&[u8]; 10] =
    [b"acute", b"caron", b"cedil", b"circ", b"grave", b"lig", b"ring", b"slash", b"tilde", b"uml"];

/// Whether an escape may begin with the byte.
#[inline]
pub fn introduces(byte: u8) -> bool {
    matches!(byte, b'%' | b'\\' | b'&')
}

/// The escape that begins at `start`; `None` where the character there stands for itself.
///
/// A run of backslashes that escapes nothing is one backslash, for it is one at some depth.
pub fn escape_at(text: &[u8], start: usize) -> Option<Escape> {
    if let Some(escape) = letter(&text[start..], start) {
        return Some(escape);
    }
    let mut escape = Escape { character: char::from(*text.get(start)?), end: start + 1 };
    for _ in 0..MAX_DEPTH {
        let inner = match escape.character {
            '%' => percent(text, start, escape.end),
            '&' => entity(text, escape.end),
            '\\' => match backslashes(text, start, escape.end) {
                Backslashes::Escape(escape) => Some(escape),
                Backslashes::Plain(end) => {
                    escape.end = end;
                    None
                }
            },
            _ => None,
        };
        let Some(inner) = inner else { break };
        escape = inner;
    }
    (escape.end > start + 1).then_some(escape)
}

/// A letter of two bytes that are percent-encoded once: most escapes by far.
fn letter(text: &[u8], start: usize) -> Option<Escape> {
    let [b'%', first @ .., b'%', high, low] = text.first_chunk::<6>()? else { return None };
    let (first, second) = (hex_byte(first)?, hex_byte(&[*high, *low])?);
    if !matches!((first, second), (0xc2..=0xdf, 0x80..=0xbf)) {
        return None;
    }
    let code = u32::from(first & 0x1f) << 6 | u32::from(second & 0x3f);
    Some(Escape { character: char::from_u32(code)?, end: start + 6 })
}

/// What follows the percent sign, or the `\x` of nginx's logs, that is spelt from `start` to `end`: two hexadecimal digits, and
/// more such signs and digits where they make one character in UTF-8.
fn percent(text: &[u8], start: usize, end: usize) -> Option<Escape> {
    let sign = &text[start..end];
    let first = hex_byte(&text[end..])?;
    match first {
        // Letters and digits are never encoded (RFC 3986, section 2.3).
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => return None,
        0..=0x7f if begins_with_card(&text[end..]) => return None,
        0..=0x7f => return Some(Escape { character: char::from(first), end: end + 2 }),
        // UTF-8 has such a byte only after another of its sequence.
        0x80..=0xbf if !follows_encoded_byte(&text[..start], sign) => return None,
        _ => {}
    }
    let mut bytes = [first, 0, 0, 0];
    let mut past = end + 2;
    for length in 2..=bytes.len() {
        let Some(byte) = text[past..].strip_prefix(sign).and_then(hex_byte) else { break };
        past += sign.len() + 2;
        bytes[length - 1] = byte;
        if let Ok(decoded) = str::from_utf8(&bytes[..length]) {
            // Two bytes of another encoding are no character and one of ASCII.
            let Some(character) = decoded.chars().next() else { break };
            return Some(Escape { character, end: past });
        }
    }
    Some(Escape { character: char::REPLACEMENT_CHARACTER, end: end + 2 })
}

fn follows_encoded_byte(before: &[u8], sign: &[u8]) -> bool {
    let Some((before, byte)) = before.split_last_chunk::<2>() else { return false };
    before.ends_with(sign) && hex_byte(byte).is_some_and(|byte| byte >= 0x80)
}

/// Whether the digits that `text` begins with are a card number to the last: in
/// `LIKE '%4111111111111111%'` a percent sign encodes nothing.
fn begins_with_card(text: &[u8]) -> bool {
    let mut digits = [0; 20];
    let mut count = 0;
    for byte in text.iter().take_while(|byte| byte.is_ascii_digit()).take(digits.len()) {
        digits[count] = byte - b'0';
        count += 1;
    }
    is_card(&digits[..count])
}

/// What a run of backslashes turned out to be.
enum Backslashes {
    /// They escape what follows them.
    Escape(Escape),
    /// Those up to here escape nothing, or each other.
    Plain(usize),
}

/// What a run of backslashes means, the first of which is spelt from `start` to `end`.
///
/// A backslash in JSON takes two in the JSON around it. So at the depth `d` an escape has 2^(d-1) of
/// them, a quote that only ends an inner string 2^d - 1, and a backslash of the innermost text 2^d.
fn backslashes(text: &[u8], start: usize, end: usize) -> Backslashes {
    let backslash = &text[start..end];
    let mut count = 1_usize;
    let mut past = end;
    while text[past..].starts_with(backslash) {
        count += 1;
        past += backslash.len();
    }
    let rest = &text[past..];
    let escaping = 1 << count.trailing_zeros();
    let (needed, escape) = match rest {
        [b'u' | b'x', b'{', ..] => (escaping, in_braces(text, past + 1)),
        [b'u', ..] => {
            (escaping, unicode(text, past, &text[past - escaping * backslash.len()..past]))
        }
        [b'x', ..] => (escaping, percent(text, past - escaping * backslash.len(), past + 1)),
        [b't', ..] => (escaping, Some(Escape { character: '\t', end: past + 1 })),
        [b'n' | b'r' | b'b' | b'f', ..] => {
            (escaping, Some(Escape { character: '\n', end: past + 1 }))
        }
        _ => {
            let needed = (1 << count.trailing_ones()) - 1;
            (needed, quote(rest).map(|length| Escape { character: '"', end: past + length }))
        }
    };
    match escape {
        Some(escape) if needed == count => Backslashes::Escape(escape),
        Some(_) if needed > 0 => Backslashes::Plain(past - needed * backslash.len()),
        _ => Backslashes::Plain(past),
    }
}

/// The character whose code stands in braces, the first of which is at `at`: `\u{40}` of Rust and
/// JavaScript, `\x{40}` of Perl.
fn in_braces(text: &[u8], at: usize) -> Option<Escape> {
    let code = &text[at + 1..];
    let length = code.iter().take(7).take_while(|byte| byte.is_ascii_hexdigit()).count();
    let end = at + 1 + length;
    let code = u32::from_str_radix(str::from_utf8(&code[..length]).ok()?, 16).ok()?;
    let character = char::from_u32(code)?;
    (text.get(end) == Some(&b'}')).then_some(Escape { character, end: end + 1 })
}

/// The character whose code in UTF-16 begins at `at` with a `u`, after these backslashes.
fn unicode(text: &[u8], at: usize, backslashes: &[u8]) -> Option<Escape> {
    let first = utf_16(&text[at..])?;
    let end = at + 5;
    let next = text[end..].strip_prefix(backslashes).and_then(utf_16);
    match char::decode_utf16([first].into_iter().chain(next)).next() {
        Some(Ok(character)) => Some(Escape {
            character,
            end: end + (character.len_utf16() - 1) * (backslashes.len() + 5),
        }),
        _ => Some(Escape { character: char::REPLACEMENT_CHARACTER, end }),
    }
}

fn utf_16(text: &[u8]) -> Option<u16> {
    let [b'u', digits @ ..] = text else { return None };
    Some(u16::from_be_bytes([hex_byte(digits)?, hex_byte(digits.get(2..)?)?]))
}

fn quote(text: &[u8]) -> Option<usize> {
    ascii(text, b'"')
}

/// The entity of HTML whose ampersand ends at `at`.
fn entity(text: &[u8], at: usize) -> Option<Escape> {
    let (character, length, is_code) = match ascii(&text[at..], b'#') {
        Some(sign) => {
            let (code, length) = code(&text[at + sign..])?;
            (char::from_u32(code)?, sign + length, true)
        }
        None => {
            let name = text[at..].iter().take(17).take_while(|byte| byte.is_ascii_alphabetic());
            let name = &text[at..at + name.count()];
            (named(name)?, name.len(), false)
        }
    };
    let end = at + length;
    match ascii(&text[end..], b';') {
        Some(semicolon) => Some(Escape { character, end: end + semicolon }),
        // Browsers take the code of a character without it.
        None => (is_code && may_be_unended(character)).then_some(Escape { character, end }),
    }
}

fn named(name: &[u8]) -> Option<char> {
    if let Ok(index) = ENTITIES.binary_search_by_key(&name, |(name, _)| name) {
        return Some(ENTITIES[index].1);
    }
    let is_letter = ENDS_OF_LETTERS
        .iter()
        .any(|end| name.strip_suffix(*end).is_some_and(|letter| matches!(letter.len(), 1 | 2)));
    is_letter.then_some(char::REPLACEMENT_CHARACTER)
}

/// Whether a character's code counts without a semicolon: of others it may be any number.
fn may_be_unended(character: char) -> bool {
    character.is_ascii_graphic() || is_invisible(character)
}

/// A code in decimal, or in hexadecimal after an `x`, and how many bytes it takes.
fn code(text: &[u8]) -> Option<(u32, usize)> {
    let (radix, prefix) = match text {
        [b'x' | b'X', ..] => (16, 1),
        _ => (10, 0),
    };
    let is_digit = |byte: &&u8| char::from(**byte).is_digit(radix);
    let length = text[prefix..].iter().take(8).take_while(is_digit).count();
    let digits = str::from_utf8(&text[prefix..prefix + length]).ok()?;
    Some((u32::from_str_radix(digits, radix).ok()?, prefix + length))
}

/// How many bytes `byte` takes at the beginning of a text, as it is or percent-encoded.
fn ascii(text: &[u8], byte: u8) -> Option<usize> {
    match text {
        [first, ..] if *first == byte => Some(1),
        [b'%', rest @ ..] => {
            let mut digits = rest;
            while let [b'2', b'5', more @ ..] = digits {
                digits = more;
            }
            let is_it = hex_byte(digits) == Some(byte);
            is_it.then_some(text.len() - digits.len() + 2)
        }
        _ => None,
    }
}

fn hex_byte(text: &[u8]) -> Option<u8> {
    let [high, low, ..] = text else { return None };
    let (high, low) = (HEX[usize::from(*high)], HEX[usize::from(*low)]);
    (high | low < 16).then_some(high << 4 | low)
}

/// What each byte counts as a hexadecimal digit; 16 of those that are none.
const HEX: [u8; 256] = {
    let mut digits = [16; 256];
    let mut digit = 0;
    while digit < 16 {
        digits[b"0123456789abcdef"[digit as usize] as usize] = digit;
        digits[b"0123456789ABCDEF"[digit as usize] as usize] = digit;
        digit += 1;
    }
    digits
};
