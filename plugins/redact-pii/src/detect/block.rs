//! Looks at sixteen bytes at a time. A mask has a bit for every byte that is meant, the first byte's
//! lowest.

use super::words;

/// Sixteen bytes of a text.
#[derive(Clone, Copy)]
pub struct Block(wide::Bytes);

impl Block {
    /// Visits a text in blocks, each with the mask of those of its bytes that belong to the text and
    /// came in no block before.
    #[inline(always)]
    pub fn each(text: &[u8], mut visit: impl FnMut(Block, u32)) {
        Block::find::<()>(text, |block, mask| {
            visit(block, mask);
            None
        });
    }

    /// As [`Block::each`], up to the first block for which `visit` has an answer.
    #[inline(always)]
    pub fn find<T>(text: &[u8], mut visit: impl FnMut(Block, u32) -> Option<T>) -> Option<T> {
        let mut chunks = text.chunks_exact(16);
        for chunk in &mut chunks {
            if let (Some(low), Some(high)) = (chunk.first_chunk(), chunk.last_chunk())
                && let Some(found) = visit(Block::of(*low, *high), 0xffff)
            {
                return Some(found);
            }
        }
        let rest = chunks.remainder().len();
        if rest == 0 {
            return None;
        }
        // Not one byte after another: that takes longer than all else here. A long text gives its
        // last sixteen bytes, a short one two halves that overlap.
        if let Some([low @ .., _, _, _, _, _, _, _, _]) = text.last_chunk::<16>()
            && let Some(high) = text.last_chunk()
        {
            visit(Block::of(*low, *high), 0xffff << (16 - rest) & 0xffff)
        } else if let (Some(low), Some(high)) = (text.first_chunk(), text.last_chunk()) {
            visit(Block::of(*low, *high), 0xff | 0xff00 << (16 - rest) & 0xff00)
        } else {
            visit(Block(wide::of(words::last(text, rest), 0)), (1 << rest) - 1)
        }
    }

    /// Zeros.
    #[inline(always)]
    pub fn zeros() -> Self {
        Block(wide::of(0, 0))
    }

    #[inline(always)]
    fn of(low: [u8; 8], high: [u8; 8]) -> Self {
        Block(wide::of(u64::from_le_bytes(low), u64::from_le_bytes(high)))
    }

    /// Which bytes are ASCII digits.
    #[inline(always)]
    pub fn digits(self) -> u32 {
        wide::digits(self.0)
    }

    /// Which bytes are `byte`.
    #[inline(always)]
    pub fn equal(self, byte: u8) -> u32 {
        wide::equal(self.0, byte)
    }

    /// Which bytes are one of four.
    #[inline(always)]
    pub fn any_of(self, bytes: [u8; 4]) -> u32 {
        self.marks(bytes).not_ascii()
    }

    /// A block whose bytes are not ASCII where these are one of four.
    #[inline(always)]
    pub fn marks(self, bytes: [u8; 4]) -> Self {
        Block(wide::marks(self.0, bytes))
    }

    /// A block whose bytes are not ASCII where those of either are not. To gather blocks so and ask
    /// once takes less than to ask each.
    #[inline(always)]
    pub fn or(self, other: Self) -> Self {
        Block(wide::or(self.0, other.0))
    }

    /// Which bytes are not ASCII.
    #[inline(always)]
    pub fn not_ascii(self) -> u32 {
        wide::not_ascii(self.0)
    }

