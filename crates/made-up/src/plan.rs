//! [`Plan`]: of which words the values of a batch are made.

use std::collections::{HashMap, HashSet};

use diff::Place;
use otlp_json::TracesData;

use crate::Spare;
use crate::letters::{sized, small};
use crate::spelling::{self, Unit};
use crate::walk::{Leaf, walk};

/// A word that is made up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// In small letters.
    pub text: String,
    /// Whether it is an id or bytes, of which no letter may be another than a to f.
    pub is_hex: bool,
}

/// How each value is put together, in the order of [`walk`].
pub(crate) struct Plan {
    pub words: Vec<Word>,
    leaves: Vec<Leave>,
}

enum Leave {
    /// It stays.
    Alone,
    /// Of a text, a key or a double.
    Parts(Vec<Part>),
    /// One word: an integer, or the hexadecimal digits of bytes.
    Word(usize),
}

enum Part {
    Fixed(String),
    Word(usize, Vec<Unit>),
}

/// Schema URLs of OpenTelemetry are no secret.
const OWN_SCHEMAS: &str = "https://opentelemetry.io/schemas/";

impl Plan {
    pub fn of(seen: &TracesData, spare: &Spare) -> Plan {
        let mut seen = seen.clone();
        let kept = kept_words(&mut seen, spare);
        let mut planning = Planning { spare, kept, words: Vec::new(), numbers: HashMap::new() };
        let mut leaves = Vec::new();
        walk(&mut seen, &mut |place, leaf| leaves.push(planning.leaf(place, leaf)));
        Plan { words: planning.words, leaves }
    }

    /// The batch with other words; where there is none, the word stays.
    pub fn render(&self, seen: &TracesData, made: &[Option<String>]) -> TracesData {
        let mut traces = seen.clone();
        let mut leaves = self.leaves.iter();
        walk(&mut traces, &mut |_, leaf| {
            if let Some(leave) = leaves.next() {
                leave.put(leaf, made);
            }
        });
        traces
    }

    /// Where words stand, in a batch of this plan; keys are those of that batch.
    pub fn places(&self, traces: &TracesData, words: &HashSet<usize>) -> Vec<Place> {
        let (mut traces, mut leaves) = (traces.clone(), self.leaves.iter());
        let mut places = Vec::new();
        walk(&mut traces, &mut |place, _| {
            if leaves.next().is_some_and(|leave| leave.has_any(words)) && !places.contains(place) {
                places.push(place.clone());
            }
        });
        places
    }
}

/// The words of statuses and of what is kept, which stay wherever they stand: what belongs together
/// still does.
fn kept_words(seen: &mut TracesData, spare: &Spare) -> HashSet<String> {
    let mut kept = HashSet::new();
    walk(seen, &mut |place, leaf| {
        let text = match leaf {
            Leaf::Text(text) if spare.spares_status(place, text) => text.clone(),
            _ if !spare.keeps(place) => return,
            Leaf::Text(text) | Leaf::Key(text) => text.clone(),
            Leaf::Int(number) => number.unsigned_abs().to_string(),
            Leaf::Bytes(bytes) => hex::encode(bytes),
            Leaf::Double(_) | Leaf::SchemaUrl(_) | Leaf::TraceState(_) => return,
        };
        kept.extend(words_of(&spelling::read(&text)).map(|(_, units)| text_of(units)));
    });
    kept
}

struct Planning<'s> {
    spare: &'s Spare,
    kept: HashSet<String>,
    words: Vec<Word>,
    numbers: HashMap<String, usize>,
}

