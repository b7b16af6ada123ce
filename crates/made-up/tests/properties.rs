//! Whatever a text holds, its signs stay where they are and its words go.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is not as it was made")]

use std::convert::Infallible;

use made_up::{Spare, make_up};
use otlp_json::TracesData;
use proptest::prelude::*;
use serde_json::json;

/// What a text becomes.
fn made(text: &str) -> String {
    let span = json!({"attributes": [{"key": "k", "value": {"stringValue": text}}]});
    let batch = json!({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]});
    let seen = otlp_json::to_protobuf(&batch.to_string()).unwrap();
    let seen = otlp_json::decode(&seen).unwrap();
    let anything_goes = &mut |_: &TracesData| Ok::<_, Infallible>(());
    let made = make_up(&seen, &Spare::default(), anything_goes).unwrap().traces;
    let json = serde_json::to_value(&made).unwrap();
    let span = &json["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    span["attributes"][0]["value"]["stringValue"].as_str().unwrap_or_default().to_owned()
}

/// The text with `x` for every run of letters and digits.
fn signs(text: &str) -> String {
    let mut signs = String::new();
    for letter in text.chars() {
        let sign = if letter.is_alphanumeric() { 'x' } else { letter };
        if sign != 'x' || !signs.ends_with('x') {
            signs.push(sign);
        }
    }
    signs
}

proptest! {
    #[test]
    fn signs_stay_where_they_are(text in "\\PC{1,40}") {
        let made = made(&text);
        prop_assert_eq!(signs(&made), signs(&text));
        prop_assert_eq!(made, self::made(&text));
    }

    #[test]
    fn escapes_stay_escapes(text in "(%(25)?[0-9a-fA-F]{2}|\\\\u04[1-4][0-9a-f]|&#1[01][0-9]{2};|[a-z,\" ]){1,20}") {
        prop_assert_eq!(signs(&made(&text)), signs(&text));
    }

    #[test]
    fn no_word_is_left(text in "[а-я]{3,8}( [0-9]{4,12}| [А-Я][а-я]{3,8}){0,6}") {
        let made = made(&text).to_lowercase();
        let words: Vec<_> = made.split(' ').collect();
        for word in text.to_lowercase().split(' ').filter(|word| word.chars().any(|it| it != '0')) {
            prop_assert!(!words.contains(&word), "{} in {}", word, made);
        }
    }
}
