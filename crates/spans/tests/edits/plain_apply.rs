//! What edits mean, done plainly over prost's structs: what comes of them.

use std::collections::HashSet;
use std::ops::Range;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::TracesData;
use spans::{Carrier, Counts};

use crate::plain::{Coordinates, Plain, Window, carrier, path};
use crate::proto::{Action, Edit, Edits, Field, On, Scalar, ScalarValue};

/// What becomes of a part.
pub enum Fate {
    Edit(Edits),
    Drop,
    Leave,
}

/// A batch after edits.
pub struct Applied {
    pub traces: TracesData,
    pub counts: Counts,
    /// Spans that have edits or go.
    pub touched: HashSet<Coordinates>,
    pub dropped: HashSet<Coordinates>,
}

/// Carries out what is right, on parts in order.
pub fn apply(plain: &Plain, traces: &TracesData, parts: &[(Range<usize>, Fate)]) -> Applied {
    let mut out = traces.clone();
    let (mut changed, mut dropped) = (HashSet::new(), HashSet::new());
    let mut answered = HashSet::new();
    for (units, fate) in parts {
        let window = Window::of(traces, units);
        match fate {
            Fate::Leave => {}
            Fate::Drop => {
                dropped.extend(window.spans);
                let bare = |(r, s, _): &Coordinates| {
                    let resource = &traces.resource_spans[r - 1];
                    let scope = s.checked_sub(1).map(|s| &resource.scope_spans[s]);
                    scope.map_or(resource.scope_spans.is_empty(), |it| it.spans.is_empty())
                };
                dropped.extend(window.resources.into_iter().chain(window.scopes).filter(bare));
            }
            Fate::Edit(edits) => {
                let spans = edits.dropped_spans.iter().map(|span| window.spans[*span as usize]);
                dropped.extend(spans);
                let mut rest = edits.edits.as_slice();
                while let Some(first) = rest.first() {
                    let unit = window.of_unit(first.carrier())[first.number as usize];
                    let is_same =
                        |edit: &Edit| window.of_unit(edit.carrier())[edit.number as usize] == unit;
                    let count = rest.iter().take_while(|edit| is_same(edit)).count();
                    if !answered.contains(&unit) {
                        edit_unit(plain, &mut out, unit, &rest[..count]);
                        changed.insert(unit);
                    }
                    rest = &rest[count..];
                }
                answered.extend(window.resources.into_iter().chain(window.scopes));
            }
        }
    }
    let mut counts = Counts::default();
    for unit @ (r, s, _) in Window::of(traces, &(0..usize::MAX)).spans {
        counts.spans_in += 1;
        if !dropped.contains(&unit) {
            counts.spans_out += 1;
            let around = [unit, (r, s, 0), (r, 0, 0)];
            counts.spans_changed += u32::from(around.iter().any(|it| changed.contains(it)));
        }
    }
    drop_spans(&mut out, &dropped);
    let touched = changed.into_iter().filter(|(_, _, span)| *span > 0).collect();
    Applied { traces: out, counts, touched, dropped }
}

fn drop_spans(traces: &mut TracesData, dropped: &HashSet<Coordinates>) {
    let mut r = 0;
    traces.resource_spans.retain_mut(|resource| {
        r += 1;
        let had_spans = resource.scope_spans.iter().any(|scope| !scope.spans.is_empty());
        let had_scopes = !resource.scope_spans.is_empty();
        let mut s = 0;
        resource.scope_spans.retain_mut(|scope| {
            s += 1;
            let stays_bare = scope.spans.is_empty() && !dropped.contains(&(r, s, 0));
            let mut p = 0;
            scope.spans.retain(|_| {
                p += 1;
                !dropped.contains(&(r, s, p))
            });
            stays_bare || !scope.spans.is_empty()
        });
        let has_spans = resource.scope_spans.iter().any(|scope| !scope.spans.is_empty());
        match (had_spans, had_scopes) {
            (true, _) => has_spans,
            (false, true) => !resource.scope_spans.is_empty(),
            (false, false) => !dropped.contains(&(r, 0, 0)),
        }
    });
}

