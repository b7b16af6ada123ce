//! [`Leaves`]: what goes out of a chain, key by key.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::hash::{Hash, Hasher};

use diff::{By, Place, Segment, Show, carrier_word, contents, form};
use notes::Told;
use otlp_json::{Error, Value, decode};
use serde::Serialize;
use spans::{Deed, On, Spot, TextField};

use crate::chain::Went;

/// What goes out, by where it stands.
#[derive(Debug, Default)]
pub(crate) struct Leaves {
    places: BTreeMap<At, Gathered>,
    /// Names of spans as they may be shown, with how many spans have one.
    names: BTreeMap<String, u64>,
    /// Which rules looked at a place, and what they did.
    acted: BTreeMap<At, BTreeSet<Acted>>,
}

/// On what, and the place with `[]` for every number.
type At = (&'static str, String);

/// Values under one key.
#[derive(Debug, Default)]
struct Gathered {
    shown: String,
    count: u64,
    forms: BTreeSet<String>,
    distinct: HashSet<u64>,
    has_text: bool,
}

/// Values that go out under one key.
#[derive(Debug, Serialize)]
pub struct Leaf<'l> {
    /// On what: `span`, `resource`, `scope`.
    pub on: &'static str,
    /// Where, as it may be shown.
    pub place: &'l str,
    /// How many.
    pub values: u64,
    /// How many different ones.
    pub distinct: usize,
    /// What they look like, without sizes.
    pub forms: &'l BTreeSet<String>,
    /// Whether somebody should look at them.
    pub doubt: Doubt,
    /// Which rules looked at them, and what they did.
    pub rules: Vec<&'l Acted>,
}

/// Whether somebody should look at what goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// Text that no rule looked at.
    Unread,
    /// Text that rules looked at.
    Read,
    /// No text.
    NoText,
}

/// What a rule did.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Acted {
    /// In the words of `wit/notes.proto`: `looked_and_left`.
    pub deed: &'static str,
    /// The rule.
    #[serde(flatten)]
    pub by: By,
    /// Whether it only would have.
    #[serde(skip)]
    pub is_reported: bool,
}

/// `masked by detectors.phone, base.yaml:8 (redact-pii)`
impl fmt::Display for Acted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Acted { deed, by, .. } = self;
        write!(f, "{} by {} ({})", deed.replace('_', " "), by.rule(), by.plugin)
    }
}

/// A name of spans that go out, as it may be shown.
#[derive(Debug, Serialize)]
pub struct Name<'l> {
    /// The name.
    pub name: &'l str,
    /// How many spans.
    pub spans: u64,
}

impl Leaves {
    /// Takes in what went out of one batch. `plugins` are the chain's, by their names.
    ///
    /// # Errors
    /// What goes out is no OTLP, or holds texts that are not UTF-8.
    pub fn take(
        &mut self,
        went: Went<'_>,
        plugins: &[String],
        show: Show<'_>,
    ) -> Result<(), Error> {
        for step in went.way {
            for told in step.told {
                let deed = if step.is_shadow { told.deed.reported() } else { told.deed };
                self.hear(told, deed, &plugins[step.place]);
            }
        }
        for batch in went.traces {
            for content in contents(&decode(batch)?) {
                for (place, value) in content.places {
                    self.add(content.of.on, &place, &value, show);
                }
            }
        }
        Ok(())
    }

    /// Places, the doubtful first, then those with the most values.
    #[must_use]
    pub fn sorted(&self) -> Vec<Leaf<'_>> {
        let mut all: Vec<_> =
            self.places.iter().map(|(at, gathered)| self.leaf(at, gathered)).collect();
        all.sort_by_key(|leaf| (leaf.doubt, std::cmp::Reverse(leaf.distinct)));
        all
    }

    /// Names of spans, in order.
    #[must_use]
    pub fn names(&self) -> Vec<Name<'_>> {
        self.names.iter().map(|(name, spans)| Name { name, spans: *spans }).collect()
    }

    fn leaf<'l>(&'l self, at: &'l At, gathered: &'l Gathered) -> Leaf<'l> {
        let Gathered { shown, count, forms, distinct, has_text } = gathered;
        let mut rules: Vec<_> = self.acted.get(at).into_iter().flatten().collect();
        rules.sort_by_key(ToString::to_string);
        let is_unread = rules.iter().all(|acted| acted.is_reported);
        let doubt = match (has_text, is_unread) {
            (false, _) => Doubt::NoText,
            (true, true) => Doubt::Unread,
            (true, false) => Doubt::Read,
        };
        let (place, values, distinct) = (shown.as_str(), *count, distinct.len());
        Leaf { on: at.0, place, values, distinct, forms, doubt, rules }
    }

    fn hear(&mut self, told: &Told, deed: Deed, plugin: &str) {
        let (field, way) = match (&told.spot, &told.key) {
            (Spot::Field(field), _) => (Some(*field), Vec::new()),
            (Spot::Value(_) | Spot::Set(_), Some(key)) => {
                (None, vec![Segment::Key(without_numbers(key))])
            }
            _ => return,
        };
        if deed == Deed::LeftInDoubt {
            return;
        }
        let place = Place { on: told.of.on, member: 0, field, way };
        let (is_reported, by) = (deed.is_reported(), By::of(&told.rule, plugin));
        let acted = Acted { deed: deed.word(), by, is_reported };
        let at = (carrier_word(told.of.on.whole()), place.pattern(&str::to_owned));
        self.acted.entry(at).or_default().insert(acted);
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
        let at = (carrier_word(on), place.pattern(&str::to_owned));
        let gathered = self
            .places
            .entry(at)
            .or_insert_with(|| Gathered { shown: place.pattern(show), ..Gathered::default() });
        gathered.count += 1;
        gathered.forms.insert(kind(value));
        gathered.has_text |= matches!(value, Value::StringValue(_) | Value::BytesValue(_));
        let mut hasher = DefaultHasher::new();
        format!("{value:?}").hash(&mut hasher);
        gathered.distinct.insert(hasher.finish());
    }
}

/// The form of a value without what differs from one to the next.
fn kind(value: &Value) -> String {
    let form = form(Some(value));
    let is_size = |part: &&str| part.starts_with(|first: char| first.is_ascii_digit());
    form.split(", ").filter(|part| !is_size(part)).collect::<Vec<_>>().join(", ")
}

/// A way into an attribute as notes have it, with `[]` for every number, so that ways of one kind are one.
///
/// ```
/// assert_eq!(report::without_numbers("items[3].note"), "items[].note");
/// ```
#[must_use]
pub fn without_numbers(key: &str) -> String {
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
