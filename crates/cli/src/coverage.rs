//! [`Coverage`]: which rules of a plugin acted, and which never did.

use std::collections::BTreeMap;

use notes::{Rule, Telling};
use rules::Place;
use spans::Deed;

use crate::shown::rule_at;

/// How often each rule acted, by document, line and path.
#[derive(Default)]
pub(crate) struct Coverage(BTreeMap<(String, u32, String), u64>);

impl Coverage {
    /// Takes in the table of rules.
    pub fn know(&mut self, rules: &[Place]) {
        for Place { document, line, path } in rules {
            self.0.entry((document.to_string(), *line, path.clone())).or_default();
        }
    }

    /// Takes in what the plugin did. A rule that leaves something has acted, and one that another went
    /// before has not.
    pub fn take(&mut self, telling: &Telling) {
        for told in telling.told.iter().filter(|told| told.deed != Deed::WouldHave) {
            let Rule { path, document, line } = told.rule.clone();
            *self.0.entry((document, line, path)).or_default() += 1;
        }
    }

    /// How many rules acted, and of how many.
    pub fn counts(&self) -> (usize, usize) {
        (self.0.values().filter(|count| **count > 0).count(), self.0.len())
    }

    /// How many rules acted, then those that never did, by document and line.
    pub fn lines(&self, inline: bool) -> Vec<String> {
        let (acted, all) = self.counts();
        let never = self.0.iter().filter(|(_, count)| **count == 0);
        let mut lines = vec![format!("{acted} of {all} rules acted")];
        lines.extend(never.map(|((document, line, path), _)| {
            let line = if inline { 0 } else { *line };
            let rule = Rule { path: path.clone(), document: document.clone(), line };
            format!("never acted: {}", rule_at(&rule))
        }));
        lines
    }
}
