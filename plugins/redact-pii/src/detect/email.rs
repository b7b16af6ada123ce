//! E-mail addresses: `ivan@example.ru`, `иван@почта.рф`, and both as URLs, JSON and HTML write them.
//!
//! An address is a local part, an at sign and a domain that ends in a top-level domain, or a
//! machine's address in brackets (RFC 5321, RFC 6531).

mod domain;
mod local;
mod lookalikes;
mod tlds;

use std::ops::Range;

use super::units::unit_at;
use super::words::{self, equal};

/// Puts every address of `text` into `found`, from left to right; none overlaps another.
/// `not_ascii` says whether the text has characters that are not ASCII.
///
/// Takes time in proportion to the text's length, whatever it holds.
pub fn find(text: &str, not_ascii: bool, found: &mut Vec<Range<usize>>) {
    if not_ascii {
        find_by(text, |word| may_begin_at_sign(word) | equal(word, 0xef), found);
    } else {
        find_by(text, may_begin_at_sign, found);
    }
}

fn find_by(text: &str, may_begin: impl Fn(u64) -> u64, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut floor = 0;
    let mut at = 0;
    while let Some(sign) = words::position(bytes, at, &may_begin) {
        if !may_spell_at_sign(&bytes[sign..]) {
            at = sign + 1;
            continue;
        }
        let Some(unit) = unit_at(text, sign) else { break };
        at = sign + unit.length;
        if unit.character != '@' {
            continue;
        }
        if let Some(address) = address(text, floor, sign, at) {
            // What is quoted in a local part may have been found before.
            while found.pop_if(|earlier| earlier.start >= address.start).is_some() {}
            floor = address.end;
            at = address.end;
            found.push(address);
        }
    }
}

/// The bytes that one of the spellings of an at sign begins with in ASCII.
fn may_begin_at_sign(word: u64) -> u64 {
    equal(word, b'@') | equal(word, b'%') | equal(word, b'\\') | equal(word, b'&')
}

/// Whether `bytes` may begin with an at sign. Most escapes in a URL are seen here to spell another
/// character.
fn may_spell_at_sign(bytes: &[u8]) -> bool {
    match bytes {
        [b'%', high, low, ..] => match high {
            b'4' => *low == b'0',
            // Another percent sign, or an ampersand.
            b'2' => matches!(low, b'5' | b'6'),
            b'5' => matches!(low, b'c' | b'C'),
            _ => matches!(high, b'e' | b'E'),
        },
        [b'\\', next, ..] => matches!(next, b'u' | b'x' | b'\\'),
        [b'&', next, ..] => matches!(next, b'#' | b'a' | b'c'),
        _ => true,
    }
}

/// The address around the sign that starts at `sign` and ends at `after`.
fn address(text: &str, floor: usize, sign: usize, after: usize) -> Option<Range<usize>> {
    let domain = domain::domain(text, after)?;
    let next = unit_at(text, domain.end).map(|unit| unit.character);
    let start = local::local_part(text, floor, sign, next)?;
    let local = &text[start..sign];
    // `git@github.com:lapidary/lapidary.git` names a repository.
    let is_repository = local == "git" && next == Some(':');
    let is_address = !is_repository
        && !lookalikes::is_lookalike(local, &domain.name)
        && !lookalikes::is_login(local, text, domain.end)
        && !lookalikes::ends_user_of_url(text, floor, sign, after, domain.end);
    is_address.then_some(start..domain.end)
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn an_address_that_holds_another_takes_its_place() {
        let mut found = Vec::new();
        find(r#"x@y.ru "anna@example.ru z@y.ru"@example.com"#, false, &mut found);
        assert_eq!(found, [0..6, 7..43]);
    }

    #[test]
    fn a_line_break_in_nested_json_is_no_letter_however_far_the_quote_is() {
        let backslashes = r"\".repeat(8);
        for distance in 0..600 {
            let text =
                format!(r#"{}"{}{backslashes}naa@y.ru"#, &backslashes[1..], ".".repeat(distance),);
            let mut found = Vec::new();
            find(&text, false, &mut found);
            let texts: Vec<&str> = found.into_iter().map(|it| &text[it]).collect();
            assert_eq!(texts, ["aa@y.ru"], "{distance}");
        }
    }
}
