//! What a chain is made of, wherever it was written down.

use std::collections::BTreeMap;
use std::path::PathBuf;

use host::Limits;
use secrets::Source;

use crate::Wrong;
use crate::arguments::{Clock, Sources};
use crate::sources::{PluginSources, Rules};
use crate::trust::Trust;

/// A chain of plugins as the user wrote it.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub plugins: Vec<PluginSources>,
    pub clock: Clock,
    pub limits: Limits,
    /// Longest batch that a plugin gets in one call; 0 means no limit.
    pub max_batch_bytes: usize,
    /// The files that say all this: the config, and those that `${file:…}` in it names.
    pub read: Vec<PathBuf>,
}

/// Same as the Collector's default.
pub(crate) const MAX_BATCH_BYTES: usize = 4 << 20;

impl Settings {
    /// Reads what the flags of the command line say.
    pub fn from_flags(sources: &Sources) -> Result<Settings, Wrong> {
        Settings::of_plugins(&sources.source.plugins, &sources.secrets)
    }

    /// One plugin, written as after `--plugin`.
    pub fn of_plugin(plugin: &str, secrets: &[String]) -> Result<Settings, Wrong> {
        Settings::of_plugins(&[plugin.to_owned()], secrets)
    }

    /// A chain of plugins, each written as after `--plugin`.
    pub fn of_plugins(plugins: &[String], secrets: &[String]) -> Result<Settings, Wrong> {
        Ok(Settings {
            plugins: sources(plugins, secrets)?,
            clock: Clock::System,
            limits: Limits::default(),
            max_batch_bytes: MAX_BATCH_BYTES,
            read: Vec::new(),
        })
    }
}

fn sources(plugins: &[String], granted: &[String]) -> Result<Vec<PluginSources>, Wrong> {
    let mut secrets = BTreeMap::new();
    for text in granted {
        let (name, source) = secret(text)?;
        secrets.insert(name, source);
    }
    let plugin = |text: &String| {
        let (module, rules) = text.split_once('=').unwrap_or((text, ""));
        let rules = rules.split(',').filter(|path| !path.is_empty()).map(PathBuf::from).collect();
        PluginSources {
            place: format!("--plugin {text}"),
            module: module.into(),
            rules: Rules::Files(rules),
            secrets: secrets.clone(),
            on_failure: None,
            shadow: false,
            sight: None,
            trust: Trust::default(),
        }
    };
    Ok(plugins.iter().map(plugin).collect())
}

/// `operator-key-1=key.hex,encoding=hex`
fn secret(text: &str) -> Result<(String, Source), String> {
    let wrong =
        || format!("--secret {text}: expected `NAME=FILE` or `NAME=FILE,encoding=ENCODING`");
    let (name, rest) = text.split_once('=').ok_or_else(wrong)?;
    let (file, encoding) = match rest.rsplit_once(",encoding=") {
        Some((file, encoding)) => {
            (file, encoding.parse().map_err(|problem| format!("--secret {text}: {problem}"))?)
        }
        None => (rest, secrets::Encoding::Raw),
    };
    if name.is_empty() || file.is_empty() {
        return Err(wrong());
    }
    Ok((name.into(), Source { file: Some(file.into()), env: None, encoding }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_may_name_its_encoding() {
        let (name, source) = secret("key=a=b.hex,encoding=hex").unwrap();
        assert_eq!((name.as_str(), source.file.unwrap()), ("key", PathBuf::from("a=b.hex")));
        assert_eq!(source.encoding, secrets::Encoding::Hex);
        assert_eq!(
            secret("key=a,encoding=base32").unwrap_err(),
            "--secret key=a,encoding=base32: found encoding `base32`; expected `raw`, `hex` or `base64`"
        );
        assert_eq!(
            secret("key").unwrap_err(),
            "--secret key: expected `NAME=FILE` or `NAME=FILE,encoding=ENCODING`"
        );
    }
}
