//! Values of a Collector's config.

use std::collections::BTreeMap;

/// A value of a config. Maps are in the order of their keys: nothing depends on another.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Yaml {
    Null,
    Bool(bool),
    /// As wide as `yaml.v3` knows integers: from `i64::MIN` to `u64::MAX`.
    Integer(i128),
    Float(f64),
    Text(String),
    /// A date or a time, as RFC 3339 writes it.
    Time(String),
    List(Vec<Yaml>),
    Map(Map),
    /// What a variable or a file stands for: read as YAML, and as it was written. Whoever wants
    /// text gets the latter.
    Expanded(Box<Yaml>, String),
}

pub(crate) type Map = BTreeMap<String, Yaml>;
