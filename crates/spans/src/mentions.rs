//! [`Mentions`]: where in a batch some texts stand.

use std::ops::Range;

use memchr::memmem::Finder;

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
            let mut at = 0;
            // One may begin inside another.
            while let Some(found) = traces.get(at..).and_then(|rest| finder.find(rest)) {
                if text.is_empty() || mentions.starts.len() == Self::MOST {
                    return Mentions { starts: Vec::new(), everywhere: true };
                }
                mentions.starts.push(at + found);
                at += found + 1;
            }
        }
        mentions.starts.sort_unstable();
        mentions
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
