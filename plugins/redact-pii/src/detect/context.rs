//! What the words before a number say of it.

use super::units::{is_invisible, unit_before};

/// How far before a number a word may end that tells what it is.
const MAX_UNITS: usize = 64;
/// How many words may stand between, and that one counts too: `card number is 6304…`.
const MAX_WORDS: usize = 4;
const MAX_LETTERS: usize = 24;

/// Words before a card: what it is called, and who issues it.
const CARD_WORDS: &[&str] = &[
    "amex",
    "bankcard",
    "belkart",
    "card",
    "cardno",
    "cardnum",
    "cardnumber",
    "cards",
    "cartao",
    "carte",
    "cc",
    "ccn",
    "ccnum",
    "ccnumber",
    "creditcard",
    "debitcard",
    "diners",
    "humo",
    "jcb",
    "karte",
    "kreditkarte",
    "maestro",
    "mastercard",
    "mir",
    "pan",
    "tarjeta",
    "unionpay",
    "uzcard",
    "visa",
    "виза",
    "карт",
    "карта",
    "картам",
    "картами",
    "картах",
    "карте",
    "картой",
    "карточка",
    "карточке",
    "карточки",
    "карточкой",
    "карточку",
    "карту",
    "карты",
    "маэстро",
    "мастеркард",
    "мир",
];

/// Words before a phone.
const PHONE_WORDS: &[&str] = &[
    "call",
    "callto",
    "cell",
    "cellphone",
    "fax",
    "gsm",
    "mob",
    "mobile",
    "msisdn",
    "phone",
    "phones",
    "sms",
    "tel",
    "telefon",
    "telephone",
    "viber",
    "whatsapp",
    "звоните",
    "звонить",
    "моб",
    "мобильный",
    "смс",
    "тел",
    "телефон",
    "телефона",
    "телефону",
    "телефоны",
    "факс",
];

/// Words before an id. One of these between a telling word and the number takes its say.
const ID_WORDS: &[&str] = &[
    "blk",
    "block",
    "event",
    "hash",
    "id",
    "ids",
    "inv",
    "invoice",
    "offset",
    "ord",
    "order",
    "orderid",
    "orders",
    "ref",
    "reference",
    "req",
    "request",
    "token",
    "trace",
    "transaction",
    "txn",
    "uid",
    "uuid",
    "заказ",
    "заказа",
    "заказы",
    "счет",
    "счёт",
];

/// Words that are said of other numbers than what a word before them told of: `card account 6304…`.
const OTHER_WORDS: &[&str] = &[
    "account",
    "after",
    "arn",
    "at",
    "bytes",
    "count",
    "customer",
    "duration",
    "elapsed",
    "fingerprint",
    "iban",
    "in",
    "key",
    "len",
    "length",
    "session",
    "size",
    "span",
    "took",
    "total",
    "user",
    "version",
    "за",
    "клиент",
    "клиента",
    "ключ",
    "сессия",
];

/// What a card's number is called in an object that is called a card.
const NUMBER_WORDS: &[&str] =
    &["digits", "no", "nr", "num", "number", "primary", "raw", "value", "номер"];

/// How far before a number the key of the object around it may end.
const MAX_OBJECT: usize = 256;

/// Whether a word near before `start` says that a card's number begins there.
pub fn tells_of_card(text: &str, start: usize) -> bool {
    is_told(text, start, CARD_WORDS) || is_told_by_object(text, start)
}

/// Whether a word near before `start` says that a phone begins there.
pub fn tells_of_phone(text: &str, start: usize) -> bool {
    is_told(text, start, PHONE_WORDS)
}

