//! [`walk`]: every text, key, number and id of a batch, with its place.

use diff::{Place, Segment};
use otlp_json::{AnyValue, KeyValue, Resource, ScopeSpans, Span, TracesData, Value};
use spans::{On, TextField};

/// What can be made up.
pub(crate) enum Leaf<'l> {
    Text(&'l mut String),
    /// Of a resource or scope.
    SchemaUrl(&'l mut String),
    TraceState(&'l mut String),
    /// The key of an attribute or entry.
    Key(&'l mut String),
    Int(&'l mut i64),
    Double(&'l mut f64),
    /// An id, or a value of bytes.
    Bytes(&'l mut Vec<u8>),
}

/// Is shown each of them, always in one order. The place of a key is that of its value, of an id that
/// of what it is of; its keys are as they are before the visit.
pub(crate) type Visit<'v> = &'v mut dyn FnMut(&Place, Leaf<'_>);

/// Goes through a batch.
pub(crate) fn walk(traces: &mut TracesData, visit: Visit<'_>) {
    for around in &mut traces.resource_spans {
        schema_url(On::Resource, 0, &mut around.schema_url, visit);
        if let Some(resource) = &mut around.resource {
            of_resource(resource, visit);
        }
        around.scope_spans.iter_mut().for_each(|scope| of_scope(scope, visit));
    }
}

fn of_resource(resource: &mut Resource, visit: Visit<'_>) {
    entries(&attributes(On::Resource, 0), &mut resource.attributes, visit);
    for (entity, member) in resource.entity_refs.iter_mut().zip(0..) {
        schema_url(On::Entity, member, &mut entity.schema_url, visit);
        visit(&field(On::Entity, member, TextField::Type), Leaf::Text(&mut entity.r#type));
        let place = attributes(On::Entity, member);
        let keys = entity.id_keys.iter_mut().chain(&mut entity.description_keys);
        keys.for_each(|key| visit(&place, Leaf::Key(key)));
    }
}

fn of_scope(around: &mut ScopeSpans, visit: Visit<'_>) {
    schema_url(On::Scope, 0, &mut around.schema_url, visit);
    if let Some(scope) = &mut around.scope {
        visit(&field(On::Scope, 0, TextField::Name), Leaf::Text(&mut scope.name));
        visit(&field(On::Scope, 0, TextField::Version), Leaf::Text(&mut scope.version));
        entries(&attributes(On::Scope, 0), &mut scope.attributes, visit);
    }
    around.spans.iter_mut().for_each(|span| of_span(span, visit));
}

fn of_span(span: &mut Span, visit: Visit<'_>) {
    let own = attributes(On::Span, 0);
    for id in [&mut span.trace_id, &mut span.span_id, &mut span.parent_span_id] {
        visit(&own, Leaf::Bytes(id));
    }
    visit(&field(On::Span, 0, TextField::Name), Leaf::Text(&mut span.name));
    let state = field(On::Span, 0, TextField::TraceState);
    visit(&state, Leaf::TraceState(&mut span.trace_state));
    if let Some(status) = &mut span.status {
        visit(&field(On::Span, 0, TextField::StatusMessage), Leaf::Text(&mut status.message));
    }
    entries(&own, &mut span.attributes, visit);
    for (event, member) in span.events.iter_mut().zip(0..) {
        visit(&field(On::Event, member, TextField::Name), Leaf::Text(&mut event.name));
        entries(&attributes(On::Event, member), &mut event.attributes, visit);
    }
    for (link, member) in span.links.iter_mut().zip(0..) {
        let place = attributes(On::Link, member);
        visit(&place, Leaf::Bytes(&mut link.trace_id));
        visit(&place, Leaf::Bytes(&mut link.span_id));
        let state = field(On::Link, member, TextField::TraceState);
        visit(&state, Leaf::TraceState(&mut link.trace_state));
        entries(&place, &mut link.attributes, visit);
    }
}

fn schema_url(on: On, member: u32, url: &mut String, visit: Visit<'_>) {
    visit(&field(on, member, TextField::SchemaUrl), Leaf::SchemaUrl(url));
}

fn entries(around: &Place, entries: &mut [KeyValue], visit: Visit<'_>) {
    for KeyValue { key, value } in entries {
        let place = around.inside(Segment::Key(key.clone()));
        inside(&place, value.as_mut(), visit);
        visit(&place, Leaf::Key(key));
    }
}

fn inside(place: &Place, value: Option<&mut AnyValue>, visit: Visit<'_>) {
    match value.and_then(|value| value.value.as_mut()) {
        None | Some(Value::BoolValue(_)) => {}
        Some(Value::StringValue(text)) => visit(place, Leaf::Text(text)),
        Some(Value::IntValue(number)) => visit(place, Leaf::Int(number)),
        Some(Value::DoubleValue(number)) => visit(place, Leaf::Double(number)),
        Some(Value::BytesValue(bytes)) => visit(place, Leaf::Bytes(bytes)),
        Some(Value::KvlistValue(map)) => entries(place, &mut map.values, visit),
        Some(Value::ArrayValue(list)) => {
            for (index, element) in list.values.iter_mut().enumerate() {
                inside(&place.inside(Segment::Index(index)), Some(element), visit);
            }
        }
    }
}

fn field(on: On, member: u32, field: TextField) -> Place {
    Place { on, member, field: Some(field), way: Vec::new() }
}

fn attributes(on: On, member: u32) -> Place {
    Place { on, member, field: None, way: Vec::new() }
}
