//! Addresses of foreign suites (`testdata/corpora`), each the whole of a text, among words, and in
//! JSON of some depth: all of it is found, or nothing.

use redact_pii::detect::{Detectors, Kind};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Corpus {
    masked: Vec<String>,
    left: Vec<String>,
}

fn found(text: &str) -> Vec<String> {
    let mut detectors = Detectors::new(&[Kind::Email]);
    detectors.search(text).iter().map(|found| text[found.range.clone()].to_owned()).collect()
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[test]
fn addresses_of_foreign_suites_are_found_whole_and_what_they_refuse_is_left() {
    let corpus: Corpus = toml::from_str(include_str!("../testdata/corpora/email.toml")).unwrap();
    let mut wrong = Vec::new();
    for address in &corpus.masked {
        let deep = |text: &str| {
            let inner = json(&json(text));
            inner.trim_matches(['\\', '"']).to_owned()
        };
        let in_json = json(address);
        let mut check = |text: &str, expected: &str| {
            if found(text) != [expected] {
                wrong.push(format!("{text}: found {:?}, expected {expected}", found(text)));
            }
        };
        check(address, address);
        check(&format!("to {address}, please"), address);
        check(&format!("<{address}>"), address);
        // A text in JSON, with a word before it, for a quote is escaped like the one that ends it.
        check(&json(&format!("to {address}")), &in_json[1..in_json.len() - 1]);
        if !address.contains('"') {
            check(&json(&json(address)), &deep(address));
        }
    }
    for text in &corpus.left {
        if !found(text).is_empty() {
            wrong.push(format!("{text}: found {:?}, expected nothing", found(text)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
