//! Edits with a path.

use spans::{Carriers, Fields};

use crate::batch::{any_text, array, int, key_value, map, shop_with, text as attribute};
use crate::case::{Case, edit, keys, remove, rename, replace, set_field};
use crate::proto::{Field, On};

pub fn cases() -> Vec<Case> {
    [values(), entries(), positions()].concat()
}

fn values() -> Vec<Case> {
    vec![
        Case::new(
            "replaces-values-of-every-type",
            "Text, number, truth, bytes, list and map give way to a text.",
            (0..8).map(|at| edit(On::Span, 0, 0, replace(&[at], "[masked]"))).collect(),
        ),
        Case::new(
            "replaces-a-value-in-a-map",
            "And in a map in that.",
            vec![
                edit(On::Span, 0, 0, replace(&[1, 1, 0], "P.")),
                edit(On::Span, 0, 0, replace(&[1, 2], "[phone]")),
            ],
        ),
        Case::new(
            "replaces-elements-of-a-list",
            "Texts, and a map.",
            vec![
                edit(On::Span, 0, 0, replace(&[2, 1], "one line")),
                edit(On::Span, 0, 0, replace(&[3, 0], "old")),
                edit(On::Span, 0, 0, replace(&[3, 2], "heavy")),
            ],
        ),
        Case::new(
            "replaces-a-value-in-a-map-in-a-list",
            "The list stays a list.",
            vec![
                edit(On::Span, 0, 0, replace(&[2, 0, 0], "K-*")),
                edit(On::Span, 0, 0, replace(&[2, 1, 1], "some")),
            ],
        ),
        Case::new(
            "replaces-values-of-everything-that-has-attributes",
            "Resource, scope, event and link.",
            vec![
                edit(On::Resource, 0, 0, replace(&[1], "host")),
                edit(On::Scope, 0, 0, replace(&[0], "a")),
                edit(On::Event, 0, 0, replace(&[0], "Error")),
                edit(On::Event, 0, 1, replace(&[0], "A-*")),
                edit(On::Link, 0, 0, replace(&[0], "again")),
                edit(On::Resource, 2, 0, replace(&[0], "none")),
            ],
        ),
        Case::new(
            "replaces-what-is-announced-above",
            "Whoever may replace a map may replace what is in it.",
            vec![edit(On::Span, 0, 0, replace(&[1, 1, 1], "[street]"))],
        )
        .writing(|writes| writes.replaces = vec![keys(Carriers::SPAN, &["customer"])]),
        Case::new(
            "replaces-elements-of-an-announced-list",
            "Elements have the keys of their list.",
            vec![edit(On::Span, 0, 0, replace(&[3, 1], "x"))],
        )
        .writing(|writes| writes.replaces = vec![keys(Carriers::SPAN, &["tags"])]),
        Case::new(
            "replaces-what-the-joined-keys-mean",
            "A pattern with dots means an entry of a map.",
            vec![edit(On::Span, 0, 0, replace(&[1, 1, 0], "[city]"))],
        )
        .writing(|writes| writes.replaces = vec![keys(Carriers::SPAN, &["customer.*.city"])]),
        Case::new(
            "replaces-a-number-that-is-not-shown",
            "In a view of texts something stands there that is no text.",
            vec![edit(On::Span, 0, 0, replace(&[4], "[number]"))],
        )
        .seeing_texts(),
    ]
}

