//! [`Sight`], what is shown of a batch, and [`Writes`], what may be changed of it.

use bitflags::bitflags;
use keys::{KeyPattern, KeyPatterns, NoKey};

use crate::Carrier;

bitflags! {
    /// Whose attributes are meant.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct Carriers: u8 {
        /// Resources.
        const RESOURCE = 1;
        /// Instrumentation scopes.
        const SCOPE = 1 << 1;
        /// Spans.
        const SPAN = 1 << 2;
        /// Events of spans.
        const EVENT = 1 << 3;
        /// Links of spans.
        const LINK = 1 << 4;
    }

    /// Fields of spans, scopes and resources.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct Fields: u32 {
        /// Id of a span's trace.
        const TRACE_ID = 1;
        /// Id of a span.
        const SPAN_ID = 1 << 1;
        /// Id of a span's parent.
        const PARENT_SPAN_ID = 1 << 2;
        /// W3C `tracestate` of a span.
        const TRACE_STATE = 1 << 3;
        /// Flags of a span.
        const SPAN_FLAGS = 1 << 4;
        /// Name of a span.
        const SPAN_NAME = 1 << 5;
        /// Kind of a span.
        const SPAN_KIND = 1 << 6;
        /// Start and end of a span.
        const SPAN_TIMES = 1 << 7;
        /// Code of a span's status.
        const STATUS_CODE = 1 << 8;
        /// Message of a span's status.
        const STATUS_MESSAGE = 1 << 9;
        /// Every event of a span, with its time.
        const EVENTS = 1 << 10;
        /// Names of events.
        const EVENT_NAME = 1 << 11;
        /// Every link of a span, with the ids that it leads to.
        const LINKS = 1 << 12;
        /// W3C `tracestate` of links.
        const LINK_TRACE_STATE = 1 << 13;
        /// Name of a scope.
        const SCOPE_NAME = 1 << 14;
        /// Version of a scope.
        const SCOPE_VERSION = 1 << 15;
        /// Schema URLs of resource spans and scope spans.
        const SCHEMA_URLS = 1 << 16;
        /// Entities that a resource refers to.
        const ENTITIES = 1 << 17;
    }
}

impl Fields {
    /// Those that hold text, and so may be written.
    pub const TEXTS: Fields = Fields::TRACE_STATE
        .union(Fields::SPAN_NAME)
        .union(Fields::STATUS_MESSAGE)
        .union(Fields::EVENT_NAME)
        .union(Fields::LINK_TRACE_STATE)
        .union(Fields::SCOPE_NAME)
        .union(Fields::SCOPE_VERSION)
        .union(Fields::SCHEMA_URLS)
        .union(Fields::ENTITIES);
}

impl From<Carrier> for Carriers {
    fn from(carrier: Carrier) -> Self {
        match carrier {
            Carrier::Resource => Carriers::RESOURCE,
            Carrier::Scope => Carriers::SCOPE,
            Carrier::Span => Carriers::SPAN,
            Carrier::Event => Carriers::EVENT,
            Carrier::Link => Carriers::LINK,
        }
    }
}

/// Attributes and map entries by their keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// Where they stand.
    pub carriers: Carriers,
    /// Patterns as [`KeyPattern`] reads them. They mean an entry by its own key or by all keys down
    /// to it, at any depth.
    pub keys: Vec<String>,
}

/// What a plugin reads of a batch. A host shows it that in a [view](crate::Viewer), and nothing
/// else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Every field that OTLP knows.
    Everything,
    /// Every text and every key. Of other values only that they stand there.
    Texts,
    /// Some fields and keys.
    Parts(Parts),
}

/// Named parts of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// Fields.
    pub fields: Fields,
    /// Attributes and map entries, with their whole values.
    pub keys: Vec<Selector>,
}

impl Sight {
    /// What is read that `allowed` does not allow, each in words for people; empty where all of it
    /// is.
    ///
    /// [`Sight::Everything`] allows all. [`Sight::Texts`] allows itself, and fields that hold text.
    /// [`Sight::Parts`] allow fields and keys of their own: a pattern is allowed by one that is the
    /// same but for case, by `*`, and a pattern without `*` by any that means this key. Keys show
    /// whole values, numbers too, so texts allow none. A pattern that can mean no key allows nothing.
    #[must_use]
    pub fn beyond(&self, allowed: &Sight) -> Vec<String> {
        let (read, fields, keys) = match (self, allowed) {
            (_, Sight::Everything) | (Sight::Texts, Sight::Texts) => return Vec::new(),
            (Sight::Everything, _) => return vec!["everything".to_owned()],
            (Sight::Texts, _) => return vec!["all texts".to_owned()],
            (Sight::Parts(read), Sight::Texts) => (read, Fields::TEXTS, &[][..]),
            (Sight::Parts(read), Sight::Parts(parts)) => (read, parts.fields, &parts.keys[..]),
        };
        let fields = read.fields.difference(fields);
        let names = fields.iter_names().map(|(name, _)| name.to_lowercase().replace('_', "-"));
        let mut more: Vec<String> = names.map(|name| format!("`{name}`")).collect();
        for selector in &read.keys {
            for key in &selector.keys {
                let is_beyond = |carrier: &Carrier| {
                    selector.carriers.contains((*carrier).into()) && !allow(keys, *carrier, key)
                };
                let on = Carrier::ALL.into_iter().filter(is_beyond);
                let on: Vec<String> =
                    on.map(|carrier| format!("{carrier:?}s").to_lowercase()).collect();
                if !on.is_empty() {
                    more.push(format!("`{key}` of {}", on.join(", ")));
                }
            }
        }
        more
    }
}

