//! A value in any spelling: no half of it stays, and the texts around it are what they were.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use redact_pii::detect::{Detectors, Kind};
use serde_json::{Value, json};

/// The text with what was found masked.
fn masked(text: &str) -> String {
    masked_by(&[Kind::Email], "[email]", text)
}

fn masked_by(kinds: &[Kind], mask: &str, text: &str) -> String {
    let mut detectors = Detectors::new(kinds);
    let mut masked = String::new();
    let mut copied = 0;
    for found in detectors.search(text) {
        masked.push_str(&text[copied..found.range.start]);
        masked.push_str(mask);
        copied = found.range.end;
    }
    masked + &text[copied..]
}

fn addresses() -> impl Strategy<Value = String> {
    let local = prop_oneof![
        "[a-z]{2,8}",
        "[a-z]{2,5}[._+-][a-z0-9]{2,5}",
        "[a-z]{2,4}[!#$*^`|~][a-z]{2,4}",
        "[a-z]{2,4}[’‐–·][a-z]{2,4}",
        "[а-я]{2,8}",
        Just("пробная.анна".to_owned()),
    ];
    let domain = select(vec![
        "example.ru",
        "mail.example.com",
        "почта.рф",
        "xn--80a1acny.xn--p1ai",
        "例子.公司",
        "bar.museum",
    ]);
    (local, domain).prop_map(|(local, domain)| format!("{local}@{domain}"))
}

/// Characters that are not seen, as they are and escaped.
const INVISIBLE: [&str; 16] = [
    "\u{ad}",
    "\u{200b}",
    "\u{200d}",
    "\u{2060}",
    "\u{feff}",
    "\u{fe0f}",
    "\u{e0041}",
    "\u{34f}",
    "%C2%AD",
    "%E2%80%8B",
    r"\u00ad",
    r"\\u200b",
    r"\udb40\udc41",
    "&shy;",
    "&#173;",
    "&#x200b;",
];

