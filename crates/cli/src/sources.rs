//! What a plugin of the chain is made from, wherever that was written down.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use plugin::{Document, OnFailure};
use secrets::Source;
use spans::Sight;

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
}

impl PluginSources {
    /// The files that it is made from.
    pub fn files(&self) -> Vec<&Path> {
        let mut files = vec![self.module.as_path()];
        if let Rules::Files(rules) = &self.rules {
            files.extend(rules.iter().map(PathBuf::as_path));
        }
        files.extend(self.secrets.values().filter_map(|secret| secret.file.as_deref()));
        files
    }
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
