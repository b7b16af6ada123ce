//! [`StandIns`]: words that stand in the place of variables while nobody needs to know what they hold.

use crate::parse::Document;

/// Words that stand for references, so that what holds them is YAML wherever they stand.
#[derive(Clone, Debug)]
pub struct StandIns {
    /// A letter that none of the texts has.
    letter: char,
    written: Vec<String>,
}

impl StandIns {
    pub(crate) fn unlike(documents: &[Document]) -> Self {
        let is_free = |letter: &char| documents.iter().all(|it| !it.text.contains(*letter));
        // Letters, which YAML takes in any place and a printer leaves without quotes.
        let letter = ('\u{a000}'..='\u{a48c}').find(is_free).unwrap_or('\u{a000}');
        StandIns { letter, written: Vec::new() }
    }

    pub(crate) fn mark(&mut self, written: &str) -> String {
        self.written.push(written.to_owned());
        self.word(self.written.len() - 1)
    }

    fn word(&self, number: usize) -> String {
        format!("{0}{number}{0}", self.letter)
    }

    /// Returns a text in which each word is again what it stands for.
    #[must_use]
    pub fn restored(&self, text: &str) -> String {
        let restore = |text: String, (number, written): (usize, &String)| {
            text.replace(&self.word(number), written)
        };
        self.written.iter().enumerate().fold(text.to_owned(), restore)
    }
}
