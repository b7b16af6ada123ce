//! Everything and all texts.

use opentelemetry_proto::tonic::common::v1::EntityRef;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, TracesData};
use prost::Message;
use spans::Sight;

use crate::batch::*;
use crate::corpus::Case;

pub fn cases() -> Vec<Case> {
    let case =
        |name, about, sight, traces| Case { name, about, sight, traces, units: None, limit: None };
    vec![
        case(
            "everything-is-every-field",
            "Everything shows every field that OTLP has.",
            Sight::Everything,
            full().encode_to_vec(),
        ),
        case(
            "everything-is-without-unknown-fields",
            "What OTLP does not know is in no view.",
            Sight::Everything,
            with_unknown_fields(),
        ),
        case(
            "empty-values-are-no-values",
            "A value that is absent, and one that is there and empty, are both left out of a `KeyValue`; elements of arrays stand.",
            Sight::Everything,
            of_attributes(empty_values()),
        ),
        case(
            "empty-things-keep-their-places",
            "Attributes, entries, elements, events, links, entities, spans, scopes and resources stand even where nothing is in them; a resource, a scope and a status do not.",
            Sight::Everything,
            empty_things(),
        ),
        case(
            "ids-of-zeros-are-none",
            "An id of zeros says that there is none.",
            Sight::Everything,
            zero_ids(),
        ),
        case(
            "numbers-at-their-ends",
            "Numbers are shown whole: negative ones, the largest, a double's bits; an unknown kind and code too.",
            Sight::Everything,
            numbers(),
        ),
        case(
            "lists-and-maps-under-32-are-cut",
            "A list or map that stands under 32 others stands empty.",
            Sight::Everything,
            of_attributes(deep()),
        ),
        case(
            "an-empty-batch-is-an-empty-view",
            "Of nothing, everything is nothing.",
            Sight::Everything,
            Vec::new(),
        ),
        case(
            "texts-are-all-texts-and-keys",
            "All texts are shown, and every key; no ids, times, kinds, codes, flags and counts.",
            Sight::Texts,
            full().encode_to_vec(),
        ),
        case(
            "texts-mark-what-is-no-text",
            "Under all texts, a truth value or a number stands as a value that is there and empty, bytes as empty bytes; an empty value is none.",
            Sight::Texts,
            of_attributes(no_texts()),
        ),
        case(
            "texts-keep-empty-things",
            "Under all texts, what has no text keeps its place.",
            Sight::Texts,
            empty_things(),
        ),
        case(
            "texts-are-cut-under-32-too",
            "Under all texts, a list or map that stands under 32 others stands empty.",
            Sight::Texts,
            of_attributes(deep()),
        ),
        case(
            "texts-are-without-unknown-fields",
            "Under all texts, what OTLP does not know is not shown.",
            Sight::Texts,
            with_unknown_fields(),
        ),
        case(
            "an-empty-text-is-a-text",
            "An empty text as a value stands; as a name it is left out.",
            Sight::Texts,
            of_spans(vec![
                span("", vec![entry("", text("")), entry("a", array([text(""), nothing()]))]),
                Span {
                    status: Some(Status { message: String::new(), code: 2 }),
                    ..Span::default()
                },
            ]),
        ),
    ]
}

/// A field that no message of OTLP has, in every message on the way to a span and in the span.
fn with_unknown_fields() -> Vec<u8> {
    let unknown = [0xfa, 0x07, 3, b'n', b'e', b'w', 0x98, 0x06, 1, 0xa5, 0x06, 1, 2, 3, 4];
    let field = |number: u8, content: &[u8]| {
        let content = [content, &unknown].concat();
        let mut out = vec![number << 3 | 2];
        prost::encoding::encode_varint(content.len() as u64, &mut out);
        out.extend(content);
        out
    };
    // A text has no fields in it.
    let text = |number: u8, text: &[u8]| [&[number << 3 | 2, text.len() as u8], text].concat();
    let attribute = field(9, &[text(1, b"k"), field(2, &text(1, b"v"))].concat());
    let event = field(11, &text(2, b"sent"));
    let link = field(13, &text(3, b"ot=th:8"));
    let status = field(15, &text(2, b"late"));
    let span = field(2, &[text(5, b"charge"), attribute, event, link, status].concat());
    let scope = field(1, &text(1, b"asgi"));
    let resource = field(1, &[]);
    field(1, &[resource, field(2, &[scope, span].concat())].concat())
}

