//! [`read`]: the characters that a text spells, each with how it is spelt.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// A character of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    pub letter: char,
    pub spelling: Spelling,
}

/// How a character is spelt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// As it is.
    Plain,
    /// As something that is no letter, in this way: `\n`, `&quot;`.
    Fixed(String),
    /// Each byte of its UTF-8 in two digits: `%D0%90`, `%25D0%2590`, `\xd0\x90`.
    Bytes(Digits),
    /// Each unit of its UTF-16 in four digits: `\u0410`, `%5Cu0410`.
    Units(Digits),
    /// Its number between two signs: `&#1040;`, `&#x410;`, `\u{410}`.
    Number { digits: Digits, is_decimal: bool, tail: String },
}

/// What stands before digits, and what these look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Digits {
    lead: String,
    is_upper: bool,
}

/// Escapes as texts in spans have them, one inside the other too.
static ESCAPE: LazyLock<Regex> = LazyLock::new(|| {
    let backslashes = r"(?:\\|%(?:25)*5[Cc])+";
    let entity = "amp|quot|lt|gt|apos|nbsp|commat|num|plus|lpar|rpar|period|hyphen|colon|comma|sol";
    regex(&format!(
        "(?<units>{backslashes}u)(?<unit>[0-9A-Fa-f]{{4}})\
         |(?<braces>{backslashes}u\\{{)(?<braced>[0-9A-Fa-f]{{1,6}})\\}}\
         |(?<number>&(?:amp;)*#)(?:[xX](?<hex>[0-9A-Fa-f]{{1,6}})|(?<decimal>[0-9]{{1,7}}));?\
         |(?<fixed>{backslashes}[nrtbfv]|&(?:amp;)*(?:{entity});)\
         |(?<bytes>(?:{backslashes}x|%(?:25)*))(?<byte>[0-9A-Fa-f]{{2}})"
    ))
});

#[expect(clippy::expect_used, reason = "the pattern is ours")]
fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern")
}

/// Reads a text to its end; what cannot be read as an escape stands for itself.
pub(crate) fn read(text: &str) -> Vec<Unit> {
    let mut units = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(escape) = ESCAPE.captures_at(text, at) {
        let (start, end) = ends(&escape);
        units.extend(text[at..start].chars().map(plain));
        at = match one(text, &escape) {
            Some((unit, end)) => {
                units.push(unit);
                end
            }
            None => {
                // Digits behind what is no escape are digits of a word.
                let lead =
                    ["bytes", "units", "braces", "number"].iter().find_map(|it| escape.name(it));
                let lead_end = lead.map_or(end, |lead| lead.end());
                units.extend(text[start..lead_end].chars().map(plain));
                lead_end
            }
        };
    }
    units.extend(text[at..].chars().map(plain));
    units
}

fn plain(letter: char) -> Unit {
    Unit { letter, spelling: Spelling::Plain }
}

fn ends(escape: &Captures<'_>) -> (usize, usize) {
    escape.get(0).map_or((0, 0), |whole| (whole.start(), whole.end()))
}

/// One character, and where it ends.
fn one(text: &str, escape: &Captures<'_>) -> Option<(Unit, usize)> {
    let (_, end) = ends(escape);
    if let Some(fixed) = escape.name("fixed") {
        let spelling = Spelling::Fixed(fixed.as_str().to_owned());
        return Some((Unit { letter: ' ', spelling }, end));
    }
    if let (Some(lead), Some(first)) = (escape.name("bytes"), escape.name("byte")) {
        return bytes(text, lead.as_str(), first.as_str(), end);
    }
    if let (Some(lead), Some(unit)) = (escape.name("units"), escape.name("unit")) {
        return utf_16(text, lead.as_str(), unit.as_str(), end);
    }
    let found = [("braces", "braced", 16), ("number", "hex", 16), ("number", "decimal", 10)];
    let (lead, number, radix) = found.into_iter().find_map(|(lead, number, radix)| {
        Some((escape.name(lead)?, escape.name(number)?, radix))
    })?;
    let letter = char::from_u32(u32::from_str_radix(number.as_str(), radix).ok()?)?;
    let digits = Digits {
        lead: text[lead.start()..number.start()].to_owned(),
        is_upper: is_upper(number.as_str()),
    };
    let tail = text[number.end()..end].to_owned();
    let spelling = Spelling::Number { digits, is_decimal: radix == 10, tail };
    Some((Unit { letter, spelling }, end))
}