    /// Which bytes a character may begin with in UTF-8 that is neither ASCII nor of an alphabet
    /// before the Arabic, nor one of common punctuation (`—`, `№`, from U+2000 on).
    #[inline(always)]
    pub fn may_begin_wide(self) -> u32 {
        wide::may_begin_wide(self.0)
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wide {
    use core::arch::wasm32::{
        u8x16_bitmask, u8x16_eq, u8x16_ge, u8x16_lt, u8x16_splat, u8x16_sub, u64x2, v128,
        v128_andnot, v128_or,
    };

    pub type Bytes = v128;

    #[inline(always)]
    pub fn of(low: u64, high: u64) -> Bytes {
        u64x2(low, high)
    }

    #[inline(always)]
    pub fn digits(bytes: Bytes) -> u32 {
        let above = u8x16_sub(bytes, u8x16_splat(b'0'));
        u32::from(u8x16_bitmask(u8x16_lt(above, u8x16_splat(10))))
    }

    #[inline(always)]
    pub fn equal(bytes: Bytes, byte: u8) -> u32 {
        u32::from(u8x16_bitmask(u8x16_eq(bytes, u8x16_splat(byte))))
    }

    #[inline(always)]
    pub fn marks(bytes: Bytes, [a, b, c, d]: [u8; 4]) -> Bytes {
        let equal = |byte| u8x16_eq(bytes, u8x16_splat(byte));
        or(or(equal(a), equal(b)), or(equal(c), equal(d)))
    }

    #[inline(always)]
    pub fn or(bytes: Bytes, others: Bytes) -> Bytes {
        v128_or(bytes, others)
    }

    #[inline(always)]
    pub fn not_ascii(bytes: Bytes) -> u32 {
        u32::from(u8x16_bitmask(bytes))
    }

    #[inline(always)]
    pub fn may_begin_wide(bytes: Bytes) -> u32 {
        let from_0xd8 = u8x16_ge(bytes, u8x16_splat(0xd8));
        u32::from(u8x16_bitmask(v128_andnot(from_0xd8, u8x16_eq(bytes, u8x16_splat(0xe2)))))
    }
}

/// The same for machines without those registers, and for the tests that run on the developer's.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod wide {
    use super::words;

    pub type Bytes = [u64; 2];

    pub fn of(low: u64, high: u64) -> Bytes {
        [low, high]
    }

    pub fn digits(bytes: Bytes) -> u32 {
        gather(bytes.map(words::digits))
    }

    pub fn equal(bytes: Bytes, byte: u8) -> u32 {
        gather(bytes.map(|word| words::equal(word, byte)))
    }

    pub fn marks(bytes: Bytes, [a, b, c, d]: [u8; 4]) -> Bytes {
        let equal = |word, byte| words::equal(word, byte);
        bytes.map(|word| equal(word, a) | equal(word, b) | equal(word, c) | equal(word, d))
    }

    pub fn or([low, high]: Bytes, [other_low, other_high]: Bytes) -> Bytes {
        [low | other_low, high | other_high]
    }

    pub fn not_ascii(bytes: Bytes) -> u32 {
        gather(bytes.map(|word| word & words::HIGH_BITS))
    }

    pub fn may_begin_wide(bytes: Bytes) -> u32 {
        gather(bytes.map(|word| words::from_0xd8(word) & !words::equal(word, 0xe2)))
    }

    /// The high bits of all bytes, side by side.
    fn gather([low, high]: [u64; 2]) -> u32 {
        // Each product has the bit of byte n in bit 56 + n, and no two bits meet.
        let of = |word: u64| ((word >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32;
        of(low) | of(high) << 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_gathered_are_not_ascii_where_one_of_them_is_not() {
        let mut gathered = Block::zeros();
        assert_eq!(gathered.not_ascii(), 0);
        for text in ["я123456789abcdef", "0123456789abcd@f", "0123456789abcdef"] {
            Block::each(text.as_bytes(), |block, _| {
                gathered = gathered.or(block).or(block.marks(*b"@5;;"));
            });
        }
        assert_eq!(gathered.not_ascii(), 0b0100_0000_0110_0011);
    }

    #[test]
    fn nothing_is_visited_after_an_answer() {
        let mut visited = 0;
        let found = Block::find(&[b'x'; 100], |_, _| {
            visited += 1;
            (visited == 3).then_some(visited)
        });
        assert_eq!((found, visited), (Some(3), 3));
    }

    #[test]
    fn every_byte_of_a_text_comes_once_and_is_judged_as_by_the_book() {
        for length in 0..70 {
            for byte in [b'x', b'0', b'9', b'/', b':', b'@', 0x7f, 0x80, 0xd7, 0xd8, 0xe2, 0xff] {
                for at in 0..length {
                    let mut text = vec![b' '; length];
                    text[at] = byte;
                    let (mut bytes, mut digits, mut equal, mut high, mut wide) = (0, 0, 0, 0, 0);
                    Block::each(&text, |block, mask| {
                        bytes += mask.count_ones() as usize;
                        digits += (block.digits() & mask).count_ones();
                        equal += (block.equal(b'@') & mask).count_ones();
                        high += (block.not_ascii() & mask).count_ones();
                        wide += (block.may_begin_wide() & mask).count_ones();
                    });
                    let may_begin_wide = byte >= 0xd8 && byte != 0xe2;
                    let book =
                        [byte.is_ascii_digit(), byte == b'@', !byte.is_ascii(), may_begin_wide];
                    assert_eq!(bytes, length);
                    assert_eq!([digits, equal, high, wide], book.map(u32::from), "{byte} at {at}");
                }
            }
        }
    }
}
