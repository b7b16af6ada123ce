//! A resource that was searched before is masked, and counted, as one that was not.

use opentelemetry_proto::tonic::common::v1::{AnyValue, EntityRef, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, TracesData};
use plugin::{Document, Notes, Noting, Plugin, RecordingHost};
use proptest::prelude::*;
use prost::Message;
use prost::encoding::DecodeContext;
use redact_pii::RedactPii;

const BASE: &str = include_str!("../../../rules/redact-pii/base.yaml");

const TEXTS: [&str; 6] = [
    "shop-1",
    "anna@shop.example",
    "+7 913 555-01-02 and 4111 1111 1111 1111",
    "[masked]",
    "",
    "https://shop.example/?email=anna%40shop.example",
];
const KEYS: [&str; 5] =
    ["service.name", "customer.name", "owner of anna@shop.example", "", "user.id"];

fn text() -> impl Strategy<Value = String> {
    prop::sample::select(&TEXTS[..]).prop_map(str::to_owned)
}

fn attribute() -> impl Strategy<Value = KeyValue> {
    let value = prop_oneof![
        text().prop_map(Value::StringValue),
        any::<i64>().prop_map(Value::IntValue),
        Just(Value::BytesValue(vec![1])),
    ];
    (prop::sample::select(&KEYS[..]), prop::option::of(value)).prop_map(|(key, value)| KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value }),
        ..KeyValue::default()
    })
}

fn resource() -> impl Strategy<Value = Resource> {
    let entity = (text(), prop::collection::vec(text(), 0..3))
        .prop_map(|(r#type, id_keys)| EntityRef { r#type, id_keys, ..EntityRef::default() });
    (prop::collection::vec(attribute(), 0..5), prop::collection::vec(entity, 0..3)).prop_map(
        |(attributes, entity_refs)| Resource { attributes, entity_refs, ..Resource::default() },
    )
}

/// Batches, each of some of a few resources, which so come again and again.
fn batches() -> impl Strategy<Value = Vec<TracesData>> {
    prop::collection::vec(resource(), 1..4).prop_flat_map(|resources| {
        let one = (prop::sample::select(resources), text(), text());
        let one = one.prop_map(|(resource, schema_url, name)| ResourceSpans {
            resource: Some(resource),
            scope_spans: vec![ScopeSpans {
                spans: vec![Span { name, ..Span::default() }],
                ..ScopeSpans::default()
            }],
            schema_url,
        });
        let batch = prop::collection::vec(one, 0..4);
        let batch = batch.prop_map(|resource_spans| TracesData { resource_spans });
        prop::collection::vec(batch, 1..6)
    })
}

fn redactor() -> RedactPii {
    let rules = [Document { name: "base.yaml".into(), text: BASE.into() }];
    RedactPii::configure(&rules, &mut RecordingHost::default()).expect("right rules")
}

proptest! {
    #[test]
    fn what_was_seen_before_changes_nothing(batches in batches()) {
        let mut used = redactor();
        let viewer = spans::Viewer::new(&used.configured().sight).expect("a sight");
        for batch in batches {
            let view = viewer.view(&batch.encode_to_vec(), 0..usize::MAX, 0).expect("a batch");
            let (mut one, mut other) = (RecordingHost::default(), RecordingHost::default());
            let again = used.process(&view.bytes, 0, &mut one).expect("a view");
            let first = redactor().process(&view.bytes, 0, &mut other).expect("a view");
            prop_assert_eq!(again, first);
            prop_assert_eq!(format!("{:?}", one.counters), format!("{:?}", other.counters));
        }
    }

    /// Guarantees: who is asked why masks and counts the same, and no mask is without its reason.
    #[test]
    fn being_asked_why_changes_nothing(batches in batches()) {
        let (mut plain, mut asked) = (redactor(), redactor());
        let viewer = spans::Viewer::new(&plain.configured().sight).expect("a sight");
        for batch in batches {
            let view = viewer.view(&batch.encode_to_vec(), 0..usize::MAX, 0).expect("a batch");
            let mut silent = RecordingHost::default();
            let mut asking = RecordingHost { noting: Noting::Acts, ..RecordingHost::default() };
            let expected = plain.process(&view.bytes, 0, &mut silent).expect("a view");
            let told = asked.process(&view.bytes, 0, &mut asking).expect("a view");
            prop_assert_eq!(&told.edits, &expected.edits);
            prop_assert_eq!(format!("{:?}", silent.counters), format!("{:?}", asking.counters));
            let (notes, _) = Notes::read(&told.notes).expect("notes");
            let mut places: Vec<_> = notes.iter().map(|note| (note.of, &note.spot)).collect();
            places.dedup();
            prop_assert_eq!(places.len(), edits_in(&told.edits));
        }
    }
}

/// Scenario: nobody asks why a batch is masked, and somebody does with the next one.
/// Guarantees: of the first nothing is told.
#[test]
fn what_nobody_asked_for_is_not_told_later() {
    let mut redactor = redactor();
    for (name, noting) in [("anna@shop.example", Noting::Off), ("shop-1", Noting::Acts)] {
        let spans = vec![Span { name: name.to_owned(), ..Span::default() }];
        let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
        let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
        let mut host = RecordingHost { noting, ..RecordingHost::default() };
        let view = TracesData { resource_spans }.encode_to_vec();
        let outcome = redactor.process(&view, 0, &mut host).expect("a view");
        assert_eq!(outcome.edits.len() > 2, noting == Noting::Off, "{:?}", outcome.edits);
        assert_eq!(outcome.notes, []);
    }
}

/// How many edits an answer has: its fields 3. The others are numbers.
fn edits_in(answer: &[u8]) -> usize {
    let (mut answer, mut edits) = (answer, 0);
    while !answer.is_empty() {
        let (number, kind) = prost::encoding::decode_key(&mut answer).expect("a field");
        edits += usize::from(number == 3);
        let ends = DecodeContext::default();
        prost::encoding::skip_field(kind, number, &mut answer, ends).expect("its value");
    }
    edits
}
