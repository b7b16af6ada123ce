//! What a plugin of the chain is made from, wherever that was written down.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use plugin::{Document, OnFailure};
use secrets::Source;
use spans::Sight;

use crate::trust::{Trust, signatures_of};

/// One plugin of the chain, as the user wrote it.
#[derive(Clone, Debug)]
pub(crate) struct PluginSources {
    /// How messages call the place where it stands.
    pub place: String,
    pub module: PathBuf,
    pub rules: Rules,
    pub secrets: BTreeMap<String, Source>,
    pub on_failure: Option<OnFailure>,
    /// Whether it runs in the shadow: what it makes of a batch is shown and counted, and dropped.
    pub shadow: bool,
    /// What the plugin may see at most; everything, where nothing is said.
    pub sight: Option<Sight>,
    /// Which files it may be made from.
    pub trust: Trust,
}

impl PluginSources {
    /// The files that it is made from.
    pub fn files(&self) -> Vec<PathBuf> {
        let Trust { public_key, rules_public_key, .. } = &self.trust;
        let mut files = signed(&self.module, public_key.as_ref());
        if let Rules::Files(rules) = &self.rules {
            files.extend(rules.iter().flat_map(|path| signed(path, rules_public_key.as_ref())));
        }
        files.extend(self.secrets.values().filter_map(|secret| secret.file.clone()));
        files
    }
}

/// A file with those that say whether it is trusted, where a key is named.
fn signed(path: &Path, key: Option<&PathBuf>) -> Vec<PathBuf> {
    let beside = key.map(|key| signatures_of(path).into_iter().chain([key.clone()]));
    [path.to_owned()].into_iter().chain(beside.into_iter().flatten()).collect()
}

/// Where the rules are.
#[derive(Clone, Debug)]
pub(crate) enum Rules {
    /// Files, base first.
    Files(Vec<PathBuf>),
    /// In the Collector's config, as YAML.
    Inline(String),
    /// Read already, base first.
    Read(Vec<Document>),
}
