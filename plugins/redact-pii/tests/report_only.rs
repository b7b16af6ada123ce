//! A rule that only reports changes nothing of what others do.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, KeyValueList, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, TracesData};
use plugin::{Document, Notes, Noting, Plugin, RecordingHost};
use proptest::prelude::*;
use prost::Message;
use redact_pii::RedactPii;
use spans::Deed;

/// Detectors that meet each other in the texts below, with what they need.
const DETECTORS: [(&str, &str); 7] = [
    ("email", ""),
    ("phone", ""),
    ("card", ""),
    ("a", "pattern: '[ab]{2}'"),
    ("digits", "pattern: '[0-9]{3}'"),
    ("long", "pattern: 'a.*[0-9]'"),
    ("words", "pattern: '[a-z]+[0-9]'"),
];
const KEYS: [&str; 7] = ["a", "a*", "*", "a.b", "A.*", "header.a-b", "header.a_*"];

/// A rule: its name, what is written behind it, and whether it only reports.
type Written = (String, String, bool);

/// Rules by key and detectors.
fn rules() -> impl Strategy<Value = (Vec<Written>, Vec<Written>)> {
    let detectors =
        prop::collection::vec((prop::sample::select(&DETECTORS[..]), any::<bool>()), 1..6)
            .prop_map(|all| {
                let all: BTreeMap<_, _> = all.into_iter().collect();
                let one = |((name, needs), report): ((&str, &str), bool)| {
                    (name.to_owned(), needs.to_owned(), report)
                };
                all.into_iter().map(one).collect()
            });
    let actions = prop::sample::select(vec!["mask", "mask", "search", "leave"]);
    let keys = prop::collection::btree_map(
        prop::sample::select(&KEYS[..]),
        (actions, any::<bool>()),
        0..5,
    )
    .prop_map(|all| {
        let one = |(key, (action, report)): (&str, (&str, bool))| {
            (key.to_owned(), format!("action: {action}"), report && action == "mask")
        };
        all.into_iter().map(one).collect()
    });
    (keys, detectors)
}

/// The rules as a document: all of them, or those that do not only report.
fn document((keys, detectors): &(Vec<Written>, Vec<Written>), all: bool) -> [Document; 1] {
    let lines = |rules: &[Written]| -> String {
        let written = rules.iter().filter(|(_, _, report)| all || !report);
        let line = |(name, needs, report): &Written| {
            let report = if *report { ["report_only: true"].to_vec() } else { Vec::new() };
            let parts = [needs.as_str()].into_iter().filter(|it| !it.is_empty()).chain(report);
            format!("  '{name}': {{ {} }}\n", parts.collect::<Vec<_>>().join(", "))
        };
        written.map(line).collect()
    };
    // One that always masks, for rules that mask nothing are refused.
    let text = format!(
        "attributes:\n  zz: mask\n{}detectors:\n  never: {{ pattern: '~~~' }}\n{}",
        lines(keys),
        lines(detectors)
    );
    [Document { name: "rules.yaml".into(), text }]
}

fn texts() -> impl Strategy<Value = String> {
    "([ab0-9]{0,8}|anna@example\\.ru[ab0-9]{0,2}|\\+7 912 345-67-89 ?[ab]{0,2}|4111 1111 1111 1111|a@b\\.ru-89123456789)"
}

fn keys() -> impl Strategy<Value = String> {
    "([abz]{1,2}|[aA]\\.b|header\\.a[-_]b|to anna@example\\.ru)"
}

fn text_value(text: String) -> AnyValue {
    AnyValue { value: Some(Value::StringValue(text)) }
}

fn values() -> impl Strategy<Value = AnyValue> {
    let leaf = prop_oneof![
        4 => texts().prop_map(text_value),
        1 => any::<i64>().prop_map(|int| AnyValue { value: Some(Value::IntValue(int)) }),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop::collection::vec((keys(), inner), 0..3).prop_map(|entries| {
            let values = entries.into_iter().map(entry).collect();
            AnyValue { value: Some(Value::KvlistValue(KeyValueList { values })) }
        })
    })
}

fn entry((key, value): (String, AnyValue)) -> KeyValue {
    KeyValue { key, value: Some(value), ..KeyValue::default() }
}