/// One character in one of its spellings.
fn spelt(character: char, way: usize) -> String {
    let code = u32::from(character);
    let units: Vec<u16> = character.encode_utf16(&mut [0; 2]).to_vec();
    let json = |backslashes: &str| {
        units.iter().map(|unit| format!("{backslashes}u{unit:04x}")).collect::<String>()
    };
    let percent = |sign: &str| {
        let mut buffer = [0; 4];
        let bytes = character.encode_utf8(&mut buffer).bytes();
        bytes.map(|byte| format!("{sign}{byte:02X}")).collect::<String>()
    };
    match way {
        0 => json(r"\"),
        1 => json(r"\\"),
        2 => json(r"\\\\"),
        3 => json("%5C"),
        4 => format!("&#{code};"),
        5 => format!("&#x{code:X};"),
        6 => format!("&amp;#{code};"),
        7 => format!(r"\u0026#{code};"),
        8 | 9 if character.is_ascii_alphanumeric() => character.to_string(),
        8 => percent("%"),
        9 => percent("%25"),
        10 if character.is_ascii_graphic() => {
            char::from_u32(code + 0xfee0).map(String::from).unwrap_or_default()
        }
        11 => format!(r"\u{{{code:x}}}"),
        _ => character.to_string(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Scenario: an address, its characters spelt in any way, with any number of characters between
    /// them that are not seen.
    /// Guarantees: all of it is masked, and nothing of the words around.
    #[test]
    fn no_half_of_an_address_stays_in_any_spelling(
        address in addresses(),
        ways in prop::collection::vec(0_usize..24, 40),
        unseen in prop::collection::vec((any::<Index>(), select(INVISIBLE.to_vec())), 0..4),
        around in select(vec![
            ("", ""), ("to ", " today"), ("<", ">"), ("\"", "\""), ("email=", "&page=2"),
            ("почта: ", ", спасибо"), ("'", "'"), (r"\n", r"\n"), (r"\\n", r"\\n"), ("%22", "%22"),
            ("a,", ";b"), ("(", ")"), ("&quot;", "&quot;"), ("?to=", ""), ("&lt;", "&gt;"),
        ]),
    ) {
        let mut pieces: Vec<String> =
            address.chars().zip(ways.into_iter().cycle()).map(|(it, way)| spelt(it, way)).collect();
        for (index, invisible) in unseen {
            let at = index.index(pieces.len() - 1) + 1;
            pieces.insert(at, invisible.to_owned());
        }
        let text = format!("{}{}{}", around.0, pieces.concat(), around.1);
        prop_assert_eq!(masked(&text), format!("{}[email]{}", around.0, around.1), "{}", text);
    }

    /// Scenario: a phone or a card, its characters spelt in any way, with any number of characters
    /// between them that are not seen.
    /// Guarantees: all of it is masked, and nothing of the words around.
    #[test]
    fn no_half_of_a_number_stays_in_any_spelling(
        number in select(vec![
            "+79123456789", "+7 (912) 345-67-89", "8 (495) 123-45-67", "8-912-345-67-89", "89123456789",
            "+44 20 7946 0958", "+1 415-555-2671", "4111111111111111", "4111 1111 1111 1111",
            "5500-0000-0000-0004", "2200 0000 0000 0004", "378282246310005",
        ]),
        ways in prop::collection::vec(0_usize..24, 40),
        unseen in prop::collection::vec((any::<Index>(), select(INVISIBLE.to_vec())), 0..4),
        around in select(vec![
            ("", ""), ("to ", " today"), ("<", ">"), ("\"", "\""), ("phone=", "&page=b"),
            ("номер: ", ", спасибо"), ("'", "'"), (r"\n", r"\n"), (r"\\n", r"\\n"), ("%22", "%22"),
            ("a,", ";b"), ("(", ")"), ("&quot;", "&quot;"), ("?to=", ""), ("&lt;", "&gt;"),
        ]),
    ) {
        let mut pieces: Vec<String> =
            number.chars().zip(ways.into_iter().cycle()).map(|(it, way)| spelt(it, way)).collect();
        for (index, invisible) in unseen {
            let at = index.index(pieces.len() - 1) + 1;
            pieces.insert(at, invisible.to_owned());
        }
        let text = format!("{}{}{}", around.0, pieces.concat(), around.1);
        let left = masked_by(&[Kind::Phone, Kind::Card], "[number]", &text);
        prop_assert_eq!(left, format!("{}[number]{}", around.0, around.1), "{}", text);
    }

    /// Scenario: JSON of one to five levels, each a text in the one around it, all but ASCII escaped
    /// or not at each of them, with addresses among quotes, backslashes, line breaks and other words.
    /// Guarantees: every level still parses, each address is masked, and nothing else is changed.
    #[test]
    fn json_inside_json_still_parses_and_keeps_all_but_the_addresses(
        pieces in prop::collection::vec(prop_oneof![
            3 => select(vec![
                " ", "\n", "\t", "\" ", " \\ ", "слово ", "word ", "/ ", "😀 ", "C:\\users\\ ", ", ", "é ",
                "\r\n", "\u{8}", "%20", "{\"x\":[1]} ", "\\n ", "naïve ", "<b>", "; ",
            ]).prop_map(|text| (text.to_owned(), false)),
            1 => addresses().prop_map(|address| (address, true)),
            1 => Just(("\"anna probe\"@example.ru".to_owned(), true)),
        ], 1..12),
        ascii in prop::collection::vec(any::<bool>(), 1..6),
    ) {
        let (mut text, mut book) = (String::new(), String::new());
        let mut may_stand = true;
        for (piece, is_address) in &pieces {
            // An address needs a space or a quote before it and after it.
            if *is_address && !may_stand {
                text.push('\n');
                book.push('\n');
            }
            text.push_str(piece);
            book.push_str(if *is_address { "[email]" } else { piece });
            if *is_address {
                text.push(' ');
                book.push(' ');
            }
            may_stand = text.ends_with([' ', '\n', '\t']);
        }
        let levels = ascii.len();
        for ascii in ascii {
            text = json!({ "key": "value", "note": text }).to_string();
            if ascii {
                text = text.chars().map(|it| if it.is_ascii() { it.to_string() } else { spelt(it, 0) }).collect();
            }
        }
        let mut left = masked(&text);
        for _ in 0..levels {
            let parsed: Value = serde_json::from_str(&left)
                .map_err(|error| TestCaseError::fail(format!("{error}: {left} of {text}")))?;
            left = parsed["note"].as_str().unwrap().to_owned();
        }
        prop_assert_eq!(left, book, "{}", text);
    }
}
