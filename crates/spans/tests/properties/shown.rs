//! Views once more, over prost's structs: plainly, slowly, and without a line of `spans`.

use keys::{KeyPattern, KeyPatterns};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, TracesData};
use spans::{Carrier, Fields, Sight};

const MAX_DEPTH: usize = 32;

/// What a sight shows of a batch. Encoded it is the view.
pub fn view(traces: &TracesData, sight: &Sight) -> TracesData {
    let shows = Shows { sight };
    TracesData {
        resource_spans: traces.resource_spans.iter().map(|it| shows.resource_spans(it)).collect(),
    }
}

struct Shows<'s> {
    sight: &'s Sight,
}

impl Shows<'_> {
    fn has(&self, field: Fields) -> bool {
        match self.sight {
            Sight::Everything => true,
            Sight::Texts => Fields::TEXTS.contains(field),
            Sight::Parts(parts) => parts.fields.contains(field),
        }
    }

    fn when<T: Clone + Default>(&self, field: Fields, value: &T) -> T {
        if self.has(field) { value.clone() } else { T::default() }
    }

    fn count(&self, count: u32) -> u32 {
        if *self.sight == Sight::Everything { count } else { 0 }
    }

    fn id(&self, field: Fields, id: &[u8], length: usize) -> Vec<u8> {
        let is_none = id.len() == length && id.iter().all(|byte| *byte == 0);
        if self.has(field) && !is_none { id.to_vec() } else { Vec::new() }
    }

    fn resource_spans(&self, it: &ResourceSpans) -> ResourceSpans {
        let resource = it.resource.as_ref().map(|resource| Resource {
            attributes: self.attributes(Carrier::Resource, &resource.attributes),
            dropped_attributes_count: self.count(resource.dropped_attributes_count),
            entity_refs: self.when::<Vec<EntityRef>>(Fields::ENTITIES, &resource.entity_refs),
        });
        ResourceSpans {
            resource: resource.filter(|it| *it != Resource::default()),
            scope_spans: it.scope_spans.iter().map(|it| self.scope_spans(it)).collect(),
            schema_url: self.when(Fields::SCHEMA_URLS, &it.schema_url),
        }
    }

    fn scope_spans(&self, it: &ScopeSpans) -> ScopeSpans {
        let scope = it.scope.as_ref().map(|scope| InstrumentationScope {
            name: self.when(Fields::SCOPE_NAME, &scope.name),
            version: self.when(Fields::SCOPE_VERSION, &scope.version),
            attributes: self.attributes(Carrier::Scope, &scope.attributes),
            dropped_attributes_count: self.count(scope.dropped_attributes_count),
        });
        ScopeSpans {
            scope: scope.filter(|it| *it != InstrumentationScope::default()),
            spans: it.spans.iter().map(|it| self.span(it)).collect(),
            schema_url: self.when(Fields::SCHEMA_URLS, &it.schema_url),
        }
    }

    fn span(&self, it: &Span) -> Span {
        let status = it.status.as_ref().map(|status| Status {
            message: self.when(Fields::STATUS_MESSAGE, &status.message),
            code: self.when(Fields::STATUS_CODE, &status.code),
        });
        let events = it.events.iter().map(|it| self.event(it)).collect();
        let links = it.links.iter().map(|it| self.link(it)).collect();
        Span {
            trace_id: self.id(Fields::TRACE_ID, &it.trace_id, 16),
            span_id: self.id(Fields::SPAN_ID, &it.span_id, 8),
            trace_state: self.when(Fields::TRACE_STATE, &it.trace_state),
            parent_span_id: self.id(Fields::PARENT_SPAN_ID, &it.parent_span_id, 8),
            flags: self.when(Fields::SPAN_FLAGS, &it.flags),
            name: self.when(Fields::SPAN_NAME, &it.name),
            kind: self.when(Fields::SPAN_KIND, &it.kind),
            start_time_unix_nano: self.when(Fields::SPAN_TIMES, &it.start_time_unix_nano),
            end_time_unix_nano: self.when(Fields::SPAN_TIMES, &it.end_time_unix_nano),
            attributes: self.attributes(Carrier::Span, &it.attributes),
            dropped_attributes_count: self.count(it.dropped_attributes_count),
            events: self.members(Fields::EVENTS, events),
            dropped_events_count: self.count(it.dropped_events_count),
            links: self.members(Fields::LINKS, links),
            dropped_links_count: self.count(it.dropped_links_count),
            status: status.filter(|it| *it != Status::default()),
        }
    }

    /// All, or those up to the last that shows anything.
    fn members<T: Default + PartialEq>(&self, field: Fields, mut members: Vec<T>) -> Vec<T> {
        if !self.has(field) && *self.sight != Sight::Texts {
            while members.last().is_some_and(|last| *last == T::default()) {
                members.pop();
            }
        }
        members
    }

    fn event(&self, it: &Event) -> Event {
        Event {
            time_unix_nano: self.when(Fields::EVENTS, &it.time_unix_nano),
            name: self.when(Fields::EVENT_NAME, &it.name),
            attributes: self.attributes(Carrier::Event, &it.attributes),
            dropped_attributes_count: self.count(it.dropped_attributes_count),
        }
    }

    fn link(&self, it: &Link) -> Link {
        Link {
            trace_id: self.id(Fields::LINKS, &it.trace_id, 16),
            span_id: self.id(Fields::LINKS, &it.span_id, 8),
            trace_state: self.when(Fields::LINK_TRACE_STATE, &it.trace_state),
            attributes: self.attributes(Carrier::Link, &it.attributes),
            dropped_attributes_count: self.count(it.dropped_attributes_count),
            flags: self.count(it.flags),
        }
    }

    fn attributes(&self, carrier: Carrier, attributes: &[KeyValue]) -> Vec<KeyValue> {
        attributes.iter().filter_map(|it| self.entry(carrier, it, &[], 0)).collect()
    }

    fn entry(
        &self,
        carrier: Carrier,
        entry: &KeyValue,
        above: &[&[u8]],
        depth: usize,
    ) -> Option<KeyValue> {
        let keys = [above, &[entry.key.as_bytes()]].concat();
        match self.sight {
            Sight::Everything => Some(whole_entry(entry, depth)),
            Sight::Texts => Some(texts_entry(entry, depth)),
            Sight::Parts(_) if self.selects(carrier, &keys) => Some(whole_entry(entry, depth)),
            Sight::Parts(_) => {
                let value = self.way(carrier, entry.value.as_ref()?, &keys, depth)?;
                Some(key_value(&entry.key, Some(value)))
            }
        }
    }

    fn selects(&self, carrier: Carrier, keys: &[&[u8]]) -> bool {
        let Sight::Parts(parts) = self.sight else { return true };
        let here = parts.keys.iter().filter(|it| it.carriers.contains(carrier.into()));
        here.flat_map(|it| &it.keys).any(|key| {
            let pattern = KeyPattern::new(key).expect("a right pattern");
            KeyPatterns::new(vec![pattern]).first_match(keys).is_some()
        })
    }

    /// What leads to entries that are selected, if any are.
    fn way(
        &self,
        carrier: Carrier,
        value: &AnyValue,
        keys: &[&[u8]],
        depth: usize,
    ) -> Option<AnyValue> {
        if depth == MAX_DEPTH {
            return self.leads(carrier, value, keys).then(|| cut(value));
        }
        match value.value.as_ref()? {
            Value::ArrayValue(array) => {
                let elements = array.values.iter();
                let mut values: Vec<_> =
                    elements.map(|it| self.way(carrier, it, keys, depth + 1)).collect();
                let last = values.iter().rposition(Option::is_some)?;
                values.truncate(last + 1);
                let values = values.into_iter().map(Option::unwrap_or_default).collect();
                Some(any_value(Value::ArrayValue(ArrayValue { values })))
            }
            Value::KvlistValue(map) => {
                let entries = map.values.iter();
                let values: Vec<_> =
                    entries.filter_map(|it| self.entry(carrier, it, keys, depth + 1)).collect();
                let map = Value::KvlistValue(KeyValueList { values });
                (map != Value::KvlistValue(KeyValueList::default())).then(|| any_value(map))
            }
            _ => None,
        }
    }

    /// Whether any entry below is selected, however deep; prost takes none that goes on for ever.
    fn leads(&self, carrier: Carrier, value: &AnyValue, keys: &[&[u8]]) -> bool {
        match &value.value {
            Some(Value::ArrayValue(array)) => {
                array.values.iter().any(|it| self.leads(carrier, it, keys))
            }
            Some(Value::KvlistValue(map)) => map.values.iter().any(|entry| {
                let keys = [keys, &[entry.key.as_bytes()]].concat();
                let value = entry.value.as_ref();
                self.selects(carrier, &keys)
                    || value.is_some_and(|it| self.leads(carrier, it, &keys))
            }),
            _ => false,
        }
    }
}

