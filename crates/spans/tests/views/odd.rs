//! What can stand in bytes and not in pdata.

use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::TracesData;
use prost::Message;
use spans::{Carriers, Fields, Sight, Viewer};

use crate::batch::*;
use crate::corpus;

fn all(sight: &Sight, traces: &[u8]) -> Result<Vec<u8>, spans::Malformed> {
    let viewer = Viewer::new(sight).expect("right patterns");
    viewer.view(traces, 0..usize::MAX, 0).map(|view| view.bytes)
}

#[test]
fn an_id_of_another_length_is_one_even_of_zeros() {
    let span = Span { trace_id: vec![0; 15], span_id: vec![0; 9], ..Span::default() };
    let traces = of_spans(vec![span]);
    assert_eq!(all(&Sight::Everything, &traces), Ok(traces));
}

#[test]
fn a_key_need_not_be_utf_8() {
    // A key `k\xff`, with a number, a text, and in a map.
    let traces = of_attributes(vec![
        entry("k?", int(1)),
        entry("k?", text("?")),
        entry("k", map([entry("k?", int(2))])),
    ]);
    let traces: Vec<u8> = traces.iter().map(|it| if *it == b'?' { 0xff } else { *it }).collect();
    assert_eq!(all(&corpus::keys(Carriers::SPAN, &["k*"]), &traces), Ok(traces.clone()));
    assert_eq!(all(&Sight::Everything, &traces), Ok(traces));
}

#[test]
fn only_what_is_looked_at_is_decoded() {
    let whole = of_spans(vec![span("one", vec![entry("k", text("a"))]), span("two", Vec::new())]);
    let mut traces = TracesData::decode(&whole[..]).expect("a batch");
    let broken = || Span { name: "broken".into(), ..Span::default() };
    traces.resource_spans[0].scope_spans[0].spans.push(broken());
    // Its name has another wire type.
    let mut bytes = traces.encode_to_vec();
    let name = bytes.windows(6).position(|it| it == b"broken").expect("it is there");
    bytes[name - 2] = 5 << 3;
    let viewer = Viewer::new(&corpus::fields(Fields::SPAN_NAME)).expect("no patterns");
    assert_eq!(spans::units(&bytes), Ok(3));
    assert_eq!(viewer.view(&bytes, 0..2, 0).map(|view| view.bytes), Ok(whole_names()));
    assert!(viewer.view(&bytes, 0..3, 0).is_err());
    // A value that nobody asked for.
    let mut bytes = whole;
    let text = bytes.windows(3).position(|it| it == [0x0a, 1, b'a']).expect("it is there");
    bytes[text + 1] = 9;
    assert_eq!(all(&corpus::fields(Fields::SPAN_NAME), &bytes), Ok(whole_names()));
    assert!(all(&Sight::Everything, &bytes).is_err());
}

fn whole_names() -> Vec<u8> {
    of_spans(vec![span("one", Vec::new()), span("two", Vec::new())])
}

/// Guarantees: what is told at a glance is told of nothing but the form that a view has.
#[test]
fn what_is_written_otherwise_is_written_anew() {
    let batch = |attribute: &[u8]| {
        let field = |number: u8, content: &[u8]| {
            [&[number << 3 | 2, content.len() as u8][..], content].concat()
        };
        field(1, &field(2, &field(2, attribute)))
    };
    let plain = batch(&[0x4a, 8, 0x0a, 1, b'k', 0x12, 3, 0x0a, 1, b'a']);
    let without_key = batch(&[0x4a, 5, 0x12, 3, 0x0a, 1, b'a']);
    let number = batch(&[0x4a, 7, 0x0a, 1, b'k', 0x12, 2, 0x18, 5]);
    for (attribute, expected) in [
        (&[0x4a, 8, 0x0a, 1, b'k', 0x12, 3, 0x0a, 1, b'a'][..], &plain),
        // The value first.
        (&[0x4a, 8, 0x12, 3, 0x0a, 1, b'a', 0x0a, 1, b'k'], &plain),
        // Longer lengths than need be, of each field in turn.
        (&[0x4a, 0x88, 0, 0x0a, 1, b'k', 0x12, 3, 0x0a, 1, b'a'], &plain),
        (&[0x4a, 9, 0x0a, 0x81, 0, b'k', 0x12, 3, 0x0a, 1, b'a'], &plain),
        (&[0x4a, 9, 0x0a, 1, b'k', 0x12, 0x83, 0, 0x0a, 1, b'a'], &plain),
        (&[0x4a, 9, 0x0a, 1, b'k', 0x12, 4, 0x0a, 0x81, 0, b'a'], &plain),
        // A longer tag than need be.
        (&[0xca, 0, 8, 0x0a, 1, b'k', 0x12, 3, 0x0a, 1, b'a'], &plain),
        // An empty key that is written out.
        (&[0x4a, 7, 0x0a, 0, 0x12, 3, 0x0a, 1, b'a'], &without_key),
        // Two keys, two values.
        (&[0x4a, 11, 0x0a, 1, b'x', 0x0a, 1, b'k', 0x12, 3, 0x0a, 1, b'a'], &plain),
        (&[0x4a, 12, 0x0a, 1, b'k', 0x12, 2, 0x18, 5, 0x12, 3, 0x0a, 1, b'a'], &plain),
        (&[0x4a, 8, 0x0a, 1, b'k', 0x12, 3, 0x18, 0x85, 0], &number),
    ] {
        let found = all(&Sight::Everything, &batch(attribute));
        assert_eq!(found.as_ref(), Ok(expected), "{attribute:x?}");
    }
}

/// A megabyte of lists that are one takes no minutes.
#[test]
fn a_list_that_stands_very_often_is_one() {
    const COUNT: usize = 200_000;
    let mut value = Vec::new();
    for _ in 0..COUNT {
        value.extend([0x2a, 2, 0x0a, 0]);
    }
    let field = |number: u8, content: &[u8]| {
        let mut out = vec![number << 3 | 2];
        prost::encoding::encode_varint(content.len() as u64, &mut out);
        out.extend(content);
        out
    };
    let attribute = [field(1, b"k"), field(2, &value)].concat();
    let traces = field(1, &field(2, &field(2, &field(9, &attribute))));
    let expected = of_attributes(vec![entry("k", array(vec![nothing(); COUNT]))]);
    assert!(all(&Sight::Everything, &traces).is_ok_and(|view| view == expected));
    assert!(
        all(&corpus::keys(Carriers::SPAN, &["a"]), &traces)
            .is_ok_and(|view| view == of_attributes(Vec::new()))
    );
}
