//! Attributes whose keys and values have every length that is told in its own way, with key and
//! value in either order, alone and beside other fields.

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{Span, Status};
use prost::Message;
use spans::{
    Carrier, Carriers, Parts, Place, Selector, Sight, TextEditor, Treatment, Unknown, Unsearchable,
    Viewer,
};

use crate::wire::{put_varint, split, varint};

/// Scenario: an attribute is looked up by its key.
/// Guarantees: a lookup is asked for the very key, and finds the attribute where it is wanted.
#[test]
fn a_lookup_is_asked_for_the_key_that_stands_there() {
    each_attribute(|attribute| {
        let (key, batch) = (attribute.key, attribute.batch());
        let look_up = |is_wanted: bool| {
            let mut found = 0;
            spans::read(&batch, |_, span| {
                let attributes = span.attributes().of_keys(|it| {
                    assert_eq!(it, key, "{attribute:?}");
                    is_wanted
                });
                for attribute in attributes {
                    assert_eq!(attribute?.key, key);
                    found += 1;
                }
                Ok(())
            })
            .unwrap();
            found
        };
        assert_eq!((look_up(true), look_up(false)), (1, 0), "{attribute:?}");
    });
}

/// Scenario: an editor leaves every attribute that it is asked of.
/// Guarantees: it is asked with the very key and all of the text, of a text or a scalar alone; of
/// any other attribute it sees the texts.
#[test]
fn an_editor_is_asked_to_leave_what_holds_one_text_or_scalar() {
    each_attribute(|attribute| {
        let mut leaves = Leaves { attribute, is_asked: false.into(), visits: 0 };
        spans::edit_texts(&attribute.batch(), Unknown::Keep, &mut leaves).unwrap();
        assert_eq!(*leaves.is_asked.get_mut(), leaves.visits == 0, "{attribute:?}");
    });
}

/// Scenario: a link whose ids could be the key and the text of an attribute.
/// Guarantees: no editor is asked to leave it.
#[test]
fn a_link_is_not_left_as_an_attribute() {
    let link = [field(1, &[7; 16]), field(2, b"\x0a\x06linked")].concat();
    let batch = [13, 2, 2, 1].iter().fold(link, |inside, number| field(*number, &inside));
    let attribute = Attribute { key: b"", message: b"" };
    let mut leaves = Leaves { attribute, is_asked: false.into(), visits: 0 };
    spans::edit_texts(&batch, Unknown::Keep, &mut leaves).unwrap();
    assert!(!leaves.is_asked.get());
}

/// Scenario: a sight names the key of an attribute, or another.
/// Guarantees: a view shows the attribute in the first case and nothing in the second.
#[test]
fn a_view_shows_the_attribute_of_the_key_in_sight() {
    each_attribute(|attribute| {
        let key = str::from_utf8(attribute.key).unwrap();
        let shown = |key: String| {
            let keys = vec![Selector { carriers: Carriers::SPAN, keys: vec![key] }];
            let viewer = Viewer::new(&Sight::Parts(Parts { keys, ..Parts::default() })).unwrap();
            let view = viewer.view(&attribute.batch(), 0..1, 0).unwrap();
            let mut shown = Vec::new();
            let span = |_: &_, span: &spans::Span<'_>| {
                shown.extend(span.attributes().map(|it| it.unwrap().key.to_vec()));
                Ok(())
            };
            spans::read(&view.bytes, span).unwrap();
            shown
        };
        let expected = if key.is_empty() { vec![] } else { vec![key.as_bytes().to_vec()] };
        if !key.is_empty() {
            assert_eq!(shown(key.to_owned()), expected, "{attribute:?}");
        }
        assert!(shown(format!("{key}k")).is_empty(), "{attribute:?}");
    });
}

/// Scenario: a span has two names, which could be read as its attributes.
/// Guarantees: the first goes, for the second overrides it.
#[test]
fn a_name_that_looks_like_an_attribute_is_overridden() {
    let name = field(5, &[field(1, b"k"), field(2, &field(1, b"v"))].concat());
    let batch = |span: &[u8]| {
        [2, 2, 1].iter().fold(span.to_vec(), |inside, number| field(*number, &inside))
    };
    let twice = [name.as_slice(), &name].concat();
    assert_eq!(spans::settle(&batch(&twice)), Ok(Some(batch(&name))));
}

