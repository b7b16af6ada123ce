//! Fields by their names.

use prost::Message;
use spans::{Carriers, Fields};

use crate::batch::*;
use crate::corpus::{self, Case};

pub fn cases() -> Vec<Case> {
    let mut cases: Vec<_> = [
        (
            "no-fields-are-spans-alone",
            "Who asks for nothing sees how many resources, scopes and spans there are.",
            Fields::empty(),
        ),
        (
            "ids",
            "Ids of a trace, a span and its parent.",
            Fields::TRACE_ID | Fields::SPAN_ID | Fields::PARENT_SPAN_ID,
        ),
        ("trace-state", "Trace state of spans, not of links.", Fields::TRACE_STATE),
        ("span-flags", "Flags of spans, not of links.", Fields::SPAN_FLAGS),
        (
            "name-kind-and-times",
            "Name, kind, start and end of spans.",
            Fields::SPAN_NAME | Fields::SPAN_KIND | Fields::SPAN_TIMES,
        ),
        ("status-code", "The status' code without its message.", Fields::STATUS_CODE),
        ("status-message", "The status' message without its code.", Fields::STATUS_MESSAGE),
        ("events", "Every event stands with its time alone.", Fields::EVENTS),
        ("event-name", "Events up to the last that has a name, without times.", Fields::EVENT_NAME),
        (
            "events-and-names",
            "Every event stands with its time and name.",
            Fields::EVENTS | Fields::EVENT_NAME,
        ),
        ("links", "Every link stands with its two ids alone.", Fields::LINKS),
        (
            "link-trace-state",
            "Links up to the last that has a trace state, without ids.",
            Fields::LINK_TRACE_STATE,
        ),
        ("scope-name", "Names of scopes.", Fields::SCOPE_NAME),
        ("scope-version", "Versions of scopes.", Fields::SCOPE_VERSION),
        (
            "schema-urls",
            "Schema URLs of resource spans and scope spans, not of entities.",
            Fields::SCHEMA_URLS,
        ),
        ("entities", "Entities with all that they have.", Fields::ENTITIES),
        ("every-field-by-name", "All fields and no attributes.", Fields::all()),
    ]
    .into_iter()
    .map(|(name, about, fields)| Case {
        name,
        about,
        sight: corpus::fields(fields),
        traces: full().encode_to_vec(),
        units: None,
        limit: None,
    })
    .collect();
    cases.push(Case {
        name: "event-names-are-in-their-places",
        about: "An event without a name keeps its place before one that has a name; after the last such event none stands.",
        sight: corpus::fields(Fields::EVENT_NAME),
        traces: of_events(["", "sent", "", "failed", ""].map(|it| event(it, Vec::new())).into()),
        units: None,
        limit: None,
    });
    cases.push(Case {
        name: "link-trace-states-are-in-their-places",
        about: "A link without a trace state keeps its place before one that has one; after the last such link none stands.",
        sight: corpus::fields(Fields::LINK_TRACE_STATE),
        traces: of_links(["", "a=b", ""].map(|it| link(it, Vec::new())).into()),
        units: None,
        limit: None,
    });
    cases.push(Case {
        name: "events-stand-with-times-and-keys",
        about: "Where events are asked for, those without the key stand as well, with their times.",
        sight: corpus::fields_and_keys(Fields::EVENTS | Fields::LINKS, Carriers::all(), &["retry"]),
        traces: of_spans(vec![full_span(), full_span()]),
        units: None,
        limit: None,
    });
    cases
}
