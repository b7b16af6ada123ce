//! [`Place`]: where in a resource, scope or span something stands.

use std::fmt;

use otlp_json::{
    EntityRef, Event, KeyValue, Link, ResourceSpans, ScopeSpans, Span, TracesData, Value,
};
use spans::{On, Subject, TextField};

/// A place in a resource, scope or span, as a note has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The resource, scope or span itself, or what it has several of.
    pub on: On,
    /// Number of the event, link or entity among those beside it.
    pub member: u32,
    /// The field; none: an attribute.
    pub field: Option<TextField>,
    /// The attribute and the way into it.
    pub way: Vec<Segment>,
}

/// A step on the way into an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// To the entry with this key.
    Key(String),
    /// To the entry whose key was changed, so that it is not told.
    Changed,
    /// To an element.
    Index(usize),
}

impl Place {
    pub(crate) fn field(on: On, member: u32, field: TextField) -> Self {
        Place { on, member, field: Some(field), way: Vec::new() }
    }

    pub(crate) fn attributes(on: On, member: u32) -> Self {
        Place { on, member, field: None, way: Vec::new() }
    }

    /// What is one step further.
    #[must_use]
    pub fn inside(&self, segment: Segment) -> Self {
        let mut way = self.way.clone();
        way.push(segment);
        Place { way, ..self.clone() }
    }

    /// The map or list around an entry or element; of an attribute all attributes.
    #[must_use]
    pub fn around(&self) -> Self {
        let way = self.way.split_last().map_or(Vec::new(), |(_, around)| around.to_vec());
        Place { way, ..self.clone() }
    }

    /// The way as notes have it: `customer.name`, `items[0].note`; `[key]` where a key was changed.
    #[must_use]
    pub fn path(&self) -> String {
        self.path_with(str::to_owned)
    }

    /// As [`Place::path`], with keys as `show` gives them.
    #[must_use]
    pub fn path_with(&self, show: impl Fn(&str) -> String) -> String {
        self.path_of(&show, &|index| format!("[{index}]"))
    }

    fn path_of(&self, key: &dyn Fn(&str) -> String, number: &dyn Fn(usize) -> String) -> String {
        let mut path = String::new();
        for segment in &self.way {
            let dot = if path.is_empty() { "" } else { "." };
            path += &match segment {
                Segment::Key(name) => format!("{dot}{}", key(name)),
                Segment::Changed => format!("{dot}[key]"),
                Segment::Index(index) => number(*index),
            };
        }
        path
    }

    /// The place with `[]` for every number, so that places of one kind are one; keys as `show` gives
    /// them.
    #[must_use]
    pub fn pattern(&self, show: &dyn Fn(&str) -> String) -> String {
        format!("{}{}", self.lead_of("[]"), self.path_of(show, &|_| "[]".to_owned()))
    }

    /// Whether it lies in another place.
    #[must_use]
    pub fn is_in(&self, other: &Place) -> bool {
        let is_same = (self.on, self.member, self.field) == (other.on, other.member, other.field);
        is_same && self.way.len() > other.way.len() && self.way.starts_with(&other.way)
    }

    /// Whether one of the two lies in the other, or they are the same; of the other the path is known.
    #[must_use]
    pub fn meets(&self, on: On, member: u32, field: Option<TextField>, path: &str) -> bool {
        let is_same = (self.on, self.member, self.field) == (on, member, field);
        let way = self.path();
        let own = notes::shown_way(&way);
        is_same && (lies_in(&own, path) || lies_in(path, &own))
    }

    /// What stands before the path: `events[0].`, `name`.
    #[must_use]
    pub fn lead(&self) -> String {
        self.lead_of(&format!("[{}]", self.member))
    }

    fn lead_of(&self, number: &str) -> String {
        let lead = match self.on {
            On::Span | On::Resource | On::Scope => String::new(),
            On::Event => format!("events{number}."),
            On::Link => format!("links{number}."),
            On::Entity => format!("entities{number}."),
        };
        lead + self.field.map_or("", word)
    }
}

/// As `lapidary run --why` takes it: `customer.name`, `events[0].exception.message`, and a field in
/// angle brackets, for an attribute may be called `name`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.lead(), self.path())
    }
}

/// What something is of, as people call it: `span`, `resource`.
#[must_use]
pub fn carrier_word(on: On) -> &'static str {
    match on {
        On::Span => "span",
        On::Resource => "resource",
        On::Scope => "scope",
        On::Event => "event",
        On::Link => "link",
        On::Entity => "entity",
    }
}

fn word(field: TextField) -> &'static str {
    match field {
        TextField::Name => "<name>",
        TextField::StatusMessage => "<status message>",
        TextField::TraceState => "<trace state>",
        TextField::Version => "<version>",
        TextField::SchemaUrl => "<schema URL>",
        TextField::Type => "<type>",
    }
}

fn lies_in(inner: &str, outer: &str) -> bool {
    let rest = inner.strip_prefix(outer);
    rest.is_some_and(|rest| outer.is_empty() || rest.is_empty() || rest.starts_with(['.', '[']))
}

