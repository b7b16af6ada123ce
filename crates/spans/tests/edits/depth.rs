//! Lists in lists, as deep as they are looked into, and deeper.

use prost::Message;
use spans::{Editor, Output, Part, Sight, Verdict, Writes};

use crate::proto::Edits;

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
