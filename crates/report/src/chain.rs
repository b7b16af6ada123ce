//! [`Chain`]: plugins with their rules, as a report names them; and [`Went`], what they made of a batch.

use diff::{Step, Words};
use plugin::{Configured, Document};
use sha2::{Digest, Sha256};

/// Plugins in order, with what they were made from.
#[derive(Clone, Debug, Default)]
pub struct Chain(pub Vec<Plugin>);

/// A plugin of a chain.
#[derive(Clone, Debug)]
pub struct Plugin {
    /// As its manifest has it.
    pub name: String,
    /// The same.
    pub version: String,
    /// The digest of its file, see [`sha256`].
    pub sha256: String,
    /// What follows from its rules.
    pub configured: Configured,
    /// Whether it runs in the shadow, where it protects nothing.
    pub is_shadow: bool,
    /// Its rules, base first, under the names that the report calls them by.
    pub documents: Vec<Document>,
}

/// What a chain made of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Went<'w> {
    /// What each plugin made of it. A step's place counts in the chain.
    pub way: &'w [Step<'w>],
    /// What goes out, OTLP `TracesData` messages; none where no span is left.
    pub traces: &'w [Vec<u8>],
}

impl Chain {
    /// The plugins' names, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let name = |Plugin { name, is_shadow, .. }: &Plugin| match is_shadow {
            true => format!("{name}, shadow"),
            false => name.clone(),
        };
        self.0.iter().map(name).collect()
    }

    /// Adds the words of its rules. Documents that are no rules have none.
    pub(crate) fn teach(&self, words: &mut Words) {
        for plugin in &self.0 {
            if let Ok(merged) = rules::load(&plugin.documents) {
                words.learn(&merged);
            }
        }
    }

    /// What it protects and the `next` one does not, plugin by plugin: the n-th of a name beside the
    /// n-th of that name, for one plugin may stand in a chain twice under different rules.
    pub(crate) fn unprotected<'c>(&'c self, next: &Chain) -> Vec<(&'c str, String)> {
        let mut all = Vec::new();
        for (place, Plugin { name, configured, is_shadow, .. }) in self.0.iter().enumerate() {
            if *is_shadow {
                continue;
            }
            let is_namesake = |other: &&Plugin| other.name == *name && !other.is_shadow;
            let before = self.0[..place].iter().filter(is_namesake).count();
            let texts = match next.0.iter().filter(is_namesake).nth(before) {
                Some(next) => configured.loosened(&next.configured),
                None => configured.protects.clone(),
            };
            all.extend(texts.into_iter().map(|text| (name.as_str(), text)));
        }
        all
    }
}

/// The digest of bytes in hexadecimal, as a report has it.
///
/// ```
/// let digest = report::sha256(b"");
/// assert_eq!(digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
/// ```
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use spans::{Sight, Writes};

    use super::*;

    fn chain(protects: &[&[&str]]) -> Chain {
        let plugin = |texts: &&[&str]| {
            let mut configured = Configured::new(Sight::Everything, Writes::default());
            configured.protects = texts.iter().map(|&text| text.to_owned()).collect();
            let (name, version, sha256) = ("redact-pii".into(), String::new(), String::new());
            let (is_shadow, documents) = (false, Vec::new());
            Plugin { name, version, sha256, configured, is_shadow, documents }
        };
        Chain(protects.iter().map(plugin).collect())
    }

    /// Scenario: one plugin stands in a chain twice, under different rules.
    /// Guarantees: each is compared with the one in its place; what only one of them protected, and
    /// that one does no longer, is named.
    #[test]
    fn the_second_of_a_name_is_compared_with_the_second() {
        let twice = chain(&[&["phone"], &["phone", "email"]]);
        assert_eq!(twice.unprotected(&twice), []);
        let looser = chain(&[&["phone"], &["email"]]);
        assert_eq!(twice.unprotected(&looser), [("redact-pii", "phone".to_owned())]);
        let once = chain(&[&["phone"]]);
        let lost = ["phone", "email"].map(|text| ("redact-pii", text.to_owned()));
        assert_eq!(twice.unprotected(&once), lost);
    }

    /// Scenario: one of two plugins of a name goes into the shadow, or comes before the other there.
    /// Guarantees: what it protected is lost; what it does in the shadow protects nothing, and takes
    /// nobody's place.
    #[test]
    fn in_the_shadow_nothing_is_protected() {
        let bright = chain(&[&["phone"]]);
        let mut dark = bright.clone();
        dark.0[0].is_shadow = true;
        assert_eq!(bright.unprotected(&dark), [("redact-pii", "phone".to_owned())]);
        assert_eq!(dark.unprotected(&chain(&[])), []);
        let both = Chain([dark.0, bright.0.clone()].concat());
        assert_eq!(bright.unprotected(&both), []);
        assert_eq!(both.names(), ["redact-pii, shadow", "redact-pii"]);
    }
}