fn edit_unit(plain: &Plain, traces: &mut TracesData, (r, s, p): Coordinates, edits: &[Edit]) {
    let resource_spans = &mut traces.resource_spans[r - 1];
    let mut edits = edits;
    while let Some(first) = edits.first() {
        let (on, member) = (first.carrier(), first.member as usize);
        let is_same = |edit: &Edit| edit.carrier() == on && edit.member as usize == member;
        let (own, rest) = edits.split_at(edits.iter().take_while(|edit| is_same(edit)).count());
        edits = rest;
        for (field, text) in own.iter().filter_map(set_field) {
            let place = match (on, field) {
                (On::Resource, _) => &mut resource_spans.schema_url,
                (On::Entity, field) => {
                    let resource = resource_spans.resource.as_mut().expect("it has entities");
                    let entity = &mut resource.entity_refs[member];
                    if field == Field::Type { &mut entity.r#type } else { &mut entity.schema_url }
                }
                (On::Scope, field) => {
                    let scope_spans = &mut resource_spans.scope_spans[s - 1];
                    match field {
                        Field::SchemaUrl => &mut scope_spans.schema_url,
                        _ if text.is_empty() && scope_spans.scope.is_none() => continue,
                        Field::Name => &mut scope_spans.scope.get_or_insert_default().name,
                        _ => &mut scope_spans.scope.get_or_insert_default().version,
                    }
                }
                (_, field) => {
                    let span = &mut resource_spans.scope_spans[s - 1].spans[p - 1];
                    match (on, field) {
                        (On::Event, _) => &mut span.events[member].name,
                        (On::Link, _) => &mut span.links[member].trace_state,
                        (_, Field::Name) => &mut span.name,
                        (_, Field::TraceState) => &mut span.trace_state,
                        _ if text.is_empty() && span.status.is_none() => continue,
                        _ => &mut span.status.get_or_insert_default().message,
                    }
                }
            };
            *place = text;
        }
        if on == On::Entity {
            let resource = resource_spans.resource.as_mut().expect("it has entities");
            rename_keys(&mut resource.entity_refs[member], own);
            continue;
        }
        if own.iter().all(|edit| set_field(edit).is_some()) {
            continue;
        }
        let attributes = match on {
            On::Resource => &mut resource_spans.resource.get_or_insert_default().attributes,
            On::Scope => {
                let scope = &mut resource_spans.scope_spans[s - 1].scope;
                &mut scope.get_or_insert_default().attributes
            }
            _ => {
                let span = &mut resource_spans.scope_spans[s - 1].spans[p - 1];
                match on {
                    On::Event => &mut span.events[member].attributes,
                    On::Link => &mut span.links[member].attributes,
                    _ => &mut span.attributes,
                }
            }
        };
        edit_attributes(plain, carrier(on).expect("it has attributes"), attributes, own);
    }
}

fn set_field(edit: &Edit) -> Option<(Field, String)> {
    match &edit.action {
        Some(Action::SetField(it)) => Some((it.field(), it.text.clone())),
        _ => None,
    }
}

fn rename_keys(entity: &mut opentelemetry_proto::tonic::common::v1::EntityRef, edits: &[Edit]) {
    for edit in edits {
        if let Some(Action::RenameKey(it)) = &edit.action {
            let lists = [&mut entity.id_keys, &mut entity.description_keys];
            let list = lists.into_iter().nth(it.path[0] as usize).expect("a list");
            list[it.path[1] as usize].clone_from(&it.key);
        }
    }
}

fn edit_attributes(
    plain: &Plain,
    carrier: Carrier,
    attributes: &mut Vec<KeyValue>,
    edits: &[Edit],
) {
    let sets = edits.iter().filter_map(|edit| match &edit.action {
        Some(Action::SetAttribute(it)) => {
            Some((plain.writes.sets[it.key as usize].key.clone(), it.value.clone()))
        }
        _ => None,
    });
    let sets: Vec<_> = sets.map(|(key, value)| (key, any_value(value.as_ref()))).collect();
    let keys: Vec<String> = attributes.iter().map(|it| it.key.clone()).collect();
    let is_whole = plain.seen.shows_all_keys();
    let is_set = |key: &String| sets.iter().any(|(set, _)| set == key);
    for (attribute, key) in attributes.iter_mut().zip(&keys) {
        if let Some((_, value)) = sets.iter().rfind(|(set, _)| set == key) {
            attribute.value = Some(value.clone());
        }
    }
    edit_entries(plain, carrier, &[], attributes, edits, 0, is_whole, &is_set);
    let mut new: Vec<KeyValue> = Vec::new();
    for (key, value) in sets.iter().filter(|(key, _)| !keys.contains(key)) {
        new.retain(|it| it.key != *key);
        let (key, value) = (key.clone(), Some(value.clone()));
        new.push(KeyValue { key, value, ..KeyValue::default() });
    }
    attributes.extend(new);
}

/// `edits` are those whose paths lead into this list.
#[expect(clippy::too_many_arguments, reason = "a walk without state of its own")]
fn edit_entries(
    plain: &Plain,
    carrier: Carrier,
    above: &[String],
    entries: &mut Vec<KeyValue>,
    edits: &[Edit],
    depth: usize,
    is_whole: bool,
    leaves: &dyn Fn(&String) -> bool,
) {
    let shown = plain.seen.entries(carrier, above, entries, depth, is_whole);
    let mut position = 0;
    let mut kept = Vec::new();
    for (mut entry, shown) in entries.drain(..).zip(shown) {
        let mut goes = false;
        if let Some(is_whole) = shown {
            let here: Vec<Edit> = at(edits, depth, position);
            position += 1;
            let keys = [above, std::slice::from_ref(&entry.key)].concat();
            let is_left = leaves(&entry.key);
            for edit in here.iter().filter(|edit| path(edit).len() == depth + 1 && !is_left) {
                match edit.action.as_ref().expect("an action") {
                    Action::RenameKey(it) => entry.key.clone_from(&it.key),
                    Action::ReplaceValue(it) => entry.value = Some(any_value(it.value.as_ref())),
                    _ => goes = true,
                }
            }
            if let (Some(value), false) = (&mut entry.value, is_left) {
                edit_value(plain, carrier, &keys, value, &here, depth + 1, is_whole);
            }
        }
        if !goes {
            kept.push(entry);
        }
    }
    *entries = kept;
}

fn edit_value(
    plain: &Plain,
    carrier: Carrier,
    keys: &[String],
    value: &mut AnyValue,
    edits: &[Edit],
    depth: usize,
    is_whole: bool,
) {
    match &mut value.value {
        Some(Value::KvlistValue(map)) => {
            edit_entries(plain, carrier, keys, &mut map.values, edits, depth, is_whole, &|_| false);
        }
        Some(Value::ArrayValue(array)) => {
            for (position, element) in array.values.iter_mut().enumerate() {
                let here = at(edits, depth, position as u32);
                for edit in here.iter().filter(|edit| path(edit).len() == depth + 1) {
                    if let Some(Action::ReplaceValue(it)) = &edit.action {
                        *element = any_value(it.value.as_ref());
                    }
                }
                edit_value(plain, carrier, keys, element, &here, depth + 1, is_whole);
            }
        }
        _ => {}
    }
}

fn at(edits: &[Edit], depth: usize, position: u32) -> Vec<Edit> {
    edits.iter().filter(|edit| path(edit).get(depth) == Some(&position)).cloned().collect()
}

fn any_value(scalar: Option<&Scalar>) -> AnyValue {
    let value = scalar.and_then(|scalar| scalar.value.as_ref()).map(|value| match value {
        ScalarValue::Text(text) => Value::StringValue(text.clone()),
        ScalarValue::Bool(value) => Value::BoolValue(*value),
        ScalarValue::Int(value) => Value::IntValue(*value),
        ScalarValue::Double(value) => Value::DoubleValue(*value),
    });
    AnyValue { value }
}