/// Whether the number whose separators begin at `start` has a label glued to it, as in
/// `ORD-89123456789`: a short word of capitals, or one that is said of ids.
pub fn is_labelled(text: &str, start: usize) -> bool {
    let mut label = String::new();
    let mut at = start;
    while let Some(unit) = unit_before(text, 0, at).filter(|unit| unit.character.is_alphabetic()) {
        if label.chars().count() == MAX_LETTERS {
            return false;
        }
        label.insert(0, unit.character);
        at -= unit.length;
    }
    let lower = label.to_lowercase();
    let is_code = (1..=6).contains(&label.len()) && label.bytes().all(|it| it.is_ascii_uppercase());
    let is = |words: &[&str]| words.contains(&lower.as_str());
    is(ID_WORDS) || is_code && !is(CARD_WORDS) && !is(PHONE_WORDS)
}

fn is_told(text: &str, start: usize, telling: &[&str]) -> bool {
    let mut words = WordsBefore { text, at: start, units: 0 };
    for _ in 0..MAX_WORDS {
        let Some(word) = words.next() else { return false };
        if telling.contains(&word.as_str()) {
            return true;
        }
        if ID_WORDS.contains(&word.as_str()) || OTHER_WORDS.contains(&word.as_str()) {
            return false;
        }
    }
    false
}

/// Whether the number is the one of an object whose key tells: `"card":{"exp":"12/26","number":"6304…`.
fn is_told_by_object(text: &str, start: usize) -> bool {
    let mut words = WordsBefore { text, at: start, units: 0 };
    let is_number = words.next().is_some_and(|word| NUMBER_WORDS.contains(&word.as_str()));
    is_number && object_before(text, start).is_some_and(|object| is_told(text, object, CARD_WORDS))
}

/// Where the brace opens of the object that `at` is in, if a colon stands before it.
fn object_before(text: &str, mut at: usize) -> Option<usize> {
    let mut depth = 0;
    for _ in 0..MAX_OBJECT {
        let unit = unit_before(text, 0, at)?;
        at -= unit.length;
        match unit.character {
            '}' => depth += 1,
            '{' if depth > 0 => depth -= 1,
            '{' => break,
            _ => {}
        }
    }
    let space = unit_before(text, 0, at).filter(|unit| unit.character == ' ');
    let key = at - space.map_or(0, |unit| unit.length);
    let is_colon = unit_before(text, 0, key).is_some_and(|unit| unit.character == ':');
    (depth == 0 && is_colon).then_some(at)
}

/// The words before a place, from right to left, in lower case; `cardNumber` is two. What ends a
/// field or a sentence's part ends them, and so does another number.
struct WordsBefore<'t> {
    text: &'t str,
    at: usize,
    units: usize,
}

impl Iterator for WordsBefore<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        // Its letters from right to left.
        let mut word: Vec<char> = Vec::new();
        while self.units < MAX_UNITS
            && let Some(unit) = unit_before(self.text, 0, self.at)
        {
            let character = unit.character;
            let is_letter = character.is_alphabetic();
            let begins_before = !is_letter
                || character.is_lowercase() && word.last().is_some_and(|it| it.is_uppercase());
            if is_invisible(character) {
                self.step(unit.length);
                continue;
            }
            // `86cc` is part of an id.
            if !word.is_empty() && character.is_numeric() {
                return None;
            }
            if !word.is_empty() && begins_before {
                break;
            }
            if ends_field(character) || word.len() > MAX_LETTERS {
                return None;
            }
            self.step(unit.length);
            if is_letter {
                let begins =
                    character.is_uppercase() && word.last().is_some_and(|it| it.is_lowercase());
                word.push(character);
                if begins {
                    break;
                }
            }
        }
        let word: String = word.into_iter().rev().collect();
        // The payment system is written in capitals: `мир` is the world.
        let is_world = word == "мир";
        (!word.is_empty())
            .then(|| if is_world { String::from("world") } else { word.to_lowercase() })
    }
}

impl WordsBefore<'_> {
    fn step(&mut self, length: usize) {
        self.at -= length;
        self.units += 1;
    }
}

fn ends_field(character: char) -> bool {
    character.is_numeric()
        || matches!(character, ',' | ';' | '&' | '|' | '{' | '}' | ']' | '<' | '\n' | '\r')
}
