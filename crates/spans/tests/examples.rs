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
    Carriers, Editor, Keep, Malformed, NewValue, On, Output, Part, Rewritten, SetKey, Sight,
    SpanEdit, Verdict, Viewer, Writes,
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

/// Scenario: an attribute of each type is set to what it is, and to something else.
/// Guarantees: only what is something else is an edit.
#[test]
fn setting_what_is_there_is_no_edit() {
    let value =
        |value| KeyValue { value: Some(AnyValue { value: Some(value) }), ..text("order_id", "") };
    let cases = [
        (text("order_id", "A-1043"), NewValue::Text("A-1043"), NewValue::Text("A-1044")),
        (value(Value::BoolValue(true)), NewValue::Bool(true), NewValue::Bool(false)),
        (value(Value::IntValue(-7)), NewValue::Int(-7), NewValue::Int(7)),
        (value(Value::DoubleValue(0.5)), NewValue::Double(0.5), NewValue::Int(0)),
    ];
    for (attribute, same, other) in cases {
        for (new, changed) in [(same, 0), (other, 1)] {
            let set =
                |span: &mut SpanEdit<'_, '_>| _ = span.set_attribute("order_id", new).unwrap();
            assert_eq!(attributes_after(vec![attribute.clone()], set).1, changed, "{new:?}");
        }
    }
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

/// Scenario: a batch with two resources, the first with two scopes.
/// Guarantees: each resource and scope is given once, under its number, and each span comes with
/// those around it.
#[test]
fn reads_what_stands_around_spans() {
    let scope = |name: &str| ScopeSpans {
        scope: Some(InstrumentationScope {
            name: name.into(),
            attributes: vec![text("of", name)],
            ..Default::default()
        }),
        spans: vec![Span { name: name.into(), ..Span::default() }],
        ..ScopeSpans::default()
    };
    let resource = |name: &str, scopes: &[&str]| ResourceSpans {
        resource: Some(Resource { attributes: vec![text("of", name)], ..Resource::default() }),
        scope_spans: scopes.iter().map(|name| scope(name)).collect(),
        ..ResourceSpans::default()
    };
    let resource_spans = vec![resource("shop", &["asgi", "sql"]), resource("stock", &["grpc"])];
    let bytes = TracesData { resource_spans }.encode_to_vec();
    let mut around = Vec::new();
    spans::read_around(&bytes, |on, number, attributes| {
        let of = attributes.get("of")?;
        around.push((on, number, of.and_then(|it| it.as_str()).unwrap_or_default()));
        Ok(())
    })
    .unwrap();
    let (resource, scope) = (On::Resource, On::Scope);
    assert_eq!(
        around,
        [
            (resource, 0, "shop"),
            (scope, 0, "asgi"),
            (scope, 1, "sql"),
            (resource, 1, "stock"),
            (scope, 2, "grpc")
        ]
    );
    let mut origins = Vec::new();
    spans::rewrite(&bytes, &Writes::default(), |origin, span, _| {
        assert_eq!(origin.scope.name, span.name);
        let of = origin.resource.attributes().get("of")?.and_then(|it| it.as_str());
        origins.push((origin.resource_index, of.unwrap_or_default(), origin.scope.name));
        Ok(Keep::Yes)
    })
    .unwrap();
    assert_eq!(origins, [(0, "shop", &b"asgi"[..]), (0, "shop", b"sql"), (1, "stock", b"grpc")]);
}

/// Scenario: spans in the field that held them until 2021.
/// Guarantees: the batch is refused with the place of the field, for the Collector would read them.
#[test]
fn refuses_spans_of_before_2021() {
    // Field 1000 of `ResourceSpans`: as a message, as a number, and as a message in a scope.
    let (spans, number) = (&[0xc2, 0x3e, 0][..], &[0xc0, 0x3e, 0]);
    let reason = "spans of before 2021 (`instrumentation_library_spans`) are not read";
    let refused = spans::settle(&[&[0x0a, 3], spans].concat()).unwrap_err();
    assert_eq!((refused.offset, refused.reason), (2, reason));
    assert_eq!(spans::settle(&[&[0x0a, 3], &number[..]].concat()), Ok(None));
    assert_eq!(spans::settle(&[&[0x0a, 5, 0x12, 3], spans].concat()), Ok(None));
}

/// Scenario: a value that is an index into the texts of a profile, behind a text.
/// Guarantees: it takes the place of the text, and says nothing.
#[test]
fn a_text_by_index_is_no_value() {
    let mut read = Vec::new();
    for value in [&[0x0a, 1, b'x'][..], &[0x0a, 1, b'x', 0x40, 7], &[0x40, 7, 0x0a, 1, b'x']] {
        let attribute = [&[0x12, value.len() as u8], value].concat();
        let batch = [9, 2, 2, 1].iter().fold(attribute, |inside: Vec<u8>, number| {
            [&[number << 3 | 2, inside.len() as u8], inside.as_slice()].concat()
        });
        spans::read(&batch, |_, span| {
            let attribute = span.attributes().next().unwrap()?;
            read.push(attribute.value.as_str() == Some("x"));
            Ok(())
        })
        .unwrap();
    }
    assert_eq!(read, [true, false, true]);
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

/// Scenario: bytes that are no field, or no field that protobuf still has.
/// Guarantees: each is refused where it stands, and in its own words.
#[test]
fn refuses_what_is_no_field() {
    const RANGE: &str = "field number is out of range";
    const TYPE: &str = "wire type is unknown";
    const GROUP: &str = "end of a group that was not begun";
    for (bytes, offset, reason) in [
        (&[0x02, 2, 0, 0][..], 0, RANGE),
        (&[0x82, 0x00, 2, 0, 0], 0, RANGE),
        (&[0x80, 0x80, 0x80, 0x80, 0x10, 0], 0, RANGE),
        (&[0xff, 0xff, 0xff, 0xff, 0x0f, 0], 0, TYPE),
        (&[0x0f, 0, 0, 0], 0, TYPE),
        (&[0x0c, 0, 0, 0], 0, TYPE),
        (&[0x23, 0x02, 0, 0, 0x24], 1, RANGE),
        (&[0x23, 0x80, 0x80, 0x80, 0x80, 0x10, 0, 0x24], 1, RANGE),
        (&[0x23, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0x24], 1, TYPE),
        (&[0x23, 0x2c, 0x24], 1, GROUP),
        (&[0x23, 0x2b, 0x24, 0x2c], 2, GROUP),
        (&[0x21, 0, 0, 0, 0, 0, 0, 0], 1, "fixed-size value runs past the end"),
        (&[0x20, 0x80, 0x80], 1, "varint runs past the end"),
    ] {
        let malformed = spans::validate(bytes).unwrap_err();
        assert_eq!((malformed.offset, malformed.reason), (offset, reason), "{bytes:02x?}");
    }
    // A group holds fields of every type, and groups.
    let group = [0x23, 0x2b, 0x08, 1, 0x2c, 0x12, 1, 0, 0x1d, 1, 2, 3, 4, 0x24];
    assert_eq!(spans::validate(&[&group[..], &group].concat()), Ok(()));
    for (deep, is_taken) in [(100, true), (101, false)] {
        let groups = [[0x23].repeat(deep), [0x24].repeat(deep)].concat();
        assert_eq!(spans::validate(&groups).is_ok(), is_taken, "{deep}");
    }
}

/// Scenario: a list whose first element has a length that lies, read by one who passes over errors.
/// Guarantees: it ends behind the error.
#[test]
fn nothing_follows_what_is_malformed() {
    let value = [0x12, 6, 0x2a, 4, 0x0a, 9, 0x0a, 0];
    let batch = [9, 2, 2, 1].iter().fold(value.to_vec(), |inside, number| {
        [&[number << 3 | 2, inside.len() as u8], inside.as_slice()].concat()
    });
    spans::read(&batch, |_, span| {
        let attribute = span.attributes().next().unwrap()?;
        let spans::Value::Array(values) = attribute.value else { panic!("no list") };
        assert_eq!(values.map(|value| value.is_ok()).collect::<Vec<_>>(), [false]);
        Ok(())
    })
    .unwrap();
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
