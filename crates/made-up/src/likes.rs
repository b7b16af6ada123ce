//! [`Likes`]: words that may stand for another, one after the other.

use unicode_script::UnicodeScript;

use crate::letters::{Random, digit_of, like, zero_of};
use crate::plan::Word;

/// Words that others may know. Before the line are words that are no secret and may stand for
/// themselves: ends of domains, and what says what stands beside it. Behind it are names.
const KNOWN: &str = include_str!("known.txt");

/// Of how many random words one may be what a judge wants: two check digits let one of a hundred pass.
const RANDOM: usize = 1000;
/// The same of letters, which random ones satisfy at once or never.
const LETTERS: usize = 20;
/// A number this short has few others: they are tried all.
const SHORT: usize = 3;

/// Words that may stand for one, in the order in which they are tried.
pub(crate) struct Likes<'w> {
    word: &'w Word,
    number: usize,
    tried: usize,
}

impl<'w> Likes<'w> {
    /// For the word of this number.
    pub fn of(word: &'w Word, number: usize) -> Self {
        Likes { word, number, tried: 0 }
    }

    fn digits(&self, tried: usize) -> Option<String> {
        let digits: Vec<char> = self.word.text.chars().collect();
        let (zeros, rest) = digits.split_at(zeros(&self.word.text));
        let made = if rest.len() > SHORT {
            (tried < RANDOM).then(|| self.any_number(rest, tried))
        } else {
            self.short_number(rest, tried)
        }?;
        Some(zeros.iter().copied().chain(made).collect())
    }

    fn any_number(&self, digits: &[char], tried: usize) -> Vec<char> {
        let mut random = self.random_of(tried);
        digits.iter().map(|digit| like(*digit, &mut random)).collect()
    }

    fn short_number(&self, digits: &[char], tried: usize) -> Option<Vec<char>> {
        let length = digits.len();
        // A step that shares no factor with 10 leads over all of them.
        let all = 10_usize.pow(length as u32);
        let number = (tried < all).then(|| (self.number * 37 + 11 + (tried + 1) * 7 * 89) % all)?;
        let made = format!("{number:0length$}");
        let spelt = digits.iter().zip(made.bytes()).map(|(letter, digit)| {
            let zero = zero_of(*letter).unwrap_or(0x30);
            char::from_u32(zero + u32::from(digit - b'0')).unwrap_or(*letter)
        });
        Some(spelt.collect())
    }

    fn random_of(&self, tried: usize) -> Random {
        Random::new((self.number * RANDOM + tried) as u64)
    }

    fn random(&self, tried: usize) -> String {
        let mut random = self.random_of(tried);
        if self.word.is_hex || is_hex(&self.word.text) {
            return self.word.text.chars().map(|it| hex_like(it, &mut random)).collect();
        }
        if is_letters(&self.word.text) {
            return spoken(&self.word.text, &mut random);
        }
        self.word.text.chars().map(|letter| like(letter, &mut random)).collect()
    }

    fn letters(&self, tried: usize) -> Option<String> {
        if tried < LETTERS {
            return Some(self.random(tried));
        }
        known(&self.word.text).nth(tried - LETTERS).map(str::to_owned)
    }
}

impl Iterator for Likes<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let text = &self.word.text;
        loop {
            let tried = self.tried;
            self.tried += 1;
            let next = if self.word.is_hex || is_hex(text) {
                (tried < RANDOM).then(|| self.random(tried))
            } else if text.chars().all(|letter| zero_of(letter).is_some()) {
                self.digits(tried)
            } else if is_letters(text) {
                self.letters(tried)
            } else {
                (tried < RANDOM).then(|| self.random(tried))
            }?;
            // A known word that is no name may stand for itself.
            let is_another = next != *text || is_letters(text) && tried >= LETTERS;
            if is_another && has_same_zeros(text, &next) && fits_64_bits(&next) {
                return Some(next);
            }
        }
    }
}

/// Known words of the same script, those of the same length first. No name stands for itself.
fn known(text: &str) -> impl Iterator<Item = &'static str> {
    let (words, names) = KNOWN.split_once("--").unwrap_or((KNOWN, ""));
    let script = |word: &str| word.chars().next().map(|letter| letter.script());
    let names = names.split_whitespace().filter(|name| *name != text);
    let alike = words.split_whitespace().chain(names).filter(|word| script(word) == script(text));
    let mut alike: Vec<&'static str> = alike.collect();
    alike.sort_by_key(|word| word.chars().count() != text.chars().count());
    alike.into_iter()
}

