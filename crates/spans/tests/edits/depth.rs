//! Lists in lists, as deep as they are looked into, and deeper.

use prost::Message;
use spans::{Carriers, Editor, Output, Part, Parts, Selector, Sight, Verdict, Writes};

use crate::proto::{Action, Edit, Edits, ReplaceValue, Scalar, ScalarValue};

/// Scenario: a value under so many lists that only a hostile sender writes them.
/// Guarantees: what stands under 32 of them is decoded, settled and cleaned; what stands under more
/// is left as it is, and however many there are, no stack is too small.
#[test]
fn what_stands_under_more_than_32_lists_is_left() {
    // A length that lies; two values of which the second counts; a field that OTLP does not know.
    let (malformed, overridden, unknown) =
        (b"\x0a\x09", b"\x10\x01\x18\x07", b"\x18\x07\xb8\x3e\x01");
    for (lists, is_left) in [(1, false), (32, false), (33, true), (100_000, true)] {
        assert_eq!(spans::validate(&under(lists, malformed)).is_ok(), is_left, "{lists}");
        let settled = spans::settle(&under(lists, overridden)).unwrap();
        assert_eq!(settled, (!is_left).then(|| under(lists, b"\x18\x07")), "{lists}");
        // One value higher up has all of the batch settled.
        let both = [under(1, overridden), under(lists, overridden)].concat();
        let inner: &[u8] = if is_left { overridden } else { b"\x18\x07" };
        let expected = [under(1, b"\x18\x07"), under(lists, inner)].concat();
        assert_eq!(spans::settle(&both).unwrap(), Some(expected), "{lists}");
        let cleaned = Output::Replaced(under(lists, b"\x18\x07"));
        let expected = if is_left { Output::Unchanged } else { cleaned };
        assert_eq!(without_unknown(&under(lists, unknown)), expected, "{lists}");
    }
}

/// Scenario: under 32 maps or lists a list that cannot be decoded, and behind it the only key in
/// sight.
/// Guarantees: the list has its place, for a view shows that it stands there; so an edit of what
/// stands behind it meets that.
#[test]
fn what_is_too_deep_to_be_decoded_has_its_place() {
    let malformed = field(5, b"\x0a\x09");
    let innermost = |text: &str| {
        let behind = entry(b"k", &field(1, text.as_bytes()));
        field(6, &[field(1, &entry(b"b", &malformed)), field(1, &behind)].concat())
    };
    let in_maps = |text: &str| {
        (1..32).fold(innermost(text), |inner, _| field(6, &field(1, &entry(b"a", &inner))))
    };
    let in_lists =
        |text: &str| (1..32).fold(innermost(text), |inner, _| field(5, &field(1, &inner)));
    let k = Selector { carriers: Carriers::SPAN, keys: vec!["k".to_owned()] };
    let sight = Sight::Parts(Parts { keys: vec![k.clone()], ..Parts::default() });
    let writes = Writes { replaces: vec![k], ..Writes::default() };
    let editor = Editor::new(&sight, &writes).unwrap();
    let value = Some(Scalar { value: Some(ScalarValue::Text("new".into())) });
    let path = [vec![0; 32], vec![1]].concat();
    let action = Some(Action::ReplaceValue(ReplaceValue { path, value }));
    let edits = Edits { edits: vec![Edit { action, ..Edit::default() }], ..Edits::default() };
    let edits = edits.encode_to_vec();
    for value in [&in_maps as &dyn Fn(&str) -> Vec<u8>, &in_lists] {
        let batch = |text: &str| {
            let attribute = field(9, &entry(b"a", &value(text)));
            [2, 2, 1].iter().fold(attribute, |inner, number| field(*number, &inner))
        };
        assert_eq!(editor.check(&batch("old"), 0..1, &edits), Ok(()));
        let part = Part { units: 0..1, verdict: Verdict::Edit(&edits) };
        let output = editor.apply(&batch("old"), &[part]).unwrap().output;
        assert_eq!(output, Output::Replaced(batch("new")));
    }
}

fn entry(key: &[u8], value: &[u8]) -> Vec<u8> {
    [field(1, key), field(2, value)].concat()
}

fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    prost::encoding::encode_varint(content.len() as u64, &mut field);
    field.extend_from_slice(content);
    field
}

/// The batch with a span whose attribute holds this `AnyValue` in so many lists.
fn under(lists: usize, value: &[u8]) -> Vec<u8> {
    // Written from the last byte to the first: each list in turn would be a copy of all in it.
    let mut reversed: Vec<u8> = value.iter().rev().copied().collect();
    let around = [2, 9, 2, 2, 1];
    let numbers = std::iter::repeat_n([1, 5], lists).flatten().chain(around);
    for number in numbers {
        let mut head = vec![number << 3 | 2];
        prost::encoding::encode_varint(reversed.len() as u64, &mut head);
        reversed.extend(head.iter().rev());
    }
    reversed.reverse();
    reversed
}

fn without_unknown(batch: &[u8]) -> Output {
    let writes = Writes { drops_unknown_fields: true, ..Writes::default() };
    let editor = Editor::new(&Sight::Texts, &writes).unwrap();
    let edits = Edits { drop_unknown_fields: true, ..Edits::default() }.encode_to_vec();
    let part = Part { units: 0..1, verdict: Verdict::Edit(&edits) };
    editor.apply(batch, &[part]).unwrap().output
}
