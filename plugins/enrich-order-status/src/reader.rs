//! [`Reader`]: from a span to what the rules want to know of it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use spans::{Fields, Malformed, Span, Value};

use crate::ids::Shape;
use crate::life::facts::{Partner, Role, SpanFacts};
use crate::life::keys::{SpanId, SpanKey, TraceId};
use crate::life::lifecycle::{Lifecycle, Status};

/// What an attribute is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Id of the order.
    OrderId,
    /// Status after.
    NewStatus,
    /// Status before.
    PrevStatus,
    /// Version of the status event.
    EventVersion,
    /// Id of the partner.
    PartnerId,
    /// Id of the message.
    MessageId,
}

impl Field {
    /// The key under `read` in the rules.
    pub fn word(self) -> &'static str {
        match self {
            Field::OrderId => "order_id",
            Field::NewStatus => "new_status",
            Field::PrevStatus => "prev_status",
            Field::EventVersion => "event_version",
            Field::PartnerId => "partner_id",
            Field::MessageId => "message_id",
        }
    }
}

/// What a [`Reader`] is made of.
#[derive(Debug, Default)]
pub struct ReaderParts {
    /// Attribute keys and what they are read as; of those for one field, the first counts.
    pub keys: Vec<(String, Field)>,
    /// Attribute keys that name a messaging operation, with the values that count.
    pub message_operations: BTreeMap<String, Vec<(String, Role)>>,
    /// Names of spans that have a role.
    pub names: Vec<(String, Role)>,
    /// OTLP's numbers of the kinds of spans that have a role.
    pub kinds: Vec<(i32, Role)>,
    /// Names of spans that are calculations.
    pub calculations: Vec<String>,
    /// Names of spans that are operations.
    pub operations: Vec<String>,
    /// The statuses.
    pub lifecycle: Lifecycle,
    /// What ids look like.
    pub shape: Shape,
}

/// Reads what the rules want to know of a span.
#[derive(Clone, Debug)]
pub struct Reader {
    keys: ByLength<Vec<Reads>>,
    names: ByLength<Named>,
    kinds: Vec<(i32, Role)>,
    lifecycle: Lifecycle,
    shape: Shape,
}

/// Values by text, looked up by length first: most keys of a span have another length than all
/// that the rules name.
#[derive(Clone, Debug)]
struct ByLength<T> {
    entries: Vec<Vec<(Box<[u8]>, T)>>,
}

#[derive(Clone, Debug)]
enum Reads {
    /// The field, and how many keys are preferred to this one.
    Field(Field, usize),
    MessageOperation(Vec<(String, Role)>),
}

impl Reads {
    fn roles(&self) -> impl Iterator<Item = Role> {
        let operations = match self {
            Reads::Field(..) => &[][..],
            Reads::MessageOperation(values) => values,
        };
        operations.iter().map(|(_, role)| *role)
    }
}

/// What the name of a span says.
#[derive(Clone, Copy, Debug, Default)]
struct Named {
    role: Option<Role>,
    operation: Option<u16>,
    calculation: bool,
}

/// What was read of a span: its facts, and what was left out of them.
#[derive(Debug, Default)]
pub struct Read<'a> {
    /// The facts.
    pub facts: SpanFacts<'a>,
    /// How many ids had not the shape of ids.
    pub unfit_ids: u64,
}

impl Reader {
    /// Makes a reader.
    pub fn new(parts: ReaderParts) -> Self {
        let mut reader = Reader {
            keys: ByLength::default(),
            names: ByLength::default(),
            kinds: parts.kinds,
            lifecycle: parts.lifecycle,
            shape: parts.shape,
        };
        for (rank, (key, field)) in parts.keys.into_iter().enumerate() {
            reader.keys.entry(key).push(Reads::Field(field, rank));
        }
        for (key, values) in parts.message_operations {
            reader.keys.entry(key).push(Reads::MessageOperation(values));
        }
        for (name, role) in parts.names {
            reader.names.entry(name).role = Some(role);
        }
        for (place, name) in parts.operations.into_iter().enumerate() {
            reader.names.entry(name).operation = u16::try_from(place).ok();
        }
        for name in parts.calculations {
            reader.names.entry(name).calculation = true;
        }
        reader
    }

