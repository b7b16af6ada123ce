//! [`Shared`]: what all instances of a plugin together may make their host keep.

use std::collections::HashSet;

/// A counter and its labels.
pub type Series = (String, Vec<(String, String)>);

/// Most series of a plugin. Their labels come from the rules, so one that has more is broken.
const MAX_SERIES: usize = 1000;

/// Lines that a plugin may write to the log in a second, by the time that it is told.
const LINES_PER_SECOND: u64 = 10;

/// Lines that it may write after it was silent for a while.
const LINES_AT_ONCE: u64 = 100;

/// What a line costs, in nanoseconds.
const LINE: u64 = 1_000_000_000 / LINES_PER_SECOND;

/// What all instances of a plugin together may make their host keep.
#[derive(Debug, Default)]
pub struct Shared {
    known: HashSet<Series>,
    now: u64,
    /// When as many lines may be written at once as ever, if none is meanwhile.
    rested: u64,
    left_out: usize,
}

impl Shared {
    /// Takes in that an instance asks for a series.
    ///
    /// # Errors
    /// The plugin would have too many.
    pub fn enter(&mut self, series: &Series) -> Result<(), String> {
        if self.known.contains(series) {
            return Ok(());
        }
        if self.known.len() == MAX_SERIES {
            return Err(format!("counters have more than {MAX_SERIES} sets of labels"));
        }
        self.known.insert(series.clone());
        Ok(())
    }

    /// Takes in what time it is, in nanoseconds since 1970.
    pub fn at(&mut self, now: u64) {
        self.now = self.now.max(now);
    }

    /// Says whether another line may be written, and what is to be said before it of those that
    /// were not, if anything.
    pub fn admit(&mut self) -> (Option<String>, bool) {
        let rested = self.rested.max(self.now).saturating_add(LINE);
        if rested - self.now > LINES_AT_ONCE * LINE {
            self.left_out += 1;
            return (None, false);
        }
        self.rested = rested;
        (self.rest(), true)
    }

    /// Returns what is to be said of lines that were left out and not spoken of.
    pub fn rest(&mut self) -> Option<String> {
        let count = std::mem::take(&mut self.left_out);
        let why = format!("for it writes more than {LINES_PER_SECOND} a second");
        (count > 0).then(|| format!("lines of the plugin that were left out, {why}: {count}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn admitted(bounds: &mut Shared, lines: usize) -> usize {
        (0..lines).filter(|_| bounds.admit().1).count()
    }

    /// Scenario: a plugin writes without end, rests for a second, and then for long.
    /// Guarantees: a hundred lines pass at once and ten a second after that; time that runs
    /// backwards gives none.
    #[test]
    fn so_many_lines_pass_at_once_and_so_many_a_second() {
        for start in [0, 1_772_442_000 * SECOND, u64::MAX - 1000 * SECOND] {
            let mut bounds = Shared::default();
            bounds.at(start);
            assert_eq!(admitted(&mut bounds, 1000), 100);
            bounds.at(start + SECOND);
            bounds.at(start);
            assert_eq!(admitted(&mut bounds, 1000), 10);
            bounds.at(start + 900 * SECOND);
            assert_eq!(admitted(&mut bounds, 1000), 100);
        }
    }

    #[test]
    fn what_was_left_out_is_said_once_as_a_count() {
        let mut bounds = Shared::default();
        admitted(&mut bounds, 103);
        bounds.at(SECOND);
        let text = "lines of the plugin that were left out, for it writes more than 10 a second: 3";
        assert_eq!(bounds.admit(), (Some(text.into()), true));
        assert_eq!(bounds.admit(), (None, true));
        assert_eq!(bounds.rest(), None);
    }

    #[test]
    fn a_series_that_is_known_takes_no_other_place() {
        let mut bounds = Shared::default();
        let series = |number: usize| ("spans".into(), vec![("number".into(), number.to_string())]);
        for number in (0..MAX_SERIES).chain(0..MAX_SERIES) {
            assert_eq!(bounds.enter(&series(number)), Ok(()));
        }
        let refused = bounds.enter(&series(MAX_SERIES)).unwrap_err();
        assert_eq!(refused, "counters have more than 1000 sets of labels");
        assert_eq!(bounds.enter(&series(0)), Ok(()));
    }
}
