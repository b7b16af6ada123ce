//! YAML as the Collector reads it.
//!
//! The Collector reads its configs with Go's `yaml.v3`: YAML 1.2 with anchors, aliases and merge
//! keys, and with some numbers of YAML 1.1. Which texts are numbers is in [`scalar`](crate::scalar).

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use crate::scalar;
use crate::value::{Map, Yaml};

/// How deep lists and maps may stand in each other.
const MAX_DEPTH: usize = 128;

/// Most values that a text may come to. A few lines of aliases stand for millions.
const MAX_VALUES: usize = 100_000;

/// Returns the first document of a text; nothing at all is `Null`.
///
/// # Errors
///
/// Why the text is no YAML that the Collector would take, with the line.
pub(crate) fn parse(text: &str) -> Result<Yaml, String> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| format!("line {}: {}", error.marker().line(), error.info()))?;
        let line = span.start.line();
        if matches!(event, Event::DocumentEnd) {
            break;
        }
        builder.take(event, line).map_err(|problem| format!("line {line}: {problem}"))?;
    }
    Ok(builder.root.unwrap_or(Yaml::Null))
}

#[derive(Default)]
struct Builder {
    stack: Vec<Open>,
    root: Option<Yaml>,
    /// What anchors stand for, with the number of values in it.
    anchors: HashMap<usize, (Yaml, usize)>,
    values: usize,
}

/// A list or map whose end has not come yet.
struct Open {
    anchor: usize,
    /// How many values there were before it.
    before: usize,
    collection: Collection,
}

enum Collection {
    List(Vec<Yaml>),
    Map {
        entries: Map,
        /// Where each key stands, as it is written.
        lines: HashMap<String, usize>,
        /// What `<<` brings, for keys that the map itself does not have.
        merged: Map,
        pending: Option<Key>,
    },
}

enum Key {
    Merge,
    Name(String),
}

impl Builder {
    fn take(&mut self, event: Event<'_>, line: usize) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                if self.wants_key() {
                    return self.key(&text, plain, tag.as_deref(), anchor, line);
                }
                let value = tagged(&text, plain, tag.as_deref())?;
                self.complete(value, anchor, self.values)
            }
            Event::SequenceStart(anchor, _) => self.open(Collection::List(Vec::new()), anchor),
            Event::MappingStart(anchor, _) => self.open(
                Collection::Map {
                    entries: Map::new(),
                    lines: HashMap::new(),
                    merged: Map::new(),
                    pending: None,
                },
                anchor,
            ),
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => {
                let (value, size) =
                    self.anchors.get(&anchor).ok_or("found an alias of a value that holds it")?;
                if self.values + size > MAX_VALUES {
                    return Err(format!(
                        "found aliases that stand for more than {MAX_VALUES} values"
                    ));
                }
                let (value, before) = (value.clone(), self.values);
                self.values += size - 1;
                if self.wants_key() {
                    let name = scalar::key(&value).ok_or("found a map or list as a key")?;
                    return self.named(name.clone(), Key::Name(name), line);
                }
                self.complete(value, 0, before)
            }
            _ => Ok(()),
        }
    }

    fn wants_key(&self) -> bool {
        let last = self.stack.last().map(|open| &open.collection);
        matches!(last, Some(Collection::Map { pending: None, .. }))
    }

    fn key(
        &mut self,
        text: &str,
        plain: bool,
        tag: Option<&Tag>,
        anchor: usize,
        line: usize,
    ) -> Result<(), String> {
        if plain && text == "<<" && tag.is_none() {
            return self.named(text.into(), Key::Merge, line);
        }
        let value = tagged(text, plain, tag)?;
        let name = scalar::key(&value).unwrap_or_default();
        if anchor > 0 {
            self.anchors.insert(anchor, (value, 1));
        }
        self.named(text.into(), Key::Name(name), line)
    }

    fn named(&mut self, written: String, key: Key, line: usize) -> Result<(), String> {
        if let Some(Open { collection: Collection::Map { lines, pending, .. }, .. }) =
            self.stack.last_mut()
        {
            if let Some(first) = lines.get(&written) {
                return Err(format!(
                    "found the key `{written}` again; it stands on line {first} too"
                ));
            }
            lines.insert(written, line);
            *pending = Some(key);
        }
        Ok(())
    }

    fn open(&mut self, collection: Collection, anchor: usize) -> Result<(), String> {
        if self.wants_key() {
            return Err("found a map or list as a key".into());
        }
        if self.stack.len() == MAX_DEPTH {
            return Err(format!("found more than {MAX_DEPTH} levels of lists and maps"));
        }
        self.stack.push(Open { anchor, before: self.values, collection });
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        let Some(Open { anchor, before, collection }) = self.stack.pop() else { return Ok(()) };
        let value = match collection {
            Collection::List(values) => Yaml::List(values),
            Collection::Map { mut entries, merged, .. } => {
                for (key, value) in merged {
                    entries.entry(key).or_insert(value);
                }
                Yaml::Map(entries)
            }
        };
        self.complete(value, anchor, before)
    }

    fn complete(&mut self, value: Yaml, anchor: usize, before: usize) -> Result<(), String> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(format!("found more than {MAX_VALUES} values"));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, (value.clone(), self.values - before));
        }
        match self.stack.last_mut().map(|open| &mut open.collection) {
            None => self.root = Some(value),
            Some(Collection::List(values)) => values.push(value),
            Some(Collection::Map { entries, merged, pending, .. }) => match pending.take() {
                Some(Key::Name(name)) => {
                    entries.insert(name, value);
                }
                Some(Key::Merge) => merge(merged, value)?,
                None => {}
            },
        }
        Ok(())
    }
}

