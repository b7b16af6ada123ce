//! Answers that are refused, one for each reason and each text.

use prost::Message;
use spans::{Carriers, Fields};

use crate::batch::any_text;
use crate::case::{Case, edit, keys, remove, rename, replace, set, set_field, text};
use crate::proto::{Action, Edit, Edits, Field, On, ReplaceValue, SetAttribute};

pub fn cases() -> Vec<Case> {
    [unreadable(), numbers(), places(), order(), not_announced(), drops()].concat()
}

/// An edit that is right.
fn right() -> Edit {
    edit(On::Span, 0, 0, replace(&[0], "A-*"))
}

fn unreadable() -> Vec<Case> {
    let answer = |edits: Vec<Edit>| Edits { edits, ..Edits::default() }.encode_to_vec();
    let with = |bytes: &[u8]| [answer(vec![right()]), bytes.to_vec()].concat();
    let no_value = Action::ReplaceValue(ReplaceValue { path: vec![1], value: None });
    let no_scalar = Action::SetAttribute(SetAttribute { key: 0, value: Some(Default::default()) });
    let case = |name, about, bytes| Case::new(name, about, vec![]).bytes(bytes);
    vec![
        case("refuses-what-is-no-protobuf", "A wire type that is none.", vec![0x0f]),
        case("refuses-an-answer-that-ends-early", "Inside its second edit.", with(&[0x1a, 9, 1])),
        case("refuses-an-unknown-field", "Field 4 of the answer.", with(&[0x20, 1])),
        case("refuses-an-unknown-field-of-an-edit", "Field 9.", with(&[0x1a, 2, 0x48, 0])),
        case("refuses-an-unknown-carrier", "There are six.", {
            with(&[0x1a, 4, 0x08, 6, 0x22, 0])
        }),
        case("refuses-an-unknown-text-field", "There are six.", {
            with(&[0x1a, 4, 0x22, 2, 0x08, 6])
        }),
        case("refuses-a-varint-longer-than-it-must-be", "The number 1 in two bytes.", {
            with(&[0x1a, 5, 0x10, 0x81, 0, 0x22, 0])
        }),
        case("refuses-a-field-that-stands-twice", "The number of a span.", {
            with(&[0x1a, 6, 0x10, 1, 0x10, 1, 0x22, 0])
        }),
        case("refuses-two-actions-in-one-edit", "A field and a removal.", {
            with(&[0x1a, 4, 0x22, 0, 0x42, 0])
        }),
        case("refuses-an-edit-without-an-action", "Only its place.", with(&[0x1a, 2, 0x10, 1])),
        case("refuses-a-replacement-without-a-value", "There is no message for it.", {
            answer(vec![right(), edit(On::Span, 0, 0, no_value)])
        }),
        case("refuses-an-empty-value", "A message without a field.", {
            answer(vec![edit(On::Span, 0, 0, no_scalar)])
        }),
        case("refuses-a-text-that-is-not-utf-8", "Half a letter.", {
            with(&[0x1a, 7, 0x10, 1, 0x22, 3, 0x12, 1, 0xd0])
        }),
        case("refuses-an-empty-list-that-is-written", "A path of no positions.", {
            with(&[0x1a, 4, 0x42, 2, 0x0a, 0])
        }),
        case("refuses-a-list-that-is-not-packed", "The number of a dropped span.", vec![0x10, 1]),
        case("refuses-dropped-spans-behind-edits", "Whoever reads on must know them.", {
            with(&[0x12, 1, 1])
        }),
    ]
}

