//! Choices read off a run of bytes, so that proptest shrinks them and a fuzzer steers them.

/// Gives choices; after its end every choice is the first one, so what is built stays finite.
pub struct Tape<'t> {
    bytes: &'t [u8],
}

impl<'t> Tape<'t> {
    pub fn new(bytes: &'t [u8]) -> Self {
        Tape { bytes }
    }

    pub fn byte(&mut self) -> u8 {
        match self.bytes.split_first() {
            Some((first, rest)) => {
                self.bytes = rest;
                *first
            }
            None => 0,
        }
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        if bound <= 256 { usize::from(self.byte()) % bound } else { self.number() as usize % bound }
    }

    /// Yes, once in `n`.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    /// Small numbers often, any number sometimes.
    pub fn number(&mut self) -> u64 {
        let length = [0, 1, 1, 2, 4, 8][self.below(6)];
        (0..length).fold(0, |number, _| number << 8 | u64::from(self.byte()))
    }

    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.byte()).collect()
    }

    pub fn pick<'p, T>(&mut self, from: &'p [T]) -> &'p T {
        &from[self.below(from.len())]
    }
}