/// As many bytes as one character has, all behind the same signs.
fn bytes(text: &str, lead: &str, first: &str, end: usize) -> Option<(Unit, usize)> {
    let mut all = vec![u8::from_str_radix(first, 16).ok()?];
    let mut written = first.to_owned();
    let mut at = end;
    let length = match all[0] {
        0x00..=0x7f => 1,
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    };
    while all.len() < length {
        let digits = text[at..].strip_prefix(lead)?.get(..2)?;
        all.push(u8::from_str_radix(digits, 16).ok()?);
        written += digits;
        at += lead.len() + 2;
    }
    let letter = str::from_utf8(&all).ok()?.chars().next()?;
    let digits = Digits { lead: lead.to_owned(), is_upper: is_upper(&written) };
    Some((Unit { letter, spelling: Spelling::Bytes(digits) }, at))
}

fn utf_16(text: &str, lead: &str, unit: &str, end: usize) -> Option<(Unit, usize)> {
    let first = u16::from_str_radix(unit, 16).ok()?;
    let digits = Digits { lead: lead.to_owned(), is_upper: is_upper(unit) };
    let spelling = Spelling::Units(digits);
    if let Some(letter) = char::from_u32(first.into()) {
        return Some((Unit { letter, spelling }, end));
    }
    let second = text[end..].strip_prefix(lead)?.get(..4)?;
    let second = u16::from_str_radix(second, 16).ok()?;
    let letter = char::decode_utf16([first, second]).next()?.ok()?;
    Some((Unit { letter, spelling }, end + lead.len() + 4))
}

/// Where no digit tells, as URLs have them.
fn is_upper(digits: &str) -> bool {
    !digits.bytes().any(|digit| digit.is_ascii_lowercase())
}

impl Spelling {
    /// Whether a letter spelt so is part of a word.
    pub fn is_of_word(&self) -> bool {
        !matches!(self, Spelling::Fixed(_))
    }

    /// Writes another character in the same way.
    pub fn write(&self, letter: char, to: &mut String) {
        match self {
            Spelling::Plain => to.push(letter),
            Spelling::Fixed(text) => to.push_str(text),
            Spelling::Bytes(digits) => {
                let mut buffer = [0; 4];
                let bytes = letter.encode_utf8(&mut buffer).bytes();
                bytes.for_each(|byte| digits.write(u32::from(byte), 2, to));
            }
            Spelling::Units(digits) => {
                let mut buffer = [0; 2];
                let units = letter.encode_utf16(&mut buffer).iter();
                units.for_each(|unit| digits.write(u32::from(*unit), 4, to));
            }
            Spelling::Number { digits, is_decimal, tail } => {
                if *is_decimal {
                    to.push_str(&format!("{}{}", digits.lead, u32::from(letter)));
                } else {
                    digits.write(letter.into(), 1, to);
                }
                to.push_str(tail);
            }
        }
    }
}

impl Digits {
    fn write(&self, number: u32, width: usize, to: &mut String) {
        to.push_str(&self.lead);
        to.push_str(&match self.is_upper {
            true => format!("{number:0width$X}"),
            false => format!("{number:0width$x}"),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelt(text: &str) -> String {
        read(text).iter().map(|unit| unit.letter).collect()
    }

    fn again(text: &str) -> String {
        let mut to = String::new();
        read(text).iter().for_each(|unit| unit.spelling.write(unit.letter, &mut to));
        to
    }

    #[test]
    fn each_spelling_is_read_and_written_again() {
        let texts = [
            ("%D0%90%d0%b1 %41", "Аб A"),
            ("%25D0%2590", "А"),
            (r"\u0410\u0431 \ud83d\ude00", "Аб 😀"),
            (r"\\u0410 %5Cu0410 %255Cu0410", "А А А"),
            (r"\xd0\x90 \\xD0\\x90", "А А"),
            (r"\u{410} &#1040; &#x41f; &amp;#64;", "А А П @"),
            (r"a\nanna\\tb &quot;x&quot;", "a anna b  x "),
        ];
        for (text, expected) in texts {
            assert_eq!(spelt(text), expected, "{text}");
            assert_eq!(again(text).to_lowercase(), text.to_lowercase());
        }
    }

    /// Guarantees: what only looks like an escape is read as letters and digits.
    #[test]
    fn what_is_no_escape_stands_for_itself() {
        for text in
            ["LIKE '%fadeev%'", "%D0", "%D0x", "100%", r"\u04", r"\ud83dx", "&#9999999;", "%ff%fe"]
        {
            assert_eq!(spelt(text), text);
            assert_eq!(again(text), text);
        }
    }
}
