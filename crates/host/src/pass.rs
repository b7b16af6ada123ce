//! [`Pass`]: one batch on its way through one plugin.

use std::ops::Range;

use notes::{Seen, Telling, Told};
use plugin::{Configured, Crash, Outcome, Place};
use spans::{Editor, Malformed, On, Output, Part, Rewritten, Verdict, View, Viewer, Window};

/// What is made of a plugin's sight and writes: the same for all its instances.
#[derive(Debug)]
pub(crate) struct Eyes {
    configured: Configured,
    /// In the plugin's own words: so each of its instances must answer.
    answered: Configured,
    viewer: Viewer,
    editor: Editor,
}

impl Eyes {
    /// # Errors
    ///
    /// What the plugin says of itself is outside the contract.
    pub fn new(configured: &Configured) -> Result<Self, Crash> {
        let Configured { sight, writes, .. } = configured;
        let unfit =
            |text: String| Crash::Contract(format!("`configure` answered what cannot be: {text}"));
        // The editor knows which key can mean none.
        let editor = Editor::new(sight, writes).map_err(|error| unfit(error.to_string()))?;
        let viewer = Viewer::new(sight).map_err(|error| unfit(error.to_string()))?;
        let (configured, answered) = (configured.clone(), configured.clone());
        Ok(Eyes { configured, answered, viewer, editor })
    }

    /// What the plugin says of itself.
    pub fn configured(&self) -> &Configured {
        &self.configured
    }

    /// Whether these are those of an instance that says this of itself.
    pub fn fit(&self, configured: &Configured) -> bool {
        self.answered == *configured
    }

    /// Gives the plugin's rules other names.
    pub fn name_rules(&mut self, name: impl FnMut(&mut Place)) {
        self.configured.rules.iter_mut().for_each(name);
    }
}

/// A batch, and what was decided so far about its units.
pub(crate) struct Pass<'a> {
    eyes: &'a Eyes,
    batch: &'a [u8],
    decided: Vec<(Range<usize>, Decided)>,
    own: Vec<u8>,
    telling: Telling,
    /// Resources and scopes of which it is told.
    told: Window,
}

enum Decided {
    Edits(Vec<u8>),
    Drop,
    Leave,
}

impl<'a> Pass<'a> {
    /// Begins with a batch that can be decoded.
    pub fn new(eyes: &'a Eyes, batch: &'a [u8]) -> Self {
        let (telling, told) = (Telling::default(), Window::default());
        Pass { eyes, batch, decided: Vec::new(), own: Vec::new(), telling, told }
    }

    /// The batch as it came.
    pub fn batch(&self) -> &'a [u8] {
        self.batch
    }

    /// What the plugin gets of some units, up to so many bytes; 0 means all of them.
    ///
    /// # Errors
    ///
    /// Where the batch cannot be decoded.
    pub fn view(&self, units: Range<usize>, limit: usize) -> Result<View, Malformed> {
        self.eyes.viewer.view(self.batch, units, limit)
    }

    /// Whether an answer to the view of some units is within the contract.
    ///
    /// # Errors
    ///
    /// Why it is not.
    pub fn check(&self, units: Range<usize>, outcome: &Outcome) -> Result<(), Crash> {
        let editor = &self.eyes.editor;
        let mut checked = editor.check(self.batch, units.clone(), &outcome.edits);
        if let (Ok(()), Some(own)) = (checked, &outcome.spans) {
            checked = editor.check_own(self.batch, &units, &outcome.edits, own);
        }
        checked.map_err(|refusal| Crash::Contract(refusal.to_string()))
    }

    /// Takes an answer to a view of some units that was checked.
    pub fn take(&mut self, units: Range<usize>, view: &[u8], outcome: Outcome) {
        self.tell(units.clone(), view, &outcome.notes);
        self.decided.push((units, Decided::Edits(outcome.edits)));
        // Two messages one after the other are one with the spans of both.
        self.own.extend(outcome.spans.unwrap_or_default());
    }

    /// Resolves notes, which were checked.
    fn tell(&mut self, units: Range<usize>, view: &[u8], noted: &[u8]) {
        if noted.is_empty() {
            return;
        }
        let seen = Seen { batch: self.batch, units, view };
        let Telling { told, left_out } =
            notes::tell(noted, &seen, &self.eyes.configured).unwrap_or_default();
        // What stands in several parts has its edits from the first, and so its notes.
        let is_new = |told: &Told| {
            let on = told.of.on;
            on.whole() == On::Span || told.of.number as usize >= self.told.shown(on).end
        };
        self.telling.told.extend(told.into_iter().filter(is_new));
        if let Ok(window) = spans::window(self.batch, &seen.units) {
            self.told.resources.end = self.told.resources.end.max(window.resources.end);
            self.told.scopes.end = self.told.scopes.end.max(window.scopes.end);
        }
        self.telling.left_out += left_out;
    }

    /// The spans of these units do not go on.
    pub fn drop_spans(&mut self, units: Range<usize>) {
        self.decided.push((units, Decided::Drop));
    }

    /// These units go on as they are.
    pub fn leave(&mut self, units: Range<usize>) {
        self.decided.push((units, Decided::Leave));
    }

    /// What became of the batch, the spans that the plugin made itself, and why.
    ///
    /// # Errors
    ///
    /// Where the batch cannot be decoded.
    pub fn end(self) -> Result<(Rewritten, Vec<u8>, Telling), Malformed> {
        let parts: Vec<Part<'_>> = self.decided.iter().map(part).collect();
        Ok((self.eyes.editor.apply(self.batch, &parts)?, self.own, self.telling))
    }
}

