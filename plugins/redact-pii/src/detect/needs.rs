//! What every match of a pattern has in it, read from the pattern: a text without that needs no
//! search.

use regex::Regex;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::suspect::Look;

/// What a match has at least. Says something about texts of ASCII only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Digits.
    digits: usize,
    /// An `@`.
    at_sign: bool,
}

impl Needs {
    /// Those of a pattern.
    pub fn of(pattern: &Regex) -> Self {
        // What cannot be read again is searched for always.
        regex_syntax::parse(pattern.as_str()).map(|hir| Needs::of_hir(&hir)).unwrap_or_default()
    }

    /// Whether there can be a match in the text that was looked at.
    #[inline]
    pub fn may_be_met(self, look: Look) -> bool {
        look.not_ascii || look.digits >= self.digits && (look.at_sign || !self.at_sign)
    }

    /// How many digits a text of ASCII has at least that holds a match but no `@`.
    pub fn fewest_digits(self) -> usize {
        if self.at_sign { usize::MAX } else { self.digits }
    }

    fn of_hir(hir: &Hir) -> Self {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Needs::default(),
            HirKind::Literal(literal) => Needs {
                digits: literal.0.iter().filter(|byte| byte.is_ascii_digit()).count(),
                at_sign: literal.0.contains(&b'@'),
            },
            HirKind::Class(class) => Needs {
                digits: usize::from(ascii_of_class_is(class, |byte| byte.is_ascii_digit())),
                at_sign: ascii_of_class_is(class, |byte| byte == b'@'),
            },
            HirKind::Repetition(repetition) => {
                let once = Needs::of_hir(&repetition.sub);
                let times = usize::try_from(repetition.min).unwrap_or(usize::MAX);
                Needs {
                    digits: once.digits.saturating_mul(times),
                    at_sign: once.at_sign && times > 0,
                }
            }
            HirKind::Capture(capture) => Needs::of_hir(&capture.sub),
            HirKind::Concat(parts) => {
                parts.iter().map(Needs::of_hir).fold(Needs::default(), |all, part| Needs {
                    digits: all.digits.saturating_add(part.digits),
                    at_sign: all.at_sign || part.at_sign,
                })
            }
            HirKind::Alternation(ways) => ways
                .iter()
                .map(Needs::of_hir)
                .reduce(|one, other| Needs {
                    digits: one.digits.min(other.digits),
                    at_sign: one.at_sign && other.at_sign,
                })
                .unwrap_or_default(),
        }
    }
}

/// Whether all ASCII characters of a class are such.
fn ascii_of_class_is(class: &Class, is_such: impl Fn(u8) -> bool) -> bool {
    let all = |from: u32, to: u32| (from..=to.min(0x7f)).all(|byte| is_such(byte as u8));
    match class {
        Class::Unicode(class) => {
            class.iter().all(|range| all(u32::from(range.start()), u32::from(range.end())))
        }
        Class::Bytes(class) => {
            class.iter().all(|range| all(u32::from(range.start()), u32::from(range.end())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_are_what_the_poorest_match_has() {
        for (pattern, digits, at_sign) in [
            ("", 0, false),
            (r"CRM-\d{6}", 6, false),
            (r"(?i)crm-[0-9]{2,}", 2, false),
            (r"[a-z]+@[a-z]+\.ru", 0, true),
            (r"[a-z]+(@|%40)[a-z]+", 0, false),
            (r"(?:\+7|8)[0-9]{10}", 11, false),
            (r"(?:\+7|[A-F])?[0-9]{10}", 10, false),
            (r"[0-9a-f]{32}", 0, false),
            (r"(?-u:\b)[2-6][0-9]{3}(?:[ -]?[0-9]{4}){3}(?-u:\b)", 16, false),
            (r"1@2|3@", 1, true),
            (r"(4@){3}", 3, true),
            (r"(4@)*", 0, false),
        ] {
            let needs = Needs::of(&Regex::new(pattern).unwrap());
            assert_eq!(needs, Needs { digits, at_sign }, "{pattern}");
        }
    }
}
