//! [`Announced`]: what `configure` said that a plugin may change.

use keys::KeyPattern;

use super::Unfit;
use super::refusal::{Fault, What};
use crate::edit_form::{On, TextField};
use crate::sight::{Carriers, Fields, Selected, Selector, Sight, Writes};
use crate::texts::Carrier;

#[derive(Clone, Debug)]
pub(super) struct Announced {
    pub writes: Writes,
    pub replaces: Selected,
    pub renames: Selected,
    pub removes: Selected,
}

impl Announced {
    pub fn new(sight: &Sight, writes: &Writes) -> Result<Self, Unfit> {
        let without_text = writes.fields.difference(Fields::TEXTS);
        if !without_text.is_empty() {
            return Err(Unfit::FieldWithoutText(without_text));
        }
        if let Sight::Parts(parts) = sight {
            let shown = selected(&parts.keys)?;
            let is_shown = |carrier: Carrier, key: &str| shown.selects(carrier, &[key.as_bytes()]);
            for set in &writes.sets {
                for carrier in Carrier::ALL {
                    if set.carriers.contains(carrier.into()) && !is_shown(carrier, &set.key) {
                        return Err(Unfit::SetOutOfSight { key: set.key.clone(), carrier });
                    }
                }
            }
        }
        Ok(Announced {
            writes: writes.clone(),
            replaces: selected(&writes.replaces)?,
            renames: selected(&writes.renames)?,
            removes: selected(&writes.removes)?,
        })
    }

    /// The key that an edit names by its index, where it may be set there.
    pub fn set_key(&self, index: u32, on: On) -> Option<&str> {
        let set = self.writes.sets.get(index as usize)?;
        let carrier = Carriers::from(on.carrier()?);
        set.carriers.contains(carrier).then_some(set.key.as_str())
    }

    pub fn check_field(&self, on: On, field: TextField) -> Result<(), Fault> {
        let flag = flag_of(on, field).ok_or(Fault::NoPlace)?;
        self.check_flag(flag)
    }

    pub fn check_flag(&self, flag: Fields) -> Result<(), Fault> {
        let is_announced = self.writes.fields.contains(flag);
        if is_announced { Ok(()) } else { Err(Fault::NotAnnounced(What::Field(flag))) }
    }
}

fn selected(selectors: &[Selector]) -> Result<Selected, Unfit> {
    for key in selectors.iter().flat_map(|selector| &selector.keys) {
        if let Err(reason) = KeyPattern::new(key) {
            return Err(Unfit::NoKey { key: key.clone(), reason });
        }
    }
    Selected::new(selectors).map_err(|reason| Unfit::NoKey { key: String::new(), reason })
}

fn flag_of(on: On, field: TextField) -> Option<Fields> {
    Some(match (on, field) {
        (On::Span, TextField::Name) => Fields::SPAN_NAME,
        (On::Span, TextField::StatusMessage) => Fields::STATUS_MESSAGE,
        (On::Span, TextField::TraceState) => Fields::TRACE_STATE,
        (On::Event, TextField::Name) => Fields::EVENT_NAME,
        (On::Link, TextField::TraceState) => Fields::LINK_TRACE_STATE,
        (On::Scope, TextField::Name) => Fields::SCOPE_NAME,
        (On::Scope, TextField::Version) => Fields::SCOPE_VERSION,
        (On::Resource | On::Scope, TextField::SchemaUrl) => Fields::SCHEMA_URLS,
        (On::Entity, TextField::SchemaUrl | TextField::Type) => Fields::ENTITIES,
        _ => return None,
    })
}

impl On {
    /// Whose attributes are meant; entities have none.
    pub(super) fn carrier(self) -> Option<Carrier> {
        Some(match self {
            On::Span => Carrier::Span,
            On::Resource => Carrier::Resource,
            On::Scope => Carrier::Scope,
            On::Event => Carrier::Event,
            On::Link => Carrier::Link,
            On::Entity => return None,
        })
    }
}
