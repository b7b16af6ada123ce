//! Steps through a text by what its characters mean, whichever way they are written: as they are,
//! in [another form](plain), or as an [escape](super::escapes).

pub use super::characters::is_invisible;
use super::characters::plain;
use super::escapes::{escape_at, introduces};

/// One character of a text, decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The character that it means: an ASCII one where it looks like that ([`plain`]).
    /// [`char::REPLACEMENT_CHARACTER`] for an encoded byte that is no UTF-8: a letter of another
    /// alphabet, as far as anyone here needs to know.
    pub character: char,
    /// Bytes that it takes in the text.
    pub length: usize,
}

/// The longest escape that is found from its end, apart from its backslashes.
const LONGEST_ESCAPE: usize = 32;

/// The unit that starts at byte `at`, which is a character boundary before the end.
pub fn unit_at(text: &str, at: usize) -> Option<Unit> {
    if introduces(*text.as_bytes().get(at)?)
        && let Some(escape) = escape_at(text.as_bytes(), at)
    {
        return Some(Unit { character: plain(escape.character), length: escape.end - at });
    }
    let character = text[at..].chars().next()?;
    Some(Unit { character: plain(character), length: character.len_utf8() })
}

/// The unit that ends at byte `end`, a character boundary after `floor`.
pub fn unit_before(text: &str, floor: usize, end: usize) -> Option<Unit> {
    let bytes = text.as_bytes().get(floor..end)?;
    let last = *bytes.last()?;
    if last.is_ascii() && !may_end_escape(bytes) && last != b'\\' {
        return Some(Unit { character: char::from(last), length: 1 });
    }
    if let [.., b'\\'] = bytes {
        let length = bytes.iter().rev().take_while(|byte| **byte == b'\\').count();
        return Some(Unit { character: '\\', length });
    }
    if may_end_escape(bytes)
        && let Some((start, unit)) = escape_around(text, floor, end - 1)
        && start + unit.length == end
    {
        return Some(unit);
    }
    let character = text[floor..end].chars().next_back()?;
    Some(Unit { character: plain(character), length: character.len_utf8() })
}

/// The escape that the byte at `inner` is part of, and where it starts, not before `floor`; `None`
/// where the byte stands for itself.
pub fn escape_around(text: &str, floor: usize, inner: usize) -> Option<(usize, Unit)> {
    let bytes = text.as_bytes();
    let mut start = inner.saturating_sub(LONGEST_ESCAPE - 1).max(floor);
    while start > floor && bytes[start - 1] == b'\\' && bytes[start] == b'\\' {
        start -= 1;
    }
    while start <= inner {
        if !introduces(bytes[start]) {
            start += 1;
            continue;
        }
        let unit = unit_at(text, start)?;
        if start + unit.length > inner && unit.length > 1 {
            return Some((start, unit));
        }
        start += unit.length;
    }
    None
}

