//! What is masked depends on no order of keys in a map of the rules, and no part of a find stays.

use std::collections::BTreeMap;

use cases::any_order::{Ran, run, shuffled};
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, TracesData};
use plugin::Document;
use proptest::prelude::*;
use prost::Message;
use redact_pii::RedactPii;
use redact_pii::detect::{Detectors, Kind};
use regex::Regex;

const BASE: &str = include_str!("../../../rules/redact-pii/base.yaml");
const STRICT: &str = include_str!("../../../rules/redact-pii/strict.yaml");

/// Patterns that meet each other everywhere in texts of `a`, `b`, `c` and digits.
const PATTERNS: &[&str] =
    &["ab", "a+", "b+c", "[ab]{3}", "c", "abc|cba", "[0-9]{2}", "b[0-9]", "(ca)+", "a[0-9a]b"];

fn rules() -> impl Strategy<Value = String> {
    let detectors = prop::collection::btree_map("[d-h]", prop::sample::select(PATTERNS), 1..6);
    let keys = prop::collection::btree_map(
        "([ab*]{1,2}|[aA]\\*?\\.[bB]|header\\.[a*][-_]b)",
        prop::sample::select(vec!["mask", "search", "leave", "leave", "maks"]),
        0..6,
    );
    (detectors, keys, any::<bool>()).prop_map(|(detectors, keys, built_in)| {
        let mut text = String::from("detectors:\n");
        if built_in {
            text.push_str("  phone: {}\n  card: {}\n  email: {}\n");
        }
        for (name, pattern) in detectors {
            text.push_str(&format!("  {name}: {{ pattern: '{pattern}', mask: '<{name}>' }}\n"));
        }
        text.push_str("attributes:\n  zz: search\n");
        for (key, action) in keys {
            text.push_str(&format!("  '{key}': {action}\n"));
        }
        text
    })
}

fn texts() -> impl Strategy<Value = String> {
    "([abc0-9]{0,12}|anna@example\\.ru[abc]{0,2}|\\+7 912 345-67-89 ?[abc]{1,3}|4111 1111 1111 1111)"
}

fn batch(entries: &[(String, String)]) -> Vec<u8> {
    let attribute = |(key, text): &(String, String)| KeyValue {
        key: key.clone(),
        value: Some(AnyValue { value: Some(Value::StringValue(text.clone())) }),
        ..KeyValue::default()
    };
    let attributes = entries.iter().map(attribute).collect();
    let spans = vec![Span { attributes, ..Span::default() }];
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
    TracesData { resource_spans }.encode_to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn rules_in_any_order_mask_alike(
        rules in rules(),
        seed in any::<u64>(),
        entries in prop::collection::vec(("([abzAB]{1,2}|[ab]\\.b|header\\.a[-_]b)", texts()), 1..12),
    ) {
        let document = |text: &str| Document { name: "rules.yaml".into(), text: text.into() };
        for documents in [vec![&*rules], vec![&*rules, BASE], vec![BASE, STRICT]] {
            let documents: Vec<_> = documents.into_iter().map(document).collect();
            let others: Vec<_> = documents.iter().map(|it| shuffled(it, seed)).collect();
            let ran = |documents: &[Document]| -> Ran {
                run::<RedactPii>(documents, &BTreeMap::new(), &[batch(&entries)])
            };
            prop_assert_eq!(ran(&documents), ran(&others), "{:?}", others);
        }
    }

    /// Ranges are the union of all that was found, joined where they overlap; each belongs to the
    /// longest find in it, then to the earliest, then to the first detector.
    #[test]
    fn a_joined_range_covers_all_finds_and_belongs_to_the_longest(
        patterns in prop::collection::vec(prop::sample::select(PATTERNS), 1..6),
        text in "[abc0-9]{0,20}",
    ) {
        let regexes: Vec<Regex> = patterns.iter().map(|it| Regex::new(it).expect("right")).collect();
        let mut finds = Vec::new();
        for (detector, regex) in regexes.iter().enumerate() {
            finds.extend(regex.find_iter(&text).map(|it| (it.range(), detector)));
        }
        // Whether two neighbouring bytes are of one find.
        let joined = |at: usize| finds.iter().any(|(range, _)| range.contains(&at) && range.contains(&(at + 1)));
        let mut expected = Vec::new();
        let owner = |at: usize| {
            let of_byte = finds.iter().filter(|(range, _)| range.contains(&at));
            of_byte.map(|(range, it)| (usize::MAX - range.len(), range.start, *it)).min()
        };
        let mut at = 0;
        while at < text.len() {
            let start = at;
            while at + 1 < text.len() && joined(at) { at += 1; }
            at += 1;
            if let Some((_, _, owner)) = (start..at).filter_map(owner).min() {
                expected.push((start..at, owner));
            }
        }
        let kinds: Vec<Kind> = regexes.into_iter().map(Kind::Pattern).collect();
        let mut detectors = Detectors::new(&kinds);
        let found: Vec<_> = detectors.search(&text).iter().map(|it| (it.range.clone(), it.detector)).collect();
        prop_assert_eq!(found, expected);
    }
}
