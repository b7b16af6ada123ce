//! Lists and maps by name as settings.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::node::{Entry, Node, Value};
use crate::problems::Problems;
use crate::schema::Schema;
use crate::setting::{Ranged, Setting};

impl<T: Setting> Setting for Vec<T> {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let Value::List(nodes) = &node.value else {
            problems.mismatch::<Self>(node);
            return None;
        };
        let mut list = Some(Vec::with_capacity(nodes.len()));
        for (index, node) in nodes.iter().enumerate() {
            let read = problems.under_index(index, |problems| T::read(node, problems));
            add(&mut list, read);
        }
        list
    }

    fn expected() -> String {
        "a list".to_owned()
    }

    fn schema() -> Schema {
        Schema::of_type("array").with("items", T::schema().into_json())
    }
}

/// Bounds of the number of entries.
impl<T: Setting> Ranged for Vec<T> {
    type Bound = usize;

    fn read_in(
        node: &Node,
        range: &RangeInclusive<usize>,
        problems: &mut Problems,
    ) -> Option<Self> {
        let list = Self::read(node, problems);
        if let Value::List(nodes) = &node.value
            && !range.contains(&nodes.len())
        {
            problems.add(node, format!("{} entries", nodes.len()), Self::expected_in(range));
            return None;
        }
        list
    }

    fn expected_in(range: &RangeInclusive<usize>) -> String {
        match (*range.start(), *range.end()) {
            (start, usize::MAX) => format!("a list with {start} or more entries"),
            (start, end) => format!("a list with {start} to {end} entries"),
        }
    }

    fn schema_in(range: &RangeInclusive<usize>) -> Schema {
        let schema = Self::schema().with("minItems", range.start().to_string());
        if *range.end() == usize::MAX {
            schema
        } else {
            schema.with("maxItems", range.end().to_string())
        }
    }
}

/// Settings by name, in the order in which they were written; an overlay's
/// new names come last. What a rule means must not depend on that order, for
/// hosts keep their configs in maps that sort or shuffle; `cases::any_order`
/// tries it. Where order means something, use a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Named<T>(pub Vec<(String, T)>);

impl<T: Setting> Setting for Named<T> {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            problems.mismatch::<Self>(node);
            return None;
        };
        let mut list = Some(Vec::with_capacity(entries.len()));
        for Entry { key, node, .. } in entries {
            let read = problems.under_key(key, |problems| T::read(node, problems));
            add(&mut list, read.map(|value| (key.clone(), value)));
        }
        list.map(Named)
    }

    fn expected() -> String {
        "a map by name".to_owned()
    }

    fn schema() -> Schema {
        Schema::of_type("object").with("additionalProperties", T::schema().into_json())
    }
}

/// Settings by name, sorted by name.
impl<T: Setting> Setting for BTreeMap<String, T> {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        Named::read(node, problems).map(|Named(list)| list.into_iter().collect())
    }

    fn expected() -> String {
        Named::<T>::expected()
    }

    fn schema() -> Schema {
        Named::<T>::schema()
    }
}

/// After one bad entry the others are read for their problems only.
fn add<T>(list: &mut Option<Vec<T>>, read: Option<T>) {
    match (read, &mut *list) {
        (Some(value), Some(list)) => list.push(value),
        (Some(_), None) => {}
        (None, _) => *list = None,
    }
}
