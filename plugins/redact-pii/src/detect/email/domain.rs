//! What stands after the at sign of an address: a domain, or the address of a machine in brackets.

use super::tlds::{LONGEST_LABEL, is_tld};
use crate::detect::characters::{is_letter_or_digit, is_unseen};
use crate::detect::escapes::introduces;
use crate::detect::units::{Unit, unit_at};

/// The domain of an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Domain {
    /// Where it ends.
    pub end: usize,
    /// Its labels, decoded, with dots between them. Empty for a machine's address in brackets.
    pub name: String,
}

/// Units of a comment or of an address in brackets, at most.
const LONGEST_BRACKETS: usize = 128;

/// The domain that starts at `start`. It has two labels or more, of which the last is a top-level
/// domain; what is glued to that, such as the next word in another alphabet, is not part of it.
pub fn domain(text: &str, start: usize) -> Option<Domain> {
    if is_none(&text.as_bytes()[start..]) {
        return None;
    }
    let start = skip_comment(text, skip_unseen(text, start));
    literal(text, start).or_else(|| named(text, start))
}

/// Whether what `text` begins with is seen at once to be no domain: it is ASCII as it is, and no letter
/// follows a dot.
fn is_none(text: &[u8]) -> bool {
    let mut before = b'[';
    for byte in text {
        match *byte {
            b'a'..=b'z' | b'A'..=b'Z' if before == b'.' => return false,
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => before = *byte,
            b'(' | b'[' => return before != b'[',
            byte => return byte.is_ascii() && !introduces(byte) && !byte.is_ascii_control(),
        }
    }
    true
}

fn named(text: &str, start: usize) -> Option<Domain> {
    let mut labels = Labels { name: String::with_capacity(64), ..Labels::default() };
    let (mut at, mut end) = (start, start);
    while let Some(unit) = letter_at(text, at) {
        at += unit.length;
        if is_unseen(unit.character) {
            continue;
        }
        if !labels.take(unit.character, end) {
            break;
        }
        end = at;
    }
    labels.take_digits(end);
    labels.check(end);
    let (end, length) = labels.longest.or(labels.unlisted)?;
    labels.name.truncate(length);
    Some(Domain { end, name: labels.name })
}

/// Labels of a domain, as far as they were read.
#[derive(Default)]
struct Labels {
    name: String,
    /// Where the last label begins in the name.
    last: usize,
    /// Where the longest domain ends, in the text and in the name.
    longest: Option<(usize, usize)>,
    /// One in another alphabet throughout, of a top-level domain that nobody lists.
    unlisted: Option<(usize, usize)>,
    /// Digits are glued to the longest, and go with it: alone they might be part of a number.
    has_digits: bool,
}

impl Labels {
    /// Takes the next character in, before which the domain would end at `end`; `false` where it
    /// belongs to no domain.
    fn take(&mut self, character: char, end: usize) -> bool {
        self.take_digits(end);
        self.has_digits &= character.is_ascii_alphanumeric();
        let before = self.name[self.last..].chars().next_back();
        let belongs = match (before, character) {
            (Some(_), '.') => {
                self.check(end);
                self.last = self.name.len() + 1;
                true
            }
            (Some(before), '-' | '_') => {
                if !matches!(before, '-' | '_') {
                    self.check(end);
                }
                true
            }
            (Some(before), _) if is_letter_or_digit(character) => {
                if may_be_glued(before, character) {
                    let found = self.check(end);
                    self.has_digits |= found && character.is_ascii_digit();
                }
                true
            }
            (None, _) => is_letter_or_digit(character),
            _ => false,
        };
        if belongs {
            self.name.push(character);
        }
        belongs
    }

    /// Whether the domain may end here.
    fn check(&mut self, end: usize) -> bool {
        let last = &self.name[self.last..];
        let is_domain = self.last > 0 && is_tld(last);
        if is_domain {
            self.longest = Some((end, self.name.len()));
        } else if last.chars().nth(1).is_some() && self.is_of_other_alphabet() {
            self.unlisted = Some((end, self.name.len()));
        }
        is_domain
    }