/// What has fields with text and attributes, as this crate looks at it.
pub(crate) struct Carrier<'s> {
    pub on: On,
    pub member: u32,
    pub fields: Vec<(TextField, &'s str)>,
    pub attributes: &'s [KeyValue],
}

/// A resource, and its entities.
pub(crate) fn of_resource(around: &ResourceSpans) -> Vec<Carrier<'_>> {
    let resource = around.resource.as_ref();
    let fields = vec![(TextField::SchemaUrl, around.schema_url.as_str())];
    let attributes = resource.map_or(&[][..], |resource| &resource.attributes);
    let mut all = vec![Carrier { on: On::Resource, member: 0, fields, attributes }];
    let entities = resource.map_or(&[][..], |resource| &resource.entity_refs);
    all.extend(entities.iter().zip(0..).map(|(entity, member)| of_entity(entity, member)));
    all
}

fn of_entity(entity: &EntityRef, member: u32) -> Carrier<'_> {
    let fields = vec![
        (TextField::SchemaUrl, entity.schema_url.as_str()),
        (TextField::Type, entity.r#type.as_str()),
    ];
    Carrier { on: On::Entity, member, fields, attributes: &[] }
}

/// A scope.
pub(crate) fn of_scope(around: &ScopeSpans) -> Vec<Carrier<'_>> {
    let mut fields = vec![(TextField::SchemaUrl, around.schema_url.as_str())];
    let mut attributes = &[][..];
    if let Some(scope) = &around.scope {
        fields.push((TextField::Name, &scope.name));
        fields.push((TextField::Version, &scope.version));
        attributes = &scope.attributes;
    }
    vec![Carrier { on: On::Scope, member: 0, fields, attributes }]
}

/// A span, its events and its links.
pub(crate) fn of_span(span: &Span) -> Vec<Carrier<'_>> {
    let message = span.status.as_ref().map_or("", |status| &status.message);
    let fields = vec![
        (TextField::Name, span.name.as_str()),
        (TextField::StatusMessage, message),
        (TextField::TraceState, &span.trace_state),
    ];
    let mut all = vec![Carrier { on: On::Span, member: 0, fields, attributes: &span.attributes }];
    all.extend(span.events.iter().zip(0..).map(|(event, member)| of_event(event, member)));
    all.extend(span.links.iter().zip(0..).map(|(link, member)| of_link(link, member)));
    all
}

fn of_event(event: &Event, member: u32) -> Carrier<'_> {
    let fields = vec![(TextField::Name, event.name.as_str())];
    Carrier { on: On::Event, member, fields, attributes: &event.attributes }
}

fn of_link(link: &Link, member: u32) -> Carrier<'_> {
    let fields = vec![(TextField::TraceState, link.trace_state.as_str())];
    Carrier { on: On::Link, member, fields, attributes: &link.attributes }
}

/// What stands in a resource, scope or span: its fields with text, its attributes, and what is in
/// these.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// Its number in the batch.
    pub of: Subject,
    /// Its places that hold something, with that.
    pub places: Vec<(Place, Value)>,
}

/// What stands in a batch, in order; resources before their scopes, scopes before their spans.
#[must_use]
pub fn contents(batch: &TracesData) -> Vec<Content> {
    let (mut all, mut scopes, mut spans) = (Vec::new(), 0, 0);
    for (resource, number) in batch.resource_spans.iter().zip(0..) {
        all.push(content(On::Resource, number, of_resource(resource)));
        for scope in &resource.scope_spans {
            all.push(content(On::Scope, scopes, of_scope(scope)));
            scopes += 1;
            for span in &scope.spans {
                all.push(content(On::Span, spans, of_span(span)));
                spans += 1;
            }
        }
    }
    all
}

fn content(on: On, number: u32, carriers: Vec<Carrier<'_>>) -> Content {
    let mut places = Vec::new();
    for carrier in carriers {
        for (field, text) in carrier.fields {
            if !text.is_empty() {
                let place = Place::field(carrier.on, carrier.member, field);
                places.push((place, Value::StringValue(text.to_owned())));
            }
        }
        add_entries(
            &Place::attributes(carrier.on, carrier.member),
            carrier.attributes,
            &mut places,
        );
    }
    Content { of: Subject { on, number, member: 0 }, places }
}

fn add_entries(around: &Place, entries: &[KeyValue], all: &mut Vec<(Place, Value)>) {
    for KeyValue { key, value } in entries {
        let value = value.as_ref().and_then(|value| value.value.as_ref());
        add(&around.inside(Segment::Key(key.clone())), value, all);
    }
}

fn add(place: &Place, value: Option<&Value>, all: &mut Vec<(Place, Value)>) {
    let Some(value) = value else { return };
    all.push((place.clone(), value.clone()));
    match value {
        Value::KvlistValue(map) => add_entries(place, &map.values, all),
        Value::ArrayValue(list) => {
            for (index, element) in list.values.iter().enumerate() {
                add(&place.inside(Segment::Index(index)), element.value.as_ref(), all);
            }
        }
        _ => {}
    }
}
