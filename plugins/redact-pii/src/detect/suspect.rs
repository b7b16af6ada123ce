//! A first look at a text, sixteen bytes at a time: most have neither an at sign nor digits enough,
//! and need no search.

use memchr::{memchr, memmem};

use super::block::Block;
use super::characters::wide_digits;

/// Fewer digits than this are no number: a phone on one of the smallest islands with its country has
/// seven.
pub const MIN_DIGITS: usize = 7;
/// Fewer digits than this are no number without a plus sign.
pub const MIN_DIGITS_OF_RUN: usize = 10;

/// What was seen of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// How many decimal digits it has, of any script.
    pub digits: usize,
    /// Whether it has an `@`, be it in full width.
    pub at_sign: bool,
    /// Whether it has a byte that other spellings of any character begin with: `%40`, `\u0040`.
    pub escapes: bool,
    /// Whether it has an `&` and a `;`, as in `&commat;`, or an `&#`.
    pub entities: bool,
    /// Whether it has bytes that are not ASCII.
    pub not_ascii: bool,
}

/// Bytes of a text that are no digits and tell something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Others {
    /// Whether it has an `@`, or an ASCII byte that another spelling of a character begins with.
    signs: bool,
    /// Whether it has bytes that are not ASCII.
    not_ascii: bool,
}

impl Others {
    /// Whether there are any.
    #[inline(always)]
    pub fn any(self) -> bool {
        self.signs | self.not_ascii
    }
}

/// How many ASCII digits a text has, and which of the other bytes that a [`Look`] tells apart.
#[inline(always)]
pub fn digits_and_others(text: &[u8]) -> (usize, Others) {
    let (mut digits, mut signs, mut high) = (0, Block::zeros(), Block::zeros());
    // What comes twice at the end of a text does no harm but to the number of digits.
    Block::each(text, |block, mask| {
        digits += (block.digits() & mask).count_ones();
        signs = signs.or(block.marks(*b"@%\\&"));
        high = high.or(block);
    });
    let others = Others { signs: signs.not_ascii() != 0, not_ascii: high.not_ascii() != 0 };
    (digits as usize, others)
}

impl Look {
    /// Looks at every byte of a text.
    #[cfg(test)]
    pub fn at(text: &[u8]) -> Self {
        let (digits, others) = digits_and_others(text);
        Look::after(digits, others, text)
    }

    /// Looks closer at a text of which [`digits_and_others`] are known.
    #[inline(always)]
    pub fn after(digits: usize, others: Others, text: &[u8]) -> Self {
        let mut look = Look { digits, not_ascii: others.not_ascii, ..Look::default() };
        if others.signs {
            look.add_signs(text);
        }
        if others.not_ascii {
            look.add_wide(text);
        }
        look
    }

    #[inline(always)]
    fn add_signs(&mut self, text: &[u8]) {
        let (mut at_signs, mut escapes, mut ampersands) = (0, 0, 0);
        Block::each(text, |block, _| {
            at_signs |= block.equal(b'@');
            escapes |= block.equal(b'%') | block.equal(b'\\');
            ampersands |= block.equal(b'&');
        });
        self.at_sign = at_signs != 0;
        self.escapes = escapes != 0;
        self.entities = ampersands != 0
            && (memchr(b';', text).is_some() || memmem::find(text, b"&#").is_some());
    }

    /// Counts in what looks like ASCII and is not. Most texts, Cyrillic or not, have no byte that it
    /// may begin with.
    #[inline(always)]
    fn add_wide(&mut self, text: &[u8]) {
        let mut wide = 0;
        Block::each(text, |block, _| wide |= block.may_begin_wide());
        if wide != 0 {
            self.count_wide(text);
        }
    }

    #[inline(never)]
    fn count_wide(&mut self, text: &[u8]) {
        self.digits += wide_digits(text);
        let has = |at_sign: char| {
            memmem::find(text, at_sign.encode_utf8(&mut [0; 4]).as_bytes()).is_some()
        };
        self.at_sign |= has('\u{ff20}') || has('\u{fe6b}');
    }

    /// Whether an e-mail address may stand there.
    #[inline]
    pub fn may_hold_email(self) -> bool {
        // Every spelling of an at sign but the plain ones and `&commat;` has a digit in it.
        self.at_sign || self.escapes && self.digits > 0 || self.entities
    }

    /// Whether a phone or a card may stand in `text`, which this is a look at.
    #[inline]
    pub fn may_hold_number(self, text: &[u8]) -> bool {
        if self.digits < MIN_DIGITS || self.is_spelt() {
            return self.digits >= MIN_DIGITS;
        }
        let (run, may_lead) =
            if self.digits < MIN_DIGITS_OF_RUN { (None, true) } else { long_run_or_plus(text) };
        run.is_some() || may_lead && plus_before_digit(text).is_some()
    }

    /// Whether some characters may stand there in another spelling than their own.
    pub fn is_spelt(self) -> bool {
        self.escapes || self.not_ascii || self.entities
    }
}

/// Where the first run of digits begins, or somewhere before it, that has as many as a number, with
/// nothing but separators between them. A UUID or an address of a machine has as many, but letters
/// and colons among them.
///
/// For texts in which no character [is spelt](Look::is_spelt).
pub fn long_run(text: &[u8]) -> Option<usize> {
    long_run_or_plus(text).0
}

