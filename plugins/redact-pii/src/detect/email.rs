//! E-mail addresses: `ivan@example.ru`, `иван@почта.рф`, and both as URLs and JSON write them.
//!
//! An address is a local part, an at sign and a domain with a dot (RFC 5321, RFC 6531). A local
//! part in quotes and the rarer characters of RFC 5322 (`!#$&*/=?^{|}~`) do not count: in spans
//! they end an address far more often than they are part of one.

use std::ops::Range;

use super::units::{unit_at, unit_before};
use super::words::{self, equal};

/// Puts every address of `text` into `found`, from left to right; none overlaps another.
///
/// Takes time in proportion to the text's length, whatever it holds.
pub fn find(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut floor = 0;
    let mut at = 0;
    while let Some(candidate) = words::position(bytes, at, may_begin_at_sign) {
        at = candidate;
        let Some(sign) = at_sign(&bytes[at..]) else {
            at += 1;
            continue;
        };
        let after = at + sign;
        if let (Some(start), Some(end)) = (local_part(text, floor, at), domain(text, after)) {
            found.push(start..end);
            floor = end;
            at = end;
        } else {
            at = after;
        }
    }
}

/// The bytes that one of the spellings of an at sign begins with: `@`, `%40`, `\u0040`, `&#64;`.
fn may_begin_at_sign(word: u64) -> u64 {
    equal(word, b'@') | equal(word, b'%') | equal(word, b'\\') | equal(word, b'&')
}

/// How many bytes the at sign takes that `bytes` begin with: as it is, in a URL, in a URL inside a
/// URL, in JSON, in HTML.
fn at_sign(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [b'@', ..] => Some(1),
        [b'%', b'4', b'0', ..] => Some(3),
        [b'%', b'2', b'5', b'4', b'0', ..] => Some(5),
        [b'\\', b'u', b'0', b'0', b'4', b'0', ..] => Some(6),
        [b'&', b'#', b'6', b'4', b';', ..] => Some(5),
        _ => None,
    }
}

/// Where the local part that ends at `end` starts.
fn local_part(text: &str, floor: usize, end: usize) -> Option<usize> {
    let mut start = end;
    while start > floor {
        let Some(unit) = unit_before(text, floor, start) else { break };
        let belongs = unit.character.is_alphanumeric()
            || matches!(unit.character, '.' | '_' | '+' | '-' | '\'' | char::REPLACEMENT_CHARACTER);
        if !belongs {
            break;
        }
        start -= unit.length;
    }
    // A quote or a dot in front belongs to the text around: `'ivan@example.ru'`.
    let trimmed = text[start..end].trim_start_matches(['.', '\'', '-', '+']);
    (!trimmed.is_empty()).then(|| end - trimmed.len())
}

/// Where the domain that starts at `start` ends.
fn domain(text: &str, start: usize) -> Option<usize> {
    let mut at = start;
    // End of the last label that may end a domain.
    let mut end = None;
    let mut label_start = start;
    let mut labels = 0;
    let mut is_name = false;
    while let Some(unit) = unit_at(text, at) {
        let character = unit.character;
        if character == '.' {
            if at == label_start {
                break;
            }
            labels += 1;
            label_start = at + unit.length;
        } else if character.is_alphanumeric() || character == char::REPLACEMENT_CHARACTER {
            if at == label_start {
                is_name = !character.is_numeric();
            }
        } else if character != '-' || at == label_start {
            break;
        }
        at += unit.length;
        // `1.2.3` is a version and `x.y` is code; a top-level domain has two letters or more.
        let long_enough = at - label_start >= 2;
        if labels > 0 && is_name && long_enough && character != '-' && character != '.' {
            end = Some(at);
        }
    }
    end
}
