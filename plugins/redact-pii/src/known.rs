//! [`Known`]: resources that were searched before, and what came of it.
//!
//! Every batch of a sender brings its resource again, and in small batches a resource is a good part
//! of all text.

use spans::Noted;

/// How many are kept at most; one takes another's place where their hashes meet.
const SLOTS: usize = 64;

/// A longer one, and one with more edits, is searched each time.
const MAX_BYTES: usize = 4096;

/// Resources by their bytes. What is known of one holds for as long as the rules do.
#[derive(Debug, Default)]
pub struct Known {
    slots: Vec<Option<Resource>>,
}

/// What came of a resource.
#[derive(Debug)]
pub struct Resource {
    bytes: Vec<u8>,
    /// The edits that mask it.
    pub edits: Noted,
    /// What was masked in it, for each counter.
    pub masked: Vec<u64>,
}

impl Known {
    /// What came of a resource that was written in just this way.
    pub fn get(&self, bytes: &[u8]) -> Option<&Resource> {
        let slot = self.slots.get(slot_of(bytes)?)?.as_ref()?;
        is_same(&slot.bytes, bytes).then_some(slot)
    }

    /// Keeps what came of a resource, unless it is too long.
    pub fn keep(&mut self, bytes: &[u8], edits: Noted, masked: Vec<u64>) {
        let Some(slot) = slot_of(bytes).filter(|_| edits.size() <= MAX_BYTES) else { return };
        self.slots.resize_with(SLOTS, || None);
        self.slots[slot] = Some(Resource { bytes: bytes.to_vec(), edits, masked });
    }
}

/// Where a resource is kept; `None` for one that is not.
fn slot_of(bytes: &[u8]) -> Option<usize> {
    // Fibonacci hashing, a word at a time: https://en.wikipedia.org/wiki/Hash_function
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    let step = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(GOLDEN);
    let (words, rest) = bytes.as_chunks::<8>();
    let hash = words.iter().fold(0, |hash, word| step(hash, u64::from_le_bytes(*word)));
    let hash = rest.iter().fold(hash, |hash, byte| step(hash, u64::from(*byte)));
    (bytes.len() <= MAX_BYTES).then_some((hash >> 32) as usize % SLOTS)
}

/// As `==`, which on WebAssembly takes a byte at a time.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    let (one_words, one_rest) = one.as_chunks::<8>();
    let (other_words, other_rest) = other.as_chunks::<8>();
    let same = |(a, b): (&[u8; 8], &[u8; 8])| u64::from_le_bytes(*a) == u64::from_le_bytes(*b);
    one.len() == other.len()
        && one_words.iter().zip(other_words).all(same)
        && one_rest == other_rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_known_by_all_of_its_bytes() {
        for length in [0, 1, 7, 8, 9, 400] {
            let mut known = Known::default();
            let bytes = vec![b'a'; length];
            assert!(known.get(&bytes).is_none());
            known.keep(&bytes, Noted::default(), vec![3]);
            assert_eq!(known.get(&bytes).map(|it| it.masked[0]), Some(3));
            for at in 0..length {
                let mut other = bytes.clone();
                other[at] = b'b';
                assert!(known.get(&other).is_none(), "{at} of {length}");
            }
            assert!(known.get(&vec![b'a'; length + 1]).is_none());
        }
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut known = Known::default();
        for number in 0..10_000_u64 {
            known.keep(&number.to_le_bytes(), Noted::default(), Vec::new());
        }
        assert_eq!(known.slots.len(), SLOTS);
        let filled = known.slots.iter().flatten().count();
        assert!(filled > SLOTS / 2, "{filled}");
        known.keep(&[0; MAX_BYTES + 1], Noted::default(), Vec::new());
        assert!(known.get(&[0; MAX_BYTES + 1]).is_none());
    }
}
