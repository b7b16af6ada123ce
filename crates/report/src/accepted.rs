//! [`Accepted`]: loosenings that somebody answers for.

use std::time::{Duration, SystemTime};

use rules::{Document, Glob, Problem};

rules::settings! {
    /// The document.
    #[derive(Debug)]
    struct File {
        /// Each lets one loosening pass.
        accepted: Vec<Entry>,
    }
}

rules::settings! {
    /// One loosening that somebody accepted.
    #[derive(Debug)]
    struct Entry {
        /// The rule that no longer acts, by its path: `attributes."customer.*"`; of what is no longer
        /// protected the plugin: `redact-pii`.
        rule: String,
        /// The place of what leaves: `customer.city`, `events[].exception.message`; or what is no longer
        /// protected: `detector phone`. `*` stands for any run of characters.
        place: String,
        /// Why.
        reason: String,
        /// Who answers for it.
        by: String,
        /// The last day on which it counts, in UTC: `2026-12-31`.
        until: String,
    }
    check = Entry::check;
}

impl Entry {
    fn check(&self, place: &rules::Place, problems: &mut rules::Problems) {
        if end_of_day(&self.until).is_none() {
            let found = format!("the text `{}` under `until`", self.until);
            problems.push(place.problem(&found, "a day such as `2026-12-31`"));
        }
    }
}

/// Loosenings that somebody accepted.
#[derive(Debug, Default)]
pub struct Accepted(Vec<Entry>);

impl Accepted {
    /// Reads a document that says so.
    ///
    /// # Errors
    /// Every problem that was found, not only the first.
    pub fn read(document: Document) -> Result<Self, Vec<Problem>> {
        Ok(Accepted(rules::read::<File>(&[document])?.accepted))
    }

    /// What was said for this loosening, where it counts `now`; and else that it counts no longer.
    pub(crate) fn of(
        &self,
        rules: &[&str],
        place: &str,
        now: SystemTime,
    ) -> Result<Option<String>, String> {
        let fits = |entry: &&Entry| {
            rules.contains(&entry.rule.as_str())
                && Glob::new(&entry.place).matches(place.as_bytes())
        };
        let mut over = None;
        for entry in self.0.iter().filter(fits) {
            let Entry { reason, by, until, .. } = entry;
            if end_of_day(until).is_some_and(|end| now < end) {
                return Ok(Some(format!("accepted by {by} until {until}: {reason}")));
            }
            over = Some(format!("was accepted by {by} until {until}, which is over"));
        }
        over.map_or(Ok(None), Err)
    }
}

fn end_of_day(day: &str) -> Option<SystemTime> {
    const DAY: Duration = Duration::from_secs(86_400);
    let begin = humantime::parse_rfc3339(&format!("{day}T00:00:00Z")).ok()?;
    Some(begin + DAY)
}
