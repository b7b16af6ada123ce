//! [`Leaving`]: one chain, and what leaves by it.

use diff::Words;
use otlp_json::Error;
use serde::Serialize;

use crate::chain::{Chain, Went};
use crate::leaves::{Leaf, Leaves, Name};

/// Gathers what goes out of a chain, batch by batch.
#[derive(Debug)]
pub struct Leaving {
    names: Vec<String>,
    words: Words,
    leaves: Leaves,
}

/// What left so far, as it may be shown: the part of [`Findings`](crate::Findings) that needs no
/// second chain.
#[derive(Debug, Serialize)]
pub struct Left<'l> {
    /// What leaves, what to look at first.
    pub leaves: Vec<Leaf<'l>>,
    /// Names of spans that leave.
    pub names: Vec<Name<'l>>,
}

impl Leaving {
    /// Begins.
    #[must_use]
    pub fn new(chain: &Chain) -> Self {
        let mut words = Words::default();
        chain.teach(&mut words);
        Leaving { names: chain.names(), words, leaves: Leaves::default() }
    }

    /// Takes in what the chain made of a batch.
    ///
    /// # Errors
    /// A batch is no OTLP, or holds texts that are not UTF-8.
    pub fn take(&mut self, went: Went<'_>) -> Result<(), Error> {
        self.leaves.take(went, &self.names, &|name| self.words.show(name))
    }

    /// What left so far.
    #[must_use]
    pub fn left(&self) -> Left<'_> {
        Left { leaves: self.leaves.sorted(), names: self.leaves.names() }
    }
}