fn is_letters(text: &str) -> bool {
    text.chars().all(char::is_alphabetic)
}

/// Whether it looks like a hash or a part of an id.
fn is_hex(text: &str) -> bool {
    let is_hex = |letter: u8| letter.is_ascii_digit() || (b'a'..=b'f').contains(&letter);
    text.len() >= 4
        && text.bytes().all(is_hex)
        && text.bytes().any(|letter| letter.is_ascii_digit())
        && text.bytes().any(|letter| letter.is_ascii_alphabetic())
}

fn hex_like(letter: char, random: &mut Random) -> char {
    match letter {
        '0'..='9' => like(letter, random),
        _ => *random.of(&['a', 'b', 'c', 'd', 'e', 'f']),
    }
}

/// Letters that one can speak, where that is known of a script; of the word they have the length.
fn spoken(text: &str, random: &mut Random) -> String {
    let mut is_vowel = random.below(2) == 1;
    let mut one = |letter: char| {
        is_vowel = !is_vowel;
        let letters: &[char] = match (letter, is_vowel) {
            ('a'..='z', true) => &['a', 'e', 'i', 'o', 'u'],
            ('a'..='z', false) => {
                &['b', 'd', 'f', 'g', 'k', 'l', 'm', 'n', 'p', 'r', 's', 't', 'v', 'z']
            }
            ('а'..='я' | 'ё', true) => &['а', 'е', 'и', 'о', 'у'],
            ('а'..='я' | 'ё', false) => {
                &['б', 'в', 'г', 'д', 'з', 'к', 'л', 'м', 'н', 'п', 'р', 'с', 'т', 'ф']
            }
            _ => return like(letter, random),
        };
        *random.of(letters)
    };
    text.chars().map(&mut one).collect()
}

/// A number that begins with zeros still does, with as many, and no other one.
fn has_same_zeros(text: &str, made: &str) -> bool {
    let is_number = text.chars().all(|letter| zero_of(letter).is_some());
    !is_number || zeros(text) == zeros(made)
}

/// How many digits of zero stand first.
fn zeros(text: &str) -> usize {
    text.chars().take_while(|letter| digit_of(*letter) == Some(0)).count()
}

fn fits_64_bits(made: &str) -> bool {
    made.len() != 19 || !made.starts_with('9') || !made.bytes().all(|it| it.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn word(text: &str) -> Word {
        Word { text: text.to_owned(), is_hex: false }
    }

    #[test]
    fn short_numbers_are_tried_all() {
        for (text, count) in
            [("7", 8), ("42", 89), ("495", 899), ("007", 8), ("0001", 8), ("0000042", 89)]
        {
            let all: HashSet<String> = Likes::of(&word(text), 5).collect();
            assert_eq!(all.len(), count, "{text}");
            assert!(all.iter().all(|it| it.len() == text.len()));
        }
    }

    #[test]
    fn a_word_is_of_the_form_of_another() {
        for text in ["анна", "alx", "22042cfd", "9k2", "9223372036854775807", "٣٤٥٦٧"] {
            for made in Likes::of(&word(text), 3).take(LETTERS) {
                assert_eq!(made.chars().count(), text.chars().count(), "{made}");
                let same = text.chars().zip(made.chars()).all(|(one, other)| {
                    (one.is_alphabetic(), one.script()) == (other.is_alphabetic(), other.script())
                });
                assert!(same, "{text} {made}");
            }
        }
        assert!(Likes::of(&word("9223372036854775807"), 3).all(|it| it.parse::<i64>().is_ok()));
        assert!(Likes::of(&word("22042cfd"), 3).all(|it| is_hex(&it)));
    }

    /// Guarantees: a name that is known may stand for another, never for itself.
    #[test]
    fn known_words_of_a_script_are_tried_last() {
        assert!(Likes::of(&word("ru"), 0).any(|it| it == "ru"));
        assert!(Likes::of(&word("снилс"), 0).any(|it| it == "снилс"));
        assert!(Likes::of(&word("василиса"), 0).any(|it| it == "анна"));
        assert!(Likes::of(&word("анна"), 0).all(|it| it != "анна"));
        assert!(Likes::of(&word("василиса"), 0).all(|it| it != "anna"));
    }
}
