//! Batches that are handed over in parts.

use prost::Message;

use crate::batch::UNITS;
use crate::case::{Answer, Case, edit, replace, set, set_field, text};
use crate::proto::{Edit, Edits, Field, On};

pub fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "numbers-are-those-of-the-part",
            "Each part is a view of its own, with resources and scopes that have units in it.",
            vec![],
        )
        .parts(vec![
            (0..2, edits(vec![edit(On::Span, 1, 0, set_field(Field::Name, "second"))], &[])),
            (
                2..5,
                edits(
                    vec![
                        edit(On::Span, 0, 0, set_field(Field::Name, "third")),
                        edit(On::Scope, 2, 0, set_field(Field::Name, "celery 2")),
                        edit(On::Span, 1, 0, set_field(Field::Name, "fourth")),
                    ],
                    &[],
                ),
            ),
            (5..UNITS, edits(vec![edit(On::Resource, 1, 0, set(0, text("idle")))], &[0])),
        ]),
        Case::new(
            "a-resource-in-two-parts-is-edited-in-the-first",
            "The same goes for a scope. Its spans are edited where they stand.",
            vec![],
        )
        .parts(vec![
            (0..1, edits(around("first"), &[])),
            (1..3, edits(around("second"), &[])),
            (3..UNITS, edits(vec![], &[])),
        ]),
        Case::new(
            "a-resource-in-two-parts-is-not-edited-again",
            "The first part had no edits for it, and that was its answer.",
            vec![],
        )
        .parts(vec![
            (0..1, edits(vec![], &[])),
            (1..3, edits(around("second"), &[])),
            (3..UNITS, Answer::Leave),
        ]),
        Case::new(
            "a-resource-is-edited-in-the-first-part-with-an-answer",
            "A part that is left or dropped gives no answer.",
            vec![],
        )
        .parts(vec![
            (0..1, Answer::Leave),
            (1..2, Answer::Drop),
            (2..3, edits(around("third"), &[])),
            (3..UNITS, Answer::Leave),
        ]),
        Case::new(
            "counts-spans-of-a-resource-that-an-earlier-part-changed",
            "They go on with another resource, though their part was left as it is.",
            vec![],
        )
        .parts(vec![
            (0..1, edits(vec![edit(On::Resource, 0, 0, set(0, text("r")))], &[])),
            (1..UNITS, Answer::Leave),
        ]),
        Case::new("leaves-a-part-as-it-is", "Others are edited.", vec![]).parts(vec![
            (0..1, edits(vec![edit(On::Span, 0, 0, replace(&[0], "A-*"))], &[])),
            (1..4, Answer::Leave),
            (4..UNITS, edits(vec![edit(On::Span, 0, 0, replace(&[0], "A-*"))], &[1])),
        ]),
        Case::new("drops-the-spans-of-a-part", "And nothing else of it.", vec![])
            .parts(vec![(0..2, Answer::Leave), (2..UNITS, Answer::Drop)]),
        Case::new(
            "nothing-is-left-where-every-part-loses-its-spans",
            "One drops them itself.",
            vec![],
        )
        .parts(vec![(0..4, edits(vec![], &[0, 1, 2])), (4..UNITS, Answer::Drop)]),
        Case::new("edits-only-some-units", "Nobody said anything of the others.", vec![])
            .parts(vec![(1..2, edits(vec![edit(On::Span, 0, 0, set(0, text("OK")))], &[]))]),
        Case::new(
            "a-part-with-one-wrong-answer-is-refused",
            "The answer to the first is right.",
            vec![],
        )
        .parts(vec![
            (0..1, edits(around("first"), &[])),
            (1..3, edits(vec![edit(On::Span, 2, 0, set(0, text("OK")))], &[])),
        ]),
    ]
}

/// Edits of the first resource, scope and span of a part.
fn around(value: &str) -> Vec<Edit> {
    [On::Resource, On::Scope, On::Span].map(|on| edit(on, 0, 0, set(0, text(value)))).to_vec()
}

fn edits(edits: Vec<Edit>, dropped_spans: &[u32]) -> Answer {
    let dropped_spans = dropped_spans.to_vec();
    Answer::Edits(Edits { edits, dropped_spans, ..Edits::default() }.encode_to_vec())
}