/// Of several maps, the first that has a key counts.
fn merge(merged: &mut Map, value: Yaml) -> Result<(), String> {
    let maps = match value {
        Yaml::List(values) => values,
        value => vec![value],
    };
    for map in maps {
        let Yaml::Map(map) = map else {
            return Err("found no map after `<<`; expected a map, or a list of maps".into());
        };
        for (key, value) in map {
            merged.entry(key).or_insert(value);
        }
    }
    Ok(())
}

fn tagged(text: &str, plain: bool, tag: Option<&Tag>) -> Result<Yaml, String> {
    let untagged = || if plain { scalar::resolve(text) } else { Yaml::Text(text.into()) };
    let Some(tag) = tag else { return Ok(untagged()) };
    let name = tag.is_yaml_core_schema().then_some(tag.suffix.as_str());
    match (name, scalar::resolve(text)) {
        (Some("bool"), value @ Yaml::Bool(_))
        | (Some("int"), value @ Yaml::Integer(_))
        | (Some("float"), value @ Yaml::Float(_))
        | (Some("timestamp"), value @ Yaml::Time(_))
        | (Some("null"), value @ Yaml::Null) => Ok(value),
        (Some("float"), Yaml::Integer(value)) => Ok(Yaml::Float(value as f64)),
        (Some(name @ ("bool" | "int" | "float" | "timestamp" | "null")), _) => {
            Err(format!("found a text that is no {name} after `!!{name}`"))
        }
        // What a tag of somebody's own means nobody here knows: it is text.
        _ => Ok(Yaml::Text(text.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Guarantees: each text is what `yaml.v3` makes of it, written here as text without anchors.
    #[test]
    fn texts_are_what_the_collector_makes_of_them() {
        for (written, same) in [
            ("a: &x {b: 1}\nc:\n  <<: *x\n  d: 2", "{a: {b: 1}, c: {b: 1, d: 2}}"),
            ("<<: {a: 1}\na: 2", "a: 2"),
            ("a: 2\n<<: {a: 1, b: 3}", "{a: 2, b: 3}"),
            ("<<: [{a: 1, b: 2}, {a: 3, c: 4}]", "{a: 1, b: 2, c: 4}"),
            ("a: {<<: {b: 1}, b: null}", "a: {b: null}"),
            ("'<<': {a: 1}", "{\"<<\": {a: 1}}"),
            ("A: {x: &k v}\n*k : z", "{A: {x: v}, v: z}"),
            ("x: &b !!str 5\ny: *b", "{x: '5', y: '5'}"),
            ("- &a 1\n- *a", "[1, 1]"),
            ("1: a\n1.50: b\ntrue: c\n010: d", "{'1': a, '1.5': b, 'true': c, '8': d}"),
            ("a: !foo bar", "a: bar"),
            ("a: !!float 1", "a: 1.0"),
            ("a: !!int '5'", "a: 5"),
            ("a\n---\nb", "a"),
            ("# nothing", "~"),
            ("", "~"),
        ] {
            assert_eq!(parse(written), parse(same), "{written}");
            assert!(parse(same).is_ok(), "{same}");
        }
    }

    #[test]
    fn what_the_collector_refuses_is_refused_with_its_line() {
        for (written, line) in [
            ("a: 1\nb: 1\na: 2", "line 3: found the key `a` again; it stands on line 1 too"),
            ("a: 1\n'a': 2", "line 2: found the key `a` again; it stands on line 1 too"),
            ("<<: 5", "line 1: found no map after `<<`; expected a map, or a list of maps"),
            ("<<: {}\n<<: {}", "line 2: found the key `<<` again; it stands on line 1 too"),
            ("a: &a [*a]", "line 1: found an alias of a value that holds it"),
            ("[a]: b", "line 1: found a map or list as a key"),
            ("a: !!bool yes", "line 1: found a text that is no bool after `!!bool`"),
        ] {
            assert_eq!(parse(written), Err(line.into()), "{written}");
        }
    }

    /// Scenario: ten lines of aliases stand for ten billion values; lists are very deep.
    #[test]
    fn a_small_text_stays_small() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..10 {
            let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb += &format!("a{level}: &a{level} [{aliases}]\n");
        }
        let problem = parse(&bomb).unwrap_err();
        assert!(problem.ends_with("aliases that stand for more than 100000 values"), "{problem}");
        let deep = "[".repeat(200);
        assert_eq!(
            parse(&deep).unwrap_err(),
            "line 1: found more than 128 levels of lists and maps"
        );
    }
}