/// Scenario: the name of a span is of zeros, which could be read as more of its length.
/// Guarantees: it ends where it ends.
#[test]
fn a_name_of_zeros_is_as_long_as_it_says() {
    for length in [0, 127, 128, 129, 300, 16_383, 16_384] {
        let attributes = vec![KeyValue { key: "k".repeat(70_000), ..KeyValue::default() }];
        let span = Span { name: "\0".repeat(length), attributes, ..Span::default() };
        let span = span.encode_to_vec();
        let batch = [2, 2, 1].iter().fold(span, |inside, number| field(*number, &inside));
        let mut read = None;
        spans::read(&batch, |_, span| {
            read = Some(span.name.to_vec());
            Ok(())
        })
        .unwrap();
        assert_eq!(read, Some(vec![0; length]));
    }
}

/// Scenario: an attribute whose length takes a byte more than it must.
/// Guarantees: its view is that of the attribute written as encoders do.
#[test]
fn a_view_does_not_show_how_long_a_length_was_written() {
    for sight in [Sight::Everything, Sight::Texts] {
        let viewer = Viewer::new(&sight).unwrap();
        let view = |batch: &[u8]| viewer.view(batch, 0..1, 0).unwrap().bytes;
        each_attribute(|attribute| {
            let mut longer = vec![9 << 3 | 2];
            put_varint(&mut longer, attribute.message.len() as u64, 1);
            longer.extend(attribute.message);
            let longer = [2, 2, 1].iter().fold(longer, |inside, number| field(*number, &inside));
            assert_eq!(view(&longer), view(&attribute.batch()), "{attribute:?}");
        });
    }
}

/// Scenario: a span with all of its fields, one of which has a tag, a length or a number that takes
/// a byte more than it must.
/// Guarantees: what is read and shown of it is the same.
#[test]
fn a_span_is_read_however_long_its_fields_are_written() {
    let span = Span {
        trace_id: vec![7; 16],
        span_id: vec![8; 8],
        trace_state: "ot=th:8".into(),
        parent_span_id: vec![9; 8],
        flags: 1,
        name: "shop.submit".into(),
        kind: 3,
        start_time_unix_nano: 1,
        end_time_unix_nano: 2,
        attributes: vec![KeyValue { key: "order_id".into(), ..KeyValue::default() }],
        dropped_attributes_count: 1,
        events: vec![Event { name: "exception".into(), ..Event::default() }],
        dropped_events_count: 2,
        links: vec![Link { trace_state: "ot=th:8".into(), ..Link::default() }],
        dropped_links_count: 3,
        status: Some(Status { message: "no file".into(), code: 2 }),
    };
    let viewer = Viewer::new(&Sight::Everything).unwrap();
    let seen = |span: &[u8]| {
        let batch = [2, 2, 1].iter().fold(span.to_vec(), |inside, number| field(*number, &inside));
        let mut read = String::new();
        spans::read(&batch, |_, span| {
            let attributes = span.attributes().map(|it| it.unwrap().key.to_vec());
            read = format!(
                "{:?} {:?}",
                (span.trace_id, span.span_id, span.trace_state, span.parent_span_id, span.name),
                (
                    (span.flags, span.kind, span.status_message, span.status_code),
                    (span.start_time_unix_nano, span.end_time_unix_nano),
                    attributes.collect::<Vec<_>>(),
                    (span.events().count(), span.links().count()),
                )
            );
            Ok(())
        })
        .unwrap();
        (read, viewer.view(&batch, 0..1, 0).unwrap().bytes)
    };
    let written = span.encode_to_vec();
    let expected = seen(&written);
    let fields = split(&written);
    for long in &fields {
        for (tag, inside) in [(1, 0), (0, 1)] {
            let mut longer = Vec::new();
            for field in &fields {
                let (tag, inside) =
                    if field.number == long.number { (tag, inside) } else { (0, 0) };
                put_varint(&mut longer, field.number << 3 | u64::from(field.wire_type), tag);
                match field.wire_type {
                    0 => put_varint(&mut longer, varint(field.content).0, inside),
                    2 => {
                        put_varint(&mut longer, field.content.len() as u64, inside);
                        longer.extend(field.content);
                    }
                    _ => longer.extend(field.content),
                }
            }
            assert_eq!(seen(&longer), expected, "field {}", long.number);
        }
    }
}

#[derive(Clone, Copy)]
struct Attribute<'a> {
    key: &'a [u8],
    /// The content of its `KeyValue`.
    message: &'a [u8],
}

