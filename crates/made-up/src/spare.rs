//! [`Spare`]: what stays as it is.

use std::collections::HashSet;

use diff::{Place, Segment, Words};
use keys::{KeyPattern, KeyPatterns};

/// What stays as it is. Truth values, kinds, flags, statuses, their codes and OpenTelemetry's own schema
/// URLs stay always.
#[derive(Clone, Debug)]
pub struct Spare {
    words: Words,
    numbers: HashSet<String>,
    keys: KeyPatterns,
}

impl Default for Spare {
    /// The words of OpenTelemetry's conventions.
    fn default() -> Self {
        Spare {
            words: Words::default(),
            numbers: HashSet::new(),
            keys: KeyPatterns::new(Vec::new()),
        }
    }
}

impl Spare {
    /// Spares the words of a text of rules; of one that is a number the values that are that number.
    pub fn learn(&mut self, text: &str) {
        self.words.add(text);
        if text.parse::<f64>().is_ok() {
            self.numbers.insert(text.to_owned());
        }
    }

    /// Spares the values under these keys, with all that is in them.
    pub fn keep(&mut self, keys: Vec<KeyPattern>) {
        self.keys = KeyPatterns::new(keys);
    }

    pub(crate) fn spares_word(&self, word: &str) -> bool {
        self.words.knows(word)
    }

    /// Whether a value is a number that stays: one of the rules, or the code of a status.
    pub(crate) fn spares_number(&self, place: &Place, number: &str) -> bool {
        let is_code = last_key(place).is_some_and(|key| key.ends_with("status_code"));
        let is_short = number.len() <= 3 && number.bytes().all(|it| it.is_ascii_digit());
        is_code && is_short || self.numbers.contains(number)
    }

    /// Whether a text is the status of something: one word of capitals under a key that says so.
    pub(crate) fn spares_status(&self, place: &Place, text: &str) -> bool {
        let is_capital = |letter: u8| letter.is_ascii_uppercase() || letter == b'_';
        let is_status = last_key(place).is_some_and(|key| key.ends_with("status"));
        is_status && !text.is_empty() && text.bytes().all(is_capital)
    }

    /// Whether somebody asked to keep what stands there.
    pub(crate) fn keeps(&self, place: &Place) -> bool {
        let keys: Vec<&[u8]> = place
            .way
            .iter()
            .filter_map(|segment| match segment {
                Segment::Key(key) => Some(key.as_bytes()),
                _ => None,
            })
            .collect();
        (1..=keys.len()).any(|length| self.keys.first_match(&keys[..length]).is_some())
    }
}

/// In small letters.
fn last_key(place: &Place) -> Option<String> {
    place.way.iter().rev().find_map(|segment| match segment {
        Segment::Key(key) => Some(key.to_lowercase()),
        _ => None,
    })
}