impl Planning<'_> {
    fn leaf(&mut self, place: &Place, leaf: Leaf<'_>) -> Leave {
        match leaf {
            _ if self.spare.keeps(place) => Leave::Alone,
            Leaf::Bytes(bytes) => self.of_word(hex::encode(bytes), true),
            Leaf::SchemaUrl(text) if text.starts_with(OWN_SCHEMAS) => Leave::Alone,
            Leaf::Text(text) if self.spare.spares_number(place, text) => Leave::Alone,
            Leaf::Text(text) | Leaf::Key(text) | Leaf::SchemaUrl(text) => {
                Leave::Parts(self.parts(text, &[]))
            }
            Leaf::TraceState(text) => self.trace_state(text),
            Leaf::Int(number) if self.spare.spares_number(place, &number.to_string()) => {
                Leave::Alone
            }
            Leaf::Int(number) => self.of_word(number.unsigned_abs().to_string(), false),
            Leaf::Double(number)
                if number.is_finite() && !self.spare.spares_number(place, &number.to_string()) =>
            {
                Leave::Parts(self.parts(&number.to_string(), &[]))
            }
            Leaf::Double(_) => Leave::Alone,
        }
    }

    fn of_word(&mut self, text: String, is_hex: bool) -> Leave {
        self.word(text, is_hex).map_or(Leave::Alone, Leave::Word)
    }

    /// How a span was sampled stays, and randomness stays hexadecimal.
    fn trace_state(&mut self, text: &str) -> Leave {
        let mut parts = Vec::new();
        for member in text.split_inclusive(',') {
            let Some(own) = member.trim_start().strip_prefix("ot=") else {
                parts.extend(self.parts(member, &[]));
                continue;
            };
            parts.push(Part::Fixed(member[..member.len() - own.len()].to_owned()));
            for key in own.split_inclusive(';') {
                if key.starts_with("th:") {
                    parts.push(Part::Fixed(key.to_owned()));
                    continue;
                }
                if let Some(random) = key.strip_prefix("rv:") {
                    self.word(random.trim_end_matches([';', ',']).to_owned(), true);
                }
                parts.extend(self.parts(key, &["rv"]));
            }
        }
        Leave::Parts(parts)
    }

    fn parts(&mut self, text: &str, spared: &[&str]) -> Vec<Part> {
        let units = spelling::read(text);
        let mut parts = Vec::new();
        let mut fixed = String::new();
        let mut at = 0;
        let write = |units: &[Unit], to: &mut String| {
            units.iter().for_each(|unit| unit.spelling.write(unit.letter, to));
        };
        for (start, word) in words_of(&units) {
            write(&units[at..start], &mut fixed);
            at = start + word.len();
            let text = text_of(word);
            match if spared.contains(&text.as_str()) { None } else { self.word(text, false) } {
                Some(number) => {
                    parts.push(Part::Fixed(std::mem::take(&mut fixed)));
                    parts.push(Part::Word(number, word.to_vec()));
                }
                None => write(word, &mut fixed),
            }
        }
        write(&units[at..], &mut fixed);
        parts.push(Part::Fixed(fixed));
        parts
    }

    /// The number of a word, if it is made up.
    fn word(&mut self, text: String, is_hex: bool) -> Option<usize> {
        let says_nothing = text.chars().all(|letter| letter == '0');
        let is_spared = self.kept.contains(&text) || !is_hex && self.spare.spares_word(&text);
        if says_nothing || is_spared {
            return None;
        }
        let number = *self.numbers.entry(text.clone()).or_insert(self.words.len());
        match self.words.get_mut(number) {
            Some(word) => word.is_hex |= is_hex,
            None => self.words.push(Word { text, is_hex }),
        }
        Some(number)
    }
}

/// Runs of letters and digits, with where each begins.
fn words_of(units: &[Unit]) -> impl Iterator<Item = (usize, &[Unit])> {
    let is_of_word = |unit: &Unit| unit.letter.is_alphanumeric() && unit.spelling.is_of_word();
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + units[at..].iter().position(is_of_word)?;
        let rest = &units[start..];
        let length = rest.iter().position(|unit| !is_of_word(unit)).unwrap_or(rest.len());
        at = start + length;
        Some((start, &rest[..length]))
    })
}

fn text_of(word: &[Unit]) -> String {
    word.iter().map(|unit| small(unit.letter)).collect()
}

impl Leave {
    fn put(&self, leaf: Leaf<'_>, made: &[Option<String>]) {
        match (self, leaf) {
            (
                Leave::Parts(parts),
                Leaf::Text(text) | Leaf::Key(text) | Leaf::SchemaUrl(text) | Leaf::TraceState(text),
            ) => *text = joined(parts, made),
            (Leave::Parts(parts), Leaf::Double(number)) => {
                *number = joined(parts, made).parse().unwrap_or_default();
            }
            (Leave::Word(word), Leaf::Int(number)) => {
                if let Some(word) = &made[*word] {
                    let sign = if *number < 0 { "-" } else { "" };
                    *number = format!("{sign}{word}").parse().unwrap_or_default();
                }
            }
            (Leave::Word(word), Leaf::Bytes(bytes)) => {
                if let Some(word) = &made[*word] {
                    *bytes = hex::decode(word).unwrap_or_default();
                }
            }
            _ => {}
        }
    }

    fn has_any(&self, words: &HashSet<usize>) -> bool {
        match self {
            Leave::Alone => false,
            Leave::Word(number) => words.contains(number),
            Leave::Parts(parts) => parts
                .iter()
                .any(|part| matches!(part, Part::Word(number, _) if words.contains(number))),
        }
    }
}

fn joined(parts: &[Part], made: &[Option<String>]) -> String {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Fixed(fixed) => text.push_str(fixed),
            Part::Word(number, units) => put(units, made[*number].as_deref(), &mut text),
        }
    }
    text
}

/// Writes a word as another is spelt, letter by letter; a longer one goes on as that ends.
fn put(units: &[Unit], made: Option<&str>, to: &mut String) {
    let Some(made) = made else {
        units.iter().for_each(|unit| unit.spelling.write(unit.letter, to));
        return;
    };
    for (index, letter) in made.chars().enumerate() {
        if let Some(unit) = units.get(index).or(units.last()) {
            unit.spelling.write(sized(letter, unit.letter), to);
        }
    }
}