fn entries() -> Vec<Case> {
    vec![
        Case::new(
            "renames-attributes",
            "Of a span, an event and a resource; their places stay.",
            vec![
                edit(On::Resource, 0, 0, rename(&[0], "name")),
                edit(On::Span, 0, 0, rename(&[0], "order.id")),
                edit(On::Span, 0, 0, rename(&[7], "sum")),
                edit(On::Event, 0, 0, rename(&[1], "order.id")),
            ],
        ),
        Case::new(
            "renames-keys-in-maps",
            "One map in another, and one in a list.",
            vec![
                edit(On::Span, 0, 0, rename(&[1, 0], "first_name")),
                edit(On::Span, 0, 0, rename(&[1, 1, 1], "road")),
                edit(On::Span, 0, 0, rename(&[2, 0, 1], "pieces")),
            ],
        ),
        Case::new(
            "renames-to-a-key-that-stands-already",
            "Then it stands twice.",
            vec![edit(On::Span, 1, 0, rename(&[1], "order_id"))],
        ),
        Case::new(
            "renames-one-of-two-of-a-key",
            "The other stays, and so does the order.",
            vec![edit(On::Span, 0, 0, rename(&[2], "second"))],
        )
        .batch(shop_with(vec![
            attribute("id", "1"),
            attribute("queue", "prices"),
            attribute("id", "2"),
            attribute("id", "3"),
        ])),
        Case::new(
            "renames-to-no-key",
            "An empty key is one, too.",
            vec![edit(On::Span, 0, 0, rename(&[0], ""))],
        ),
        Case::new(
            "renames-and-replaces-at-one-path",
            "In this order.",
            vec![
                edit(On::Span, 0, 0, rename(&[0], "order")),
                edit(On::Span, 0, 0, replace(&[0], "A-*")),
            ],
        ),
        Case::new(
            "renames-a-map-and-edits-what-is-in-it",
            "A path comes before those that it begins.",
            vec![
                edit(On::Span, 0, 0, rename(&[1], "client")),
                edit(On::Span, 0, 0, rename(&[1, 0], "first_name")),
                edit(On::Span, 0, 0, replace(&[1, 0], "A.")),
                edit(On::Span, 0, 0, remove(&[1, 1])),
                edit(On::Span, 0, 0, replace(&[1, 2], "[phone]")),
            ],
        ),
        Case::new(
            "removes-attributes",
            "The first and the last of a span, and the only one of a scope.",
            vec![
                edit(On::Span, 0, 0, remove(&[0])),
                edit(On::Span, 0, 0, remove(&[7])),
                edit(On::Scope, 1, 0, remove(&[0])),
            ],
        ),
        Case::new(
            "removes-entries-of-maps",
            "The last of one map, and one of a map in a list.",
            vec![
                edit(On::Span, 0, 0, remove(&[1, 1, 0])),
                edit(On::Span, 0, 0, remove(&[1, 1, 1])),
                edit(On::Span, 0, 0, remove(&[2, 1, 0])),
            ],
        ),
        Case::new(
            "removes-one-of-two-of-a-key",
            "The first.",
            vec![edit(On::Span, 0, 0, remove(&[0]))],
        )
        .batch(shop_with(vec![attribute("id", "1"), attribute("id", "2")])),
        Case::new(
            "no-edit-moves-a-position",
            "Others are removed and renamed before it.",
            vec![
                edit(On::Span, 0, 0, set_field(Field::Name, "POST")),
                edit(On::Span, 0, 0, remove(&[0])),
                edit(On::Span, 0, 0, remove(&[1, 0])),
                edit(On::Span, 0, 0, replace(&[1, 2], "[phone]")),
                edit(On::Span, 0, 0, rename(&[4], "try")),
                edit(On::Span, 0, 0, replace(&[6], "much")),
            ],
        ),
    ]
}

fn positions() -> Vec<Case> {
    let order_ids = || vec![keys(Carriers::all(), &["order_id"])];
    vec![
        Case::new(
            "counts-attributes-in-the-view",
            "Only two of them are shown.",
            vec![
                edit(On::Span, 0, 0, replace(&[0], "one")),
                edit(On::Span, 0, 0, rename(&[1], "two")),
            ],
        )
        .seeing(Fields::empty(), vec![keys(Carriers::SPAN, &["attempt", "total"])]),
        Case::new(
            "counts-entries-in-the-view",
            "Of the map nothing is shown but what leads to one entry.",
            vec![edit(On::Span, 0, 0, replace(&[0, 0, 0], "[street]"))],
        )
        .seeing(Fields::empty(), vec![keys(Carriers::SPAN, &["street"])]),
        Case::new(
            "counts-elements-in-the-view",
            "An element before one of interest stands empty.",
            vec![
                edit(On::Span, 0, 0, replace(&[0, 1, 0], "K")),
                edit(On::Span, 0, 0, remove(&[0, 3, 0])),
            ],
        )
        .seeing(Fields::empty(), vec![keys(Carriers::SPAN, &["sku"])])
        .batch(shop_with(vec![
            int("attempt", 1),
            key_value(
                "lines",
                array(vec![
                    any_text("none"),
                    map(vec![int("count", 1), attribute("sku", "K-1")]),
                    map(vec![int("count", 2)]),
                    map(vec![attribute("sku", "K-3"), int("count", 3)]),
                    any_text("none"),
                ]),
            ),
        ])),
        Case::new(
            "counts-events-in-the-view",
            "The first has nothing of interest and stands empty.",
            vec![edit(On::Event, 0, 1, replace(&[0], "A-*"))],
        )
        .seeing(Fields::empty(), vec![keys(Carriers::EVENT, &["order_id"])])
        .batch({
            let mut shop = crate::batch::shop();
            let span = &mut shop.resource_spans[0].scope_spans[0].spans[0];
            span.events[0].attributes.pop();
            shop
        }),
        Case::new(
            "counts-in-every-carrier-by-its-own-selectors",
            "Those of spans say nothing of events.",
            vec![
                edit(On::Span, 0, 0, replace(&[0], "span")),
                edit(On::Event, 0, 0, replace(&[0], "event")),
                edit(On::Event, 0, 1, replace(&[0], "event")),
                edit(On::Span, 1, 0, replace(&[0], "span")),
            ],
        )
        .seeing(Fields::empty(), order_ids()),
        Case::new(
            "replaces-all-in-a-whole-value",
            "What a selector means is shown with all in it.",
            vec![
                edit(On::Span, 0, 0, replace(&[0, 1, 0], "[city]")),
                edit(On::Span, 0, 0, replace(&[0, 2], "[phone]")),
            ],
        )
        .seeing(Fields::empty(), vec![keys(Carriers::SPAN, &["customer"])]),
    ]
}
