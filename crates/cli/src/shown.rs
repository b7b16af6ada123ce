//! [`Shown`]: how values, names and reasons stand on a terminal or in a log.

use std::io::{IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use diff::{Place, Words, form, plain};
use notes::Rule;
use otlp_json::AnyValue;
use plugin::Document;

use crate::arguments::{Color, Look};
use crate::files::short_path;
use crate::say::one_line;

pub(crate) const WAS: Style = AnsiColor::Red.on_default();
pub(crate) const IS: Style = AnsiColor::Green.on_default();
pub(crate) const REASON: Style = Style::new().dimmed();
pub(crate) const HEAD: Style = Style::new().bold();

/// Longest part of a value that is shown, in characters, and how many of them stand before what
/// changed in it.
const LONGEST: usize = 100;
const BEFORE: usize = 20;

/// Decides what may be seen, and writes to standard output.
pub(crate) struct Shown {
    to: AutoStream<std::io::Stdout>,
    has_values: bool,
    words: Words,
}

impl Shown {
    pub fn new(look: &Look) -> Self {
        let choice = match look.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        Shown {
            to: AutoStream::new(std::io::stdout(), choice),
            has_values: look.values || std::io::stdout().is_terminal(),
            words: Words::default(),
        }
    }

    /// Words of rules may be shown.
    pub fn learn(&mut self, documents: &[Document]) {
        let documents: Vec<_> = documents
            .iter()
            .map(|document| rules::Document::new(&document.name, &document.text))
            .collect();
        if let Ok(merged) = rules::load(&documents) {
            self.words.learn(&merged);
        }
    }

    /// Writes a line, or ends the process where nobody reads any more.
    pub fn line(&mut self, text: std::fmt::Arguments<'_>) {
        if writeln!(self.to, "{text}").is_err() {
            std::process::exit(0);
        }
    }

    /// A name of a span or a service, or a key.
    pub fn name(&self, name: &str) -> String {
        let name = if self.has_values { name.to_owned() } else { self.words.show(name) };
        one_line(&name).into_owned()
    }

    pub fn place(&self, place: &Place) -> String {
        format!("{}{}", place.lead(), place.path_with(|key| self.name(key)))
    }

    /// A value that nothing stands beside.
    pub fn value(&self, value: Option<&AnyValue>) -> String {
        let value = value.and_then(|value| value.value.as_ref());
        if !self.has_values {
            return form(value);
        }
        cut(&one_line(&plain(value)), 0)
    }

    /// Two values, cut around what differs in them.
    pub fn both(&self, was: &AnyValue, is: &AnyValue) -> [String; 2] {
        if !self.has_values {
            return [was, is].map(|value| form(value.value.as_ref()));
        }
        let [was, is] = [was, is].map(|value| one_line(&plain(value.value.as_ref())).into_owned());
        let same = was.chars().zip(is.chars()).take_while(|(was, is)| was == is).count();
        [was, is].map(|text| cut(&text, same.saturating_sub(BEFORE)))
    }
}

/// `rules.gap, rules/sample-adaptively/base.yaml:19`
pub(crate) fn rule_at(rule: &Rule) -> String {
    Rule { document: short_path(&rule.document).to_owned(), ..rule.clone() }.to_string()
}

/// A text from a character on, and not too much of it.
fn cut(text: &str, from: usize) -> String {
    let before = if from > 0 { "…" } else { "" };
    let mut shown = text.chars().skip(from);
    let part: String = shown.by_ref().take(LONGEST).collect();
    let after = if shown.next().is_some() { "…" } else { "" };
    format!("{before}{part}{after}")
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_long_value_is_cut_around_what_changed() {
        let long = "x".repeat(300);
        assert_eq!(cut("short", 0), "short");
        assert_eq!(cut(&long, 0), "x".repeat(100) + "…");
        assert_eq!(cut(&long, 250), format!("…{}", "x".repeat(50)));
        assert_eq!(cut(&long, 100), format!("…{}…", "x".repeat(100)));
    }
}
