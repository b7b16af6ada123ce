//! E-mail addresses: `ivan@example.ru`, `иван@почта.рф`, and both as URLs and JSON write them.
//!
//! An address is a local part, an at sign and a domain with a dot (RFC 5321, RFC 6531). A local
//! part in quotes and the rarer characters of RFC 5322 (`!#$&*/=?^{|}~`) do not count: in spans
//! they end an address far more often than they are part of one.

use std::ops::Range;

use super::units::{unit_at, unit_before};

/// Ways in which an at sign is written: as it is, in a URL, in a URL inside a URL, in JSON, in
/// HTML.
const AT_SIGNS: [&str; 5] = ["@", "%40", "%2540", "\\u0040", "&#64;"];

/// Puts every address of `text` into `found`, from left to right; none overlaps another.
///
/// Takes time in proportion to the text's length, whatever it holds.
pub fn find(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut floor = 0;
    let mut at = 0;
    while let Some(offset) = next_candidate(&bytes[at..]) {
        at += offset;
        let Some(sign) = AT_SIGNS.iter().find(|sign| bytes[at..].starts_with(sign.as_bytes()))
        else {
            at += 1;
            continue;
        };
        let after = at + sign.len();
        if let (Some(start), Some(end)) = (local_part(text, floor, at), domain(text, after)) {
            found.push(start..end);
            floor = end;
            at = end;
        } else {
            at = after;
        }
    }
}

fn next_candidate(bytes: &[u8]) -> Option<usize> {
    let plain = memchr::memchr3(b'@', b'%', b'\\', bytes);
    let html = memchr::memchr(b'&', &bytes[..plain.unwrap_or(bytes.len())]);
    html.or(plain)
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
