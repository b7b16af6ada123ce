//! Attributes and map entries by their keys.

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::trace::v1::span::Event;
use prost::Message;
use spans::{Carriers, Fields, Parts, Selector, Sight};

use crate::batch::*;
use crate::corpus::{Case, fields_and_keys, keys};

pub fn cases() -> Vec<Case> {
    let case =
        |name, about, sight, traces| Case { name, about, sight, traces, units: None, limit: None };
    let span = |name, about, patterns: &[&str], attributes| {
        case(name, about, keys(Carriers::SPAN, patterns), of_attributes(attributes))
    };
    let mut cases = vec![
        span(
            "a-key-has-its-whole-value",
            "An attribute whose key matches stands with its value, of whatever type, and all in it.",
            &["k"],
            all_types("k", "other"),
        ),
        span(
            "case-is-ignored",
            "Upper and lower case of a key are one, as Unicode has them.",
            &["Order_ID", "КЛИЕНТ.имя", "straße", "σ"],
            texts(&[
                "order_id",
                "ORDER_ID",
                "клиент.ИМЯ",
                "Клиент",
                "STRAẞE",
                "strasse",
                "ς",
                "Σ",
                "\u{17f}",
            ]),
        ),
        span(
            "header-names-have-two-spellings",
            "Below a segment `header`, `headers` or `metadata`, `-` and `_` are one; elsewhere they are not.",
            &["http.request.header.x-api-key", "rpc.metadata.a_b", "order-id"],
            texts(&[
                "http.request.header.x_api_key",
                "http.request.header.X-Api-Key",
                "http.request.header.x.api.key",
                "rpc.metadata.a-b",
                "order-id",
                "order_id",
            ]),
        ),
        span(
            "a-star-is-any-run",
            "`*` in a key stands for any characters, none too.",
            &["customer.*", "*.secret", "a*c"],
            texts(&[
                "customer.name",
                "customer.",
                "customer",
                "x.secret",
                "secret",
                "ac",
                "abbc",
                "abcd",
            ]),
        ),
        span(
            "a-key-may-be-empty",
            "`*` matches an empty key as well.",
            &["*"],
            vec![entry("", text("a")), without_value(""), entry("b", int(1))],
        ),
        span(
            "a-key-may-stand-twice",
            "Every attribute with the key stands, in order.",
            &["k"],
            vec![entry("k", text("a")), entry("b", int(1)), entry("k", int(2)), without_value("k")],
        ),
        span(
            "a-path-of-keys-is-joined-by-dots",
            "An entry is meant by its own key or by all keys down to it.",
            &["customer.name", "a.b.c"],
            vec![
                entry("customer", map([entry("name", text("in")), entry("age", int(4))])),
                entry("customer.name", text("in")),
                entry("other", map([entry("customer.name", text("in"))])),
                entry("other", map([entry("customer", map([entry("name", text("out"))]))])),
                entry("a.b", map([entry("c", text("in"))])),
                entry(
                    "a",
                    map([entry("b.c", text("in")), entry("b", map([entry("c", text("in"))]))]),
                ),
                entry("a", map([entry("c", text("out"))])),
            ],
        ),
        span(
            "a-star-spans-keys-of-a-path",
            "`*` stands for the dots between keys as well.",
            &["a*z"],
            vec![entry(
                "a",
                map([entry("m", map([entry("z", text("in")), entry("y", text("out"))]))]),
            )],
        ),
        span(
            "the-way-to-a-key-has-nothing-else",
            "A map that does not match stands with the entries that do, and without all others.",
            &["k"],
            vec![
                entry("a", map([entry("x", text("out")), entry("k", int(7)), without_value("y")])),
                entry("b", map([entry("c", map([entry("k", text("in"))])), entry("d", map([]))])),
                entry("e", map([entry("x", text("out"))])),
                entry("f", map([])),
            ],
        ),
        span(
            "elements-keep-their-places",
            "Elements of an array before one that holds a match stand empty, those after the last are gone.",
            &["k"],
            vec![
                entry(
                    "a",
                    array([
                        text("out"),
                        map([entry("x", int(1))]),
                        map([entry("k", int(2)), entry("x", int(3))]),
                        array([
                            int(4),
                            array([map([entry("k", text("in"))]), text("out")]),
                            int(5),
                        ]),
                        map([entry("x", int(6))]),
                        nothing(),
                    ]),
                ),
                entry("b", array([text("out"), array([])])),
                entry("c", array([array([map([without_value("k")])])])),
            ],
        ),
        span(
            "all-below-a-match-stands",
            "Below an entry that matches nothing is left out, matching or not; what has no value has none.",
            &["a.b"],
            vec![entry(
                "a",
                map([
                    entry("x", text("out")),
                    entry(
                        "b",
                        array([
                            map([entry("y", nothing()), entry("z", int(1))]),
                            nothing(),
                            bytes(b"b"),
                        ]),
                    ),
                ]),
            )],
        ),
        span(
            "a-match-is-cut-under-32-lists",
            "Below an entry that matches, a list that stands under 32 others, counted from the attribute, stands empty.",
            &["k"],
            vec![
                entry("k", in_arrays(32, array([text("a")]))),
                entry("k", in_arrays(31, array([text("a")]))),
                entry("a", in_arrays(20, map([entry("k", in_arrays(12, text("a")))]))),
                entry(
                    "b",
                    in_arrays(20, map([entry("k", in_maps(11, map([entry("m", text("a"))])))])),
                ),
                entry("c", in_arrays(20, map([entry("k", in_arrays(10, array([text("a")])))]))),
            ],
        ),
        span(
            "what-is-too-deep-stands-if-the-key-is-in-it",
            "A list under 32 others stands empty if a match is somewhere in it; else its way is not shown.",
            &["k"],
            vec![
                entry("a", in_arrays(32, map([entry("k", text("a"))]))),
                entry("b", in_arrays(32, map([entry("x", text("k"))]))),
                entry(
                    "c",
                    in_arrays(60, map([entry("x", in_maps(20, map([entry("k", int(1))])))])),
                ),
                entry("d", in_maps(32, map([entry("k", text("a"))]))),
                entry("e", in_maps(40, map([entry("x", text("a"))]))),
            ],
        ),
        span(
            "what-is-too-deep-to-look-into-stands",
            "A list under 128 others below the one that is cut may hold any key.",
            &["k"],
            vec![
                entry("under-159", in_arrays(159, array([text("a")]))),
                entry("under-160", in_arrays(160, array([text("a")]))),
                entry("under-160", in_maps(160, map([]))),
            ],
        ),
    ];
    cases.extend(carriers());
    cases.extend(members());
    cases
}

