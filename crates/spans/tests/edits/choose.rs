//! Edits of every kind that an answer may hold, chosen by a tape.

use std::ops::Range;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::TracesData;
use spans::{Carrier, Carriers, Fields};

use crate::plain::{Coordinates, Plain, Window, carrier, flag, resource, span};
use crate::proto::{
    Action, Edit, Edits, Field, On, RemoveEntry, RenameKey, ReplaceValue, Scalar, ScalarValue,
    SetAttribute, SetField,
};
use crate::tape::Tape;

const FIELDS: [Field; 6] = [
    Field::Name,
    Field::StatusMessage,
    Field::TraceState,
    Field::Version,
    Field::SchemaUrl,
    Field::Type,
];

/// An answer that is taken.
pub fn edits(tape: &mut Tape, plain: &Plain, traces: &TracesData, units: &Range<usize>) -> Edits {
    let window = Window::of(traces, units);
    let mut edits = Edits {
        drop_unknown_fields: plain.writes.drops_unknown_fields && tape.once_in(2),
        ..Edits::default()
    };
    let mut all: Vec<(Coordinates, On, u32)> = Vec::new();
    for on in [On::Resource, On::Scope, On::Span] {
        all.extend((0..).zip(window.of_unit(on)).map(|(number, it)| (*it, on, number)));
    }
    all.sort_by_key(|(coordinates, _, _)| *coordinates);
    for (unit, on, number) in all {
        if tape.once_in(3) {
            continue;
        }
        if on == On::Span && plain.writes.drops_spans && tape.once_in(4) {
            edits.dropped_spans.push(number);
            continue;
        }
        let mut chooser = Chooser { tape, plain, edits: &mut edits.edits, on, number, member: 0 };
        chooser.unit(traces, unit);
    }
    edits
}

struct Chooser<'c, 't> {
    tape: &'c mut Tape<'t>,
    plain: &'c Plain,
    edits: &'c mut Vec<Edit>,
    on: On,
    number: u32,
    member: u32,
}

impl Chooser<'_, '_> {
    fn unit(&mut self, traces: &TracesData, unit @ (r, s, _): Coordinates) {
        match self.on {
            On::Resource => {
                let resource = resource(traces, unit);
                self.carrier(&resource.attributes);
                self.on = On::Entity;
                let shown = self.plain.seen.entities(resource.entity_refs.len());
                for (member, entity) in (0..).zip(&resource.entity_refs[..shown]) {
                    self.member = member;
                    self.carrier(&[]);
                    self.entity_keys(&[&entity.id_keys, &entity.description_keys]);
                }
            }
            On::Scope => {
                let scope = &traces.resource_spans[r - 1].scope_spans[s - 1].scope;
                self.carrier(&scope.clone().unwrap_or_default().attributes);
            }
            _ => {
                let span = span(traces, unit);
                self.carrier(&span.attributes);
                let events = span.events.iter().map(|it| (&it.name, it.attributes.as_slice()));
                self.members(On::Event, Carrier::Event, events.collect());
                let links = span.links.iter().map(|it| (&it.trace_state, it.attributes.as_slice()));
                self.members(On::Link, Carrier::Link, links.collect());
            }
        }
    }

    fn members(&mut self, on: On, carrier: Carrier, members: Vec<(&String, &[KeyValue])>) {
        self.on = on;
        let shown = self.plain.seen.members(carrier, &members);
        for (member, (_, attributes)) in (0..).zip(&members[..shown]) {
            self.member = member;
            self.carrier(attributes);
        }
    }