    fn is_of_other_alphabet(&self) -> bool {
        let is_of_it =
            |label: &str| label.len() <= LONGEST_LABEL && label.chars().all(|it| !it.is_ascii());
        self.last > 0 && is_of_it(&self.name[self.last..]) && {
            let before = &self.name[..self.last - 1];
            is_of_it(&before[before.rfind('.').map_or(0, |dot| dot + 1)..])
        }
    }

    fn take_digits(&mut self, end: usize) {
        if self.has_digits
            && let Some((longest, _)) = &mut self.longest
        {
            *longest = end;
        }
    }
}

/// Whether a new word may begin between two characters though no space stands there.
fn may_be_glued(before: char, after: char) -> bool {
    before.is_ascii() != after.is_ascii()
        || before.is_ascii_lowercase() && after.is_ascii_uppercase()
        || before.is_ascii_alphabetic() && after.is_ascii_digit()
}

/// A unit of a domain, in which letters and digits may be percent-encoded though they need not: no
/// percent sign stands there for itself.
fn letter_at(text: &str, at: usize) -> Option<Unit> {
    let unit = unit_at(text, at)?;
    if unit.character == '%' {
        let digits = text.get(at + unit.length..at + unit.length + 2)?;
        let letter = char::from(u8::from_str_radix(digits, 16).ok()?);
        if letter.is_ascii_alphanumeric() {
            return Some(Unit { character: letter, length: unit.length + 2 });
        }
    }
    Some(unit)
}

/// `[192.0.2.7]`, `[IPv6:2001:db8::1]` (RFC 5321, section 4.1.3).
fn literal(text: &str, start: usize) -> Option<Domain> {
    let mut at = start;
    let (mut characters, mut marks) = (0, 0);
    for index in 0..LONGEST_BRACKETS {
        let unit = unit_at(text, at)?;
        at += unit.length;
        match unit.character {
            '[' if index == 0 => {}
            _ if index == 0 => return None,
            // An index of a list has none of the marks that addresses have.
            ']' => {
                return (characters > 3 && marks > 0)
                    .then(|| Domain { end: at, ..Domain::default() });
            }
            // A literal of RFC 5322 may be of several words.
            '.' | ':' | '-' | ' ' => marks += 1,
            // `[IPv6:fe80::1%eth0]`
            '%' | '\\' => {}
            character if is_unseen(character) => {}
            character if character.is_ascii_alphanumeric() => characters += 1,
            _ => return None,
        }
    }
    None
}

fn skip_unseen(text: &str, mut at: usize) -> usize {
    while let Some(unit) = unit_at(text, at).filter(|unit| is_unseen(unit.character)) {
        at += unit.length;
    }
    at
}

/// `@(office)example.ru` (RFC 5322, section 3.4.1).
fn skip_comment(text: &str, start: usize) -> usize {
    let mut at = start;
    for index in 0..LONGEST_BRACKETS {
        let Some(unit) = unit_at(text, at) else { break };
        at += unit.length;
        match unit.character {
            '(' if index == 0 => {}
            ')' if index > 0 => return at,
            _ if index == 0 => break,
            '(' | '\n' | '\r' => break,
            _ => {}
        }
    }
    start
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        /// Guarantees: what is seen at once to be no domain is none when it is read.
        #[test]
        fn what_is_seen_at_once_to_be_none_is_none(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "a", "x.ru", "ru", ".", "4", "-", "_", "%2E", "\\u002e", "&#46;", "&period;", "%", "&", "\\",
                "(at home)", "(", "[", "[1.2.3.4]", "]", ":", "/", " ", "я", ".рф", "＠", "．", "\u{200b}",
                "\0", "\n", "\t", "%00", "RU", "1.ru",
            ]), 0..8),
        ) {
            let text = pieces.concat();
            let read = || {
                let start = skip_comment(&text, skip_unseen(&text, 0));
                literal(&text, start).or_else(|| named(&text, start))
            };
            prop_assert!(!is_none(text.as_bytes()) || read().is_none(), "{text:?}");
        }
    }
}