fn batch(entries: Vec<(String, AnyValue)>, name: String) -> Vec<u8> {
    let attributes = entries.into_iter().map(entry).collect();
    let spans = vec![Span { attributes, name, ..Span::default() }];
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
    TracesData { resource_spans }.encode_to_vec()
}

/// What a plugin by these rules does to a batch: its edits, what it counts as masked, the deeds that
/// it notes, and what it protects.
#[derive(Debug, PartialEq)]
struct Done {
    edits: Vec<u8>,
    masked: String,
    deeds: Vec<String>,
    protects: Vec<String>,
}

/// Also says whether it told what rules that only report would do, in notes and counters.
fn done(rules: &[Document], view: &[u8], noting: Noting) -> (Done, [bool; 2]) {
    let mut host = RecordingHost { noting, ..RecordingHost::default() };
    let mut plugin = RedactPii::configure(rules, &mut host).expect("right rules");
    let configured = plugin.configured();
    let outcome = plugin.process(view, 0, &mut host).expect("a view");
    let (notes, _) = Notes::read(&outcome.notes).expect("notes");
    let is_reported = |deed: Deed| deed.is_reported();
    let told = notes.iter().any(|note| is_reported(note.deed));
    let counted = host.counters.keys().any(|(name, _)| name == "values_reported");
    // Rows differ where there are more rules.
    let deed = |note: &spans::Note| {
        let path = &configured.rules[note.rule as usize].path;
        format!("{:?} {:?} {:?} {path}", note.of, note.spot, note.deed)
    };
    let deeds = notes.iter().filter(|note| !is_reported(note.deed)).map(deed).collect();
    host.counters.retain(|(name, _), _| name != "values_reported");
    let masked = format!("{:?}", host.counters);
    let protects = configured.protects;
    (Done { edits: outcome.edits, masked, deeds, protects }, [told, counted])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn what_others_do_is_as_if_it_were_not_there(
        rules in rules(),
        entries in prop::collection::vec((keys(), values()), 1..6),
        name in texts(),
    ) {
        let view = batch(entries, name);
        for noting in [Noting::Off, Noting::Acts, Noting::Looked] {
            let (with, [told, counted]) = done(&document(&rules, true), &view, noting);
            let (without, nothing) = done(&document(&rules, false), &view, noting);
            prop_assert_eq!(&with, &without);
            prop_assert_eq!(nothing, [false, false]);
            prop_assert_eq!(told, counted && noting != Noting::Off);
        }
    }

    /// Guarantees: where it is the only rule, it tells of something just where it would mask, were
    /// it not to report only.
    #[test]
    fn alone_it_tells_where_it_would_mask(
        detector in prop::sample::select(&DETECTORS[..]),
        text in texts(),
        key in "([ab]{1,2}|to anna@example\\.ru)",
    ) {
        let view = batch(vec![(key, text_value(text))], String::new());
        let (name, needs) = detector;
        let rules = |report| (Vec::new(), vec![(name.to_owned(), needs.to_owned(), report)]);
        let (masked, _) = done(&document(&rules(false), true), &view, Noting::Acts);
        let (_, [told, _]) = done(&document(&rules(true), true), &view, Noting::Acts);
        prop_assert_eq!(told, !masked.deeds.is_empty());
    }
}

/// Scenario: rules that protect something, and each of them made to report only.
/// Guarantees: it then protects nothing, so that a swap to it is warned of.
#[test]
fn what_only_reports_protects_nothing() {
    let rules = |phone: &str, customer: &str| {
        let text = format!(
            "detectors: {{ phone: {{ {phone} }}, email: {{}} }}\nattributes: {{ customer.*: {customer} }}"
        );
        let rules = [Document { name: "rules.yaml".into(), text }];
        let plugin = RedactPii::configure(&rules, &mut RecordingHost::default());
        plugin.expect("right rules").configured()
    };
    let before = rules("", "mask");
    assert_eq!(before.loosened(&before), [] as [&str; 0]);
    let detector = rules("report_only: true", "mask");
    assert_eq!(before.loosened(&detector), ["detector phone"]);
    let key = rules("", "{ action: mask, report_only: true }");
    assert_eq!(before.loosened(&key), ["attributes customer.*"]);
    assert_eq!(rules("report_only: false", "{ action: mask }").protects, before.protects);
}
