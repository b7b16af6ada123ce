//! What the rules protect, in words: other conditions have other words.

use std::collections::BTreeSet;

use crate::pattern::Patterns;
use crate::settings::{Conditions, Rule, Rules, Verdict};
use crate::threshold::Threshold;

impl Rules {
    /// The rules that keep every span that they match, with their conditions; that spans which no rule
    /// matches are all kept, but for those of which a rule keeps less; and what is dropped though
    /// another rule keeps it.
    ///
    /// A rule that only reports protects nothing, and drops nothing.
    ///
    /// What is dropped stands in one text, so that this text is another as soon as anything more is.
    pub(crate) fn protects(&self) -> Vec<String> {
        let whole = self.deciding().filter(|rule| rule.keeps_all());
        let texts: BTreeSet<String> = whole.flat_map(Rule::protects).collect();
        let mut texts: Vec<String> = texts.into_iter().collect();
        if self.otherwise == Some(Threshold::KEEP_ALL) {
            let less = self.conditions(|rule| rule.verdict != Verdict::Drop && !rule.keeps_all());
            texts.push(with_exceptions("otherwise keeps 100%", ", less only of", &less));
        }
        let dropped = self.conditions(|rule| rule.verdict == Verdict::Drop);
        texts.push(match dropped.as_slice() {
            [] => "no rule drops what others keep".to_owned(),
            _ => with_exceptions("no rule drops", " but", &dropped),
        });
        texts
    }

    /// The sets of conditions of some rules, in an order of their own.
    fn conditions(&self, of: impl Fn(&Rule) -> bool) -> Vec<&str> {
        let rules = self.deciding().filter(|rule| of(rule));
        let words = rules.flat_map(|rule| &rule.any_of).map(|all_of| all_of.words.as_str());
        words.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

impl Rule {
    fn keeps_all(&self) -> bool {
        matches!(self.verdict, Verdict::Keep(Threshold::KEEP_ALL))
    }

    /// `rule slow keeps 100%: longer than 5s`, a text for each of its sets of conditions.
    fn protects(&self) -> impl Iterator<Item = String> {
        let name = rules::one_word(&self.name);
        self.any_of.iter().map(move |all_of| format!("rule {name} keeps 100%: {}", all_of.words))
    }
}

fn with_exceptions(text: &str, but: &str, exceptions: &[&str]) -> String {
    if exceptions.is_empty() {
        text.to_owned()
    } else {
        format!("{text}{but}: {}", exceptions.join("; "))
    }
}

impl Conditions {
    /// `longer than 5s, status error, attribute http.route "/orders"`, in an order of their own.
    pub(crate) fn words(&self) -> String {
        let mut words = Vec::new();
        words.extend(self.longer_than.map(|duration| format!("longer than {duration:?}")));
        words.extend(self.status.map(|status| format!("status {}", status.word())));
        words.extend(self.kind.map(|kind| format!("kind {}", kind.word())));
        words.extend(self.name.as_ref().map(|name| format!("name {name}")));
        words.extend(self.attributes.0.iter().map(|entry| compared("attribute", entry)));
        words.extend(self.resource.0.iter().map(|entry| compared("resource attribute", entry)));
        words.join(", ")
    }
}

fn compared(what: &str, (key, value): (&String, &Patterns)) -> String {
    format!("{what} {} {value}", rules::one_word(key))
}
