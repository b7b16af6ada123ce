//! [`Mentions`]: where in a batch some texts stand.

use std::ops::Range;

use memchr::memmem::Finder;

use crate::folded::Folded;

/// Where in a batch some texts stand, such as the keys that a plugin looks for. Most spans hold none
/// of them, and one look at the bytes of the whole batch says which.
#[derive(Clone, Debug, Default)]
pub struct Mentions {
    /// Where each begins, sorted.
    starts: Vec<usize>,
    /// There are too many to note.
    everywhere: bool,
}

impl Mentions {
    /// More of them say that a text is no rare one.
    const MOST: usize = 1 << 16;

    /// Looks through a batch.
    ///
    /// ```
    /// let mentions = spans::Mentions::of(["order_id", "status"], b"..order_id..status");
    /// assert!(mentions.are_in(0..5));
    /// assert!(!mentions.are_in(3..12));
    /// ```
    pub fn of<'k>(texts: impl IntoIterator<Item = &'k str>, traces: &[u8]) -> Self {
        let mut mentions = Mentions::default();
        for text in texts {
            let finder = Finder::new(text);
            let find = |at: usize| Some(at + finder.find(traces.get(at..)?)?);
            if text.is_empty() || !mentions.note(find) {
                return Mentions::everywhere();
            }
        }
        mentions.starts.sort_unstable();
        mentions
    }

    /// As [`Mentions::of`], for ASCII texts whatever their case, and with `-` and `_` as one.
    ///
    /// ```
    /// let mentions = spans::Mentions::ignoring_case(["order_id"], b"..Order-ID..");
    /// assert!(mentions.are_in(2..3));
    /// ```
    pub fn ignoring_case<'k>(texts: impl IntoIterator<Item = &'k str>, traces: &[u8]) -> Self {
        let mut mentions = Mentions::default();
        for text in texts {
            let finder = Folded::new(text);
            if !finder.is_some_and(|finder| mentions.note(|at| finder.find(traces, at))) {
                return Mentions::everywhere();
            }
        }
        mentions.starts.sort_unstable();
        mentions
    }

    /// Of texts that may stand anywhere.
    #[must_use]
    pub fn everywhere() -> Self {
        Mentions { starts: Vec::new(), everywhere: true }
    }

    /// Notes all that `find` finds from one place on; says whether they are few enough.
    fn note(&mut self, find: impl Fn(usize) -> Option<usize>) -> bool {
        let mut at = 0;
        // One may begin inside another.
        while let Some(found) = find(at) {
            if self.starts.len() == Self::MOST {
                return false;
            }
            self.starts.push(found);
            at = found + 1;
        }
        true
    }

    /// Whether any of the texts may begin in this range of the batch. `false` is certain.
    #[inline]
    pub fn are_in(&self, range: Range<usize>) -> bool {
        let next = self.starts.partition_point(|start| *start < range.start);
        self.everywhere || self.starts.get(next).is_some_and(|start| *start < range.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_one_inside_another_and_gives_up_where_there_are_too_many() {
        let mentions = Mentions::of(["aa"], b"xaaax");
        let starts = (0..5).filter(|at| mentions.are_in(*at..*at + 1)).collect::<Vec<_>>();
        assert_eq!(starts, [1, 2]);
        assert!(Mentions::of([""], b"x").are_in(7..8));
        assert!(!Mentions::of(["a"], &[b'a'; Mentions::MOST]).everywhere);
        assert!(Mentions::of(["a"], &[b'a'; Mentions::MOST + 1]).are_in(0..1));
    }
}
