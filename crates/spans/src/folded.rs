//! [`Folded`]: looks for a text whatever its case.

/// Positions that are looked at together, in instructions that take many bytes at once.
const BLOCK: usize = 64;

/// Letters from the most common in keys and values to the least; digits are more common still.
const COMMON: &[u8] = b"0123456789etaonirsdlcupmhgybfvwkxqjz";

/// A text that is looked for whatever its case, and with `-` and `_` as one.
pub(crate) struct Folded {
    /// In lower case, with `_` for `-`.
    text: Vec<u8>,
    /// Its two rarest letters or digits, and where in it they stand.
    rarest: [(usize, u8); 2],
}

impl Folded {
    /// A text with a letter or a digit in it. `None` for any other, which stands everywhere.
    pub fn new(text: &str) -> Option<Self> {
        let text: Vec<u8> = text.bytes().map(fold).collect();
        let rank = |byte: u8| COMMON.iter().position(|it| *it == byte);
        let mut known: Vec<_> = text.iter().copied().enumerate().collect();
        known.retain(|(_, byte)| rank(*byte).is_some());
        known.sort_by_key(|(_, byte)| std::cmp::Reverse(rank(*byte)));
        let first = *known.first()?;
        let second = *known.get(1).unwrap_or(&first);
        Some(Folded { text, rarest: [first, second] })
    }

    /// Where it begins next, from `at` on.
    pub fn find(&self, bytes: &[u8], mut at: usize) -> Option<usize> {
        let last = bytes.len().checked_sub(self.text.len())?;
        let [(one, _), (other, _)] = self.rarest;
        while at + BLOCK <= last + 1 {
            let ones = bytes.get(at + one..)?.first_chunk()?;
            let others = bytes.get(at + other..)?.first_chunk()?;
            if self.may_begin_in(ones, others)
                && let Some(found) = (at..at + BLOCK).find(|at| self.is_at(bytes, *at))
            {
                return Some(found);
            }
            at += BLOCK;
        }
        (at..=last).find(|at| self.is_at(bytes, *at))
    }

    #[inline(always)]
    fn may_begin_in(&self, ones: &[u8; BLOCK], others: &[u8; BLOCK]) -> bool {
        let [(_, one), (_, other)] = self.rarest;
        let mut any = false;
        for (a, b) in ones.iter().zip(others) {
            // The bit makes letters small, and takes some other bytes for letters, too.
            any |= (a | 0x20 == one) & (b | 0x20 == other);
        }
        any
    }

    fn is_at(&self, bytes: &[u8], at: usize) -> bool {
        let (index, rarest) = self.rarest[0];
        bytes.get(at + index).is_some_and(|byte| byte | 0x20 == rarest)
            && bytes.get(at..at + self.text.len()).is_some_and(|found| {
                found.iter().zip(&self.text).all(|(found, expected)| fold(*found) == *expected)
            })
    }
}

fn fold(byte: u8) -> u8 {
    if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every place in a text of several blocks, in every spelling that is meant.
    #[test]
    fn finds_whatever_the_case_at_every_place() {
        let finder = Folded::new("operator_id").expect("it has letters");
        let spellings = ["operator_id", "Operator-ID", "OPERATOR_ID"];
        // The one letter is part of the text, the other is not.
        for (filler, spelling) in b"pz".iter().flat_map(|it| spellings.map(|text| (*it, text))) {
            for at in 0..300 {
                let mut bytes = vec![filler; 320];
                bytes[at..at + 11].copy_from_slice(spelling.as_bytes());
                assert_eq!(finder.find(&bytes, 0), Some(at), "{spelling} at {at}");
                assert_eq!(finder.find(&bytes, at), Some(at));
                assert_eq!(finder.find(&bytes, at + 1), None);
            }
        }
        for other in ["operator id", "operator.id", "operatorid", "operator_i", "0perator_id", ""] {
            assert_eq!(finder.find(format!("{other:.<200}").as_bytes(), 0), None, "{other}");
        }
        assert!(Folded::new("_-").is_none());
        assert_eq!(Folded::new("x").and_then(|it| it.find(b"aaX", 0)), Some(2));
    }
}