fn numbers() -> Vec<Case> {
    let name = || set_field(Field::Name, "x");
    let case = |name, about, edit| Case::new(name, about, vec![edit]);
    vec![
        case("refuses-a-span-that-is-not-there", "Five are.", edit(On::Span, 5, 0, name())),
        case("refuses-a-scope-that-is-not-there", "Three are.", edit(On::Scope, 3, 0, name())),
        case("refuses-a-resource-that-is-not-there", "Three are.", {
            edit(On::Resource, 17, 0, set_field(Field::SchemaUrl, "x"))
        }),
        case("refuses-an-event-that-is-not-there", "Two are.", edit(On::Event, 0, 2, name())),
        case("refuses-an-event-of-a-span-that-is-not-there", "Five are.", {
            edit(On::Event, 5, 0, name())
        }),
        case("refuses-a-link-that-is-not-there", "One is.", {
            edit(On::Link, 0, 1, set_field(Field::TraceState, "x"))
        }),
        case("refuses-an-entity-that-is-not-there", "None is.", {
            edit(On::Entity, 1, 0, set_field(Field::Type, "x"))
        }),
        case("refuses-an-event-that-is-not-in-sight", "Only their attributes are asked for.", {
            edit(On::Event, 0, 1, replace(&[0], "x"))
        })
        .seeing(Fields::empty(), vec![keys(Carriers::EVENT, &["exception.*"])]),
        case("refuses-a-span-of-another-part", "This part has two.", {
            edit(On::Span, 2, 0, name())
        })
        .parts(vec![(
            1..3,
            crate::case::Answer::Edits(
                Edits { edits: vec![edit(On::Span, 2, 0, name())], ..Edits::default() }
                    .encode_to_vec(),
            ),
        )]),
    ]
}

fn places() -> Vec<Case> {
    let case = |name, about, edit| Case::new(name, about, vec![right(), edit]);
    let span = |action| edit(On::Span, 0, 0, action);
    vec![
        case("refuses-an-attribute-that-is-not-there", "Eight are.", span(replace(&[8], "x"))),
        case("refuses-an-entry-that-is-not-there", "Three are.", span(replace(&[1, 3], "x"))),
        case("refuses-an-element-that-is-not-there", "Three are.", span(replace(&[3, 3], "x"))),
        case("refuses-a-path-into-a-text", "It has no entries.", span(replace(&[1, 0, 0], "x"))),
        case("refuses-to-rename-an-element", "It has no key.", span(rename(&[3, 1], "x"))),
        case("refuses-to-remove-an-element", "It is no entry.", span(remove(&[3, 1]))),
        Case::new("refuses-no-path", "It leads nowhere.", vec![span(remove(&[]))]),
        Case::new("refuses-a-field-of-another-carrier", "A span has no version.", {
            vec![span(set_field(Field::Version, "x"))]
        }),
        Case::new("refuses-a-member-of-a-span", "It is one itself.", {
            vec![edit(On::Span, 0, 1, set_field(Field::Name, "x"))]
        }),
        Case::new("refuses-an-entity-key-that-is-not-there", "Two id keys are.", {
            vec![edit(On::Entity, 0, 0, rename(&[0, 2], "x"))]
        }),
        Case::new("refuses-to-remove-an-entity-key", "Keys are only renamed.", {
            vec![edit(On::Entity, 0, 0, remove(&[0, 0]))]
        }),
        Case::new("refuses-an-attribute-that-is-not-in-sight", "Two are.", {
            vec![span(replace(&[2], "x"))]
        })
        .seeing(Fields::empty(), vec![keys(Carriers::SPAN, &["attempt", "total"])]),
        Case::new(
            "refuses-an-element-that-is-not-in-sight",
            "Those after the last of interest.",
            vec![span(replace(&[0, 1], "x"))],
        )
        .seeing(Fields::empty(), vec![keys(Carriers::SPAN, &["sku"])])
        .batch(crate::batch::shop_with(vec![crate::batch::key_value(
            "lines",
            crate::batch::array(vec![
                crate::batch::map(vec![crate::batch::text("sku", "K-1")]),
                any_text("none"),
            ]),
        )])),
        Case::new("refuses-a-path-below-32-lists", "There a view shows an empty list.", {
            vec![span(replace(&[0; 34], "x"))]
        })
        .batch(deep()),
        Case::new("replaces-a-list-below-32-others", "That is where a view has its last list.", {
            vec![span(replace(&[0; 33], "[too deep]"))]
        })
        .batch(deep()),
    ]
}

