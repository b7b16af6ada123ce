//! [`Refusal`]: why an answer is not taken.

use std::fmt;

use crate::Fields;
use crate::edit_form::On;

/// Why an answer is not taken. Says nothing of what stands in a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal(pub(super) Reason);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// An edit, counted from 0.
    Edit(usize, Fault),
    DropsUnknownFields,
    DropsSpans,
    DroppedOutOfOrder,
    NoSpanToDrop {
        number: u32,
        count: usize,
    },
    /// Spans of the plugin's own are of too many parts.
    OwnParts,
    /// Values in them stand in too many lists and maps.
    OwnLists,
    /// A span of the plugin's own repeats another of its own.
    OwnTwice {
        number: usize,
        before: usize,
    },
    /// A span of the plugin's own repeats one of the view that stays.
    OwnOfView {
        number: usize,
        of: u32,
    },
}

/// What is wrong with an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Unreadable,
    NoCarrier { on: On, number: u32, count: usize },
    NoPlace,
    OutOfOrder,
    Replaced,
    Dropped,
    NotAnnounced(What),
}

/// What `configure` did not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Field(Fields),
    SetKey(u32),
    Value,
    Key,
    Entry,
}

impl Fault {
    pub fn of(self, edit: usize) -> Refusal {
        Refusal(Reason::Edit(edit, self))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Reason::Edit(edit, fault) => write!(f, "edit {edit} {fault}"),
            Reason::DropsUnknownFields => {
                write!(f, "drops unknown fields, which `configure` did not name")
            }
            Reason::DropsSpans => write!(f, "drops spans, which `configure` did not name"),
            Reason::DroppedOutOfOrder => write!(f, "dropped spans are out of order"),
            Reason::NoSpanToDrop { number, count } => {
                write!(f, "drops span {number}; the view has {count}")
            }
            Reason::OwnParts => write!(f, "made spans of more than 1,000,000 parts"),
            Reason::OwnLists => {
                write!(f, "made spans with values in more than 32 lists and maps")
            }
            Reason::OwnTwice { number, before } => {
                write!(f, "made span {number} with the ids of its span {before}")
            }
            Reason::OwnOfView { number, of } => write!(
                f,
                "made span {number} with the ids of span {of} of the view, which it does not drop"
            ),
        }
    }
}

impl std::error::Error for Refusal {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Unreadable => write!(f, "is no protobuf that the contract knows"),
            Fault::NoCarrier { on, number, count } => {
                write!(f, "names {} {number}; the view has {count}", name_of(*on))
            }
            Fault::NoPlace => write!(f, "names a place that the view does not have"),
            Fault::OutOfOrder => write!(f, "stands before or on the place of the edit before it"),
            Fault::Replaced => write!(f, "changes what another edit replaces"),
            Fault::Dropped => write!(f, "changes a span that is dropped"),
            Fault::NotAnnounced(what) => {
                write!(f, "writes what `configure` did not name: {what}")
            }
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::SetKey(index) => write!(f, "set key {index}"),
            What::Value => write!(f, "a value"),
            What::Key => write!(f, "a key"),
            What::Entry => write!(f, "an entry"),
            What::Field(field) => {
                let name = field.iter_names().next().map_or("", |(name, _)| name);
                write!(f, "{}", name.to_lowercase().replace('_', " "))
            }
        }
    }
}

fn name_of(on: On) -> &'static str {
    match on {
        On::Span => "span",
        On::Resource => "resource",
        On::Scope => "scope",
        On::Event => "event",
        On::Link => "link",
        On::Entity => "entity",
    }
}
