//! Looks at eight bytes at a time. A mask has the high bit of every byte that is meant, lowest
//! first.

/// The high bit of every byte.
pub const HIGH_BITS: u64 = 0x80 * ONES;

/// A one in every byte.
pub const ONES: u64 = 0x0101_0101_0101_0101;

/// Which bytes are ASCII digits.
#[inline]
pub fn digits(word: u64) -> u64 {
    let zeroed = word ^ repeat(b'0');
    // Digits became 0 to 9, and 0x76 more lifts all above 9 into the high bit. What has that bit
    // already must not carry into its neighbour.
    let others = ((zeroed & !HIGH_BITS) + 0x76 * ONES) | zeroed;
    !others & HIGH_BITS
}

/// Which bytes are `byte`.
#[inline]
pub fn equal(word: u64, byte: u8) -> u64 {
    let zeroed = word ^ repeat(byte);
    let others = ((zeroed & !HIGH_BITS) + 0x7f * ONES) | zeroed;
    !others & HIGH_BITS
}

/// Which bytes are 0xd8 or more. Where there are wider registers nobody asks here.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[inline]
pub fn from_0xd8(word: u64) -> u64 {
    // Of those with the high bit, the others reach it from 0x58 on.
    ((word & !HIGH_BITS) + 0x28 * ONES) & word & HIGH_BITS
}

/// The last bytes of a text, `count` of them and fewer than eight, with zeros after them.
///
/// Copies nothing of a length that is not known before: inside a plugin that is slow.
#[inline]
pub fn last(text: &[u8], count: usize) -> u64 {
    if let Some(word) = text.last_chunk::<8>() {
        // Half of the shift at a time, for by 64 bits there is none.
        let half = 4 * (8 - count);
        return u64::from_le_bytes(*word) >> half >> half;
    }
    let rest = &text[text.len() - count..];
    match (rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            // They overlap, and where they do they are the same.
            let high = u64::from(u32::from_le_bytes(*last)) << (8 * (count - 4));
            u64::from(u32::from_le_bytes(*first)) | high
        }
        _ => rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    }
}

/// Where the first byte is, from `at` on, that `mask` says of eight bytes at a time. It must say
/// nothing of a zero.
#[inline]
pub fn position(bytes: &[u8], mut at: usize, mask: impl Fn(u64) -> u64) -> Option<usize> {
    while let Some(word) = bytes.get(at..)?.first_chunk::<8>() {
        let found = mask(u64::from_le_bytes(*word));
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let found = mask(last(bytes, bytes.len() - at));
    (found != 0).then(|| at + found.trailing_zeros() as usize / 8)
}

/// Eight times `byte`.
pub const fn repeat(byte: u8) -> u64 {
    byte as u64 * ONES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_judged_as_by_the_book_and_changes_no_neighbour() {
        for byte in 0..=u8::MAX {
            for neighbour in [0, b'0', b'9', b':', b'/', b'@', 0x80, 0xd7, 0xd8, 0xff] {
                for at in 0..8 {
                    let mut bytes = [neighbour; 8];
                    bytes[at] = byte;
                    let word = u64::from_le_bytes(bytes);
                    let book = |is: &dyn Fn(u8) -> bool| {
                        bytes.iter().rev().fold(0, |all, it| all << 8 | u64::from(is(*it)) << 7)
                    };
                    assert_eq!(digits(word), book(&|it| it.is_ascii_digit()), "{bytes:?}");
                    assert_eq!(equal(word, b'@'), book(&|it| it == b'@'), "{bytes:?}");
                    assert_eq!(from_0xd8(word), book(&|it| it >= 0xd8), "{bytes:?}");
                }
            }
        }
    }

    #[test]
    fn the_last_bytes_come_in_order_with_zeros_after_them() {
        let text = *b"abcdefghijk";
        for length in 0..=text.len() {
            for count in 0..=length.min(7) {
                let mut book = [0; 8];
                book[..count].copy_from_slice(&text[length - count..length]);
                let word = last(&text[..length], count);
                assert_eq!(word.to_le_bytes(), book, "{count} of {length}");
            }
        }
    }

    #[test]
    fn a_byte_is_found_wherever_it_stands_and_not_before_the_start() {
        for length in 0..30 {
            assert_eq!(position(&vec![b'x'; length], 0, digits), None);
            for at in 0..length {
                let mut bytes = vec![b'x'; length];
                bytes[at] = b'7';
                for start in 0..=length {
                    let found = position(&bytes, start, digits);
                    assert_eq!(found, Some(at).filter(|at| *at >= start), "{length} {at} {start}");
                }
            }
        }
    }
}
