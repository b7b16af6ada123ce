//! Fields and attributes that are set, and spans that are dropped.

use spans::{Carriers, Fields};

use crate::batch::{int, shop, shop_with, text as attribute};
use crate::case::{Case, edit, keys, rename, replace, set, set_field, text};
use crate::proto::{Edits, Field, On, ScalarValue};

pub fn cases() -> Vec<Case> {
    [fields(), attributes(), drops()].concat()
}

fn fields() -> Vec<Case> {
    vec![
        Case::new("no-edits-change-nothing", "An answer of no bytes.", vec![]),
        Case::new(
            "sets-texts-of-a-span",
            "Name, status message and trace state, of a span that has them and of one that has not.",
            vec![
                edit(On::Span, 0, 0, set_field(Field::Name, "POST /{id}")),
                edit(On::Span, 0, 0, set_field(Field::StatusMessage, "no file for [phone]")),
                edit(On::Span, 0, 0, set_field(Field::TraceState, "ot=th:c")),
                edit(On::Span, 1, 0, set_field(Field::StatusMessage, "slow")),
                edit(On::Span, 1, 0, set_field(Field::TraceState, "ot=th:e")),
            ],
        ),
        Case::new(
            "sets-texts-of-a-scope",
            "Name and version, and the schema URL that stands beside the scope.",
            vec![
                edit(On::Scope, 1, 0, set_field(Field::Name, "asgi.idle")),
                edit(On::Scope, 1, 0, set_field(Field::Version, "1.3.0")),
                edit(On::Scope, 1, 0, set_field(Field::SchemaUrl, "https://example.com/2")),
            ],
        ),
        Case::new(
            "sets-the-schema-url-of-a-resource",
            "It stands beside the resource. The second had none.",
            vec![
                edit(On::Resource, 0, 0, set_field(Field::SchemaUrl, "https://example.com/1")),
                edit(On::Resource, 1, 0, set_field(Field::SchemaUrl, "https://example.com/2")),
            ],
        ),
        Case::new(
            "sets-the-name-of-an-event",
            "The second of two.",
            vec![edit(On::Event, 0, 1, set_field(Field::Name, "retried"))],
        ),
        Case::new(
            "sets-the-trace-state-of-a-link",
            "Links come behind events.",
            vec![
                edit(On::Event, 0, 0, set_field(Field::Name, "failed")),
                edit(On::Link, 0, 0, set_field(Field::TraceState, "ot=th:f")),
            ],
        ),
        Case::new(
            "sets-texts-and-keys-of-an-entity",
            "List 0 of its path is the id keys, list 1 the description keys.",
            vec![
                edit(On::Entity, 0, 0, set_field(Field::SchemaUrl, "https://example.com/e")),
                edit(On::Entity, 0, 0, set_field(Field::Type, "shop")),
                edit(On::Entity, 0, 0, rename(&[0, 1], "service.instance")),
                edit(On::Entity, 0, 0, rename(&[1, 0], "version")),
            ],
        ),
        Case::new(
            "an-empty-text-removes-a-field",
            "Of a span, its status, an event, a link, a scope and a resource.",
            vec![
                edit(On::Resource, 0, 0, set_field(Field::SchemaUrl, "")),
                edit(On::Scope, 0, 0, set_field(Field::Name, "")),
                edit(On::Scope, 0, 0, set_field(Field::Version, "")),
                edit(On::Scope, 0, 0, set_field(Field::SchemaUrl, "")),
                edit(On::Span, 0, 0, set_field(Field::Name, "")),
                edit(On::Span, 0, 0, set_field(Field::StatusMessage, "")),
                edit(On::Span, 0, 0, set_field(Field::TraceState, "")),
                edit(On::Event, 0, 0, set_field(Field::Name, "")),
                edit(On::Link, 0, 0, set_field(Field::TraceState, "")),
            ],
        ),
        Case::new(
            "sets-a-field-that-is-not-in-sight",
            "What is written is announced; what is read is another question.",
            vec![edit(On::Span, 2, 0, set_field(Field::Name, "ship"))],
        )
        .seeing(Fields::TRACE_ID, vec![]),
    ]
}

