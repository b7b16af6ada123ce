//! What stands before the at sign of an address.
//!
//! Any character of RFC 5322 may stand in a local part, but most of them stand around addresses far
//! more often than in them: `email=ivan@example.ru`, `/customers/ivan@example.ru`. So those count
//! between letters and digits only, and not where a query, a path or a table is about.

use crate::detect::characters::is_letter_or_digit;
use crate::detect::units::{is_invisible, unit_before};

/// Units of a comment or of a quoted local part, at most.
const LONGEST_QUOTED: usize = 128;

/// Words of a local part, some of them quoted, at most.
const MOST_WORDS: usize = 8;

/// Where the local part starts that ends at `end`. `after` is the character after the domain.
///
/// It does not start before `floor`, except that quotes or a comment may hold what was found before.
pub fn local_part(text: &str, floor: usize, end: usize, after: Option<char>) -> Option<usize> {
    let mut start = None;
    let mut end = skip_comment(text, skip_invisible(text, floor, end));
    // `ivan."the great".petrov@example.ru`: words with dots between them.
    for _ in 0..MOST_WORDS {
        if let Some(quote) = quoted(text, end) {
            start = Some(quote);
            match unit_before(text, 0, quote) {
                Some(dot) if dot.character == '.' => end = quote - dot.length,
                _ => break,
            }
        } else {
            let word = Word::before(text, floor, end);
            start = word.start(after).or(start);
            match word.units.last() {
                Some((dot, '.')) if start.is_some() => end = *dot,
                _ => break,
            }
        }
    }
    start
}

/// What a character is to a local part.
#[derive(Clone, Copy, PartialEq)]
enum Class {
    /// It may begin and end one.
    Letter,
    /// It stands in one, and in front of one it belongs to the text around.
    Inner,
    /// The same, but for the places that [`Word::start`] tells apart.
    Rare,
    /// It is not seen.
    Invisible,
    /// It ends the word.
    Other,
}

fn class(character: char) -> Class {
    match character {
        '_' | 'a'..='z' | 'A'..='Z' | '0'..='9' => Class::Letter,
        '.' | '-' | '+' | '\'' => Class::Inner,
        '!' | '#' | '$' | '%' | '&' | '*' | '/' | '=' | '?' | '^' | '`' | '{' | '|' | '}' | '~' => {
            Class::Rare
        }
        // Emoji.
        '\u{2600}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}' => Class::Rare,
        _ if is_invisible(character) => Class::Invisible,
        _ if is_letter_or_digit(character) => Class::Letter,
        _ => Class::Other,
    }
}

/// What stands before a sign without a space, a quote or a bracket between.
struct Word {
    /// Where each unit that is seen starts, and what it means; the last one first.
    units: Vec<(usize, char)>,
    /// What ends it.
    edge: Option<char>,
}

impl Word {
    fn before(text: &str, floor: usize, end: usize) -> Self {
        let mut word = Word { units: Vec::with_capacity(32), edge: None };
        let mut at = end;
        while at > floor
            && let Some(unit) = unit_before(text, floor, at)
        {
            match class(unit.character) {
                Class::Other => {
                    word.edge = Some(unit.character);
                    break;
                }
                Class::Invisible => {}
                _ => word.units.push((at - unit.length, unit.character)),
            }
            at -= unit.length;
        }
        word
    }

    /// Where the local part starts at the end of the word.
    fn start(&self, after: Option<char>) -> Option<usize> {
        // Nobody writes that many rare characters for another reason.
        if self.units.len() > 4 && self.units.iter().all(|(_, it)| !is_letter_or_digit(*it)) {
            return self.units.last().map(|(start, _)| *start);
        }
        let mut start = None;
        // Where a piece of a path or of a query begins, and a pair of a query.
        let (mut piece, mut pair) = (None, None);
        let (mut slashes, mut pipes) = (0, 0);
        for (index, (at, character)) in self.units.iter().enumerate() {
            let left = self.units.get(index + 1).map(|(_, character)| *character);
            match class(*character) {
                Class::Letter => start = Some(*at),
                Class::Rare => {
                    let letter_on_left = left.is_some_and(|left| class(left) == Class::Letter);
                    if start.is_none() && !(letter_on_left && may_end(*character)) {
                        return None;
                    }
                    match character {
                        '=' if letter_on_left && self.is_key(index + 1) => {
                            return pair.or(if slashes > 1 { piece } else { start });
                        }
                        '/' if left.is_none_or(|left| left == '/') => return piece.or(start),
                        _ if encloses(*character, after) => return start,
                        '&' => pair = pair.or(start),
                        '/' => slashes += 1,
                        '|' => pipes += 1,
                        _ => {}
                    }
                    if matches!(character, '/' | '?' | '&' | '#' | '|') {
                        piece = piece.or(start);
                    }
                }
                _ => {}
            }
        }
        let is_of_path = slashes > 1 || slashes == 1 && self.begins_a_path();
        if is_of_path || pipes > 1 { piece } else { start }
    }

