//! What holds for any bytes. Both the property tests and the fuzz target check it.

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{Span, Status, TracesData};
use prost::Message;
use spans::{
    Attributes, Carrier, Carriers, Keep, Malformed, NewValue, Place, SetKey, TextEditor, Treatment,
    Unknown, Unsearchable, Writes,
};

use crate::generate::KEYS;
use crate::{leaving, model};

/// Checks all of it. `choice` picks texts.
pub fn hold(bytes: &[u8], choice: u64) {
    let decoded = TracesData::decode(bytes);
    match (spans::validate(bytes), &decoded) {
        (Err(malformed), Ok(_)) => panic!("prost takes it: {malformed}"),
        (Err(malformed), Err(_)) => {
            assert!(malformed.offset <= malformed.length, "{malformed}");
            assert_eq!(malformed.length, bytes.len(), "{malformed}");
        }
        (Ok(()), Err(refusal)) => {
            let refusal = refusal.to_string();
            assert!(only_prost_refuses(&refusal) || is_deep(bytes), "prost refuses it: {refusal}");
        }
        (Ok(()), Ok(traces)) => reading_shows_what_prost_shows(bytes, traces),
    }
    leaving::changes_nothing(bytes, choice);
    nothing_panics(bytes, choice);
}

/// `spans` promises nothing of UTF-8, and counts depth otherwise.
fn only_prost_refuses(refusal: &str) -> bool {
    refusal.contains("UTF-8") || refusal.contains("recursion limit")
}

/// Whether there are values that `spans` does not look into.
fn is_deep(bytes: &[u8]) -> bool {
    struct Deep(bool);
    impl TextEditor for Deep {
        fn entry(&mut self, _: Carrier, _: &[&[u8]]) -> Treatment {
            Treatment::Search
        }
        fn text(&mut self, _: Place<'_>, _: &[u8]) -> Option<String> {
            None
        }
        fn unsearchable(&mut self, _: Place<'_>, why: Unsearchable) -> Option<String> {
            self.0 |= why == Unsearchable::TooDeep;
            None
        }
    }
    let mut deep = Deep(false);
    spans::edit_texts(bytes, Unknown::Keep, &mut deep).expect("it was validated");
    deep.0
}

fn nothing_panics(bytes: &[u8], choice: u64) {
    let _ = seen(bytes);
    let _ = spans::count(bytes);
    let order_id = SetKey { carriers: Carriers::SPAN, key: "order_id".to_owned() };
    let writes = Writes { sets: vec![order_id], ..Writes::default() };
    let _ = spans::rewrite(bytes, &writes, |_, _, edit| {
        edit.set_attribute("order_id", NewValue::Text("A-1043"))?;
        edit.set_trace_state("ot=th:e6")?;
        Ok(if choice.is_multiple_of(3) { Keep::No } else { Keep::Yes })
    });
}

fn reading_shows_what_prost_shows(bytes: &[u8], traces: &TracesData) {
    let seen = seen(bytes).expect("it was validated");
    let expected = model::seen(traces);
    assert_eq!(seen.len(), expected.len());
    assert_eq!(spans::count(bytes), Ok(expected.len()));
    for (seen, mut expected) in seen.into_iter().zip(expected) {
        model::normal(&mut expected.resource);
        model::normal(&mut expected.scope);
        let span = &mut expected.span;
        model::normal(&mut span.attributes);
        span.events.iter_mut().for_each(|event| model::normal(&mut event.attributes));
        span.links.iter_mut().for_each(|link| model::normal(&mut link.attributes));
        // What `spans` does not show.
        span.dropped_attributes_count = 0;
        span.dropped_events_count = 0;
        span.dropped_links_count = 0;
        for event in &mut span.events {
            event.dropped_attributes_count = 0;
        }
        for link in &mut span.links {
            link.dropped_attributes_count = 0;
            link.flags = 0;
            link.trace_state.clear();
        }
        span.status.get_or_insert_default();
        assert_eq!(seen.resource_index, expected.resource_index);
        assert_eq!(seen.scope_name, expected.scope_name);
        // Encoded, so that NaN equals NaN.
        let encoded = |seen: &model::Seen| {
            let attributes = [seen.resource.clone(), seen.scope.clone()].concat();
            (Span { attributes, ..Span::default() }.encode_to_vec(), seen.span.encode_to_vec())
        };
        if encoded(&seen) != encoded(&expected) {
            panic!("read otherwise than expected:\n{seen:?}\n{expected:?}");
        }
    }
}

fn seen(bytes: &[u8]) -> Result<Vec<model::Seen>, Malformed> {
    let mut all = Vec::new();
    spans::read(bytes, |origin, span| {
        assert_eq!(
            span.duration_nanos(),
            span.end_time_unix_nano.checked_sub(span.start_time_unix_nano)
        );
        let mut events = Vec::new();
        for event in span.events() {
            let event = event?;
            events.push(Event {
                time_unix_nano: event.time_unix_nano,
                name: model::utf8(event.name),
                attributes: model::attributes(event.attributes())?,
                ..Event::default()
            });
        }
        let mut links = Vec::new();
        for link in span.links() {
            let link = link?;
            links.push(Link {
                trace_id: link.trace_id.to_vec(),
                span_id: link.span_id.to_vec(),
                attributes: model::attributes(link.attributes())?,
                ..Link::default()
            });
        }
        lookups_find_what_a_walk_finds(span.attributes())?;
        lookups_find_what_a_walk_finds(origin.resource.attributes())?;
        let status = Status { message: model::utf8(span.status_message), code: span.status_code };
        all.push(model::Seen {
            resource_index: origin.resource_index,
            resource: model::attributes(origin.resource.attributes())?,
            scope: model::attributes(origin.scope.attributes())?,
            scope_name: model::utf8(origin.scope.name),
            span: Span {
                trace_id: span.trace_id.to_vec(),
                span_id: span.span_id.to_vec(),
                parent_span_id: span.parent_span_id.to_vec(),
                trace_state: model::utf8(span.trace_state),
                flags: span.flags,
                name: model::utf8(span.name),
                kind: span.kind,
                start_time_unix_nano: span.start_time_unix_nano,
                end_time_unix_nano: span.end_time_unix_nano,
                attributes: model::attributes(span.attributes())?,
                events,
                links,
                status: Some(status),
                ..Span::default()
            },
        });
        Ok(())
    })?;
    Ok(all)
}

/// Only for attributes that can be read to the last.
fn lookups_find_what_a_walk_finds(attributes: Attributes<'_>) -> Result<(), Malformed> {
    let all = model::attributes(attributes.clone())?;
    for key in KEYS {
        let expected: Vec<_> = all.iter().filter(|known| known.key == key).cloned().collect();
        let found = attributes.clone().of_keys(|it| it == key.as_bytes());
        let found = found.map(|it| model::key_value(it?)).collect::<Result<Vec<_>, _>>()?;
        // Encoded, so that NaN equals NaN.
        let encoded = |attributes| Span { attributes, ..Span::default() }.encode_to_vec();
        let last = attributes.clone().get(key)?.map(model::any_value).transpose()?;
        let last = last.map(|value| KeyValue {
            key: key.into(),
            value: Some(value),
            ..KeyValue::default()
        });
        assert_eq!(
            encoded(last.into_iter().collect()),
            encoded(expected.last().cloned().into_iter().collect())
        );
        assert_eq!(encoded(found), encoded(expected));
    }
    Ok(())
}
