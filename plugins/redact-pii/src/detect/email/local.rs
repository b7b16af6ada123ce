//! What stands before the at sign of an address.
//!
//! Any character of RFC 5322 may stand in a local part, but most of them stand around addresses far
//! more often than in them: `email=ivan@example.ru`, `/customers/ivan@example.ru`. So those count
//! between letters and digits only, and not where a query, a path or a table is about.

use super::tlds::is_tld;
use crate::detect::characters::{is_letter_or_digit, is_unseen};
use crate::detect::units::unit_before;

/// Units of a comment or of a quoted local part, at most.
const LONGEST_QUOTED: usize = 128;

/// Words of a local part, some of them quoted, at most.
const MOST_WORDS: usize = 8;

/// Bytes between a backslash and the quote that tells how deep it stands, at most.
const FARTHEST_QUOTE: usize = 512;

/// Keys whose values are addresses, be they as one reads `example.ru`.
const KEYS: [&str; 20] = [
    "address",
    "author",
    "bcc",
    "by",
    "cc",
    "contact",
    "customer",
    "e-mail",
    "email",
    "from",
    "login",
    "mail",
    "name",
    "owner",
    "q",
    "recipient",
    "sender",
    "to",
    "user",
    "username",
];

/// Where the local part starts that ends at `end`. `after` is the character after the domain.
///
/// It does not start before `floor`, except that quotes or a comment may hold what was found before.
pub fn local_part(text: &str, floor: usize, end: usize, after: Option<char>) -> Option<usize> {
    let mut start = None;
    let mut end = skip_comment(text, skip_unseen(text, floor, end));
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
            if start.is_some() && word.edge == Some('@') {
                start = before_another_sign(text, floor, &word, start);
                break;
            }
            match word.units.last() {
                Some((dot, '.')) if start.is_some() => end = *dot,
                _ => break,
            }
        }
    }
    start.map(|start| with_percent_sign(text, floor, start))
}

/// Where the local part starts if a sign stands in it: `ivan@example.rupetr@example.ru`, where the
/// next word is glued to an address, or `ivan@home@example.ru`.
fn before_another_sign(
    text: &str,
    floor: usize,
    word: &Word,
    start: Option<usize>,
) -> Option<usize> {
    let first = word.units.last().map(|(first, _)| *first);
    let sign = first.filter(|first| start == Some(*first)).and_then(|first| {
        let end = skip_unseen(text, floor, first);
        unit_before(text, floor, end).filter(|it| it.character == '@').map(|it| end - it.length)
    });
    sign.and_then(|sign| Word::before(text, floor, sign).start(None)).or(start)
}

/// Where the local part starts if its first letter is percent-encoded, though it need not be, and
/// `start` where that is not so.
fn with_percent_sign(text: &str, floor: usize, start: usize) -> usize {
    let digits = text.get(start..start + 2).unwrap_or_default();
    let is_letter = u8::from_str_radix(digits, 16).is_ok_and(|it| it.is_ascii_alphanumeric());
    match unit_before(text, floor, start) {
        Some(sign) if is_letter && sign.character == '%' => start - sign.length,
        _ => start,
    }
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
    Unseen,
    /// It ends the word.
    Other,
}

