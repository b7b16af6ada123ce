//! Single cases that the properties would meet only by chance.

// Whatever does not hold is a failed test.
#![allow(clippy::panic, clippy::unwrap_used)]

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, TracesData};
use prost::Message;
use spans::{
    Carriers, Editor, Keep, Malformed, NewValue, Output, Part, Rewritten, SetKey, Sight, SpanEdit,
    Verdict, Viewer, Writes,
};

fn text(key: &str, value: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(Value::StringValue(value.into())) });
    KeyValue { key: key.into(), value, ..KeyValue::default() }
}

fn without_value(key: &str) -> KeyValue {
    KeyValue { key: key.into(), ..KeyValue::default() }
}

fn batch(span: Span) -> TracesData {
    TracesData {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource {
                attributes: vec![text("service.name", "shop-api")],
                ..Resource::default()
            }),
            scope_spans: vec![ScopeSpans {
                scope: Some(InstrumentationScope { name: "asgi".into(), ..Default::default() }),
                spans: vec![span],
                schema_url: "https://opentelemetry.io/schemas/1.37.0".into(),
            }],
            schema_url: String::new(),
        }],
    }
}

fn span() -> Span {
    Span {
        trace_id: vec![7; 16],
        span_id: vec![8; 8],
        name: "shop.submit".into(),
        attributes: vec![text("order_id", "A-1043"), without_value("queue")],
        events: vec![Event {
            name: "exception".into(),
            attributes: vec![text("exception.type", "ValueError")],
            ..Event::default()
        }],
        links: vec![Link { trace_id: vec![9; 16], span_id: vec![1; 8], ..Link::default() }],
        status: Some(Status { message: "no file".into(), code: 2 }),
        ..Span::default()
    }
}

/// What comes of a batch when a plugin that sees all of it visits its spans.
fn edited(
    bytes: &[u8],
    mut visit: impl FnMut(&mut SpanEdit<'_, '_>) -> Result<Keep, Malformed>,
) -> Rewritten {
    let set = |key: &str| SetKey { carriers: Carriers::SPAN, key: key.to_owned() };
    let sets = ["order_id", "order_status", "queue"].map(set).to_vec();
    let writes = Writes { drops_spans: true, sets, ..Writes::default() };
    let view = Viewer::new(&Sight::Everything).unwrap().view(bytes, 0..usize::MAX, 0).unwrap();
    let edits = spans::rewrite(&view.bytes, &writes, |_, _, edit| visit(edit)).unwrap();
    let editor = Editor::new(&Sight::Everything, &writes).unwrap();
    editor.check(bytes, view.units.clone(), &edits.bytes).unwrap();
    let part = Part { units: view.units, verdict: Verdict::Edit(&edits.bytes) };
    editor.apply(bytes, &[part]).unwrap()
}

fn attributes_after(
    attributes: Vec<KeyValue>,
    edit: impl Fn(&mut SpanEdit<'_, '_>),
) -> (Vec<KeyValue>, u32) {
    let bytes = batch(Span { attributes, ..span() }).encode_to_vec();
    let rewritten = edited(&bytes, |span| {
        edit(span);
        Ok(Keep::Yes)
    });
    let bytes = match rewritten.output {
        Output::Replaced(bytes) => bytes,
        Output::Unchanged => bytes,
        Output::NothingLeft => panic!("the span is gone"),
    };
    let mut traces = TracesData::decode(&*bytes).unwrap();
    let span = traces.resource_spans[0].scope_spans[0].spans.remove(0);
    (span.attributes, rewritten.counts.spans_changed)
}

/// Scenario: a batch is cut off after each of its bytes.
/// Guarantees: it is refused, with a place inside what is left, unless the cut is where one
/// resource's spans end, for there a batch is whole.
#[test]
fn refuses_a_batch_that_is_cut_off() {
    let mut traces = batch(span());
    traces.resource_spans.push(traces.resource_spans[0].clone());
    let bytes = traces.encode_to_vec();
    traces.resource_spans.pop();
    let whole = [0, traces.encoded_len(), bytes.len()];
    for cut in 0..=bytes.len() {
        match spans::validate(&bytes[..cut]) {
            Ok(()) => assert!(whole.contains(&cut), "cut at byte {cut}"),
            Err(malformed) => {
                assert!(!whole.contains(&cut), "cut at byte {cut}: {malformed}");
                assert!(malformed.offset <= cut && malformed.length == cut, "{malformed}");
            }
        }
    }
}

/// Scenario: a length that lies, deep inside a batch.
/// Guarantees: the message says the byte, the length of the batch and the OTLP message.
#[test]
fn says_where_decoding_stopped() {
    let mut bytes = batch(span()).encode_to_vec();
    let at = bytes.windows(6).position(|window| window == b"A-1043").unwrap() - 1;
    bytes[at] = 0x7f;
    assert_eq!(
        spans::validate(&bytes).unwrap_err().to_string(),
        format!(
            "decoding stopped at byte {at} of {}, inside AnyValue: length runs past the end",
            bytes.len()
        )
    );
}

