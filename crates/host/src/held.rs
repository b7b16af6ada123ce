//! [`Held`]: why nothing of a batch goes on.

use std::fmt;

use plugin::Stopped;
use spans::Malformed;

/// A batch of which nothing goes on, though it may be handed over again: it was not searched to its
/// end. What was not looked at may be good, so it is neither held back nor passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsearched {
    /// How many spans the batch has.
    pub spans: usize,
    /// What the plugin did last.
    pub cause: Stopped,
}

impl fmt::Display for Unsearched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (spans, deed) = (self.spans, self.cause.deed());
        write!(
            f,
            "a batch of {spans} spans was not searched to its end, nothing of it goes on, it may be sent again: the plugin {deed}"
        )
    }
}

/// Why nothing of a batch goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// It cannot be decoded.
    Malformed(Malformed),
    /// It was not searched to its end, for the machine had no time for the plugin.
    Unsearched(Unsearched),
}

impl From<Malformed> for Held {
    fn from(malformed: Malformed) -> Self {
        Held::Malformed(malformed)
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Held::Malformed(malformed) => malformed.fmt(f),
            Held::Unsearched(unsearched) => unsearched.fmt(f),
        }
    }
}

impl std::error::Error for Held {}