/// One key on every carrier.
fn carriers() -> Vec<Case> {
    let mut traces = full();
    let both = || {
        vec![entry("k", text("in")), entry("m", map([entry("k", int(1))])), entry("x", text("out"))]
    };
    for resource_spans in &mut traces.resource_spans {
        resource_spans.resource.get_or_insert_default().attributes = both();
        for scope_spans in &mut resource_spans.scope_spans {
            scope_spans.scope.get_or_insert_default().attributes = both();
            for span in &mut scope_spans.spans {
                span.attributes = both();
                span.events.iter_mut().for_each(|it| it.attributes = both());
                span.links.iter_mut().for_each(|it| it.attributes = both());
            }
        }
    }
    let traces = traces.encode_to_vec();
    [
        ("a-key-of-resources", "A key on resources means no other carrier.", Carriers::RESOURCE),
        ("a-key-of-scopes", "A key on scopes means no other carrier.", Carriers::SCOPE),
        ("a-key-of-spans", "A key on spans means no other carrier.", Carriers::SPAN),
        ("a-key-of-events", "A key on events means no other carrier.", Carriers::EVENT),
        ("a-key-of-links", "A key on links means no other carrier.", Carriers::LINK),
        ("a-key-of-all-carriers", "A key on all carriers.", Carriers::all()),
        ("a-key-of-no-carrier", "A key on no carrier means nothing.", Carriers::empty()),
    ]
    .map(|(name, about, carriers)| Case {
        name,
        about,
        sight: keys(carriers, &["k"]),
        traces: traces.clone(),
        units: None,
        limit: None,
    })
    .into()
}

/// Events and links.
fn members() -> Vec<Case> {
    let with = |key: &str| vec![entry(key, text("a"))];
    let events: Vec<Event> = ["x", "k", "x", "k", "x"].map(|key| event("named", with(key))).into();
    let links = ["x", "x", "k", "x"].map(|key| link("a=b", with(key))).into();
    let selectors =
        [(Carriers::SPAN, "a"), (Carriers::SPAN | Carriers::EVENT, "b"), (Carriers::EVENT, "c")]
            .map(|(carriers, key)| Selector { carriers, keys: vec![key.to_owned()] });
    let several = Sight::Parts(Parts { fields: Fields::SPAN_NAME, keys: selectors.into() });
    let mut span = span("named", texts(&["a", "b", "c"]));
    span.events = vec![event("named", texts(&["a", "b", "c"]))];
    let case =
        |name, about, sight, traces| Case { name, about, sight, traces, units: None, limit: None };
    vec![
        case(
            "events-keep-their-places",
            "Events before one with a match stand empty, those after the last are gone; no time is shown.",
            keys(Carriers::EVENT, &["k"]),
            of_events(events.clone()),
        ),
        case(
            "links-keep-their-places",
            "Links before one with a match stand empty, those after the last are gone; no id is shown.",
            keys(Carriers::LINK, &["k"]),
            of_links(links),
        ),
        case(
            "names-of-events-are-of-interest",
            "Where names of events are in sight, an event that has one stands, with the key or without.",
            fields_and_keys(Fields::EVENT_NAME, Carriers::EVENT, &["k"]),
            of_events(events),
        ),
        case(
            "selectors-count-each-on-its-carriers",
            "Of several selectors each counts on its own carriers.",
            several,
            of_spans(vec![span]),
        ),
    ]
}

fn texts(keys: &[&str]) -> Vec<KeyValue> {
    keys.iter().map(|key| entry(key, text("a"))).collect()
}

fn all_types(key: &str, other: &str) -> Vec<KeyValue> {
    let values = [
        text("a"),
        text(&"long ".repeat(40)),
        int(-5),
        double(2.5),
        truth(false),
        bytes(b"\xff\x00"),
        nothing(),
        array([text("a"), int(1), nothing()]),
        map([entry("x", text("a")), entry("y", int(1)), without_value("z")]),
    ];
    let values = values.into_iter().flat_map(|it| [entry(key, it.clone()), entry(other, it)]);
    // One with a length that takes three bytes.
    values.chain([entry(key, text(&"-".repeat(1 << 14)))]).collect()
}