/// Scenario: one visit sets an attribute twice, the second time to what it was.
/// Guarantees: the last value counts, and a span that ends as it came is not called changed.
#[test]
fn setting_twice_leaves_the_last_value() {
    let (attributes, changed) = attributes_after(vec![text("order_id", "A-1043")], |span| {
        span.set_attribute("order_id", NewValue::Text("B-7")).unwrap();
        span.set_attribute("order_id", NewValue::Text("A-1043")).unwrap();
    });
    assert_eq!((attributes, changed), (vec![text("order_id", "A-1043")], 0));
    let (attributes, changed) = attributes_after(vec![], |span| {
        span.set_attribute("order_status", NewValue::Text("INITIATED")).unwrap();
        span.set_attribute("order_status", NewValue::Text("SUBMITTED")).unwrap();
    });
    assert_eq!((attributes, changed), (vec![text("order_status", "SUBMITTED")], 1));
}

/// Scenario: a key without a value, last on its span; another attribute is added first, so that
/// two edits stand at the same byte.
/// Guarantees: each lands in its own message.
#[test]
fn edits_at_one_byte_land_in_their_own_messages() {
    let bytes = batch(Span { status: None, events: vec![], links: vec![], ..span() });
    let rewritten = edited(&bytes.encode_to_vec(), |span| {
        span.set_attribute("order_status", NewValue::Text("SUBMITTED"))?;
        span.set_attribute("queue", NewValue::Text("prices"))?;
        Ok(Keep::Yes)
    });
    let Output::Replaced(out) = rewritten.output else { panic!("nothing was changed") };
    let mut expected = bytes;
    expected.resource_spans[0].scope_spans[0].spans[0].attributes = vec![
        text("order_id", "A-1043"),
        text("queue", "prices"),
        text("order_status", "SUBMITTED"),
    ];
    assert_eq!(TracesData::decode(&*out).unwrap(), expected);
}

/// Scenario: an encoder that joined two batches wrote the resource of one `ResourceSpans` twice.
/// Guarantees: the attributes of both are read, as protobuf says.
#[test]
fn reads_a_resource_that_stands_twice_as_one() {
    let first = batch(span()).resource_spans.remove(0);
    let second = ResourceSpans {
        resource: Some(Resource {
            attributes: vec![text("host.name", "node-3")],
            ..Resource::default()
        }),
        ..ResourceSpans::default()
    };
    let both = [first.encode_to_vec(), second.encode_to_vec()].concat();
    let mut bytes = vec![0x0a];
    prost::encoding::encode_varint(both.len() as u64, &mut bytes);
    bytes.extend(both);
    let mut keys = Vec::new();
    spans::read(&bytes, |origin, _| {
        for attribute in origin.resource.attributes() {
            keys.push(String::from_utf8_lossy(attribute?.key).into_owned());
        }
        Ok(())
    })
    .unwrap();
    assert_eq!(keys, ["service.name", "host.name"]);
}

/// Scenario: a batch that holds nothing, or resources without spans.
/// Guarantees: it passes as it came; only a batch whose spans were all dropped has nothing left.
#[test]
fn passes_a_batch_without_spans() {
    let empty = batch(span());
    for bytes in
        [Vec::new(), TracesData { resource_spans: vec![ResourceSpans::default()] }.encode_to_vec()]
    {
        assert_eq!(edited(&bytes, |_| Ok(Keep::No)).output, Output::Unchanged);
    }
    assert_eq!(edited(&empty.encode_to_vec(), |_| Ok(Keep::No)).output, Output::NothingLeft);
}

/// Scenario: a varint of ten bytes, the longest there is; its last byte has room for one bit.
/// Guarantees: the largest number is read, a larger one is refused, and so is an eleventh byte.
#[test]
fn refuses_a_varint_of_more_than_64_bits() {
    // Field 100, which OTLP does not know, as a number.
    let field = |last: &[u8]| [&[0xa0, 0x06][..], &[0xff; 9], last].concat();
    assert_eq!(spans::validate(&field(&[0x01])), Ok(()));
    for last in [&[0x02][..], &[0x81, 0x00]] {
        let malformed = spans::validate(&field(last)).unwrap_err();
        assert_eq!((malformed.offset, malformed.reason), (2, "varint is too long"));
    }
}

/// Scenario: the second of two spans is malformed inside, though its length is right.
/// Guarantees: it can still be dropped, and the first goes on as it came.
#[test]
fn cuts_a_malformed_span_off_from_the_others() {
    let good = batch(span()).encode_to_vec();
    // Resource spans, scope spans, span; the span's name is said to be longer than the span.
    let bytes = [&good[..], &[0x0a, 6, 0x12, 4, 0x12, 2, 0x2a, 9]].concat();
    assert!(spans::validate(&bytes).is_err());
    assert_eq!(spans::count(&bytes), Ok(2));
    let editor = Editor::new(&Sight::Everything, &Writes::default()).unwrap();
    let malformed = Part { units: 1..2, verdict: Verdict::Drop };
    assert_eq!(editor.apply(&bytes, &[malformed]).unwrap().output, Output::Replaced(good));
}
