//! [`Coverage`]: which rules acted, and which never did.

use std::collections::BTreeMap;

use notes::{Rule, Telling};
use plugin::Configured;
use spans::Deed;

use crate::differences::Named;
use crate::shown::Shown;

/// How often each rule of each plugin acted.
pub(crate) struct Coverage(Vec<BTreeMap<(String, u32, String), u64>>);

impl Coverage {
    /// None acted so far.
    pub fn of<'c>(plugins: impl Iterator<Item = &'c Configured>) -> Self {
        let rows = |configured: &Configured| {
            let row = |place: &rules::Place| {
                ((place.document.to_string(), place.line, place.path.clone()), 0)
            };
            configured.rules.iter().map(row).collect()
        };
        Coverage(plugins.map(rows).collect())
    }

    /// Takes in what one plugin did. A rule that leaves something has acted, and one that another
    /// went before has not.
    pub fn take(&mut self, plugin: usize, telling: &Telling) {
        for told in telling.told.iter().filter(|told| told.deed != Deed::WouldHave) {
            let Rule { path, document, line } = told.rule.clone();
            *self.0[plugin].entry((document, line, path)).or_default() += 1;
        }
    }

    /// For each plugin how many of its rules acted, then those that never did, by document and line.
    pub fn lines(&self, shown: &Shown, plugins: &[Named]) -> Vec<Vec<String>> {
        let of_one = |(rules, plugin): (&BTreeMap<_, u64>, &Named)| {
            let acted = rules.values().filter(|count| **count > 0).count();
            let mut lines = vec![format!("{acted} of {} rules acted", rules.len())];
            let never = rules.iter().filter(|(_, count)| **count == 0);
            lines.extend(never.map(|((document, line, path), _): (&(String, u32, String), _)| {
                let rule = Rule { path: path.clone(), document: document.clone(), line: *line };
                format!("never acted: {}", shown.rule(&rule, plugin.inline))
            }));
            lines
        };
        self.0.iter().zip(plugins).map(of_one).collect()
    }
}