    /// The keys of attributes that it looks at.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let keys = self.keys.entries.iter().flatten();
        keys.filter_map(|(key, _)| str::from_utf8(key).ok())
    }

    /// The fields that it looks at.
    pub fn fields(&self) -> Fields {
        let mut fields = Fields::TRACE_ID
            | Fields::SPAN_ID
            | Fields::PARENT_SPAN_ID
            | Fields::SPAN_TIMES
            | Fields::STATUS_CODE;
        let names = || self.names.entries.iter().flatten().map(|(_, named)| named);
        if names().next().is_some() {
            fields |= Fields::SPAN_NAME;
        }
        if !self.kinds.is_empty() {
            fields |= Fields::SPAN_KIND;
        }
        let operations = self.keys.entries.iter().flatten().flat_map(|(_, reads)| reads);
        let mut roles =
            self.kinds.iter().map(|(_, role)| *role).chain(names().filter_map(|it| it.role));
        let consumes = roles.any(|role| role == Role::Consume)
            || operations.flat_map(Reads::roles).any(|role| role == Role::Consume);
        if consumes {
            fields |= Fields::LINKS;
        }
        fields
    }

    /// Reads a span. `None`: it is [plain](SpanFacts::is_plain), and nothing was left out.
    ///
    /// # Errors
    /// Where the span cannot be decoded.
    pub fn read<'a>(&self, span: &Span<'a>) -> Result<Option<Read<'a>>, Malformed> {
        let mut values = None;
        for found in span.attributes().looked_up(|key| self.keys.get(key)) {
            let (reads, attribute) = found?;
            let values = values.get_or_insert_with(Values::default);
            for reads in reads {
                values.take(reads, &attribute.value);
            }
        }
        let named = self.names.get(span.name);
        let operation = values.as_ref().and_then(|values| values.message_role);
        let role = named
            .and_then(|named| named.role)
            .or_else(|| operation.unwrap_or_else(|| self.role_of_kind(span.kind)));
        // Most spans end here, before anything is made of them.
        let is_child = span_id(span.parent_span_id) != 0 || trace_id(span.trace_id) == 0;
        if is_child && values.is_none() && named.is_none() && role.is_none() {
            return Ok(None);
        }
        let mut read = Read::default();
        let facts = &mut read.facts;
        facts.trace_id = trace_id(span.trace_id);
        facts.span_id = span_id(span.span_id);
        facts.parent_id = span_id(span.parent_span_id);
        facts.start = span.start_time_unix_nano;
        facts.end = span.end_time_unix_nano;
        facts.failed = span.status_code == STATUS_ERROR;
        facts.operation = named.and_then(|named| named.operation);
        facts.calculation = named.is_some_and(|named| named.calculation);
        facts.role = role;
        if let Some(values) = values {
            self.interpret(values, &mut read);
        }
        if read.facts.role == Some(Role::Consume) {
            for link in span.links() {
                let link = link?;
                read.facts
                    .links
                    .extend(SpanKey::of(trace_id(link.trace_id), span_id(link.span_id)));
            }
        }
        let is_plain = read.facts.is_plain() && read.unfit_ids == 0;
        Ok((!is_plain).then_some(read))
    }

    fn role_of_kind(&self, kind: i32) -> Option<Role> {
        self.kinds.iter().find(|(number, _)| *number == kind).map(|(_, role)| *role)
    }

    fn interpret<'a>(&self, values: Values<'a>, read: &mut Read<'a>) {
        let [order_id, new_status, prev_status, version, partner, message_id] =
            values.fields.map(|field| field.map(|(_, value)| value));
        let facts = &mut read.facts;
        for (value, place) in [(order_id, &mut facts.order_id), (message_id, &mut facts.message_id)]
        {
            let Some(value) = value else { continue };
            *place = text_of(value).filter(|text| self.shape.has(text));
            read.unfit_ids += u64::from(place.is_none());
        }
        facts.new_status = new_status.map(|value| self.status(value));
        facts.prev_status = prev_status.map(|value| self.status(value));
        facts.version = version.and_then(|value| match value {
            Small::Int(version) => Some(version),
            Small::Text(text) => text.parse().ok(),
            Small::Other => None,
        });
        facts.partner = partner.map(|value| match value {
            Small::Int(number) => Partner::Int(number),
            Small::Text(text) if self.shape.is_word(text) => Partner::Text(text),
            _ => Partner::Unfit,
        });
        read.unfit_ids += u64::from(facts.partner == Some(Partner::Unfit));
    }

    /// What is no text is no status that rules can list.
    fn status(&self, value: Small<'_>) -> Status {
        match value {
            Small::Text(name) => self.lifecycle.status(name),
            Small::Int(_) | Small::Other => Status::UNLISTED,
        }
    }
}