fn class(character: char) -> Class {
    match character {
        '_' | 'a'..='z' | 'A'..='Z' | '0'..='9' => Class::Letter,
        '.' | '-' | '+' | '\'' => Class::Inner,
        // Apostrophes, hyphens, dashes and dots of typography, and signs that names are given.
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2032}' | '\u{b4}' => Class::Inner,
        '\u{2010}'..='\u{2015}' | '\u{b7}' | '\u{a9}' | '\u{ae}' | '\u{2122}' => Class::Inner,
        '!' | '#' | '$' | '%' | '&' | '*' | '/' | '=' | '?' | '^' | '`' | '{' | '|' | '}' | '~' => {
            Class::Rare
        }
        // Emoji.
        '\u{2600}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}' => Class::Rare,
        _ if is_unseen(character) => Class::Unseen,
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
            let start = at - unit.length;
            match class(unit.character) {
                // An apostrophe as strings of code have it.
                Class::Other if unit.character == '\\' && word.begins_with('\'') => {}
                Class::Other => {
                    if let Some(letter) = letter_after_backslashes(text, start, at) {
                        word.units.push((start, letter));
                    }
                    word.edge = Some(unit.character);
                    break;
                }
                Class::Unseen => {}
                _ => word.units.push((start, unit.character)),
            }
            at = start;
        }
        word
    }

    /// Whether the first unit is `character`, as far as the word was read.
    fn begins_with(&self, character: char) -> bool {
        self.units.last().is_some_and(|(_, first)| *first == character)
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
                        '=' if letter_on_left && self.is_key(index, after) => {
                            return pair.or(if slashes > 1 { piece } else { start });
                        }
                        '/' if left.is_none_or(|left| left == '/') => return piece.or(start),
                        _ if encloses(*character, after)
                            && !(letter_on_left && is_mark(*character)) =>
                        {
                            return start;
                        }
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

    /// Whether what stands before the equals sign at `index` is a key. Mail that is sent on has
    /// equals signs in its local parts: `SRS0=HHH=TT=example.org=anna@…`, `prvs=4711=anna@…`,
    /// `bounce-anna=example.org@…`, and so have ids of messages: `<CAF=abc@mail.example>`.
    fn is_key(&self, index: usize, after: Option<char>) -> bool {
        let begins_with = |word: &str| {
            let first = self.units.iter().rev().map(|(_, it)| it.to_ascii_lowercase());
            first.take(word.len()).eq(word.chars())
        };
        let ends = |it: &char| matches!(class(*it), Class::Letter | Class::Inner);
        let key = self.units[index + 1..].iter().map(|(_, it)| it.to_ascii_lowercase());
        let mut key: Vec<char> = key.take_while(ends).collect();
        key.reverse();
        let is_in_brackets = self.edge == Some('<') && after == Some('>');
        let is_of_domain = || ends_in_domain(&self.units[..index]) && !names_addresses(&key);
        !key.contains(&'+')
            && !["srs0=", "srs1=", "srs0+", "srs0-", "prvs="].iter().any(|it| begins_with(it))
            && !is_in_brackets
            && !is_of_domain()
    }

    /// Whether the word begins with a machine's name or port before its first slash.
    fn begins_a_path(&self) -> bool {
        let mut host = self.units.iter().rev().map(|(_, it)| *it).take_while(|it| *it != '/');
        host.clone().any(|it| it == '.')
            || self.edge == Some(':') && host.all(|it| it.is_ascii_digit())
    }
}

/// Whether units, the last one first, are a domain: `example.ru`.
fn ends_in_domain(units: &[(usize, char)]) -> bool {
    let mut labels = units.split(|(_, it)| *it == '.');
    let tld = labels.next().unwrap_or_default().iter().rev().map(|(_, it)| *it);
    let is_label = |label: &[(usize, char)]| {
        !label.is_empty() && label.iter().all(|(_, it)| *it == '-' || is_letter_or_digit(*it))
    };
    labels.clone().next().is_some() && labels.all(is_label) && is_tld(&tld.collect::<String>())
}

/// Whether addresses are the values of a key: `customer_email`, `--author`.
fn names_addresses(key: &[char]) -> bool {
    let word = key.rsplit(|it| matches!(it, '_' | '.')).next().unwrap_or_default();
    let word = word.iter().copied().skip_while(|it| *it == '-');
    KEYS.iter().any(|key| key.chars().eq(word.clone()))
}

/// The letter that ends at `end` after the backslashes from `start` on, if those do not escape it:
/// `{"user":"CORP\\nick@example.ru"}`.
///
/// Between quotes of the outermost JSON one backslash escapes, between those of a text in it, which
/// have one in front of them, two, and so on. Without quotes it is one after a domain of Windows.
fn letter_after_backslashes(text: &str, start: usize, end: usize) -> Option<char> {
    let [backslashes @ .., letter] = &text.as_bytes()[start..end] else { return None };
    if backslashes.is_empty() || !backslashes.iter().all(|byte| *byte == b'\\') {
        return None;
    }
    let before = &text.as_bytes()[..start];
    let near = start.saturating_sub(FARTHEST_QUOTE);
    let is_letter = match memchr::memrchr(b'"', &before[near..]) {
        Some(quote) => {
            // As many as the letter's own are enough to tell.
            let quoting = before[..near + quote].iter().rev().take(backslashes.len());
            let of_quote = quoting.take_while(|byte| **byte == b'\\').count();
            backslashes.len() > 2 * of_quote + 1
        }
        None => ends_with_capitals(&before[near..]),
    };
    is_letter.then(|| char::from(*letter))
}

/// Whether a text ends with a word of capitals: `CORP`.
fn ends_with_capitals(text: &[u8]) -> bool {
    let is_of_word = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-._".contains(byte);
    let length = text.iter().rev().take_while(is_of_word).count();
    let word = &text[text.len() - length..];
    word.iter().filter(|byte| byte.is_ascii_uppercase()).count() > 1
        && !word.iter().any(u8::is_ascii_lowercase)
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

/// Whether a character marks words in a text as important, or as code, and none glued to one.
fn is_mark(character: char) -> bool {
    matches!(character, '*' | '~' | '`' | '#' | '^')
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

fn skip_unseen(text: &str, floor: usize, mut end: usize) -> usize {
    while let Some(unit) = unit_before(text, floor, end).filter(|it| is_unseen(it.character)) {
        end -= unit.length;
    }
    end
}
