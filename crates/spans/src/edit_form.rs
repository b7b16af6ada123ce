//! The words of `wit/edits.proto` that its writer and its reader share.

/// What an edit changes, or a note is of. The numbers are those of `Carrier` there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum On {
    /// A span.
    Span = 0,
    /// A resource, or the `ResourceSpans` around it.
    Resource = 1,
    /// A scope, or the `ScopeSpans` around it.
    Scope = 2,
    /// An event of a span.
    Event = 3,
    /// A link of a span.
    Link = 4,
    /// An entity that a resource refers to.
    Entity = 5,
}

impl On {
    pub(crate) const ALL: [On; 6] =
        [On::Span, On::Resource, On::Scope, On::Event, On::Link, On::Entity];

    /// The span or resource that a member is of.
    #[must_use]
    pub fn whole(self) -> On {
        match self {
            On::Span | On::Event | On::Link => On::Span,
            On::Resource | On::Entity => On::Resource,
            On::Scope => On::Scope,
        }
    }
}

/// A field that holds text. The numbers are those of `Field` there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TextField {
    /// Of a span, event or scope.
    Name = 0,
    /// Of a span.
    StatusMessage = 1,
    /// Of a span or link.
    TraceState = 2,
    /// Of a scope.
    Version = 3,
    /// Of an entity, or of what is around a resource or scope.
    SchemaUrl = 4,
    /// Of an entity.
    Type = 5,
}

impl TextField {
    pub(crate) const ALL: [TextField; 6] = [
        TextField::Name,
        TextField::StatusMessage,
        TextField::TraceState,
        TextField::Version,
        TextField::SchemaUrl,
        TextField::Type,
    ];
}
