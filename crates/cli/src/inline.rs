//! Rules that stand inside a Collector's config, as a document for a plugin.

use rules::{Entry, Node, Origin, Value};

use crate::value::{Map, Yaml};

/// Returns a map as block YAML with its keys in order, which is what the Collector's processor
/// makes of it, too.
pub(crate) fn block(map: &Map) -> String {
    rules::print(&Node::new(Value::Map(entries(map)), origin()))
}

fn entries(map: &Map) -> Vec<Entry> {
    let entry = |(key, value): (&String, &Yaml)| Entry {
        key: key.clone(),
        origin: origin(),
        node: Node::new(node(value), origin()),
    };
    map.iter().map(entry).collect()
}

fn node(value: &Yaml) -> Value {
    match value {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => Value::Bool(*value),
        Yaml::Integer(value) => {
            i64::try_from(*value).map_or(Value::Float(*value as f64), Value::Integer)
        }
        // Go writes `1.0` as `1`, and the plugin must see the same in every host.
        Yaml::Float(value) if value.fract() == 0.0 && value.abs() < 1e6 => {
            Value::Integer(*value as i64)
        }
        Yaml::Float(value) => Value::Float(*value),
        Yaml::Text(text) => Value::Text(text.clone()),
        Yaml::Time(text) => Value::Text(text.clone()),
        Yaml::List(values) => {
            Value::List(values.iter().map(|value| Node::new(node(value), origin())).collect())
        }
        Yaml::Map(map) => Value::Map(entries(map)),
        Yaml::Expanded(value, _) => node(value),
    }
}

/// A line leads nowhere in rules that stand in a config, so nobody is told of it.
fn origin() -> Origin {
    Origin::new("", 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    #[test]
    fn rules_come_out_as_the_collector_writes_them() {
        let config = "{z: 1.0, y: [1e7, 0x1F, {b: 'yes', a: \"504\"}], x: ~, w: true, v: 2026-01-01, 010: n}";
        let Yaml::Map(map) = parse(config).unwrap() else { unreachable!() };
        assert_eq!(
            block(&map),
            "'8': 'n'\nv: 2026-01-01T00:00:00Z\nw: true\nx: null\n'y':\n  - 10000000.0\n  - 31\n  - a: '504'\n    b: 'yes'\nz: 1\n"
        );
    }
}
