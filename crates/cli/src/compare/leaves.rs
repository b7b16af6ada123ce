//! [`Leaves`]: what goes out of a chain, key by key.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{Hash, Hasher};

use diff::{Place, Segment, Show, Step, carrier_word, contents, form};
use notes::Told;
use otlp_json::{Error, Value, decode};
use spans::{Deed, On, Spot, TextField};

use crate::shown::rule_at;

/// What goes out, by where it stands.
#[derive(Default)]
pub(super) struct Leaves {
    places: BTreeMap<(&'static str, String), Leaf>,
    /// Patterns of span names, with how many spans have one.
    pub names: BTreeMap<String, u64>,
    /// Which rules looked at a place, and what they did.
    rules: BTreeMap<(&'static str, String), BTreeSet<String>>,
}

/// Values that go out under one key.
pub(super) struct Leaf {
    /// The place, as it may be shown.
    pub shown: String,
    pub count: u64,
    /// What they look like, without sizes.
    pub forms: BTreeSet<String>,
    distinct: HashSet<u64>,
    has_text: bool,
}

/// Whether somebody should look at what goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Doubt {
    /// Text that no rule looked at.
    Unread,
    /// Text that rules looked at.
    Read,
    /// No text.
    NoText,
}

impl Leaves {
    /// Takes in what went out of one batch.
    pub fn take(
        &mut self,
        way: &[Step<'_>],
        traces: &[Vec<u8>],
        plugins: &[String],
        show: Show<'_>,
    ) -> Result<(), Error> {
        for step in way {
            for told in step.told {
                self.hear(told, &plugins[step.place]);
            }
        }
        for batch in traces {
            for content in contents(&decode(batch)?) {
                for (place, value) in content.places {
                    self.add(content.of.on, &place, &value, show);
                }
            }
        }
        Ok(())
    }

    /// Places, the doubtful first, then those with the most values.
    pub fn sorted(&self) -> Vec<(Doubt, &Leaf, Vec<&String>)> {
        let mut all: Vec<_> = self
            .places
            .iter()
            .map(|(key, leaf)| {
                let rules: Vec<_> = self.rules.get(key).into_iter().flatten().collect();
                let doubt = match (leaf.has_text, rules.is_empty()) {
                    (false, _) => Doubt::NoText,
                    (true, true) => Doubt::Unread,
                    (true, false) => Doubt::Read,
                };
                (doubt, leaf, rules)
            })
            .collect();
        all.sort_by_key(|(doubt, leaf, _)| (*doubt, std::cmp::Reverse(leaf.distinct())));
        all
    }

    fn hear(&mut self, told: &Told, plugin: &str) {
        let (field, way) = match (&told.spot, &told.key) {
            (Spot::Field(field), _) => (Some(*field), Vec::new()),
            (Spot::Value(_) | Spot::Set(_), Some(key)) => {
                (None, vec![Segment::Key(without_numbers(key))])
            }
            _ => return,
        };
        if told.deed == Deed::LeftInDoubt {
            return;
        }
        let place = Place { on: told.of.on, member: 0, field, way };
        let deed = told.deed.word().replace('_', " ");
        let rule = format!("{deed} by {} ({plugin})", rule_at(&told.rule));
        let key = (carrier_word(told.of.on.whole()), place.pattern(&str::to_owned));
        self.rules.entry(key).or_default().insert(rule);
    }

    fn add(&mut self, on: On, place: &Place, value: &Value, show: Show<'_>) {
        if matches!(value, Value::ArrayValue(_) | Value::KvlistValue(_)) {
            return;
        }
        if let (On::Span, Some(TextField::Name), Value::StringValue(name)) =
            (place.on, place.field, value)
        {
            *self.names.entry(show(name)).or_default() += 1;
        }
        let key = (carrier_word(on), place.pattern(&str::to_owned));
        let leaf = self.places.entry(key).or_insert_with(|| Leaf {
            shown: place.pattern(show),
            count: 0,
            forms: BTreeSet::new(),
            distinct: HashSet::new(),
            has_text: false,
        });
        leaf.count += 1;
        leaf.forms.insert(kind(value));
        leaf.has_text |= matches!(value, Value::StringValue(_) | Value::BytesValue(_));
        let mut hasher = DefaultHasher::new();
        format!("{value:?}").hash(&mut hasher);
        leaf.distinct.insert(hasher.finish());
    }
}

impl Leaf {
    /// How many different values.
    pub fn distinct(&self) -> usize {
        self.distinct.len()
    }
}

/// The form of a value without what differs from one to the next.
fn kind(value: &Value) -> String {
    let form = form(Some(value));
    let is_size = |part: &&str| part.starts_with(|first: char| first.is_ascii_digit());
    form.split(", ").filter(|part| !is_size(part)).collect::<Vec<_>>().join(", ")
}

/// `items[3].note` is `items[].note`.
fn without_numbers(key: &str) -> String {
    let mut parts = key.split('[');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| match part.split_once(']') {
        Some((number, rest)) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{text}[]{rest}")
        }
        _ => format!("{text}[{part}"),
    })
}

#[cfg(test)]
mod tests {
    use super::without_numbers;

    #[test]
    fn a_number_of_an_element_is_left_out() {
        assert_eq!(without_numbers("items[3].note[10]"), "items[].note[]");
        assert_eq!(without_numbers("a[b].c[1"), "a[b].c[1");
    }
}
