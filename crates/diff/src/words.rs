//! [`Words`]: which words of a name may be shown.

use std::collections::HashSet;

use rules::{Node, Value};

use crate::form::counted;

/// Words of OpenTelemetry's semantic conventions: those of the keys of attributes and of their
/// well-known values, from the package `opentelemetry-semantic-conventions` 0.66b2 for Python.
const CONVENTIONS: &str = include_str!("conventions.txt");

/// Words that are no secret: those of OpenTelemetry's conventions, and those that rules hold.
#[derive(Clone, Debug)]
pub struct Words(HashSet<String>);

impl Default for Words {
    /// Those of the conventions.
    fn default() -> Self {
        Words(CONVENTIONS.split_whitespace().map(str::to_owned).collect())
    }
}

impl Words {
    /// Adds the words of a text of rules. A number is none.
    pub fn add(&mut self, text: &str) {
        let words = runs(text).filter(|(is_word, _)| *is_word).map(|(_, word)| word);
        self.0.extend(words.filter(|word| has_letter(word)).map(str::to_lowercase));
    }

    /// Adds the words of rules: those of their keys and of their texts.
    pub fn learn(&mut self, rules: &Node) {
        match &rules.value {
            Value::Text(text) => self.add(text),
            Value::List(nodes) => nodes.iter().for_each(|node| self.learn(node)),
            _ => {}
        }
        for entry in rules.entries() {
            self.add(&entry.key);
            self.learn(&entry.node);
        }
    }

    /// Whether a word, in small letters, is no secret.
    #[must_use]
    pub fn knows(&self, word: &str) -> bool {
        self.0.contains(word)
    }

    /// Returns a name in which what is not known stands as its form.
    ///
    /// ```
    /// let mut words = diff::Words::default();
    /// words.add("mes.price.calc");
    /// assert_eq!(words.show("mes.price.calc"), "mes.price.calc");
    /// assert_eq!(words.show("GET /user/анна/42"), "GET /user/‹4 letters›/‹2 digits›");
    /// ```
    #[must_use]
    pub fn show(&self, name: &str) -> String {
        let one = |(is_word, run): (bool, &str)| {
            if !is_word {
                return run
                    .chars()
                    .map(|sign| if sign.is_control() { ' ' } else { sign })
                    .collect();
            }
            if self.knows(&run.to_lowercase()) {
                return run.to_owned();
            }
            let count = run.chars().count();
            let what = match (has_letter(run), run.chars().any(char::is_numeric)) {
                (true, true) => format!("{} and digits", counted(count, "letter")),
                (true, false) => counted(count, "letter"),
                _ => counted(count, "digit"),
            };
            format!("‹{what}›")
        };
        runs(name).map(one).collect()
    }
}

fn has_letter(word: &str) -> bool {
    word.chars().any(char::is_alphabetic)
}

/// Words, and what stands between them.
fn runs(text: &str) -> impl Iterator<Item = (bool, &str)> {
    let is_word = |letter: char| letter.is_alphanumeric();
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = is_word(rest.chars().next()?);
        let end = rest.find(|letter| is_word(letter) != first).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        Some((first, run))
    })
}
