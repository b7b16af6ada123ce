//! [`Additions`]: what a call adds to counters, by numbers that the host gave.

use std::collections::HashMap;
use std::fmt::Write;

/// What the calls of one instance add to counters. A series is numbered by the host when it is
/// first met; after that a call costs a look at a map, and what it adds goes to the host in one
/// block with the answer.
#[derive(Debug, Default)]
pub struct Additions {
    /// Number of a series by its name and labels, written one after another.
    numbers: HashMap<String, u32>,
    /// Number and sum of what the running call adds to.
    sums: Vec<(u32, u64)>,
    /// Kept for its memory.
    key: String,
}

impl Additions {
    /// Adds to a series; `number` is asked for its number where it is not known.
    pub fn add(
        &mut self,
        name: &str,
        labels: &[(&str, &str)],
        delta: u64,
        number: impl FnOnce() -> u32,
    ) {
        self.key.clear();
        self.key.push_str(name);
        for (key, value) in labels {
            // Lengths, for a label may hold whatever stands between two.
            let _ = write!(self.key, " {}:{key}{}:{value}", key.len(), value.len());
        }
        let number = match self.numbers.get(&self.key) {
            Some(number) => *number,
            None => *self.numbers.entry(self.key.clone()).or_insert(number()),
        };
        match self.sums.iter_mut().find(|(it, _)| *it == number) {
            Some((_, sum)) => *sum = sum.saturating_add(delta),
            None => self.sums.push((number, delta)),
        }
    }

    /// Gives number and sum of all that was added to since the last time, and forgets it.
    pub fn take(&mut self) -> Vec<(u32, u64)> {
        std::mem::take(&mut self.sums)
    }
}

#[cfg(test)]
mod tests {
    use super::Additions;

    #[test]
    fn a_series_is_numbered_once_and_told_from_those_that_look_like_it() {
        let mut additions = Additions::default();
        let mut asked = 0;
        let series: [&[(&str, &str)]; 4] =
            [&[("a", "b")], &[("a", "b 1:c1:d")], &[("a", "b"), ("c", "d")], &[]];
        for delta in [1, 10] {
            for labels in series {
                let number = || {
                    asked += 1;
                    asked
                };
                additions.add("spans", labels, delta, number);
            }
        }
        assert_eq!(additions.take(), [(1, 11), (2, 11), (3, 11), (4, 11)]);
        assert_eq!(additions.take(), []);
    }
}
