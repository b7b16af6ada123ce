//! A first look at a text, eight bytes at a time: most have neither an at sign nor digits enough,
//! and need no search.

use super::numbers::MIN_DIGITS;
use super::words::{self, HIGH_BITS, ONES, equal, repeat};

/// What a text could hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Suspicion {
    /// E-mails: it has a byte that one of the spellings of an at sign begins with.
    pub emails: bool,
    /// Phones and cards: it has digits enough.
    pub numbers: bool,
    /// Whatever patterns match: there are some.
    pub patterns: bool,
    /// Bytes that are not UTF-8, for it has some that are not ASCII.
    pub not_ascii: bool,
}

impl Suspicion {
    /// Looks at every byte of a text once. Never says no of what a search would find; of a text
    /// that is not ASCII it says yes to all.
    pub fn of(text: &[u8]) -> Self {
        let words = text.chunks_exact(8);
        let rest = words.remainder().len();
        let words = words.map(|word| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(word);
            u64::from_le_bytes(bytes)
        });
        let mut at_signs = 0;
        let mut others = 0;
        let mut count = 0;
        for word in words.chain([words::last(text, rest)]) {
            if word & HIGH_BITS != 0 {
                return Suspicion { emails: true, numbers: true, patterns: false, not_ascii: true };
            }
            at_signs |= below_at_signs(word);
            others += (not_digits(word) & HIGH_BITS).count_ones() as usize;
            count += 8;
        }
        Suspicion {
            emails: at_signs & HIGH_BITS != 0,
            numbers: count - others >= MIN_DIGITS,
            patterns: false,
            not_ascii: false,
        }
    }

    /// Whether there is nothing to look for.
    pub fn is_none(self) -> bool {
        self == Suspicion::default()
    }
}

/// The bytes that one of the spellings of an at sign begins with: `@`, `%40`, `\u0040`, `&#64;`.
#[inline]
pub fn may_begin_at_sign(word: u64) -> u64 {
    equal(word, b'@') | equal(word, b'%') | equal(word, b'\\') | equal(word, b'&')
}

/// As [`may_begin_at_sign`], of eight ASCII bytes: a high bit where there is any.
#[inline]
fn below_at_signs(word: u64) -> u64 {
    // Zero less one has the high bit; and so may the byte after it, for it lends.
    let less = |byte| (word ^ repeat(byte)).wrapping_sub(ONES);
    less(b'@') | less(b'%') | less(b'\\') | less(b'&')
}

/// A high bit in each of eight ASCII bytes that is no digit.
#[inline]
fn not_digits(word: u64) -> u64 {
    // Digits become 0 to 9, and 0x76 more lifts all above 9 into the high bit.
    (word ^ repeat(b'0')) + 0x76 * ONES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_alone_and_among_others_is_judged_as_by_the_book() {
        for byte in 0..=u8::MAX {
            let book = Suspicion {
                emails: matches!(byte, b'@' | b'%' | b'\\' | b'&' | 0x80..),
                numbers: !byte.is_ascii(),
                patterns: false,
                not_ascii: !byte.is_ascii(),
            };
            for length in [1, 7, 8, 9, 15, 16, 17, 40] {
                for at in 0..length {
                    let mut text = vec![b'x'; length];
                    text[at] = byte;
                    assert_eq!(Suspicion::of(&text), book, "{byte} at {at} of {length}");
                }
            }
        }
        assert!(Suspicion::of(b"").is_none());
    }

    #[test]
    fn ten_digits_are_suspect_wherever_they_stand_and_nine_are_not() {
        for before in 0..20 {
            for after in 0..20 {
                let text = |digits| "x".repeat(before) + digits + &"x".repeat(after);
                assert!(Suspicion::of(text("12345a67890").as_bytes()).numbers, "{before} {after}");
                assert!(Suspicion::of(text("1234a56789").as_bytes()).is_none(), "{before} {after}");
            }
        }
    }
}
