//! [`Showing`]: whether values may be seen.

use diff::{Place, Words, form, plain};
use otlp_json::{AnyValue, Value};
use wasm_bindgen::prelude::*;

/// Decides what of spans may be seen: all, or of values their form and of names the words that are no
/// secret.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Showing {
    has_values: bool,
    words: Words,
}

#[wasm_bindgen]
impl Showing {
    /// Shows values or not.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(has_values: bool) -> Showing {
        Showing { has_values, words: Words::default() }
    }

    /// Words of rules may be shown.
    pub fn learn(&mut self, rules: &str) {
        self.words.add(rules);
    }
}

impl Showing {
    /// A name of a span or a service, or a key.
    pub(crate) fn name(&self, name: &str) -> String {
        if self.has_values { name.to_owned() } else { self.words.show(name) }
    }

    pub(crate) fn place(&self, place: &Place) -> String {
        format!("{}{}", place.lead(), place.path_with(|key| self.name(key)))
    }

    pub(crate) fn value(&self, value: Option<&Value>) -> String {
        if self.has_values { plain(value) } else { form(value) }
    }

    pub(crate) fn any(&self, value: &AnyValue) -> String {
        self.value(value.value.as_ref())
    }
}
