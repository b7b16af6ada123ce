//! [`Comparing`]: two sets of rules on the same spans, as `lapidary compare` compares them.

use std::time::SystemTime;

use report::{About, Accepted, Form};
use wasm_bindgen::prelude::*;

use crate::way::Way;
use crate::{chain, thrown};

/// Compares an old with a new chain, batch by batch.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Comparing(report::Comparing);

#[wasm_bindgen]
impl Comparing {
    /// Begins with two chains. A span that takes longer than `slow`, in nanoseconds, counts as slow:
    /// `lapidary compare` takes 5 seconds. A chain is the JSON list of its plugins:
    ///
    /// ```json
    /// [{"name":"redact-pii","version":"0.1.0","sha256":"e3b0…",
    ///   "configured":{"sight":"texts","writes":{},"rules":[],"protects":[]},
    ///   "documents":[{"name":"base.yaml","text":"detectors: {email: {}}\n"}]}]
    /// ```
    ///
    /// `configured` is what `configure` answered with, `sha256` the digest of the plugin's file; documents
    /// are called as they were when the plugin got them, for its reasons name them.
    ///
    /// # Errors
    /// What of it is outside the contract.
    #[wasm_bindgen(constructor)]
    pub fn new(old: &str, new: &str, slow: u64) -> Result<Comparing, JsError> {
        Comparing::read(old, new, slow).map_err(thrown)
    }

    /// Takes in what the two made of a batch: the old one was asked for notes of `acts`, the new one of
    /// `looked`. The places of the steps are those of the plugins in their chain.
    ///
    /// # Errors
    /// A batch cannot be decoded or shown. Then the comparison is over.
    pub fn take(&mut self, old: &Way, new: &Way) -> Result<(), JsError> {
        self.add(old, new).map_err(thrown)
    }

    /// What was found so far, as JSON: see `Findings` of `crates/report`. Holds no value of a span.
    ///
    /// # Errors
    /// Never: it can be written.
    pub fn findings(&self) -> Result<String, JsError> {
        serde_json::to_string(&self.0.findings()).map_err(thrown)
    }

    /// The document, in the form that goes with the ending of a file: `html`, `md`, `json`, `txt`. Holds
    /// no value of a span. `about` is JSON, of which all may be left out:
    ///
    /// ```json
    /// {"recording":{"name":"spans.jsonl","sha256":"e3b0…"},"rate":100}
    /// ```
    ///
    /// # Errors
    /// Another form or another `about`.
    pub fn report(&self, form: &str, about: &str) -> Result<String, JsError> {
        self.write(form, about).map_err(thrown)
    }
}

impl Comparing {
    fn read(old: &str, new: &str, slow: u64) -> Result<Comparing, String> {
        let chain = |side: &str, json: &str| {
            chain::read(json).map_err(|error| format!("the {side} chain: {error}"))
        };
        let (old, new) = (chain("old", old)?, chain("new", new)?);
        Ok(Comparing(report::Comparing::new(old, new, slow)))
    }

    fn add(&mut self, old: &Way, new: &Way) -> Result<(), otlp_json::Error> {
        old.with_went(|old| new.with_went(|new| self.0.take(old, new)))
    }

    fn write(&self, form: &str, about: &str) -> Result<String, String> {
        let form = Form::of(form)
            .ok_or_else(|| format!("found `{form}`; expected `html`, `md`, `json` or `txt`"))?;
        let about: About = serde_json::from_str(about).map_err(|error| error.to_string())?;
        // Nobody accepts a loosening here, so it does not matter what day it is.
        let report = self.0.report(&about, &Accepted::default(), SystemTime::UNIX_EPOCH);
        form.write(&report).map_err(|error| error.to_string())
    }
}

/// The digest of a file in hexadecimal, as a report has it.
#[wasm_bindgen]
#[must_use]
pub fn sha256(file: &[u8]) -> String {
    report::sha256(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Announced, unprocessed};

    const PASSES: &str = r#"{"name":"passes","version":"1.0.0","sha256":"00",
        "configured":{"sight":"everything","writes":{"drops_spans":true},"rules":[],"protects":["all"]},
        "documents":[]}"#;

    fn chain(plugins: usize) -> String {
        format!("[{}]", [PASSES].repeat(plugins).join(","))
    }

    fn batch() -> Vec<u8> {
        let span = r#"{"name":"one","status":{"code":2}}"#;
        let json = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#);
        otlp_json::to_protobuf(&json).unwrap()
    }

    /// What so many plugins pass on, the last of them because it failed and does not block.
    fn passed(plugins: usize) -> Way {
        let mut way = Way::new();
        (0..plugins).for_each(|place| way.step(place, batch(), batch(), &[]));
        way.goes(batch());
        way
    }

    /// What the only plugin blocks, for it failed.
    fn blocked() -> Way {
        let mut way = Way::new();
        let announced =
            Announced::new(r#"{"sight":"everything","writes":{},"rules":[],"protects":[]}"#);
        let rewritten = unprocessed(&announced.unwrap(), &batch(), true).unwrap();
        way.step(0, batch(), Vec::new(), &rewritten.gone());
        way
    }

    #[test]
    fn a_batch_that_a_plugin_could_not_process_goes_on_or_is_lost() {
        let mut comparing = Comparing::read(&chain(2), &chain(1), 0).unwrap();
        comparing.add(&passed(2), &blocked()).unwrap();
        let text = comparing.write("txt", "{}").unwrap();
        let lost = "  1 span; 1 failed; 0 slow; 0 gapped; old: kept; new: dropped (passes)\n";
        assert!(text.contains(lost), "{text}");
        assert!(text.ends_with("new spans out: 0\nnew bytes out: 0\n"), "{text}");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let comparing = Comparing::read(&chain(1), &chain(1), 0).unwrap();
        let refused = comparing.write("pdf", "{}").unwrap_err();
        assert_eq!(refused, "found `pdf`; expected `html`, `md`, `json` or `txt`");
        let refused = Comparing::read("{}", "[]", 0).unwrap_err();
        assert!(refused.starts_with("the old chain: "), "{refused}");
    }
}