/// The shop with 34 lists in one another.
fn deep() -> opentelemetry_proto::tonic::trace::v1::TracesData {
    let value = (0..34).fold(any_text("x"), |inside, _| crate::batch::array(vec![inside]));
    crate::batch::shop_with(vec![crate::batch::key_value("deep", value)])
}

fn order() -> Vec<Case> {
    let span = |number, action| edit(On::Span, number, 0, action);
    let name = || set_field(Field::Name, "x");
    let state = || set_field(Field::TraceState, "x");
    let case = |name, about, edits: [Edit; 2]| Case::new(name, about, edits.to_vec());
    vec![
        case("refuses-the-same-edit-twice", "Nobody could say which counts.", [right(), right()]),
        case(
            "refuses-spans-out-of-order",
            "The first comes second.",
            [span(1, name()), span(0, name())],
        ),
        case(
            "refuses-a-scope-behind-its-spans",
            "It comes before them.",
            [span(0, name()), edit(On::Scope, 0, 0, name())],
        ),
        case(
            "refuses-a-resource-behind-its-scopes",
            "It comes before them.",
            [
                edit(On::Scope, 0, 0, name()),
                edit(On::Resource, 0, 0, set_field(Field::SchemaUrl, "x")),
            ],
        ),
        case(
            "refuses-fields-out-of-order",
            "By their numbers.",
            [span(0, state()), span(0, name())],
        ),
        case(
            "refuses-fields-behind-attributes",
            "They come first.",
            [span(0, set(0, text("x"))), span(0, name())],
        ),
        case(
            "refuses-keys-to-set-out-of-order",
            "By their indices.",
            [span(0, set(1, text("x"))), span(0, set(0, text("x")))],
        ),
        case(
            "refuses-paths-out-of-order",
            "By their positions.",
            [span(0, replace(&[3, 1], "x")), span(0, replace(&[3, 0], "x"))],
        ),
        case(
            "refuses-a-path-behind-one-that-it-begins",
            "It comes before that.",
            [span(0, replace(&[1, 0], "x")), span(0, rename(&[1], "x"))],
        ),
        case(
            "refuses-a-new-key-behind-a-new-value",
            "It comes before that.",
            [span(0, replace(&[1], "x")), span(0, rename(&[1], "x"))],
        ),
        case(
            "refuses-a-span-behind-its-events",
            "It comes before them.",
            [edit(On::Event, 0, 0, name()), span(0, name())],
        ),
        case(
            "refuses-events-behind-links",
            "They come first.",
            [edit(On::Link, 0, 0, state()), edit(On::Event, 0, 0, name())],
        ),
        case(
            "refuses-events-out-of-order",
            "By their numbers.",
            [edit(On::Event, 0, 1, name()), edit(On::Event, 0, 0, name())],
        ),
        case(
            "refuses-an-edit-in-what-is-replaced",
            "It goes.",
            [span(0, replace(&[1], "x")), span(0, replace(&[1, 0], "x"))],
        ),
        case(
            "refuses-an-edit-in-what-is-removed",
            "It goes.",
            [span(0, remove(&[1])), span(0, rename(&[1, 1, 0], "x"))],
        ),
        case(
            "refuses-an-edit-of-what-is-removed",
            "It goes.",
            [span(0, remove(&[1])), span(0, rename(&[1], "x"))],
        ),
    ]
}

