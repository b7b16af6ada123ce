//! [`Announced`]: what a plugin said of itself, ready to be asked of every batch.

use notes::{Seen, Telling};
use plugin::{Changes, Configured, Noting};
use rules::Document;
use spans::{Editor, Malformed, NoteBounds, Notes, Viewer};
use wasm_bindgen::prelude::*;

use crate::batch::{Decided, Rewritten, View};
use crate::{contract, thrown};

/// What follows from a plugin's rules: how its views are made, and how its answers are checked and
/// carried out.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Announced {
    pub(crate) configured: Configured,
    pub(crate) viewer: Viewer,
    pub(crate) editor: Editor,
}

#[wasm_bindgen]
impl Announced {
    /// Reads what `configure` answered with, as JSON.
    ///
    /// # Errors
    /// What of it is outside the contract.
    #[wasm_bindgen(constructor)]
    pub fn new(configured: &str) -> Result<Announced, JsError> {
        Announced::read(configured).map_err(thrown)
    }

    /// Looks whether every rule is of one of the documents with these names, and the rules let the
    /// plugin change no more than its manifest says: `changes` are its flags.
    ///
    /// # Errors
    /// What is wrong, in the words of every host.
    pub fn fits(&self, changes: u8, documents: Vec<String>) -> Result<(), JsError> {
        self.check(changes, documents).map_err(thrown)
    }

    /// What the plugin gets of the units from `start` up to `end`; `limit` as for `spans::Viewer`.
    ///
    /// # Errors
    /// Where what is looked at cannot be decoded.
    pub fn view(
        &self,
        traces: &[u8],
        start: usize,
        end: usize,
        limit: usize,
    ) -> Result<View, JsError> {
        self.viewer.view(traces, start..end, limit).map(View).map_err(thrown)
    }

    /// Looks whether the edits of an answer to the view of these units, and the spans that it made, are
    /// within the contract.
    ///
    /// # Errors
    /// Why they are not.
    #[wasm_bindgen(js_name = checkAnswer)]
    pub fn check_answer(
        &self,
        traces: &[u8],
        start: usize,
        end: usize,
        edits: &[u8],
        made: Option<Vec<u8>>,
    ) -> Result<(), JsError> {
        self.editor.check(traces, start..end, edits).map_err(thrown)?;
        let made = made.unwrap_or_default();
        self.editor.check_own(traces, &(start..end), edits, &made).map_err(thrown)
    }

    /// Looks whether the notes of an answer to a view are what was asked for; `noting` counts from 0,
    /// as the contract has it.
    ///
    /// # Errors
    /// Why they are not.
    #[wasm_bindgen(js_name = checkNotes)]
    pub fn check_notes(&self, notes: &[u8], noting: u8, view: &[u8]) -> Result<(), JsError> {
        let noting = match noting {
            0 => Noting::Off,
            1 => Noting::Acts,
            _ => Noting::Looked,
        };
        let (rules, sets) = (self.configured.rules.len(), self.configured.writes.sets.len());
        Notes::check(notes, noting, &NoteBounds { view, rules, sets })
            .map_err(|noted| thrown(format!("answered with {noted}")))
    }

    /// Carries out what was decided, on the parts of the batch in order.
    ///
    /// # Errors
    /// Where the batch cannot be decoded, or an answer was not checked.
    pub fn apply(&self, traces: &[u8], decided: &Decided) -> Result<Rewritten, JsError> {
        self.editor.apply(traces, &decided.parts()).map(Rewritten).map_err(thrown)
    }
}

impl Announced {
    /// What the plugin got of these units.
    pub(crate) fn look(&self, traces: &[u8], start: usize, end: usize) -> Result<View, Malformed> {
        self.viewer.view(traces, start..end, 0).map(View)
    }

    /// Resolves notes, which were checked, of a view.
    pub(crate) fn told(
        &self,
        notes: &[u8],
        traces: &[u8],
        view: &View,
    ) -> Result<Telling, Malformed> {
        let seen = Seen { batch: traces, units: view.0.units.clone(), view: &view.0.bytes };
        notes::tell(notes, &seen, &self.configured)
    }

    fn read(configured: &str) -> Result<Announced, String> {
        Announced::of(contract::configured(configured)?)
    }

    pub(crate) fn of(configured: Configured) -> Result<Announced, String> {
        let unfit = |text: String| format!("`configure` answered what cannot be: {text}");
        // The editor knows which key can mean none.
        let editor = Editor::new(&configured.sight, &configured.writes)
            .map_err(|error| unfit(error.to_string()))?;
        let viewer = Viewer::new(&configured.sight).map_err(|error| unfit(error.to_string()))?;
        Ok(Announced { configured, viewer, editor })
    }

    fn check(&self, changes: u8, documents: Vec<String>) -> Result<(), String> {
        let more = Changes::of(&self.configured.writes) - Changes::from_bits_truncate(changes);
        if let Some((name, _)) = more.iter_names().next() {
            let name = name.to_lowercase().replace('_', "-");
            return Err(format!("`configure` named `{name}`, which the manifest does not"));
        }
        let documents: Vec<Document> =
            documents.into_iter().map(|name| Document { name, text: String::new() }).collect();
        self.configured.check_rules(&documents)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DROPS: &str = r#"{"sight": "everything", "writes": {"drops_spans": true},
        "rules": [{"path": "a", "document": "base.yaml", "line": 1}], "protects": []}"#;

    #[test]
    fn more_than_the_manifest_says_is_refused_in_the_words_of_every_host() {
        let announced = Announced::read(DROPS).unwrap();
        let base = || vec!["base.yaml".to_owned()];
        assert_eq!(announced.check(0xff, base()), Ok(()));
        let refused = announced.check(0, base()).unwrap_err();
        assert_eq!(refused, "`configure` named `drops-spans`, which the manifest does not");
        let refused = announced.check(0xff, Vec::new()).unwrap_err();
        assert_eq!(refused, "`configure` named a rule of a document that it did not get");
    }

    #[test]
    fn a_key_that_can_mean_none_is_refused_in_the_words_of_every_host() {
        let json = r#"{"sight": {"fields": [], "keys": [{"carriers": ["span"], "keys": [""]}]},
            "writes": {}, "rules": [], "protects": []}"#;
        let refused = Announced::read(json).unwrap_err();
        assert_eq!(refused, "`configure` answered what cannot be: `` can mean no key");
    }
}
