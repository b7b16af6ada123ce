//! [`Comparing`]: two chains at work on the same spans.

use std::time::SystemTime;

use diff::{Comparison, Words};
use otlp_json::Error;

use crate::accepted::Accepted;
use crate::chain::{Chain, Went};
use crate::facts::{About, facts};
use crate::findings::Findings;
use crate::leaves::Leaves;
use crate::played::Played;
use crate::report::Report;

/// Compares an old with a new chain, batch by batch.
#[derive(Debug)]
pub struct Comparing {
    old: Played,
    new: Played,
    slow: u64,
    words: Words,
    comparison: Comparison,
    leaves: Leaves,
}

impl Comparing {
    /// Begins. A span that takes longer than `slow`, in nanoseconds, counts as slow.
    #[must_use]
    pub fn new(old: Chain, new: Chain, slow: u64) -> Self {
        let mut words = Words::default();
        old.teach(&mut words);
        new.teach(&mut words);
        let (comparison, leaves) = (Comparison::default(), Leaves::default());
        Comparing { old: Played::new(old), new: Played::new(new), slow, words, comparison, leaves }
    }

    /// Takes in what the two made of a batch.
    ///
    /// # Errors
    /// A batch is no OTLP, or holds texts that are not UTF-8.
    pub fn take(&mut self, old: Went<'_>, new: Went<'_>) -> Result<(), Error> {
        let show = |name: &str| self.words.show(name);
        let before = self.old.take(old);
        let after = self.new.take(new);
        self.comparison.take(before, after, self.slow, &show)?;
        self.leaves.take(new, &self.new.names, &show)
    }

    /// How many spans came so far.
    #[must_use]
    pub fn spans_in(&self) -> u64 {
        self.comparison.spans_in
    }

    /// What was found so far.
    #[must_use]
    pub fn findings(&self) -> Findings<'_> {
        Findings::new(&self.comparison, &self.leaves, [&self.old.chain, &self.new.chain])
    }

    /// The document. What is `accepted` until some day counts as `now` is.
    #[must_use]
    pub fn report(&self, about: &About, accepted: &Accepted, now: SystemTime) -> Report {
        let facts = facts(about, self.spans_in(), [&self.old, &self.new]);
        Report::new(&self.findings(), facts, accepted, now)
    }
}
