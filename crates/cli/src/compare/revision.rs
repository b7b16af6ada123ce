//! Rules and configs as a git revision has them.

use std::path::Path;
use std::process::Command;

use plugin::Document;

use crate::Wrong;
use crate::arguments::Sources;
use crate::collector_config;
use crate::files::{full_path, short_path};
use crate::settings::Settings;
use crate::sources::{PluginSources, Rules};

/// The chain as a revision has it: the config, where there is one, and the rules. Modules and secrets
/// are those that lie there.
pub(super) fn settings(
    revision: &str,
    sources: &Sources,
    new: &Settings,
) -> Result<Settings, Wrong> {
    let mut settings = match &sources.source.config {
        Some(config) => {
            let text = show(revision, config)?;
            let file = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
            std::fs::write(file.path(), text).map_err(|error| error.to_string())?;
            collector_config::read(file.path(), sources.processor.as_deref())?
        }
        None => new.clone(),
    };
    for PluginSources { rules, .. } in &mut settings.plugins {
        if let Rules::Files(files) = rules {
            let read = |path: &std::path::PathBuf| {
                let full = full_path(path).display().to_string();
                let name = format!("{}@{revision}", short_path(&full));
                Ok(Document { name, text: show(revision, path)? })
            };
            *rules = Rules::Read(files.iter().map(read).collect::<Result<_, String>>()?);
        }
    }
    Ok(settings)
}

/// The text of a file in a revision.
fn show(revision: &str, path: &Path) -> Result<String, String> {
    let full = full_path(path);
    let wrong = |found: &str| {
        format!("{}: found {found}; expected a file in git's revision `{revision}`", full.display())
    };
    let (Some(folder), Some(name)) = (full.parent(), full.file_name()) else {
        return Err(wrong("no file"));
    };
    let object = format!("{revision}:./{}", name.to_string_lossy());
    let mut git = Command::new("git");
    git.arg("-C").arg(folder).args(["show", "--no-textconv", "--end-of-options", &object]);
    let shown = git.output().map_err(|_| "found no git; expected it for `--since`".to_owned())?;
    if !shown.status.success() {
        return Err(wrong("nothing"));
    }
    String::from_utf8(shown.stdout).map_err(|_| wrong("bytes that are no text"))
}