fn attributes() -> Vec<Case> {
    vec![
        Case::new(
            "sets-an-attribute-where-it-stands",
            "The order of attributes stays.",
            vec![edit(On::Span, 0, 0, set(1, text("A-2000")))],
        ),
        Case::new(
            "puts-a-new-attribute-behind-the-others",
            "By the order of their keys' indices.",
            vec![
                edit(On::Span, 1, 0, set(0, text("SHIPPED"))),
                edit(On::Span, 1, 0, set(2, ScalarValue::Double(0.25))),
            ],
        ),
        Case::new(
            "sets-every-attribute-of-a-key",
            "One that stands twice, with another between.",
            vec![edit(On::Span, 0, 0, set(1, text("A-3")))],
        )
        .batch(shop_with(vec![
            attribute("order_id", "A-1"),
            attribute("queue", "prices"),
            attribute("order_id", "A-2"),
        ])),
        Case::new(
            "sets-values-of-every-type",
            "Over a value of another type, too.",
            vec![
                edit(On::Span, 0, 0, set(0, ScalarValue::Bool(false))),
                edit(On::Span, 0, 0, set(1, ScalarValue::Int(-17))),
                edit(On::Span, 0, 0, set(2, ScalarValue::Double(-0.0))),
                edit(On::Span, 1, 0, set(0, ScalarValue::Int(i64::MAX))),
                edit(On::Span, 1, 0, set(1, ScalarValue::Bool(true))),
                edit(On::Span, 2, 0, set(0, text(""))),
            ],
        ),
        Case::new(
            "sets-attributes-of-everything-that-has-some",
            "Resource, scope, span, event and link.",
            vec![
                edit(On::Resource, 0, 0, set(0, text("r"))),
                edit(On::Scope, 0, 0, set(0, text("s"))),
                edit(On::Span, 0, 0, set(0, text("p"))),
                edit(On::Event, 0, 0, set(1, text("e"))),
                edit(On::Event, 0, 1, set(0, text("f"))),
                edit(On::Link, 0, 0, set(0, text("l"))),
                edit(On::Resource, 2, 0, set(1, text("idle"))),
            ],
        ),
        Case::new(
            "edits-with-a-path-to-what-is-set-do-nothing",
            "The set counts, over a new value and a new key.",
            vec![
                edit(On::Span, 0, 0, set(1, text("A-9"))),
                edit(On::Span, 0, 0, rename(&[0], "order")),
                edit(On::Span, 0, 0, replace(&[0], "A-7")),
                edit(On::Span, 0, 0, replace(&[4], "many")),
            ],
        ),
        Case::new(
            "edits-with-a-path-into-what-is-set-do-nothing",
            "The attribute was a map.",
            vec![
                edit(On::Span, 0, 0, set(1, text("A-9"))),
                edit(On::Span, 0, 0, replace(&[0, 0], "Pskov")),
            ],
        )
        .batch(shop_with(vec![
            crate::batch::key_value("order_id", crate::batch::map(vec![attribute("city", "M")])),
            int("attempt", 2),
        ])),
        Case::new(
            "sets-a-key-that-another-attribute-is-renamed-to",
            "Keys are those of the view: the renamed one is another attribute.",
            vec![
                edit(On::Span, 1, 0, set(0, text("PAID"))),
                edit(On::Span, 1, 0, rename(&[1], "order_status")),
            ],
        ),
        Case::new(
            "sets-only-what-is-in-sight",
            "A selector of these carriers means the key.",
            vec![edit(On::Span, 1, 0, set(0, text("PAID")))],
        )
        .seeing(Fields::empty(), vec![keys(Carriers::SPAN, &["order_*"])])
        .writing(|writes| {
            let carriers = Carriers::SPAN;
            writes.sets = vec![spans::SetKey { carriers, key: "order_status".to_owned() }];
        }),
    ]
}

fn drops() -> Vec<Case> {
    let unknown = Edits { drop_unknown_fields: true, ..Edits::default() };
    vec![
        Case::new("drops-a-span", "The second of three.", vec![]).dropping(&[1]),
        Case::new(
            "edits-spans-beside-those-that-go",
            "Numbers are those of the view, whatever goes.",
            vec![
                edit(On::Span, 0, 0, set_field(Field::Name, "first")),
                edit(On::Span, 2, 0, set_field(Field::Name, "third")),
                edit(On::Span, 4, 0, set_field(Field::Name, "fifth")),
            ],
        )
        .dropping(&[1, 3]),
        Case::new(
            "a-scope-that-loses-its-last-span-goes",
            "Its resource stays, for the scope that came without spans.",
            vec![],
        )
        .dropping(&[0, 1])
        .batch({
            let mut shop = shop();
            let api = &mut shop.resource_spans[0];
            let ship = api.scope_spans[0].spans.pop().into_iter().collect();
            api.scope_spans.push(crate::batch::scope_spans("boto", ship));
            shop
        }),
        Case::new(
            "a-resource-that-loses-its-last-span-goes",
            "Those that came without spans stay, but one in it goes with it.",
            vec![],
        )
        .dropping(&[0, 1, 2]),
        Case::new("nothing-is-left-without-spans", "Every span goes.", vec![])
            .dropping(&[0, 1, 2, 3, 4]),
        Case::new(
            "edits-of-what-goes-with-its-spans-go-too",
            "Of a resource and a scope; nobody counts as changed by them.",
            vec![
                edit(On::Resource, 1, 0, set(0, text("gone"))),
                edit(On::Scope, 2, 0, set(0, text("gone"))),
            ],
        )
        .dropping(&[3, 4]),
        Case::new("drops-unknown-fields", "There are none in this batch.", vec![])
            .bytes(prost::Message::encode_to_vec(&unknown)),
        Case::new(
            "counts-the-spans-of-a-changed-resource",
            "Those that stay.",
            vec![edit(On::Resource, 0, 0, set(0, text("r")))],
        )
        .dropping(&[2, 4]),
        Case::new(
            "counts-the-spans-of-a-changed-scope",
            "And a span once that is changed itself.",
            vec![
                edit(On::Scope, 0, 0, set(0, text("s"))),
                edit(On::Span, 0, 0, set(0, text("p"))),
                edit(On::Span, 3, 0, set(0, text("q"))),
            ],
        ),
    ]
}
