//! A value in any one field is in no view whose sight did not ask for it.

use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{Span, TracesData};
use prost::Message;
use spans::{Carriers, Fields, Sight, Viewer};

use crate::batch::*;
use crate::corpus::{fields, keys};

/// Stands in no batch by chance, neither as a text nor as the bytes of a number.
const TEXT: &str = "planted!";
const LONG: u64 = u64::from_le_bytes(*b"planted!");
const SHORT: u32 = 0x0dec_0ded;

/// Who sees a field.
#[derive(Clone, Copy)]
enum By {
    /// Who asks for this field. If it is a text, who asks for texts, too.
    Field(Fields),
    /// Who asks for the key on this carrier, or for texts.
    Text(Carriers),
    /// Who asks for the key on this carrier.
    Number(Carriers),
    /// Who asks for all texts.
    Key,
    /// Who asks for everything, and nobody else.
    Nobody,
}

type Plant = (&'static str, By, fn(&mut TracesData));

/// Every field of a batch, but for attributes.
const FIELDS: [Plant; 35] = [
    ("trace id", By::Field(Fields::TRACE_ID), |it| span(it).trace_id = TEXT.repeat(2).into()),
    ("span id", By::Field(Fields::SPAN_ID), |it| span(it).span_id = TEXT.into()),
    ("parent", By::Field(Fields::PARENT_SPAN_ID), |it| span(it).parent_span_id = TEXT.into()),
    ("trace state", By::Field(Fields::TRACE_STATE), |it| span(it).trace_state = TEXT.into()),
    ("flags", By::Field(Fields::SPAN_FLAGS), |it| span(it).flags = SHORT),
    ("name", By::Field(Fields::SPAN_NAME), |it| span(it).name = TEXT.into()),
    ("kind", By::Field(Fields::SPAN_KIND), |it| span(it).kind = SHORT as i32),
    ("start", By::Field(Fields::SPAN_TIMES), |it| span(it).start_time_unix_nano = LONG),
    ("end", By::Field(Fields::SPAN_TIMES), |it| span(it).end_time_unix_nano = LONG),
    ("dropped attributes", By::Nobody, |it| span(it).dropped_attributes_count = SHORT),
    ("dropped events", By::Nobody, |it| span(it).dropped_events_count = SHORT),
    ("dropped links", By::Nobody, |it| span(it).dropped_links_count = SHORT),
    ("status message", By::Field(Fields::STATUS_MESSAGE), |it| {
        span(it).status.get_or_insert_default().message = TEXT.into();
    }),
    ("status code", By::Field(Fields::STATUS_CODE), |it| {
        span(it).status.get_or_insert_default().code = SHORT as i32;
    }),
    ("event time", By::Field(Fields::EVENTS), |it| event(it).time_unix_nano = LONG),
    ("event name", By::Field(Fields::EVENT_NAME), |it| event(it).name = TEXT.into()),
    ("event dropped", By::Nobody, |it| event(it).dropped_attributes_count = SHORT),
    ("link trace", By::Field(Fields::LINKS), |it| link(it).trace_id = TEXT.repeat(2).into()),
    ("link span", By::Field(Fields::LINKS), |it| link(it).span_id = TEXT.into()),
    ("link state", By::Field(Fields::LINK_TRACE_STATE), |it| link(it).trace_state = TEXT.into()),
    ("link dropped", By::Nobody, |it| link(it).dropped_attributes_count = SHORT),
    ("link flags", By::Nobody, |it| link(it).flags = SHORT),
    ("scope name", By::Field(Fields::SCOPE_NAME), |it| scope(it).name = TEXT.into()),
    ("scope version", By::Field(Fields::SCOPE_VERSION), |it| scope(it).version = TEXT.into()),
    ("scope dropped", By::Nobody, |it| scope(it).dropped_attributes_count = SHORT),
    ("scope schema", By::Field(Fields::SCHEMA_URLS), |it| {
        it.resource_spans[0].scope_spans[0].schema_url = TEXT.into();
    }),
    ("resource dropped", By::Nobody, |it| resource(it).dropped_attributes_count = SHORT),
    ("resource schema", By::Field(Fields::SCHEMA_URLS), |it| {
        it.resource_spans[0].schema_url = TEXT.into();
    }),
    ("entity schema", By::Field(Fields::ENTITIES), |it| {
        resource(it).entity_refs[0].schema_url = TEXT.into();
    }),
    ("entity type", By::Field(Fields::ENTITIES), |it| {
        resource(it).entity_refs[0].r#type = TEXT.into();
    }),
    ("entity id key", By::Field(Fields::ENTITIES), |it| {
        resource(it).entity_refs[0].id_keys[0] = TEXT.into();
    }),
    ("entity description key", By::Field(Fields::ENTITIES), |it| {
        resource(it).entity_refs[0].description_keys[0] = TEXT.into();
    }),
    ("index of a key", By::Nobody, |it| span(it).attributes[0].key_strindex = SHORT as i32),
    ("key", By::Key, |it| span(it).attributes[1].key = TEXT.into()),
    ("key in a map", By::Key, |it| {
        span(it).attributes[1].value = Some(map([entry(TEXT, text("")), entry(TEXT, int(1))]));
    }),
];

fn span(traces: &mut TracesData) -> &mut Span {
    &mut traces.resource_spans[0].scope_spans[0].spans[0]
}

fn event(traces: &mut TracesData) -> &mut Event {
    &mut span(traces).events[0]
}

fn link(traces: &mut TracesData) -> &mut Link {
    &mut span(traces).links[0]
}

fn scope(
    traces: &mut TracesData,
) -> &mut opentelemetry_proto::tonic::common::v1::InstrumentationScope {
    traces.resource_spans[0].scope_spans[0].scope.get_or_insert_default()
}

fn resource(traces: &mut TracesData) -> &mut opentelemetry_proto::tonic::resource::v1::Resource {
    traces.resource_spans[0].resource.get_or_insert_default()
}

fn attributes(traces: &mut TracesData, carrier: Carriers) -> &mut Vec<KeyValue> {
    match carrier {
        Carriers::RESOURCE => &mut resource(traces).attributes,
        Carriers::SCOPE => &mut scope(traces).attributes,
        Carriers::SPAN => &mut span(traces).attributes,
        Carriers::EVENT => &mut event(traces).attributes,
        _ => &mut link(traces).attributes,
    }
}

/// Every sight of one field, or of one key on one carrier, and the large ones.
fn sights() -> Vec<Sight> {
    let mut sights = vec![Sight::Everything, Sight::Texts, fields(Fields::all())];
    sights.extend(Fields::all().iter().map(fields));
    for carriers in Carriers::all().iter().chain([Carriers::empty(), Carriers::all()]) {
        sights.push(keys(carriers, &["SECRET"]));
        sights.push(keys(carriers, &["other", "order_id"]));
    }
    sights
}

/// Whether a sight asks for it.
fn asks(sight: &Sight, by: By) -> bool {
    let Sight::Parts(parts) = sight else {
        let is_text = match by {
            By::Field(field) => Fields::TEXTS.contains(field),
            By::Text(_) | By::Key => true,
            By::Number(_) | By::Nobody => false,
        };
        return is_text || *sight == Sight::Everything;
    };
    match by {
        By::Field(field) => parts.fields.contains(field),
        By::Text(carrier) | By::Number(carrier) => parts
            .keys
            .iter()
            .any(|it| it.carriers.contains(carrier) && it.keys.iter().any(|key| key == "SECRET")),
        By::Key | By::Nobody => false,
    }
}

fn is_in(view: &[u8]) -> bool {
    let varint = |value: u64| {
        let mut out = Vec::new();
        prost::encoding::encode_varint(value, &mut out);
        out
    };
    let forms = [TEXT.into(), varint(LONG), varint(u64::from(SHORT)), SHORT.to_le_bytes().to_vec()];
    forms.iter().any(|form| view.windows(form.len()).any(|found| found == form))
}

fn check(name: &str, by: By, batch: &TracesData) {
    let bytes = batch.encode_to_vec();
    assert!(is_in(&bytes), "{name} was not planted");
    for sight in sights() {
        let view = Viewer::new(&sight).expect("right patterns");
        let view = view.view(&bytes, 0..usize::MAX, 0).expect("a batch").bytes;
        // A key has an index in profiles alone.
        let expected = asks(&sight, by) && name != "index of a key";
        assert_eq!(is_in(&view), expected, "{name}, seen by {sight:?}");
    }
}

#[test]
fn no_field_is_in_a_view_that_did_not_ask_for_it() {
    for (name, by, plant) in FIELDS {
        let mut batch = full();
        plant(&mut batch);
        check(name, by, &batch);
    }
}

#[test]
fn no_attribute_is_in_a_view_that_did_not_ask_for_it() {
    let values: [(&str, bool, AnyValue); 5] = [
        ("text", true, text(TEXT)),
        ("bytes", false, bytes(TEXT.as_bytes())),
        ("int", false, int(LONG as i64)),
        ("double", false, double(f64::from_bits(LONG))),
        ("list", true, array([int(1), array([text(TEXT)])])),
    ];
    for carrier in Carriers::all().iter() {
        for (name, is_text, value) in &values {
            let by = if *is_text { By::Text(carrier) } else { By::Number(carrier) };
            let own = entry("secret", value.clone());
            let beside = entry("a", map([entry("secret", int(1)), entry("b", value.clone())]));
            let in_list = entry("a", array([text("x"), map([own.clone()])]));
            for (attribute, by) in [
                (own, by),
                (entry("secret", map([entry("b", value.clone())])), by),
                (in_list, by),
                (beside, if *is_text { By::Key } else { By::Nobody }),
            ] {
                let mut batch = full();
                *attributes(&mut batch, carrier) = vec![attribute.clone()];
                check(&format!("{name} under {} of {carrier:?}", attribute.key), by, &batch);
            }
        }
    }
}