/// The same, or else whether the text has a plus sign.
#[inline(never)]
fn long_run_or_plus(text: &[u8]) -> (Option<usize>, bool) {
    // Of the run that the last block ended with: how many digits, and where the first stands.
    let (mut run, mut first) = (0, 0);
    // The digits of the block before.
    let mut before = UNKNOWN;
    let is_long = text.len() >= 16;
    let mut at = 0;
    let mut pluses = 0;
    let found = Block::find(text, |block, mask| {
        pluses |= block.equal(b'+');
        let digits = block.digits() & mask;
        let separators = block.any_of(*b" -.(") | block.any_of(*b")+/\t") | block.any_of(*b"_~~~");
        // The last block has some bytes of the one before in it, and shows more than that.
        let (known, before_it) = match (mask, is_long) {
            (0xffff, _) => (mask, before),
            (_, true) => (0xffff, UNKNOWN),
            (_, false) => (mask, UNKNOWN),
        };
        let restarts = second_alone(block.digits(), before_it, known);
        before = digits;
        // What came before or does not belong to the text neither counts nor ends a run.
        let mut ends = (!(digits | separators) | restarts >> 1) & mask;
        let mut left = digits;
        while left != 0 {
            let start = left.trailing_zeros();
            let ends_before = ends & ((1 << start) - 1);
            if ends_before != 0 {
                run = 0;
                ends &= !ends_before;
            }
            if run == 0 {
                first = at + start as usize;
            }
            let until_end = (ends & ends.wrapping_neg()).wrapping_sub(1);
            run += (left & until_end).count_ones() as usize;
            if run >= MIN_DIGITS_OF_RUN {
                return Some(first);
            }
            left &= !until_end;
        }
        if ends != 0 {
            run = 0;
        }
        at += 16;
        None
    });
    // What is left for the last block is fewer bytes than that has, and stands nobody knows where.
    let is_in_last = |first: &usize| *first >= text.len() / 16 * 16;
    let found = found.map(|it| if is_in_last(&it) { it.saturating_sub(16) } else { it });
    (found, pluses != 0)
}

/// Says of the digits of a block that they are not known.
const UNKNOWN: u32 = 1 << 16;

/// Which digits of a block stand alone right after another that stands alone. `before` are the digits
/// of the block before, and `known` are the bytes that belong to the text.
///
/// Two groups of one digit follow each other in addresses of machines and in versions, and in no
/// number without a plus sign (`8 (49232) 2-11-05`), so a run begins anew with the second.
#[inline(always)]
fn second_alone(digits: u32, before: u32, known: u32) -> u32 {
    let known = known << 16 | if before & UNKNOWN == 0 { 0xffff } else { 0 };
    let digits = (digits << 16 | before & 0xffff) & known;
    // At the edges of what is known nobody knows who stands alone.
    let alone = digits & !(digits << 1) & !(digits >> 1) & known << 1 & known >> 1;
    (alone & alone << 2) >> 16
}

/// Where the first digit stands that a plus sign leads up to as to a phone: `+7`, `(+7`, `+ (7`, and
/// not `10+7`.
///
/// For texts in which no character [is spelt](Look::is_spelt).
#[inline(never)]
pub fn plus_before_digit(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(plus) = memchr(b'+', &text[at..]).map(|plus| at + plus) {
        let between = text[plus + 1..].iter().take_while(|byte| b"+( ".contains(byte));
        at = plus + 1 + between.take(4).count();
        let follows_digit = plus > 0 && text[plus - 1].is_ascii_digit();
        // `10++7` has a space and then a plus sign.
        let leads = !follows_digit || at > plus + 1;
        if leads && text.get(at).is_some_and(u8::is_ascii_digit) {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_machines_are_not_suspect() {
        for text in ["http-nio-127.0.0.1-8103-exec-1", "10.0.0.1.8.7.6.5.4.3.2.1"] {
            assert!(!Look::at(text.as_bytes()).may_hold_number(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn every_byte_alone_and_among_others_is_judged_as_by_the_book() {
        for byte in 0..=u8::MAX {
            let book = Look {
                digits: usize::from(byte.is_ascii_digit()),
                at_sign: byte == b'@',
                escapes: matches!(byte, b'%' | b'\\'),
                entities: false,
                not_ascii: !byte.is_ascii(),
            };
            for length in [1, 3, 4, 7, 8, 9, 15, 16, 17, 33, 40] {
                for at in 0..length {
                    let mut text = vec![b'x'; length];
                    text[at] = byte;
                    assert_eq!(Look::at(&text), book, "{byte} at {at} of {length}");
                }
            }
        }
        assert_eq!(Look::at(b""), Look::default());
    }

    #[test]
    fn what_looks_like_ascii_counts_wherever_it_stands() {
        for before in 0..40 {
            for after in [0, 1, 7, 20] {
                let look = |text: &str| {
                    let text = "x".repeat(before) + text + &"я".repeat(after);
                    Look::at(text.as_bytes())
                };
                for digit in ["４", "٤", "۴", "߄", "४", "꘤", "᠔", "𝟒"] {
                    assert_eq!(look(digit).digits, 1, "{digit} at {before}");
                }
                assert!(look("＠").at_sign && look("﹫").at_sign);
                assert!(look("&shy;").entities && !look("a&b").entities);
                let cyrillic = look("№ “мама” — «мыла» раму…");
                assert!(cyrillic.digits == 0 && !cyrillic.at_sign);
            }
        }
    }

    #[test]
    fn ten_digits_in_a_run_are_suspect_wherever_they_stand_and_nine_are_not() {
        for before in 0..40 {
            for after in 0..40 {
                let suspect = |digits: &str| {
                    let text = "x".repeat(before) + digits + &"x".repeat(after);
                    Look::at(text.as_bytes()).may_hold_number(text.as_bytes())
                };
                assert!(suspect("1234567890"), "{before} {after}");
                assert!(suspect("+1 (234) 567-82.90"), "{before} {after}");
                assert!(!suspect("12345678"), "{before} {after}");
                assert!(!suspect("123456789a12345678"), "{before} {after}");
                assert!(suspect("8 912 345 67 89"), "{before} {after}");
            }
        }
    }
}