fn key_value(key: &str, value: Option<AnyValue>) -> KeyValue {
    KeyValue { key: key.to_owned(), value, key_strindex: 0 }
}

fn any_value(value: Value) -> AnyValue {
    AnyValue { value: Some(value) }
}

/// A list or map without what is in it.
fn cut(value: &AnyValue) -> AnyValue {
    match &value.value {
        Some(Value::ArrayValue(_)) => any_value(Value::ArrayValue(ArrayValue::default())),
        Some(Value::KvlistValue(_)) => any_value(Value::KvlistValue(KeyValueList::default())),
        _ => value.clone(),
    }
}

fn whole_entry(entry: &KeyValue, depth: usize) -> KeyValue {
    let value = entry.value.as_ref().map(|it| whole(it, depth));
    key_value(&entry.key, value.filter(|it| it.value.is_some()))
}

fn whole(value: &AnyValue, depth: usize) -> AnyValue {
    match &value.value {
        // An index into the table of texts that only profiles have.
        Some(Value::StringValueStrindex(_)) => AnyValue::default(),
        _ if depth == MAX_DEPTH => cut(value),
        Some(Value::ArrayValue(array)) => {
            let values = array.values.iter().map(|it| whole(it, depth + 1)).collect();
            any_value(Value::ArrayValue(ArrayValue { values }))
        }
        Some(Value::KvlistValue(map)) => {
            let values = map.values.iter().map(|it| whole_entry(it, depth + 1)).collect();
            any_value(Value::KvlistValue(KeyValueList { values }))
        }
        _ => value.clone(),
    }
}

fn texts_entry(entry: &KeyValue, depth: usize) -> KeyValue {
    let whole = whole_entry(entry, depth);
    key_value(&entry.key, whole.value.map(texts))
}

/// Of a whole value its texts.
fn texts(value: AnyValue) -> AnyValue {
    let value = match value.value {
        Some(Value::StringValue(text)) => Some(Value::StringValue(text)),
        Some(Value::BytesValue(_)) => Some(Value::BytesValue(Vec::new())),
        Some(Value::ArrayValue(array)) => Some(Value::ArrayValue(ArrayValue {
            values: array.values.into_iter().map(texts).collect(),
        })),
        Some(Value::KvlistValue(map)) => {
            let entries = map.values.into_iter();
            let values = entries.map(|it| key_value(&it.key, it.value.map(texts))).collect();
            Some(Value::KvlistValue(KeyValueList { values }))
        }
        _ => None,
    };
    AnyValue { value }
}
