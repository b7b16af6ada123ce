//! [`Kind`]: the messages of OTLP traces, and what stands in their fields.

/// A message of OTLP traces.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    TracesData,
    ResourceSpans,
    ScopeSpans,
    Resource,
    EntityRef,
    Scope,
    Span,
    Event,
    Link,
    Status,
    KeyValue,
    AnyValue,
    Array,
    Map,
}

/// What stands in a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A text or bytes.
    Bytes,
    Varint,
    Fixed32,
    Fixed64,
    Message(Kind),
    Unknown,
}

impl Kind {
    pub fn role(self, number: u32) -> Role {
        use Kind as K;
        Role::Message(match (self, number) {
            (K::TracesData, 1) => K::ResourceSpans,
            (K::ResourceSpans, 1) => K::Resource,
            (K::ResourceSpans, 2) => K::ScopeSpans,
            (K::ScopeSpans, 1) => K::Scope,
            (K::ScopeSpans, 2) => K::Span,
            (K::Resource, 3) => K::EntityRef,
            (K::Resource | K::Map, 1) | (K::Scope | K::Event, 3) | (K::Span, 9) | (K::Link, 4) => {
                K::KeyValue
            }
            (K::Span, 11) => K::Event,
            (K::Span, 13) => K::Link,
            (K::Span, 15) => K::Status,
            (K::KeyValue, 2) | (K::Array, 1) => K::AnyValue,
            (K::AnyValue, 5) => K::Array,
            (K::AnyValue, 6) => K::Map,
            _ => return self.plain_role(number),
        })
    }

    fn plain_role(self, number: u32) -> Role {
        use Kind as K;
        match (self, number) {
            (K::ResourceSpans | K::ScopeSpans, 3)
            | (K::EntityRef, 1..=4)
            | (K::Scope | K::Link, 1 | 2)
            | (K::Span, 1..=5)
            | (K::Event | K::Status, 2)
            | (K::Link, 3)
            | (K::KeyValue, 1)
            | (K::AnyValue, 1 | 7) => Role::Bytes,
            // The last two are indices into the table of texts that only profiles have.
            (K::Resource, 2)
            | (K::Scope | K::Event, 4)
            | (K::Span, 6 | 10 | 12 | 14)
            | (K::Link, 5)
            | (K::Status, 3)
            | (K::AnyValue, 2 | 3)
            | (K::KeyValue, 3)
            | (K::AnyValue, 8) => Role::Varint,
            (K::Span, 7 | 8) | (K::Event, 1) | (K::AnyValue, 4) => Role::Fixed64,
            (K::Span, 16) | (K::Link, 6) => Role::Fixed32,
            _ => Role::Unknown,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Kind::TracesData => "TracesData",
            Kind::ResourceSpans => "ResourceSpans",
            Kind::ScopeSpans => "ScopeSpans",
            Kind::Resource => "Resource",
            Kind::EntityRef => "EntityRef",
            Kind::Scope => "InstrumentationScope",
            Kind::Span => "Span",
            Kind::Event => "Span.Event",
            Kind::Link => "Span.Link",
            Kind::Status => "Status",
            Kind::KeyValue => "KeyValue",
            Kind::AnyValue => "AnyValue",
            Kind::Array => "ArrayValue",
            Kind::Map => "KeyValueList",
        }
    }

    /// Whether a field may stand once only: of several, protobuf takes the last, or makes one
    /// message of them.
    pub fn has_once(self, number: u32) -> bool {
        use Kind as K;
        let is_repeated = matches!(
            (self, number),
            (K::TracesData | K::Array | K::Map, 1)
                | (K::ResourceSpans | K::ScopeSpans, 2)
                | (K::Resource, 1 | 3)
                | (K::EntityRef, 3 | 4)
                | (K::Scope | K::Event, 3)
                | (K::Span, 9 | 11 | 13)
                | (K::Link, 4)
        );
        !is_repeated && self.role(number) != Role::Unknown
    }

    pub fn is_list(self) -> bool {
        matches!(self, Kind::Array | Kind::Map)
    }
}