    /// Whether what stands before an equals sign is a key: the units from `index` on. Mail that is
    /// sent on has equals signs in its local parts: `SRS0=HHH=TT=example.org=anna@…`,
    /// `prvs=4711=anna@…`, `bounce+anna=example.org@…`.
    fn is_key(&self, index: usize) -> bool {
        let mut key = self.units[index..].iter().map(|(_, it)| *it);
        let begins_with = |word: &str| {
            let first = self.units.iter().rev().map(|(_, it)| it.to_ascii_lowercase());
            first.take(word.len()).eq(word.chars())
        };
        let ends = |it: &char| matches!(class(*it), Class::Letter | Class::Inner);
        !key.by_ref().take_while(ends).any(|it| it == '+')
            && !["srs0=", "srs1=", "srs0+", "srs0-", "prvs="].iter().any(|it| begins_with(it))
    }

    /// Whether the word begins with a machine's name or port before its first slash.
    fn begins_a_path(&self) -> bool {
        let mut host = self.units.iter().rev().map(|(_, it)| *it).take_while(|it| *it != '/');
        host.clone().any(|it| it == '.')
            || self.edge == Some(':') && host.all(|it| it.is_ascii_digit())
    }
}

/// Whether a rare character may be the last of a local part. `/@ivan.name`, `email=@example.ru` and
/// `{name}@example.ru` have none.
fn may_end(character: char) -> bool {
    !matches!(character, '/' | '=' | '&' | '?' | '`' | '{' | '}')
}

/// Whether a character begins what `after` ends: `|ivan@example.ru|`.
fn encloses(character: char, after: Option<char>) -> bool {
    let closing = match character {
        '{' => '}',
        '?' => '&',
        '/' | '&' | '|' | '*' | '~' | '`' | '#' | '^' => character,
        _ => return false,
    };
    after == Some(closing)
}

/// Where the quoted local part starts that ends at `end`: `"ivan petrov"`, in JSON `\"ivan petrov\"`.
fn quoted(text: &str, end: usize) -> Option<usize> {
    let closing = unit_before(text, 0, end).filter(|unit| unit.character == '"')?;
    let mut at = end - closing.length;
    let mut first = None;
    for _ in 0..LONGEST_QUOTED {
        let unit = unit_before(text, 0, at)?;
        at -= unit.length;
        match unit.character {
            '"' if unit.length == closing.length => {
                // A quote after a word or another quote ends something, and what follows it is
                // punctuation between two texts: `"q":"@example.ru"`.
                let ends = unit_before(text, 0, at).is_some_and(|before| match before.character {
                    '"' => before.length >= closing.length,
                    character => class(character) == Class::Letter,
                });
                let divides = matches!(first, Some(':' | ',' | ']' | '}' | '='));
                return (first.is_some() && !ends && !divides).then_some(at);
            }
            // Of the text around.
            '"' if unit.length < closing.length => return None,
            '\n' | '\r' => return None,
            character => first = Some(character).filter(|it| !it.is_whitespace()).or(first),
        }
    }
    None
}

/// `ivan(office)@example.ru` (RFC 5322, section 3.2.2).
fn skip_comment(text: &str, end: usize) -> usize {
    let mut at = end;
    for index in 0..LONGEST_QUOTED {
        let Some(unit) = unit_before(text, 0, at) else { break };
        at -= unit.length;
        match unit.character {
            ')' if index == 0 => {}
            '(' if index > 0 => return at,
            _ if index == 0 => break,
            ')' | '\n' | '\r' | '"' => break,
            _ => {}
        }
    }
    end
}

fn skip_invisible(text: &str, floor: usize, mut end: usize) -> usize {
    while let Some(unit) = unit_before(text, floor, end).filter(|it| is_invisible(it.character)) {
        end -= unit.length;
    }
    end
}
