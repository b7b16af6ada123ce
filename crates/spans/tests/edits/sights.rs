//! What is seen and may be written, decided plainly over prost's structs.

use keys::{KeyPattern, KeyPatterns};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use spans::{Carrier, Carriers, Fields, Parts, Selector, SetKey, Sight, Writes};

use crate::tape::Tape;

/// Selectors, to be asked.
pub struct Keys(Vec<(Carriers, KeyPatterns)>);

impl Keys {
    pub fn new(selectors: &[Selector]) -> Self {
        let patterns = |selector: &Selector| {
            let patterns = selector.keys.iter().map(|key| KeyPattern::new(key).expect("a key"));
            (selector.carriers, KeyPatterns::new(patterns.collect()))
        };
        Keys(selectors.iter().map(patterns).collect())
    }

    pub fn mean(&self, carrier: Carrier, keys: &[String]) -> bool {
        let keys: Vec<&[u8]> = keys.iter().map(String::as_bytes).collect();
        self.0.iter().any(|(carriers, patterns)| {
            carriers.contains(carrier.into()) && patterns.first_match(&keys).is_some()
        })
    }
}

/// A sight, to be asked.
pub struct Seen {
    pub sight: Sight,
    keys: Keys,
}

impl Seen {
    pub fn new(sight: Sight) -> Self {
        let keys = match &sight {
            Sight::Parts(parts) => Keys::new(&parts.keys),
            _ => Keys::new(&[]),
        };
        Seen { sight, keys }
    }

    pub fn shows_all_keys(&self) -> bool {
        !matches!(self.sight, Sight::Parts(_))
    }

    fn field(&self, field: Fields) -> bool {
        match &self.sight {
            Sight::Everything | Sight::Texts => true,
            Sight::Parts(parts) => parts.fields.contains(field),
        }
    }

    /// For each entry, whether it is shown, and whether whole.
    pub fn entries(
        &self,
        carrier: Carrier,
        above: &[String],
        entries: &[KeyValue],
        depth: usize,
        is_whole: bool,
    ) -> Vec<Option<bool>> {
        let shown = |entry: &KeyValue| {
            let keys = [above, std::slice::from_ref(&entry.key)].concat();
            if is_whole || self.shows_all_keys() || self.keys.mean(carrier, &keys) {
                return Some(true);
            }
            self.leads(carrier, &keys, entry.value.as_ref(), depth).then_some(false)
        };
        entries.iter().map(shown).collect()
    }

    /// How many elements stand in the view.
    pub fn elements(
        &self,
        carrier: Carrier,
        keys: &[String],
        elements: &[AnyValue],
        depth: usize,
        is_whole: bool,
    ) -> usize {
        if is_whole {
            return elements.len();
        }
        let leads = |element: &AnyValue| self.leads(carrier, keys, Some(element), depth);
        elements.iter().rposition(leads).map_or(0, |last| last + 1)
    }

    fn leads(
        &self,
        carrier: Carrier,
        keys: &[String],
        value: Option<&AnyValue>,
        depth: usize,
    ) -> bool {
        if depth > 160 {
            return true;
        }
        match value.and_then(|value| value.value.as_ref()) {
            Some(Value::ArrayValue(array)) => {
                array.values.iter().any(|value| self.leads(carrier, keys, Some(value), depth + 1))
            }
            Some(Value::KvlistValue(map)) => self
                .entries(carrier, keys, &map.values, depth + 1, false)
                .iter()
                .any(Option::is_some),
            _ => false,
        }
    }

    /// How many members stand in the view, each told by its text and attributes.
    pub fn members(&self, carrier: Carrier, members: &[(&String, &[KeyValue])]) -> usize {
        let (all, text) = match carrier {
            Carrier::Event => (Fields::EVENTS, Fields::EVENT_NAME),
            _ => (Fields::LINKS, Fields::LINK_TRACE_STATE),
        };
        if self.field(all) {
            return members.len();
        }
        let is_shown = |(name, attributes): &(&String, &[KeyValue])| {
            self.field(text) && !name.is_empty()
                || self.entries(carrier, &[], attributes, 0, false).iter().any(Option::is_some)
        };
        members.iter().rposition(is_shown).map_or(0, |last| last + 1)
    }

    pub fn entities(&self, count: usize) -> usize {
        if self.field(Fields::ENTITIES) { count } else { 0 }
    }
}

const PATTERNS: [&str; 8] =
    ["order_id", "order_status", "db.*", "k", "*", "оператор", "order_id.k", "stage_duration"];

pub fn sight(tape: &mut Tape) -> Sight {
    match tape.below(4) {
        0 => Sight::Everything,
        1 => Sight::Texts,
        _ => {
            let bits = u32::from(tape.byte()) << 12 | u32::from(tape.byte()) << 5;
            let fields = Fields::from_bits_truncate(bits | u32::from(tape.byte()));
            Sight::Parts(Parts { fields, keys: selectors(tape) })
        }
    }
}

pub fn writes(tape: &mut Tape, sight: &Sight) -> Writes {
    let seen = Seen::new(sight.clone());
    let mut sets = Vec::new();
    for _ in 0..tape.below(4) {
        let key = (*tape.pick(&["order_id", "k", "stage_duration", "order_status"])).to_owned();
        let mut carriers = Carriers::from_bits_truncate(tape.byte());
        for carrier in Carrier::ALL {
            let is_seen =
                seen.shows_all_keys() || seen.keys.mean(carrier, std::slice::from_ref(&key));
            if !is_seen {
                carriers.remove(carrier.into());
            }
        }
        sets.push(SetKey { carriers, key });
    }
    Writes {
        drops_spans: tape.below(2) == 0,
        makes_spans: false,
        drops_unknown_fields: tape.below(2) == 0,
        fields: if tape.below(2) == 0 {
            Fields::TEXTS
        } else {
            Fields::TEXTS & Fields::from_bits_truncate(tape.number() as u32)
        },
        sets,
        replaces: selectors(tape),
        renames: selectors(tape),
        removes: selectors(tape),
    }
}

fn selectors(tape: &mut Tape) -> Vec<Selector> {
    let selector = |tape: &mut Tape| {
        let carriers = match tape.below(3) {
            0 => Carriers::from_bits_truncate(tape.byte()),
            _ => Carriers::all(),
        };
        let keys = (0..=tape.below(2)).map(|_| (*tape.pick(&PATTERNS)).to_owned()).collect();
        Selector { carriers, keys }
    };
    (0..tape.below(3)).map(|_| selector(tape)).collect()
}
