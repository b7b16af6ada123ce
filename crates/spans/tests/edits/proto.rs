//! `wit/edits.proto`, as prost reads and writes it.

use prost::{Enumeration, Message, Oneof};

#[derive(Clone, PartialEq, Message)]
pub struct Edits {
    #[prost(bool, tag = "1")]
    pub drop_unknown_fields: bool,
    #[prost(uint32, repeated, tag = "2")]
    pub dropped_spans: Vec<u32>,
    #[prost(message, repeated, tag = "3")]
    pub edits: Vec<Edit>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Edit {
    #[prost(enumeration = "On", tag = "1")]
    pub carrier: i32,
    #[prost(uint32, tag = "2")]
    pub number: u32,
    #[prost(uint32, tag = "3")]
    pub member: u32,
    #[prost(oneof = "Action", tags = "4, 5, 6, 7, 8")]
    pub action: Option<Action>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum On {
    Span = 0,
    Resource = 1,
    Scope = 2,
    Event = 3,
    Link = 4,
    Entity = 5,
}

#[derive(Clone, PartialEq, Oneof)]
pub enum Action {
    #[prost(message, tag = "4")]
    SetField(SetField),
    #[prost(message, tag = "5")]
    SetAttribute(SetAttribute),
    #[prost(message, tag = "6")]
    ReplaceValue(ReplaceValue),
    #[prost(message, tag = "7")]
    RenameKey(RenameKey),
    #[prost(message, tag = "8")]
    RemoveEntry(RemoveEntry),
}

#[derive(Clone, PartialEq, Message)]
pub struct SetField {
    #[prost(enumeration = "Field", tag = "1")]
    pub field: i32,
    #[prost(string, tag = "2")]
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum Field {
    Name = 0,
    StatusMessage = 1,
    TraceState = 2,
    Version = 3,
    SchemaUrl = 4,
    Type = 5,
}

#[derive(Clone, PartialEq, Message)]
pub struct SetAttribute {
    #[prost(uint32, tag = "1")]
    pub key: u32,
    #[prost(message, optional, tag = "2")]
    pub value: Option<Scalar>,
}

#[derive(Clone, PartialEq, Message)]
pub struct ReplaceValue {
    #[prost(uint32, repeated, tag = "1")]
    pub path: Vec<u32>,
    #[prost(message, optional, tag = "2")]
    pub value: Option<Scalar>,
}

#[derive(Clone, PartialEq, Message)]
pub struct RenameKey {
    #[prost(uint32, repeated, tag = "1")]
    pub path: Vec<u32>,
    #[prost(string, tag = "2")]
    pub key: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct RemoveEntry {
    #[prost(uint32, repeated, tag = "1")]
    pub path: Vec<u32>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Scalar {
    #[prost(oneof = "ScalarValue", tags = "1, 2, 3, 4")]
    pub value: Option<ScalarValue>,
}

#[derive(Clone, PartialEq, Oneof)]
pub enum ScalarValue {
    #[prost(string, tag = "1")]
    Text(String),
    #[prost(bool, tag = "2")]
    Bool(bool),
    #[prost(int64, tag = "3")]
    Int(i64),
    #[prost(double, tag = "4")]
    Double(f64),
}
