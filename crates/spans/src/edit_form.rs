//! The words of `wit/edits.proto` that its writer and its reader share.

/// What an edit changes. The numbers are those of `Carrier` there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    Span = 0,
    Resource = 1,
    Scope = 2,
    Event = 3,
    Link = 4,
    Entity = 5,
}

/// A field that holds text. The numbers are those of `Field` there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TextField {
    Name = 0,
    StatusMessage = 1,
    TraceState = 2,
    Version = 3,
    SchemaUrl = 4,
    Type = 5,
}

impl TextField {
    pub const ALL: [TextField; 6] = [
        TextField::Name,
        TextField::StatusMessage,
        TextField::TraceState,
        TextField::Version,
        TextField::SchemaUrl,
        TextField::Type,
    ];
}