    fn carrier(&mut self, attributes: &[KeyValue]) {
        for field in FIELDS {
            let flag = flag(self.on, field);
            let may = flag.is_some_and(|flag| self.plain.writes.fields.contains(flag));
            if may && self.tape.once_in(4) {
                let text = self.text();
                self.add(Action::SetField(SetField { field: field.into(), text }));
            }
        }
        let Some(carrier) = carrier(self.on) else { return };
        for (key, set) in (0..).zip(&self.plain.writes.sets) {
            if set.carriers.contains(Carriers::from(carrier)) && self.tape.once_in(2) {
                let value = Some(self.scalar());
                self.add(Action::SetAttribute(SetAttribute { key, value }));
            }
        }
        let is_whole = self.plain.seen.shows_all_keys();
        self.entries(carrier, &mut Vec::new(), attributes, &mut Vec::new(), is_whole, false);
    }

    fn entity_keys(&mut self, lists: &[&Vec<String>; 2]) {
        for (list, keys) in (0..).zip(lists) {
            for position in 0..keys.len() as u32 {
                let may = self.plain.writes.fields.contains(Fields::ENTITIES);
                if may && self.tape.once_in(3) {
                    let key = self.text();
                    let path = vec![list, position];
                    self.add(Action::RenameKey(RenameKey { path, key }));
                }
            }
        }
    }

    fn entries(
        &mut self,
        carrier: Carrier,
        keys: &mut Vec<String>,
        entries: &[KeyValue],
        path: &mut Vec<u32>,
        is_whole: bool,
        may_replace: bool,
    ) {
        let plain = self.plain;
        let shown = plain.seen.entries(carrier, keys, entries, path.len(), is_whole);
        let shown = entries.iter().zip(shown).filter_map(|(entry, it)| Some((entry, it?)));
        for (position, (entry, is_whole)) in (0..).zip(shown) {
            keys.push(entry.key.clone());
            path.push(position);
            let may_replace = may_replace || plain.replaces.mean(carrier, keys);
            if plain.removes.mean(carrier, keys) && self.tape.once_in(4) {
                self.add(Action::RemoveEntry(RemoveEntry { path: path.clone() }));
            } else {
                if plain.renames.mean(carrier, keys) && self.tape.once_in(3) {
                    let key = self.text();
                    self.add(Action::RenameKey(RenameKey { path: path.clone(), key }));
                }
                self.value(carrier, keys, entry.value.as_ref(), path, is_whole, may_replace);
            }
            path.pop();
            keys.pop();
        }
    }

    fn value(
        &mut self,
        carrier: Carrier,
        keys: &mut Vec<String>,
        value: Option<&AnyValue>,
        path: &mut Vec<u32>,
        is_whole: bool,
        may_replace: bool,
    ) {
        if may_replace && self.tape.once_in(3) {
            let value = Some(self.scalar());
            self.add(Action::ReplaceValue(ReplaceValue { path: path.clone(), value }));
            return;
        }
        if path.len() > 32 {
            return;
        }
        match value.and_then(|value| value.value.as_ref()) {
            Some(Value::KvlistValue(map)) => {
                self.entries(carrier, keys, &map.values, path, is_whole, may_replace);
            }
            Some(Value::ArrayValue(array)) => {
                let seen = &self.plain.seen;
                let shown = seen.elements(carrier, keys, &array.values, path.len(), is_whole);
                for (position, element) in (0..).zip(&array.values[..shown]) {
                    path.push(position);
                    self.value(carrier, keys, Some(element), path, is_whole, may_replace);
                    path.pop();
                }
            }
            _ => {}
        }
    }

    fn text(&mut self) -> String {
        crate::generate::text(self.tape)
    }

    fn scalar(&mut self) -> Scalar {
        Scalar {
            value: Some(match self.tape.below(4) {
                0 => ScalarValue::Text(self.text()),
                1 => ScalarValue::Bool(self.tape.once_in(2)),
                2 => ScalarValue::Int(self.tape.number() as i64),
                _ => ScalarValue::Double(f64::from_bits(self.tape.number())),
            }),
        }
    }

    fn add(&mut self, action: Action) {
        let (number, member) = (self.number, self.member);
        let action = Some(action);
        self.edits.push(Edit { carrier: self.on.into(), number, member, action });
    }
}
