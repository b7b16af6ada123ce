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
        self.0.iter().map(|plugin| plugin.name.clone()).collect()
    }

    /// Adds the words of its rules. Documents that are no rules have none.
    pub(crate) fn teach(&self, words: &mut Words) {
        for plugin in &self.0 {
            if let Ok(merged) = rules::load(&plugin.documents) {
                words.learn(&merged);
            }
        }
    }

    /// What it protects and the `next` one does not, plugin by plugin.
    pub(crate) fn unprotected<'c>(&'c self, next: &Chain) -> Vec<(&'c str, String)> {
        let mut all = Vec::new();
        for Plugin { name, configured, .. } in &self.0 {
            let texts = match next.0.iter().find(|other| other.name == *name) {
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