impl Attribute<'_> {
    /// The only attribute of the only span.
    fn batch(&self) -> Vec<u8> {
        [9, 2, 2, 1].iter().fold(self.message.to_vec(), |inside, number| field(*number, &inside))
    }

    fn decoded(&self) -> KeyValue {
        KeyValue::decode(self.message).expect("a `KeyValue`")
    }
}

/// Without the texts, which are long.
impl std::fmt::Debug for Attribute<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let start = &self.message[..self.message.len().min(12)];
        write!(f, "a key of {} in {}: {start:02x?}", self.key.len(), self.message.len())
    }
}

struct Leaves<'a> {
    attribute: Attribute<'a>,
    is_asked: std::cell::Cell<bool>,
    visits: usize,
}

impl TextEditor for Leaves<'_> {
    fn leaves_attribute(&self, key: &[u8], texts: &[u8]) -> bool {
        let attribute = self.attribute;
        assert_eq!(key, attribute.key, "{attribute:?}");
        let (has_key, text) = match attribute.decoded().value.and_then(|it| it.value) {
            Some(Value::StringValue(text)) => (texts.len() > key.len() + text.len(), text),
            Some(Value::BoolValue(_) | Value::IntValue(_) | Value::DoubleValue(_)) => {
                (texts == key, String::new())
            }
            value => panic!("{attribute:?} holds {value:?}"),
        };
        let has = |part: &[u8]| part.is_empty() || texts.windows(part.len()).any(|it| it == part);
        assert!(has_key && has(key) && has(text.as_bytes()), "{attribute:?}");
        self.is_asked.set(true);
        true
    }

    fn entry(&mut self, _: Carrier, keys: &[&[u8]]) -> Treatment {
        assert_eq!(keys, [self.attribute.key], "{:?}", self.attribute);
        self.visits += 1;
        Treatment::Search
    }

    fn text(&mut self, _: Place<'_>, _: &[u8]) -> Option<String> {
        None
    }

    fn unsearchable(&mut self, _: Place<'_>, _: Unsearchable) -> Option<String> {
        None
    }
}

/// Lengths of one byte and of two, and those next to where one more is needed.
const LENGTHS: [usize; 14] = [0, 1, 2, 3, 64, 112, 123, 124, 125, 126, 127, 128, 129, 300];

fn each_attribute(check: impl Fn(Attribute<'_>)) {
    let texts: Vec<Vec<u8>> =
        LENGTHS.iter().map(|length| field(1, &b"v".repeat(*length))).collect();
    let others: [&[u8]; 12] = [
        b"",
        b"\x10\x01",
        b"\x18\x07",
        b"\x18\xff\x01",
        b"\x18\xff\xff\x01",
        b"\x18\xff\xff\xff\x01",
        b"\x21\x00\x00\x00\x00\x00\x00\xf0\x3f",
        b"\x3a\x02ab",
        b"\x2a\x04\x0a\x02\x18\x01",
        b"\x0a\x01v\x18\x07",
        b"\x18\x07\x0a\x01v",
        b"\x0a\x01v\x98\x06\x01",
    ];
    let values = texts.iter().map(Vec::as_slice).chain(others);
    let values: Vec<Vec<u8>> = values.map(|value| field(2, value)).collect();
    let unknown = b"\x98\x06\x01";
    // A length of two bytes where one would do; the first byte alone would lead to the end.
    for name in [&b""[..], b"k"] {
        let length = 0x80 | name.len() as u8;
        let key = [&[0x0a, length, 0], name, b"\x9a\x06\x7c", &[b'u'; 0x7c]].concat();
        for value in &values {
            check(Attribute { key: name, message: &[value.as_slice(), &key].concat() });
        }
    }
    for length in LENGTHS {
        let name = b"k".repeat(length);
        let key = field(1, &name);
        let attribute = |fields: &[&[u8]]| {
            check(Attribute { key: &name, message: &fields.concat() });
        };
        attribute(&[&key]);
        for value in &values {
            attribute(&[&key, value]);
            attribute(&[value, &key]);
            attribute(&[&key, value, unknown]);
            attribute(&[value, &key, unknown]);
            attribute(&[unknown, &key, value]);
            attribute(&[&field(1, b"other"), value, &key]);
            attribute(&[value, &field(1, b"other"), &key]);
        }
    }
}

fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    prost::encoding::encode_varint(content.len() as u64, &mut out);
    out.extend_from_slice(content);
    out
}