fn part((units, decided): &(Range<usize>, Decided)) -> Part<'_> {
    let verdict = match decided {
        Decided::Edits(edits) => Verdict::Edit(edits),
        Decided::Drop => Verdict::Drop,
        Decided::Leave => Verdict::Leave,
    };
    Part { units: units.clone(), verdict }
}

/// Ids of the only span of some units, in hex.
pub(crate) fn ids(batch: &[u8], unit: &Range<usize>) -> Option<(String, String)> {
    let window = spans::window(batch, unit).ok()?;
    notes::ids(batch, &window.spans).ok()?.pop()
}

/// What goes on of a batch that came; nothing where none is left.
pub(crate) fn left(output: Output, came: Vec<u8>) -> Option<Vec<u8>> {
    match output {
        Output::Unchanged => Some(came),
        Output::Replaced(traces) => Some(traces),
        Output::NothingLeft => None,
    }
}

#[cfg(test)]
mod tests {
    use plugin::{Noting, Place};
    use spans::{Deed, Notes, Sight, Spot, Subject, Writes};

    use super::*;

    /// Guarantees: an instance that says another thing of itself than the first did is known by it.
    #[test]
    fn eyes_fit_what_they_were_made_of() {
        let first = Configured::new(Sight::Everything, Writes::default());
        let eyes = Eyes::new(&first).unwrap();
        assert!(eyes.fit(&first));
        let writes = Writes { drops_spans: true, ..Writes::default() };
        assert!(!eyes.fit(&Configured::new(Sight::Everything, writes)));
        assert!(!eyes.fit(&Configured::new(Sight::Texts, Writes::default())));
    }

    /// Scenario: two spans of one resource are handed over one by one. Each answer notes the
    /// resource and the span, and says that it left a note out.
    /// Guarantees: the resource is told of once, each span and all that was left out are told.
    #[test]
    fn a_resource_in_two_parts_is_told_of_once() {
        let json = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"},{"name":"b"}]}]}]}"#;
        let batch = otlp_json::to_protobuf(json).unwrap();
        let rules = vec![Place { document: "rules.yaml".into(), line: 1, path: "does".into() }];
        let configured = Configured::new(Sight::Everything, Writes::default());
        let eyes = Eyes::new(&Configured { rules, ..configured }).unwrap();
        let mut pass = Pass::new(&eyes, &batch);
        for unit in 0..2 {
            let view = pass.view(unit..unit + 1, 0).unwrap();
            let mut noted = Notes::at(Noting::Acts);
            for of in [Subject { on: On::Resource, number: 0, member: 0 }, Subject::span(0)] {
                noted.add(of, Spot::Whole, Deed::LeftInDoubt, 0);
            }
            let left_out = vec![0x10, 1];
            let notes = [noted.into_bytes(), left_out].concat();
            pass.take(view.units, &view.bytes, Outcome { notes, ..Outcome::default() });
        }
        let (_, _, telling) = pass.end().unwrap();
        let told: Vec<_> = telling.told.iter().map(|it| (it.of.on, it.of.number)).collect();
        assert_eq!(told, [(On::Resource, 0), (On::Span, 0), (On::Span, 1)]);
        assert_eq!(telling.left_out, 2);
    }
}