/// Whether selectors allow all that a pattern means on this carrier.
fn allow(selectors: &[Selector], carrier: Carrier, pattern: &str) -> bool {
    let is_one_key = !pattern.contains('*');
    let Ok(pattern) = KeyPattern::new(pattern) else { return false };
    let selectors = selectors.iter().filter(|it| it.carriers.contains(carrier.into()));
    selectors.flat_map(|selector| &selector.keys).any(|key| {
        let Ok(allowed) = KeyPattern::new(key) else { return false };
        key == "*"
            || allowed.is_same(&pattern)
            || is_one_key && {
                let one_key = [pattern.written().as_bytes()];
                KeyPatterns::new(vec![allowed]).first_match(&one_key).is_some()
            }
    })
}

/// What a plugin may change of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Writes {
    /// It may drop spans.
    pub drops_spans: bool,
    /// It may make spans of its own.
    pub makes_spans: bool,
    /// It may drop fields that OTLP does not know.
    pub drops_unknown_fields: bool,
    /// Fields that it may write; of [`Fields::TEXTS`].
    pub fields: Fields,
    /// Attributes that it may set. An edit names one by its index.
    pub sets: Vec<SetKey>,
    /// Entries whose values, and all in them, it may replace.
    pub replaces: Vec<Selector>,
    /// Entries whose keys it may change.
    pub renames: Vec<Selector>,
    /// Entries that it may remove.
    pub removes: Vec<Selector>,
}

/// The key of an attribute that a plugin may set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetKey {
    /// On what.
    pub carriers: Carriers,
    /// The key, exactly.
    pub key: String,
}

/// Selectors, ready to be asked of every key.
#[derive(Clone, Debug)]
pub(crate) struct Selected {
    /// For each carrier, in the order of [`Carrier`].
    by_carrier: [KeyPatterns; 5],
}

impl Selected {
    /// Takes selectors in.
    ///
    /// # Errors
    /// The first pattern that can mean no key.
    pub fn new(selectors: &[Selector]) -> Result<Self, NoKey> {
        let mut patterns: [Vec<KeyPattern>; 5] = Default::default();
        for selector in selectors {
            for key in &selector.keys {
                let pattern = KeyPattern::new(key)?;
                for carrier in Carrier::ALL {
                    if selector.carriers.contains(carrier.into()) {
                        patterns[carrier as usize].push(pattern.clone());
                    }
                }
            }
        }
        Ok(Selected { by_carrier: patterns.map(KeyPatterns::new) })
    }

    /// Whether any selector means the entry under the last of these keys, or may: see
    /// [`KeyPatterns::may_match`].
    #[inline]
    pub fn selects(&self, carrier: Carrier, keys: &[&[u8]]) -> bool {
        self.by_carrier[carrier as usize].may_match(keys)
    }

    /// Whether none selects anything of this carrier.
    pub fn is_blind_to(&self, carrier: Carrier) -> bool {
        self.by_carrier[carrier as usize].patterns().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_counts_on_its_own_carriers_only() {
        let keys = vec!["customer.*".to_owned()];
        let selector = Selector { carriers: Carriers::SPAN | Carriers::LINK, keys };
        let selected = Selected::new(&[selector]).expect("a right pattern");
        for carrier in Carrier::ALL {
            let expected = matches!(carrier, Carrier::Span | Carrier::Link);
            assert_eq!(selected.selects(carrier, &[b"customer", b"name"]), expected);
            assert_eq!(selected.is_blind_to(carrier), !expected);
            assert!(!selected.selects(carrier, &[b"customers"]));
        }
    }

    #[test]
    fn a_sight_goes_beyond_another_by_fields_and_keys() {
        let parts = |fields, carriers, keys: &[&str]| {
            let keys = keys.iter().map(|key| (*key).to_owned()).collect();
            Sight::Parts(Parts { fields, keys: vec![Selector { carriers, keys }] })
        };
        let span = Carriers::SPAN;
        let order = parts(Fields::TRACE_ID, span | Carriers::LINK, &["order.*", "Order_ID"]);
        for (read, allowed, expected) in [
            (Sight::Everything, Sight::Everything, &[][..]),
            (Sight::Everything, Sight::Texts, &["everything"]),
            (Sight::Texts, Sight::Texts, &[]),
            (Sight::Texts, order.clone(), &["all texts"]),
            (order.clone(), order.clone(), &[]),
            (order.clone(), parts(Fields::all(), Carriers::all(), &["*"]), &[]),
            (parts(Fields::TRACE_ID, span, &["order_id", "ORDER.x"]), order.clone(), &[]),
            (
                parts(Fields::SPAN_NAME | Fields::SPAN_KIND, span, &[]),
                Sight::Texts,
                &["`span-kind`"],
            ),
            (parts(Fields::empty(), span, &["a"]), Sight::Texts, &["`a` of spans"]),
            (parts(Fields::empty(), span, &["order.a*"]), order.clone(), &["`order.a*` of spans"]),
            (
                parts(Fields::SPAN_ID, Carriers::all(), &["order.*", "order*"]),
                order,
                &[
                    "`span-id`",
                    "`order.*` of resources, scopes, events",
                    "`order*` of resources, scopes, spans, events, links",
                ],
            ),
        ] {
            assert_eq!(read.beyond(&allowed), expected, "{read:?} {allowed:?}");
        }
    }

    #[test]
    fn a_pattern_that_can_mean_no_key_is_refused() {
        let selector = Selector { carriers: Carriers::all(), keys: vec!["a..b".to_owned()] };
        assert_eq!(Selected::new(&[selector]).err(), Some(NoKey::EmptyPart));
    }
}
