//! Parts of batches.

use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, TracesData};
use prost::Message;
use spans::{Carriers, Fields, Sight};

use crate::batch::*;
use crate::corpus::{Case, fields_and_keys};

pub fn cases() -> Vec<Case> {
    let case = |name, about, units, limit| Case {
        name,
        about,
        sight: sight(),
        traces: several(),
        units,
        limit,
    };
    let heavy =
        |name, about, limit| Case { traces: of_heavy(), ..case(name, about, None, Some(limit)) };
    vec![
        case(
            "units-are-spans-and-what-has-none",
            "A batch of eight units: five spans, two scopes without, and a resource without scopes. All stand.",
            None,
            None,
        ),
        case("the-first-unit", "A unit stands under its resource and scope.", Some(0..1), None),
        case(
            "units-within-a-scope",
            "Some spans of one scope; the others do not count.",
            Some(1..3),
            None,
        ),
        case(
            "units-over-scopes-and-resources",
            "Only resources and scopes that have units in the range stand.",
            Some(2..6),
            None,
        ),
        case("a-unit-without-a-span", "A scope without spans is a unit.", Some(3..4), None),
        case("a-resource-without-scopes", "A resource without scopes is a unit.", Some(6..7), None),
        case("units-beyond-the-end", "A range may reach beyond the end.", Some(7..100), None),
        case("no-units-beyond-the-end", "Beyond the end there is nothing.", Some(8..100), None),
        case("an-empty-range", "A range may be empty.", Some(2..2), None),
        case(
            "a-limit-that-all-fits-into",
            "Who fits into the limit stands whole.",
            None,
            Some(100_000),
        ),
        case(
            "a-limit-cuts-before-the-unit-that-passes-it",
            "A view ends before the unit that would make it longer than the limit.",
            None,
            Some(200),
        ),
        case(
            "a-limit-counts-from-the-first-unit-asked-for",
            "A view of later units is cut by its own length.",
            Some(1..8),
            Some(200),
        ),
        case(
            "a-limit-and-a-range",
            "A view ends at the end of the range, if that comes before the limit.",
            Some(1..3),
            Some(10_000),
        ),
        case("a-limit-that-is-met", "A view may be as long as the limit.", None, Some(268)),
        case(
            "a-limit-that-is-missed-by-a-byte",
            "A view may not be a byte longer than the limit.",
            None,
            Some(267),
        ),
        Case {
            traces: of_spans(vec![
                span(&"long ".repeat(100), Vec::new()),
                span("short", Vec::new()),
            ]),
            ..case(
                "one-unit-is-always-in-it",
                "The first unit stands, however long it is.",
                None,
                Some(100),
            )
        },
        heavy(
            "twice-what-stands-around-counts-if-it-is-more",
            "As many spans stay with a heavy resource and scope as weigh the same.",
            1,
        ),
        Case {
            sight: Sight::Everything,
            ..heavy(
                "what-stands-around-is-measured-in-the-view",
                "With more in sight, more stands around a unit.",
                1,
            )
        },
        heavy("the-limit-counts-if-it-is-more", "A limit above what stands around counts.", 700),
    ]
}

fn sight() -> Sight {
    let fields = Fields::SPAN_NAME | Fields::SCOPE_NAME | Fields::SCHEMA_URLS;
    fields_and_keys(fields, Carriers::all(), &["service.name", "k"])
}

fn resource(name: &str) -> Option<Resource> {
    Some(Resource { attributes: vec![entry("service.name", text(name))], ..Resource::default() })
}

fn scope(name: &str, spans: &[&str]) -> ScopeSpans {
    ScopeSpans {
        scope: Some(InstrumentationScope { name: name.into(), ..Default::default() }),
        spans: spans
            .iter()
            .map(|it| span(it, vec![entry("k", text(it)), entry("x", int(1))]))
            .collect(),
        schema_url: if spans.len() > 1 { "https://example.org".into() } else { String::new() },
    }
}

fn several() -> Vec<u8> {
    TracesData {
        resource_spans: vec![
            ResourceSpans {
                resource: resource("first"),
                scope_spans: vec![
                    scope("http", &["one", "two", "three"]),
                    scope("idle", &[]),
                    scope("sql", &["four"]),
                ],
                schema_url: "https://example.org/1.0".into(),
            },
            ResourceSpans {
                resource: resource("second"),
                scope_spans: vec![scope("idle", &[])],
                ..ResourceSpans::default()
            },
            ResourceSpans { resource: resource("third"), ..ResourceSpans::default() },
            ResourceSpans {
                scope_spans: vec![ScopeSpans {
                    spans: vec![span("five", Vec::new())],
                    ..ScopeSpans::default()
                }],
                ..ResourceSpans::default()
            },
        ],
    }
    .encode_to_vec()
}

/// A resource and a scope that weigh more than their spans.
fn of_heavy() -> Vec<u8> {
    let names: Vec<String> = (0..40).map(|number| format!("span number {number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    TracesData {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource {
                attributes: vec![
                    entry("service.name", text(&"shop-api ".repeat(15))),
                    entry("x", text(&"long ".repeat(30))),
                ],
                ..Resource::default()
            }),
            scope_spans: vec![scope("http", &names)],
            schema_url: "https://example.org/1.0".into(),
        }],
    }
    .encode_to_vec()
}