/// Whether an escape may end with the last byte.
#[inline]
fn may_end_escape(bytes: &[u8]) -> bool {
    match bytes {
        // Most characters of most texts.
        [.., b'g'..=b'm' | b'o'..=b'q' | b's' | b'u'..=b'z' | b'.' | b' ' | b'-'] => false,
        [.., b';' | b'}'] => true,
        [.., b'\\', b'n' | b't' | b'r' | b'b' | b'f' | b'"'] => true,
        [.., b'5', b'C' | b'c', b'n' | b't' | b'r' | b'b' | b'f' | b'"'] => true,
        [.., b'u', _, _, _, last] if last.is_ascii_hexdigit() => true,
        [.., b'#', _, last] | [.., b'#', _, _, last] | [.., b'#', _, _, _, last]
            if last.is_ascii_digit() =>
        {
            true
        }
        [.., b'%' | b'x' | b'X', _, last] | [.., b'2', b'5', _, last] => last.is_ascii_hexdigit(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_spelling_of_an_at_sign_is_one_unit_from_either_end() {
        for spelling in [
            "@",
            "＠",
            "﹫",
            "%40",
            "%2540",
            "%252540",
            "%EF%BC%A0",
            "%25ef%25bc%25a0",
            r"\u0040",
            r"\\u0040",
            r"\\\\\\\\u0040",
            r"\uFF20",
            r"\u{40}",
            r"\\u{0040}",
            r"\x{40}",
            r"\x40",
            r"\\x40",
            &(r"\".repeat(64) + "u0040"),
            r"\xEF\xBC\xA0",
            r"\u002540",
            "%5Cu0040",
            "%5C%5Cu0040",
            "%255cu0040",
            "&#64;",
            "&#0064;",
            "&#x40;",
            "&commat;",
            "&amp;#64;",
            "&amp;amp;#X40;",
            r"\u0026#64;",
            "%26%2364%3B",
            "%26#64;",
        ] {
            let unit = Unit { character: '@', length: spelling.len() };
            for (before, after) in [("", ""), ("a", "b"), ("я", "я"), ("4", "4"), (" ", "%")] {
                let text = format!("{before}{spelling}{after}");
                assert_eq!(unit_at(&text, before.len()), Some(unit), "{text}");
                let end = before.len() + spelling.len();
                assert_eq!(unit_before(&text, 0, end), Some(unit), "{text}");
                let whole = (spelling.len() > 4).then_some((before.len(), unit));
                let inside = escape_around(&text, 0, end - 1);
                assert!(whole.is_none() || inside == whole, "{text}");
            }
        }
    }

    #[test]
    fn backslashes_are_divided_between_themselves_and_what_they_escape() {
        for (text, book) in [
            (r"\\\u0430b", vec![('\\', 2), ('а', 6), ('b', 1)]),
            (r"\\\\\\n", vec![('\\', 4), ('\n', 3)]),
            (r"\\q", vec![('\\', 2), ('q', 1)]),
            (r#"\\\"x\\"y\""#, vec![('"', 4), ('x', 1), ('\\', 2), ('"', 1), ('y', 1), ('"', 2)]),
            (r"\ud83d\ude00", vec![('😀', 12)]),
            (r"\ud83d\\ude00", vec![('\u{fffd}', 6), ('\u{fffd}', 7)]),
            ("%D0%B8%E8a%4111111111111111", vec![('и', 6), ('\u{fffd}', 3), ('a', 1), ('%', 1)]),
        ] {
            let mut at = 0;
            for (character, length) in book {
                assert_eq!(unit_at(text, at), Some(Unit { character, length }), "{text} at {at}");
                at += length;
            }
        }
    }

    proptest! {
        /// Guarantees: who walks a text of escapes back meets the same units as who walks it on.
        #[test]
        fn both_ways_lead_over_the_same_units(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "%D0%B8", "%25D0%25B8", "%E8", r"\xD0\xB8", r"\x41", "%40", r"\u0430", r"\\u0430", r"\\\\u0040", "&#64;",
                "&#x40;", "&#64", "&#x2e", r"\u{438}", r"\u{}", "&amp;#64;", "&shy;", "a", "n", "я", "4", "＠", r"\n", r"\\n", r#"\""#,
                "%5Cu0430", r"\ud83d\ude00", "\u{200b}", "-", ".",
            ]), 0..12),
        ) {
            // What stands between the pieces keeps one from becoming part of the next.
            let text = pieces.join(" ");
            let (mut at, mut forth) = (0, Vec::new());
            while let Some(unit) = unit_at(&text, at) {
                forth.push((at, unit));
                at += unit.length;
            }
            let (mut end, mut back) = (text.len(), Vec::new());
            while let Some(unit) = unit_before(&text, 0, end) {
                end -= unit.length;
                back.push((end, unit));
            }
            back.reverse();
            prop_assert_eq!(back, forth, "{}", text);
        }
    }
}
