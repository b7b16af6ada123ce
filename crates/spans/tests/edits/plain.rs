//! What edits mean, done plainly over prost's structs: which answers are taken.

use std::collections::HashSet;
use std::ops::Range;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{Span, TracesData};
use spans::{Carrier, Carriers, Fields, Sight, Writes};

use crate::proto::{Action, Edit, Edits, Field, On};
use crate::sights::{Keys, Seen};

/// A contract, and how it is kept.
pub struct Plain {
    pub seen: Seen,
    pub writes: Writes,
    pub replaces: Keys,
    pub renames: Keys,
    pub removes: Keys,
}

/// A resource, scope or span by its indices; 0 stands for none, 1 for the first.
pub type Coordinates = (usize, usize, usize);

/// What of a batch stands in the view of some units.
pub struct Window {
    pub resources: Vec<Coordinates>,
    pub scopes: Vec<Coordinates>,
    pub spans: Vec<Coordinates>,
}

impl Window {
    pub fn of(traces: &TracesData, units: &Range<usize>) -> Self {
        let mut window = Window { resources: vec![], scopes: vec![], spans: vec![] };
        let mut unit = 0;
        let mut next = || {
            unit += 1;
            units.contains(&(unit - 1))
        };
        for (r, resource) in (1..).zip(&traces.resource_spans) {
            let mut resource_shown = resource.scope_spans.is_empty() && next();
            for (s, scope) in (1..).zip(&resource.scope_spans) {
                let mut scope_shown = scope.spans.is_empty() && next();
                for p in 1..=scope.spans.len() {
                    if next() {
                        scope_shown = true;
                        window.spans.push((r, s, p));
                    }
                }
                if scope_shown {
                    resource_shown = true;
                    window.scopes.push((r, s, 0));
                }
            }
            if resource_shown {
                window.resources.push((r, 0, 0));
            }
        }
        window
    }

    pub fn of_unit(&self, on: On) -> &[Coordinates] {
        match on {
            On::Resource | On::Entity => &self.resources,
            On::Scope => &self.scopes,
            On::Span | On::Event | On::Link => &self.spans,
        }
    }
}

pub fn span(traces: &TracesData, (r, s, p): Coordinates) -> &Span {
    &traces.resource_spans[r - 1].scope_spans[s - 1].spans[p - 1]
}

pub fn resource(traces: &TracesData, (r, _, _): Coordinates) -> Resource {
    traces.resource_spans[r - 1].resource.clone().unwrap_or_default()
}

pub fn carrier(on: On) -> Option<Carrier> {
    Some(match on {
        On::Span => Carrier::Span,
        On::Resource => Carrier::Resource,
        On::Scope => Carrier::Scope,
        On::Event => Carrier::Event,
        On::Link => Carrier::Link,
        On::Entity => return None,
    })
}

pub fn flag(on: On, field: Field) -> Option<Fields> {
    Some(match (on, field) {
        (On::Span, Field::Name) => Fields::SPAN_NAME,
        (On::Event, Field::Name) => Fields::EVENT_NAME,
        (On::Scope, Field::Name) => Fields::SCOPE_NAME,
        (On::Span, Field::StatusMessage) => Fields::STATUS_MESSAGE,
        (On::Span, Field::TraceState) => Fields::TRACE_STATE,
        (On::Link, Field::TraceState) => Fields::LINK_TRACE_STATE,
        (On::Scope, Field::Version) => Fields::SCOPE_VERSION,
        (On::Resource | On::Scope, Field::SchemaUrl) => Fields::SCHEMA_URLS,
        (On::Entity, Field::SchemaUrl | Field::Type) => Fields::ENTITIES,
        _ => return None,
    })
}

pub fn path(edit: &Edit) -> &[u32] {
    match edit.action.as_ref().expect("an action") {
        Action::ReplaceValue(it) => &it.path,
        Action::RenameKey(it) => &it.path,
        Action::RemoveEntry(it) => &it.path,
        _ => &[],
    }
}

/// The place of an edit, all of it.
type Place = (Coordinates, u8, u32, u8, i64, Vec<u32>, u8);

fn place(edit: &Edit, coordinates: Coordinates) -> Place {
    let section = match edit.carrier() {
        On::Span | On::Resource | On::Scope => 1,
        On::Event | On::Entity => 2,
        On::Link => 3,
    };
    let (kind, number, step) = match edit.action.as_ref().expect("an action") {
        Action::SetField(it) => (0, i64::from(it.field), 0),
        Action::SetAttribute(it) => (1, i64::from(it.key), 0),
        Action::RemoveEntry(_) => (2, 0, 0),
        Action::RenameKey(_) => (2, 0, 1),
        Action::ReplaceValue(_) => (2, 0, 2),
    };
    (coordinates, section, edit.member, kind, number, path(edit).to_vec(), step)
}

impl Plain {
    pub fn new(sight: Sight, writes: Writes) -> Self {
        let (replaces, renames) = (Keys::new(&writes.replaces), Keys::new(&writes.renames));
        let removes = Keys::new(&writes.removes);
        Plain { seen: Seen::new(sight), writes, replaces, renames, removes }
    }