impl<T> Default for ByLength<T> {
    fn default() -> Self {
        ByLength { entries: Vec::new() }
    }
}

impl<T: Default> ByLength<T> {
    #[inline]
    fn get(&self, text: &[u8]) -> Option<&T> {
        let entries = self.entries.get(text.len())?;
        // To compare all of them takes a call, and the last byte tells most apart.
        let is_same = |other: &[u8]| other.last() == text.last() && *other == *text;
        entries.iter().find(|(other, _)| is_same(other)).map(|(_, value)| value)
    }

    /// What stands under `text`; the default where nothing did.
    fn entry(&mut self, text: String) -> &mut T {
        let text = text.into_bytes();
        if self.entries.len() <= text.len() {
            self.entries.resize_with(text.len() + 1, Vec::new);
        }
        let entries = &mut self.entries[text.len()];
        let place = entries.iter().position(|(other, _)| **other == *text);
        let place = place.unwrap_or_else(|| {
            entries.push((text.into(), T::default()));
            entries.len() - 1
        });
        &mut entries[place].1
    }
}

/// OTLP's `STATUS_CODE_ERROR`.
const STATUS_ERROR: i32 = 2;

/// What ids, statuses and versions can be.
#[derive(Clone, Copy)]
enum Small<'a> {
    Text(&'a str),
    Int(i64),
    /// Anything else.
    Other,
}

impl<'a> Small<'a> {
    /// `None` for no value and for an empty text: they say no more than a missing attribute.
    fn of(value: &Value<'a>) -> Option<Self> {
        match value {
            Value::Empty | Value::Text([]) => None,
            Value::Int(number) => Some(Small::Int(*number)),
            value => Some(value.as_str().map_or(Small::Other, Small::Text)),
        }
    }
}

/// The attributes of a span that the rules read.
#[derive(Default)]
struct Values<'a> {
    /// By [`Field`], with the rank of the key.
    fields: [Option<(usize, Small<'a>)>; 6],
    /// What the messaging operation says, where there is one.
    message_role: Option<Option<Role>>,
}

impl<'a> Values<'a> {
    fn take(&mut self, reads: &Reads, value: &Value<'a>) {
        match reads {
            Reads::Field(field, rank) => {
                let place = &mut self.fields[*field as usize];
                if let Some(value) = Small::of(value)
                    && place.as_ref().is_none_or(|(other, _)| rank <= other)
                {
                    *place = Some((*rank, value));
                }
            }
            Reads::MessageOperation(roles) => {
                let role = value.as_str().and_then(|value| {
                    roles.iter().find(|(word, _)| word == value).map(|(_, role)| *role)
                });
                // Both generations of conventions can stand on one span; what one of them does
                // not say the other may.
                self.message_role = Some(self.message_role.flatten().or(role));
            }
        }
    }
}

/// An id as text, so that a number in one service and a text in another are the same order.
fn text_of(value: Small<'_>) -> Option<Cow<'_, str>> {
    match value {
        Small::Text(text) => Some(Cow::Borrowed(text)),
        Small::Int(number) => Some(Cow::Owned(number.to_string())),
        Small::Other => None,
    }
}

/// A trace's id; 0 where it has not 16 bytes, which OTLP calls invalid.
pub(crate) fn trace_id(bytes: &[u8]) -> TraceId {
    bytes.try_into().map_or(0, u128::from_be_bytes)
}

/// A span's id; 0 where it has not 8 bytes, which OTLP calls invalid.
pub(crate) fn span_id(bytes: &[u8]) -> SpanId {
    bytes.try_into().map_or(0, u64::from_be_bytes)
}
