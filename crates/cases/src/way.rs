//! The way of a batch through a plugin, as a host goes it that has no limits: a view, the plugin's
//! answer to it, and its edits on the batch.

use notes::{Seen, Telling};
use plugin::{Configured, Crash, Instance, Notes, Noting, Outcome, Stopped};
use spans::{
    Editor, Edits, Malformed, NoteBounds, Part, Rewritten, Sight, Verdict, Viewer, Writes,
};

/// What one plugin needs for its batches.
pub(crate) struct Way {
    configured: Configured,
    viewer: Viewer,
    editor: Editor,
}

/// What a batch became on the way.
pub(crate) struct Went {
    pub outcome: Outcome,
    pub rewritten: Rewritten,
    pub telling: Telling,
}

impl Way {
    /// # Errors
    ///
    /// What the plugin says of itself is outside the contract.
    pub fn new(configured: &Configured) -> Result<Self, String> {
        let Configured { sight, writes, .. } = configured;
        let viewer = Viewer::new(sight).map_err(|error| error.to_string())?;
        let editor = Editor::new(sight, writes).map_err(|error| error.to_string())?;
        Ok(Way { configured: configured.clone(), viewer, editor })
    }

    /// What the plugin gets of a batch, all of which is decoded.
    ///
    /// # Errors
    ///
    /// Where the batch cannot be decoded.
    pub fn view(&self, traces: &[u8]) -> Result<Vec<u8>, Malformed> {
        spans::validate(traces)?;
        Ok(self.viewer.view(traces, 0..usize::MAX, 0)?.bytes)
    }

    /// # Errors
    ///
    /// The plugin gave no answer, or one outside the contract.
    pub fn go(
        &self,
        instance: &mut dyn Instance,
        traces: &[u8],
        view: &[u8],
        now: u64,
        noting: Noting,
    ) -> Result<Went, Stopped> {
        let outcome = instance.process(view, now)?;
        let rewritten = self.edited(traces, &outcome.edits)?;
        let telling = self.telling(traces, view, &outcome.notes, noting)?;
        Ok(Went { outcome, rewritten, telling })
    }

    fn telling(
        &self,
        traces: &[u8],
        view: &[u8],
        notes: &[u8],
        noting: Noting,
    ) -> Result<Telling, Stopped> {
        let breach = |text: String| Stopped::Crash(Crash::Contract(text));
        let (rules, sets) = (self.configured.rules.len(), self.configured.writes.sets.len());
        Notes::check(notes, noting, &NoteBounds { view, rules, sets })
            .map_err(|noted| breach(format!("answered with {noted}")))?;
        let seen = Seen { batch: traces, units: 0..usize::MAX, view };
        let told = notes::tell(notes, &seen, &self.configured);
        told.map_err(|malformed| breach(malformed.to_string()))
    }

    fn edited(&self, traces: &[u8], edits: &[u8]) -> Result<Rewritten, Stopped> {
        let breach = |text: String| Stopped::Crash(Crash::Contract(text));
        let units = 0..usize::MAX;
        let checked = self.editor.check(traces, units.clone(), edits);
        checked.map_err(|refusal| breach(refusal.to_string()))?;
        let part = Part { units, verdict: Verdict::Edit(edits) };
        self.editor.apply(traces, &[part]).map_err(|malformed| breach(malformed.to_string()))
    }
}

/// The batch with the edits that `answer` gives to its view: a plugin's work as its host sees it.
///
/// # Errors
///
/// The batch cannot be decoded, or `answer` says so.
///
/// # Panics
///
/// The edits are outside the contract.
#[expect(clippy::expect_used, reason = "a test must end there")]
pub fn edited(
    sight: &Sight,
    writes: &Writes,
    traces: &[u8],
    answer: impl FnOnce(&[u8]) -> Result<Edits, Malformed>,
) -> Result<Rewritten, Malformed> {
    let configured = Configured::new(sight.clone(), writes.clone());
    let way = Way::new(&configured).expect("sight and writes fit the contract");
    let edits = answer(&way.view(traces)?)?;
    Ok(way.edited(traces, &edits.bytes).expect("the edits fit the contract"))
}
