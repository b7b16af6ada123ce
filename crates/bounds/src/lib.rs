//! What a plugin may make its host keep: lines of the log, series of counters, elements of an answer,
//! memory; and what is said where it is too much.
//!
//! It is its own crate because two hosts hold plugins to it, the command line on wasmtime and a page in
//! which a browser runs them, and their numbers may not drift. The Collector's stand in
//! `collector/internal/plugin`; `testdata/hosts` holds them to the same. It runs no plugin, and knows
//! neither spans nor WebAssembly.
//!
//! ```
//! assert_eq!(bounds::elements(100_000), Ok(()));
//! let refused = bounds::elements(100_001).unwrap_err();
//! assert_eq!(refused, "an answer has more than 100000 elements in its lists");
//! ```

#![deny(missing_docs)]

mod growth;
mod shared;

pub use growth::Growth;
pub use shared::{Series, Shared};

/// The longest line of the log and the longest text of a failure, in bytes; the rest is cut.
pub const LINE_BYTES: usize = 4096;

/// The longest key or value of a label, in bytes; the rest is cut, for the name of a rule may be longer,
/// and spans must go on.
pub const LABEL_BYTES: usize = 256;

/// Most labels of one series.
const LABELS: usize = 16;

/// Most elements of all lists of an answer together, texts and bytes not counted: what a host makes of
/// one takes more than it took in the plugin.
const ELEMENTS: usize = 100_000;

/// The most that one call adds to a series: as much as its memory has bytes. A sum of such takes a
/// process longer to run over than it lives.
const DELTA: u64 = 1 << 32;

/// Returns the most of a text that fits and ends no letter in its middle.
#[must_use]
pub fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// Looks at how many elements the lists of an answer have together.
///
/// # Errors
/// There are too many.
pub fn elements(count: usize) -> Result<(), String> {
    if count <= ELEMENTS {
        return Ok(());
    }
    Err(format!("an answer has more than {ELEMENTS} elements in its lists"))
}

/// Looks at how many labels a series has.
///
/// # Errors
/// There are too many.
pub fn labels(count: usize) -> Result<(), String> {
    if count <= LABELS {
        return Ok(());
    }
    Err(format!("a series has {count} labels; expected at most {LABELS}"))
}

/// Looks at what a call adds to series of its instance, by number; it asked for so many of them.
///
/// # Errors
/// A series that it never asked for, or more than a call may add; then nothing counts.
pub fn additions(added: &[(u32, u64)], known: usize) -> Result<(), String> {
    let made = added.len();
    if made > known {
        return Err(format!("made {made} additions to counters; it has {known} series"));
    }
    if let Some((series, _)) = added.iter().find(|(series, _)| *series as usize >= known) {
        return Err(format!("added to series {series}; it has {known}"));
    }
    match added.iter().find(|(_, delta)| *delta > DELTA) {
        Some((_, delta)) => {
            Err(format!("added {delta} to a counter; the most of one call is {DELTA}"))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_letters() {
        assert_eq!(cut("aä", 2), "a");
        assert_eq!(cut("aä", 3), "aä");
        assert_eq!(cut("aä", 9), "aä");
    }

    #[test]
    fn a_series_has_so_many_labels() {
        assert_eq!(labels(16), Ok(()));
        assert_eq!(labels(17).unwrap_err(), "a series has 17 labels; expected at most 16");
    }

    #[test]
    fn a_call_adds_to_series_that_there_are_and_no_more_than_it_may() {
        assert_eq!(additions(&[(0, 0), (1, 1 << 32)], 2), Ok(()));
        for (wrong, why) in [
            (&[(0, 1), (0, 1), (0, 1)][..], "made 3 additions to counters; it has 2 series"),
            (&[(0, 1), (2, 0)], "added to series 2; it has 2"),
            (
                &[(0, 1), (1, (1 << 32) + 1)],
                "added 4294967297 to a counter; the most of one call is 4294967296",
            ),
        ] {
            assert_eq!(additions(wrong, 2).unwrap_err(), why);
        }
    }
}
