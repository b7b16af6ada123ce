//! [`Notes::check`]: whether notes are what a host asked for.

use super::{MOST_NOTES, Note, Notes, Noting, Spot};
use crate::Malformed;
use crate::edit_form::On;
use crate::wire::Message;

/// What notes may name.
#[derive(Clone, Copy, Debug)]
pub struct NoteBounds<'v> {
    /// What the plugin got.
    pub view: &'v [u8],
    /// How many rules the table has.
    pub rules: usize,
    /// How many keys may be set.
    pub sets: usize,
}

impl Notes {
    /// Looks whether the notes of an answer are what a host asked for.
    ///
    /// # Errors
    /// What is wrong, in the words of every host.
    pub fn check(bytes: &[u8], level: Noting, bounds: &NoteBounds<'_>) -> Result<(), &'static str> {
        if bytes.is_empty() {
            return Ok(());
        }
        if level == Noting::Off {
            return Err("notes that nobody asked for");
        }
        let Ok((notes, _)) = Notes::read(bytes) else {
            return Err("notes that are no `Notes` message");
        };
        if notes.len() > MOST_NOTES {
            return Err("more notes than an answer may have");
        }
        let counts = counts(bounds.view);
        for Note { of, spot, deed, rule } in &notes {
            let count = counts[of.on.whole() as usize];
            let is_known_set = |set: u32| (set as usize) < bounds.sets;
            if of.number >= count {
                return Err("a note of what the view does not have");
            }
            if *rule as usize >= bounds.rules {
                return Err("a note of a rule that `configure` did not name");
            }
            if matches!(spot, Spot::Set(set) if !is_known_set(*set)) {
                return Err("a note of an attribute that `configure` did not name as set");
            }
            if deed.level() > level {
                return Err("notes that nobody asked for");
            }
        }
        Ok(())
    }
}

/// How many spans, resources and scopes a view has.
fn counts(view: &[u8]) -> [u32; 3] {
    let mut counts = [0; 3];
    let mut count = || {
        let mut resources = Message::root(view).fields("TracesData");
        while let Some(resource) = resources.next_message(1)? {
            counts[On::Resource as usize] += 1;
            let mut scopes = resource.fields("ResourceSpans");
            while let Some(scope) = scopes.next_message(2)? {
                counts[On::Scope as usize] += 1;
                let mut spans = scope.fields("ScopeSpans");
                while spans.next_message(2)?.is_some() {
                    counts[On::Span as usize] += 1;
                }
            }
        }
        Ok(())
    };
    // A view is the host's own: it can be decoded.
    let _: Result<(), Malformed> = count();
    counts
}
