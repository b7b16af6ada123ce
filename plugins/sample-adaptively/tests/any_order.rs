//! No decision depends on the order of keys in a map of the rules.

mod batch;

use std::collections::BTreeMap;

use batch::{SECOND, TestSpan, TestValue, encode};
use cases::any_order::{Ran, run, shuffled};
use plugin::Document;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use sample_adaptively::SampleAdaptively;

const BASE: &str = include_str!("../../../rules/sample-adaptively/base.yaml");
const DATABASES: &str = include_str!("../../../rules/sample-adaptively/problematic-databases.yaml");

fn document(text: &str) -> Document {
    Document { name: "rules.yaml".into(), text: text.into() }
}

/// Conditions that meet each other on the spans below, and some that are wrong.
fn rules() -> impl Strategy<Value = String> {
    let condition = prop::sample::select(vec![
        "longer_than: 5s",
        "longer_than: 1ms",
        "status: error",
        "kind: internal",
        "name: GET*",
        "attributes: { a: '*' }",
        "attributes: { a: x, b: 1 }",
        "attributes: { b: 1, a: [x, y] }",
        "stauts: error",
        "attributes: { 'a*': 1, b: { c: 1, d: 2 } }",
    ]);
    let share = prop::sample::select(vec![
        "keep: 0%",
        "keep: 10%",
        "keep: 10.0%",
        "keep: 25%",
        "keep: 100%",
        "drop: true",
        "keep: 25%, drop: true",
        "drop: false",
    ]);
    let rule = (prop::collection::vec(condition, 1..3), share)
        .prop_map(|(any_of, share)| format!("{{ match: [{{{}}}], {share} }}", any_of.join("}, {")));
    (prop::collection::vec(rule, 0..6), "[0-9]{1,2}").prop_map(|(rules, otherwise)| {
        let rules = rules.iter().enumerate().map(|(index, rule)| format!("r{index}: {rule}"));
        format!("rules: {{ {} }}\notherwise: {otherwise}%\n", rules.collect::<Vec<_>>().join(", "))
    })
}

fn batches(seeds: &[[u8; 16]]) -> Vec<Vec<u8>> {
    let with = [("a", TestValue::Text("x")), ("b", TestValue::Int(1))];
    let database = [
        ("db.system.name", TestValue::Text("postgresql")),
        ("gap_detected", TestValue::Bool(true)),
    ];
    let spans = seeds.iter().enumerate().map(|(index, trace_id)| {
        let span = TestSpan { trace_id, ..TestSpan::default() };
        let attributes = [&with[..], &with[..1], &database[..1], &database[..], &[]][index % 5];
        let end = [span.end, span.start + 6 * SECOND, 5][index % 3];
        TestSpan { attributes, end, status: (index % 4) as i32, ..span }
    });
    vec![encode(&spans.collect::<Vec<_>>())]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn rules_in_any_order_decide_alike(
        rules in rules(),
        seed in any::<u64>(),
        traces in prop::collection::vec(any::<[u8; 16]>(), 30),
    ) {
        let documents = [[document(&rules)].to_vec(), [BASE, DATABASES].map(document).to_vec()];
        for documents in documents {
            let others: Vec<_> = documents.iter().map(|it| shuffled(it, seed)).collect();
            let ran = |documents: &[Document]| {
                run::<SampleAdaptively>(documents, &BTreeMap::new(), &batches(&traces))
            };
            prop_assert_eq!(ran(&documents), ran(&others), "{:?}", others);
        }
    }
}

/// The rules above are right often enough to say something.
#[test]
fn what_is_made_up_is_often_right() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let right = (0..200).filter(|_| {
        let rules = rules().new_tree(&mut runner).expect("rules").current();
        let ran = run::<SampleAdaptively>(&[document(&rules)], &BTreeMap::new(), &[]);
        matches!(ran, Ran::Well { .. })
    });
    let right = right.count();
    assert!((30..190).contains(&right), "{right} of 200");
}