fn not_announced() -> Vec<Case> {
    let span = |action| edit(On::Span, 0, 0, action);
    let none = |name, about, edit| {
        Case::new(name, about, vec![edit]).writing(|writes| *writes = spans::Writes::default())
    };
    let state = || set_field(Field::TraceState, "x");
    let url = || set_field(Field::SchemaUrl, "x");
    let name = || set_field(Field::Name, "x");
    vec![
        none("refuses-a-value-that-is-not-announced", "Nothing is.", right()),
        none("refuses-a-key-that-is-not-announced", "Nothing is.", span(rename(&[0], "x"))),
        none("refuses-a-removal-that-is-not-announced", "Nothing is.", span(remove(&[0]))),
        none("refuses-a-span-name-that-is-not-announced", "Nothing is.", span(name())),
        none("refuses-a-status-message-that-is-not-announced", "Nothing is.", {
            span(set_field(Field::StatusMessage, "x"))
        }),
        none("refuses-a-trace-state-that-is-not-announced", "Nothing is.", span(state())),
        none("refuses-an-event-name-that-is-not-announced", "Nothing is.", {
            edit(On::Event, 0, 0, name())
        }),
        none("refuses-a-link-trace-state-that-is-not-announced", "Nothing is.", {
            edit(On::Link, 0, 0, state())
        }),
        none("refuses-a-scope-name-that-is-not-announced", "Nothing is.", {
            edit(On::Scope, 0, 0, name())
        }),
        none("refuses-a-scope-version-that-is-not-announced", "Nothing is.", {
            edit(On::Scope, 0, 0, set_field(Field::Version, "x"))
        }),
        none("refuses-a-schema-url-that-is-not-announced", "Nothing is.", {
            edit(On::Resource, 0, 0, url())
        }),
        none("refuses-an-entity-that-is-not-announced", "Nothing is.", {
            edit(On::Entity, 0, 0, url())
        }),
        none("refuses-an-entity-key-that-is-not-announced", "Nothing is.", {
            edit(On::Entity, 0, 0, rename(&[0, 0], "x"))
        }),
        none("refuses-a-set-key-that-is-not-announced", "Nothing is.", span(set(7, text("x")))),
        Case::new("refuses-a-set-key-of-another-carrier", "It is one of spans.", {
            vec![edit(On::Event, 0, 0, set(2, text("x")))]
        }),
        Case::new("refuses-a-set-key-of-an-entity", "It has no attributes.", {
            vec![edit(On::Entity, 0, 0, set(0, text("x")))]
        }),
        Case::new("refuses-a-value-beside-the-announced", "Another entry of the map is.", {
            vec![span(replace(&[1, 0], "x"))]
        })
        .writing(|writes| writes.replaces = vec![keys(Carriers::SPAN, &["phone"])]),
        Case::new("refuses-a-value-of-another-carrier", "Those of events are announced.", {
            vec![right()]
        })
        .writing(|writes| writes.replaces = vec![keys(Carriers::EVENT, &["order_id"])]),
        Case::new("refuses-a-key-below-the-announced", "Only the map itself may be renamed.", {
            vec![span(rename(&[1, 0], "x"))]
        })
        .writing(|writes| writes.renames = vec![keys(Carriers::SPAN, &["customer"])]),
    ]
}

fn drops() -> Vec<Case> {
    let unknown = Edits { drop_unknown_fields: true, ..Edits::default() }.encode_to_vec();
    let none = |writes: &mut spans::Writes| *writes = spans::Writes::default();
    vec![
        Case::new("refuses-an-edit-of-a-dropped-span", "It does not go on.", vec![right()])
            .dropping(&[0]),
        Case::new("refuses-an-edit-of-an-event-of-a-dropped-span", "It does not go on.", {
            vec![edit(On::Event, 0, 0, set_field(Field::Name, "x"))]
        })
        .dropping(&[0]),
        Case::new("refuses-drops-that-are-not-announced", "Nothing is.", vec![])
            .dropping(&[1])
            .writing(none),
        Case::new("refuses-drops-out-of-order", "They ascend.", vec![]).dropping(&[1, 0]),
        Case::new("refuses-to-drop-a-span-twice", "They ascend.", vec![]).dropping(&[1, 1]),
        Case::new("refuses-to-drop-a-span-that-is-not-there", "Five are.", vec![])
            .dropping(&[0, 5]),
        Case::new("refuses-to-drop-unknown-fields-unannounced", "Nothing is.", vec![])
            .bytes(unknown)
            .writing(none),
    ]
}
