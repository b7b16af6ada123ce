//! A first look at a text, eight bytes at a time: most have neither an at sign nor digits enough,
//! and need no search.

use super::numbers::MIN_DIGITS;

/// Whether a text could hold an e-mail, a phone or a card. Says yes for one that is not ASCII.
///
/// Bytes are counted twice where the last eight overlap those before, so it may say yes in vain,
/// never no.
pub fn is_suspect(text: &[u8]) -> bool {
    let Some(last) = text.last_chunk::<8>() else {
        // Too short for digits enough.
        return text.iter().any(|byte| is_at_sign_or_not_ascii(*byte));
    };
    let mut digits = 0;
    let words = text.chunks_exact(8).map(|word| {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(word);
        bytes
    });
    for word in words.chain([*last]) {
        let word = u64::from_le_bytes(word);
        if has_at_sign_or_not_ascii(word) {
            return true;
        }
        digits += count_digits(word);
    }
    digits >= MIN_DIGITS
}

/// The bytes that one of the spellings of an at sign begins with: `@`, `%40`, `\u0040`, `&#64;`.
fn is_at_sign_or_not_ascii(byte: u8) -> bool {
    matches!(byte, b'@' | b'%' | b'\\' | b'&' | 0x80..)
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = 0x80 * ONES;

fn has_at_sign_or_not_ascii(word: u64) -> bool {
    // A byte is zero exactly where subtracting one borrows from a high bit that was not set
    // (Hacker's Delight, 6-1).
    let has = |byte: u8| {
        let zeros = word ^ (u64::from(byte) * ONES);
        zeros.wrapping_sub(ONES) & !zeros
    };
    (has(b'@') | has(b'%') | has(b'\\') | has(b'&') | word) & HIGH_BITS != 0
}

/// How many of eight ASCII bytes are digits.
fn count_digits(word: u64) -> usize {
    // Digits become 0 to 9, and 0x76 more lifts all above 9 into the high bit.
    let lifted = (word ^ (u64::from(b'0') * ONES)) + 0x76 * ONES;
    8 - (lifted & HIGH_BITS).count_ones() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_alone_and_among_digits_is_judged_as_by_the_book() {
        for byte in 0..=u8::MAX {
            let alone = [byte];
            assert_eq!(is_suspect(&alone), is_at_sign_or_not_ascii(byte), "{byte}");
            for length in [8, 9, 15, 16, 17, 40] {
                for at in 0..length {
                    let mut text = vec![b'x'; length];
                    text[at] = byte;
                    assert_eq!(is_suspect(&text), is_at_sign_or_not_ascii(byte), "{byte} at {at}");
                }
            }
            if byte.is_ascii() {
                let word = u64::from_le_bytes([b'7', byte, b'x', b'0', byte, b'9', b'/', b':']);
                let digits = 3 + 2 * usize::from(byte.is_ascii_digit());
                assert_eq!(count_digits(word), digits, "{byte}");
            }
        }
    }

    #[test]
    fn ten_digits_are_suspect_wherever_they_stand() {
        for before in 0..20 {
            for after in 0..20 {
                let text = "x".repeat(before) + "1234567890" + &"x".repeat(after);
                assert!(is_suspect(text.as_bytes()), "{before} {after}");
            }
        }
        assert!(!is_suspect(b"12345678 a9 bcdefgh ijklmno"));
    }
}
