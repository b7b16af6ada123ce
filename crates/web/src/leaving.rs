//! [`Leaving`]: what leaves by one set of rules, and which rules looked at it.

use wasm_bindgen::prelude::*;

use crate::way::Way;
use crate::{chain, thrown};

/// Gathers what goes out of a chain, batch by batch.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Leaving(report::Leaving);

#[wasm_bindgen]
impl Leaving {
    /// Begins with a chain, as [`Comparing`](crate::Comparing) takes one.
    ///
    /// # Errors
    /// What of it is outside the contract.
    #[wasm_bindgen(constructor)]
    pub fn new(chain: &str) -> Result<Leaving, JsError> {
        let chain = chain::read(chain).map_err(thrown)?;
        Ok(Leaving(report::Leaving::new(&chain)))
    }

    /// Takes in what the chain made of a batch. It was asked for notes of `looked`; the places of the
    /// way's steps are those of the plugins in the chain.
    ///
    /// # Errors
    /// A batch cannot be decoded or shown. Then nothing more can be told.
    pub fn take(&mut self, way: &Way) -> Result<(), JsError> {
        way.with_went(|went| self.0.take(went)).map_err(thrown)
    }

    /// What left so far, as JSON, what to look at first. Holds no value of a span:
    ///
    /// ```json
    /// {"leaves":[{"on":"span","place":"customer.name","values":1,"distinct":1,
    ///    "forms":["text, 2 words, Cyrillic"],"doubt":"unread","rules":[]}],
    ///  "names":[{"name":"mes.shipped","spans":1}]}
    /// ```
    ///
    /// `doubt` is `unread` for text that no rule looked at, `read` for text that rules looked at, `no_text`.
    /// A rule has its deed in the words of `wit/notes.proto`, and plugin, path, document and line.
    ///
    /// # Errors
    /// Never: it can be written.
    pub fn findings(&self) -> Result<String, JsError> {
        serde_json::to_string(&self.0.left()).map_err(thrown)
    }
}