    /// Whether an answer is taken.
    pub fn takes(&self, traces: &TracesData, units: &Range<usize>, edits: &Edits) -> bool {
        let window = Window::of(traces, units);
        let dropped = &edits.dropped_spans;
        let drops_are_right = (self.writes.drops_spans || dropped.is_empty())
            && (self.writes.drops_unknown_fields || !edits.drop_unknown_fields)
            && dropped.is_sorted_by(|one, other| one < other)
            && dropped.iter().all(|span| (*span as usize) < window.spans.len());
        let dropped: HashSet<u32> = dropped.iter().copied().collect();
        let mut places: Vec<Place> = Vec::new();
        for edit in &edits.edits {
            let on = edit.carrier();
            let Some(unit) = window.of_unit(on).get(edit.number as usize) else { return false };
            let is_of_span = matches!(on, On::Span | On::Event | On::Link);
            if is_of_span && dropped.contains(&edit.number) || !self.takes_edit(traces, *unit, edit)
            {
                return false;
            }
            places.push(place(edit, *unit));
        }
        drops_are_right
            && places.is_sorted_by(|one, other| one < other)
            && (0..places.len()).all(|at| !places[..at].iter().any(|it| goes(it, &places[at])))
    }

    fn takes_edit(&self, traces: &TracesData, unit: Coordinates, edit: &Edit) -> bool {
        let on = edit.carrier();
        let member = edit.member as usize;
        let attributes = match on {
            On::Span => span(traces, unit).attributes.clone(),
            On::Resource => resource(traces, unit).attributes,
            On::Scope => {
                let (r, s, _) = unit;
                let scope = &traces.resource_spans[r - 1].scope_spans[s - 1].scope;
                scope.clone().unwrap_or_default().attributes
            }
            On::Event => {
                let events = &span(traces, unit).events;
                let all: Vec<_> =
                    events.iter().map(|it| (&it.name, it.attributes.as_slice())).collect();
                if member >= self.seen.members(Carrier::Event, &all) {
                    return false;
                }
                events[member].attributes.clone()
            }
            On::Link => {
                let links = &span(traces, unit).links;
                let all: Vec<_> =
                    links.iter().map(|it| (&it.trace_state, it.attributes.as_slice())).collect();
                if member >= self.seen.members(Carrier::Link, &all) {
                    return false;
                }
                links[member].attributes.clone()
            }
            On::Entity => {
                let entities = resource(traces, unit).entity_refs;
                if member >= self.seen.entities(entities.len()) {
                    return false;
                }
                let entity = &entities[member];
                let lists = [&entity.id_keys, &entity.description_keys];
                if let Some(Action::RenameKey(it)) = &edit.action {
                    let [list, position] = it.path[..] else { return false };
                    let keys = lists.get(list as usize);
                    return self.writes.fields.contains(Fields::ENTITIES)
                        && keys.is_some_and(|keys| (position as usize) < keys.len());
                }
                Vec::new()
            }
        };
        if matches!(on, On::Span | On::Resource | On::Scope) && member > 0 {
            return false;
        }
        match edit.action.as_ref().expect("an action") {
            Action::SetField(it) => {
                flag(on, it.field()).is_some_and(|flag| self.writes.fields.contains(flag))
            }
            Action::SetAttribute(it) => self.writes.sets.get(it.key as usize).is_some_and(|set| {
                carrier(on).is_some_and(|it| set.carriers.contains(Carriers::from(it)))
            }),
            action => carrier(on).is_some_and(|carrier| {
                let path = path(edit);
                !path.is_empty() && self.takes_path(carrier, &attributes, path, action)
            }),
        }
    }

    fn takes_path(
        &self,
        carrier: Carrier,
        attributes: &[KeyValue],
        path: &[u32],
        action: &Action,
    ) -> bool {
        enum List<'l> {
            Map(&'l [KeyValue]),
            Array(&'l [AnyValue]),
        }
        let mut list = List::Map(attributes);
        let mut keys: Vec<String> = Vec::new();
        let (mut is_whole, mut may_replace) = (self.seen.shows_all_keys(), false);
        for (depth, position) in path.iter().map(|it| *it as usize).enumerate() {
            let is_last = depth + 1 == path.len();
            let value = match list {
                List::Map(entries) => {
                    let shown = self.seen.entries(carrier, &keys, entries, depth, is_whole);
                    let mut shown = entries.iter().zip(shown).filter(|(_, it)| it.is_some());
                    let Some((entry, whole)) = shown.nth(position) else { return false };
                    is_whole = whole == Some(true);
                    keys.push(entry.key.clone());
                    may_replace |= self.replaces.mean(carrier, &keys);
                    if is_last {
                        return match action {
                            Action::ReplaceValue(_) => may_replace,
                            Action::RenameKey(_) => self.renames.mean(carrier, &keys),
                            _ => self.removes.mean(carrier, &keys),
                        };
                    }
                    entry.value.as_ref()
                }
                List::Array(elements) => {
                    let shown = self.seen.elements(carrier, &keys, elements, depth, is_whole);
                    let Some(element) = elements[..shown].get(position) else { return false };
                    if is_last {
                        return matches!(action, Action::ReplaceValue(_)) && may_replace;
                    }
                    Some(element)
                }
            };
            if depth == 32 {
                return false;
            }
            list = match value.and_then(|value| value.value.as_ref()) {
                Some(Value::KvlistValue(map)) => List::Map(&map.values),
                Some(Value::ArrayValue(array)) => List::Array(&array.values),
                _ => return false,
            };
        }
        false
    }
}

/// Whether what `later` changes goes by `earlier`.
fn goes(earlier: &Place, later: &Place) -> bool {
    let is_path = |place: &Place| place.3 == 2;
    let is_same = (earlier.0, earlier.1, earlier.2) == (later.0, later.1, later.2);
    is_path(earlier)
        && is_path(later)
        && is_same
        && match earlier.6 {
            0 => later.5.starts_with(&earlier.5),
            2 => later.5.starts_with(&earlier.5) && later.5.len() > earlier.5.len(),
            _ => false,
        }
}