fn empty_values() -> Vec<opentelemetry_proto::tonic::common::v1::KeyValue> {
    vec![
        without_value("absent"),
        entry("empty", nothing()),
        entry("array", array([nothing(), text("a"), nothing()])),
        entry("map", map([without_value("absent"), entry("empty", nothing())])),
        entry("no-elements", array([])),
        entry("no-entries", map([])),
    ]
}

fn empty_things() -> Vec<u8> {
    let span = Span {
        attributes: vec![without_value(""), entry("m", map([without_value("")]))],
        events: vec![Event::default(), Event::default()],
        links: vec![Link::default()],
        status: Some(Status::default()),
        ..Span::default()
    };
    let scope = Some(Default::default());
    let scope_spans = vec![
        ScopeSpans { scope, spans: vec![span, Span::default()], ..ScopeSpans::default() },
        ScopeSpans::default(),
    ];
    let entity_refs = vec![EntityRef::default()];
    TracesData {
        resource_spans: vec![
            ResourceSpans {
                resource: Some(Resource::default()),
                scope_spans,
                ..ResourceSpans::default()
            },
            ResourceSpans {
                resource: Some(Resource { entity_refs, ..Resource::default() }),
                ..ResourceSpans::default()
            },
            ResourceSpans::default(),
        ],
    }
    .encode_to_vec()
}

fn zero_ids() -> Vec<u8> {
    of_spans(vec![Span {
        trace_id: vec![0; 16],
        span_id: vec![0; 8],
        parent_span_id: vec![0; 8],
        links: vec![Link { trace_id: vec![0; 16], span_id: vec![0; 8], ..Link::default() }],
        ..Span::default()
    }])
}

fn numbers() -> Vec<u8> {
    let values = [i64::MIN, -1, 0, 1, 127, 128, 16_383, 16_384, i64::MAX];
    let mut attributes: Vec<_> = values.map(|it| entry("int", int(it))).into();
    let doubles = [0.0, -0.0, 1.5, f64::INFINITY, f64::NAN, f64::MIN_POSITIVE];
    attributes.extend(doubles.map(|it| entry("double", double(it))));
    attributes.extend([true, false].map(|it| entry("bool", truth(it))));
    of_spans(vec![Span {
        kind: 77,
        flags: u32::MAX,
        start_time_unix_nano: u64::MAX,
        end_time_unix_nano: 1,
        attributes,
        dropped_attributes_count: u32::MAX,
        dropped_events_count: 128,
        dropped_links_count: 300,
        status: Some(Status { message: String::new(), code: -3 }),
        ..Span::default()
    }])
}

fn deep() -> Vec<opentelemetry_proto::tonic::common::v1::KeyValue> {
    vec![
        entry("array-under-31", in_arrays(31, array([text("a"), int(1)]))),
        entry("array-under-32", in_arrays(32, array([text("a"), int(1)]))),
        entry("map-under-31", in_maps(31, map([entry("a", text("b"))]))),
        entry("map-under-32", in_maps(32, map([entry("a", text("b"))]))),
        entry("text-under-33", in_arrays(33, text("a"))),
        entry("mixed", in_arrays(16, in_maps(16, array([text("a")])))),
    ]
}

fn no_texts() -> Vec<opentelemetry_proto::tonic::common::v1::KeyValue> {
    let all = || {
        [text("t"), truth(true), truth(false), int(0), int(5), double(0.5), bytes(b"b"), nothing()]
    };
    let mut attributes: Vec<_> = all().into_iter().map(|it| entry("own", it)).collect();
    attributes.push(without_value("own"));
    attributes.push(entry("array", array(all())));
    attributes.push(entry("map", map(all().into_iter().map(|it| entry("in", it)))));
    attributes.push(entry("nested", array([map([entry("k", array([int(1), text("t")]))])])));
    attributes.push(entry("empty", array([])));
    attributes.push(entry("empty", map([])));
    attributes.push(entry("empty", bytes(b"")));
    attributes
}
