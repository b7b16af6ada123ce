//! The chain and the plugins that a page begins with.

use std::path::{Path, PathBuf};

use ::playground::{Given, Link, Plugin, Rules as Document, Start, Variable};
use host::{Limits, Module, Runtime};
use rules::{escaped, variables_of};

use crate::Wrong;
use crate::arguments::Playground;
use crate::files::{full_path, reason};
use crate::load::{self, Parts, parts, read_module};
use crate::say::one_line;
use crate::settings::Settings;
use crate::sources::{PluginSources, Rules};

/// Gives the page what the command line names of chain and plugins; returns in a line what the chain
/// comes from. Whether rules are right is the page's to show.
pub(crate) fn give(
    arguments: &Playground,
    start: &mut Start,
    given: &mut Given,
) -> Result<String, Wrong> {
    let mut offered = Offered { start, given, known: Vec::new() };
    if let Some(folder) = &arguments.plugins_dir {
        offered.folder(folder)?;
    }
    let Some(sources) = arguments.sources() else {
        return Ok("the one that this program was built with".into());
    };
    let settings = load::settings(&sources)?;
    let links = offered.chain(&settings, &names(&arguments.secrets))?;
    offered.start.chain(&links);
    Ok(described(&settings, arguments.config.as_deref(), &links))
}

fn names(secrets: &[String]) -> Vec<String> {
    let name = |secret: &String| secret.split('=').next().unwrap_or_default().to_owned();
    secrets.iter().map(name).collect()
}

fn described(settings: &Settings, config: Option<&Path>, links: &[Link]) -> String {
    let Some(config) = config else {
        let paths = settings.plugins.iter().map(|plugin| full_path(&plugin.module));
        return paths.map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
    };
    let names: Vec<_> = links.iter().map(|link| one_line(&link.plugin)).collect();
    format!("{}: {}", full_path(config).display(), names.join(", "))
}

/// The plugins that the page is offered besides its own.
struct Offered<'o> {
    start: &'o mut Start,
    given: &'o mut Given,
    known: Vec<Known>,
}

struct Known {
    sha256: [u8; 32],
    name: String,
}

impl Offered<'_> {
    /// Offers every plugin of a folder; says all that is wrong with any.
    fn folder(&mut self, folder: &Path) -> Result<(), Wrong> {
        let runtime = load::runtime()?;
        let mut problems = Vec::new();
        for path in modules(folder)? {
            match read_module(&runtime, &path, Limits::default()) {
                Ok((module, file)) => _ = self.offer(&module, file),
                Err(Wrong(lines)) => problems.extend(lines),
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(Wrong(problems)) }
    }

    /// Offers the plugins of a chain, with their rules.
    fn chain(&mut self, settings: &Settings, secrets: &[String]) -> Result<Vec<Link>, Wrong> {
        let mut links = Vec::new();
        for (number, (plugin, parts)) in read(settings)?.into_iter().enumerate() {
            self.variables(&plugin.rules, &parts);
            let rules = self.rules(number, &plugin.rules, &parts);
            let secrets = plugin.secrets.keys().chain(secrets).cloned().collect();
            let shadow = plugin.shadow;
            let plugin = self.offer(&parts.module, parts.file);
            links.push(Link { plugin, rules, secrets, shadow });
        }
        Ok(links)
    }

    /// Offers a module once, and returns its name in the page.
    fn offer(&mut self, module: &Module, file: Vec<u8>) -> String {
        if let Some(known) = self.known.iter().find(|known| known.sha256 == module.sha256) {
            return known.name.clone();
        }
        let name = self.free_name(&module.manifest.name);
        let url = format!("plugins/{}-{}.wasm", self.known.len(), fit(&module.manifest.name));
        self.given.add_bytes(&url, &url, file);
        self.start.offer(&Plugin { name: name.clone(), url });
        self.known.push(Known { sha256: module.sha256, name: name.clone() });
        name
    }

    /// Two builds of one plugin, say an old and a new one, are two in the page.
    fn free_name(&self, name: &str) -> String {
        let is_free = |name: &String| self.known.iter().all(|known| known.name != *name);
        let numbered = (2..).map(|number| format!("{name} ({number})"));
        std::iter::once(name.to_owned()).chain(numbered).find(is_free).unwrap_or_default()
    }

    /// Reads the variables that files of rules name, and no other: what somebody types into the page
    /// must not reach this environment.
    fn variables(&mut self, rules: &Rules, parts: &Parts) {
        if matches!(rules, Rules::Files(_)) {
            for name in parts.documents.iter().flat_map(variables_of) {
                let variable = match std::env::var(&name) {
                    Ok(value) => Variable::Set(value),
                    Err(std::env::VarError::NotPresent) => Variable::Unset,
                    Err(std::env::VarError::NotUnicode(_)) => Variable::NoText,
                };
                self.start.tell(name, variable);
            }
        }
    }

    fn rules(&mut self, number: usize, rules: &Rules, parts: &Parts) -> Vec<Document> {
        let mut documents = Vec::new();
        for (index, document) in parts.documents.iter().enumerate() {
            let name = document.name.clone();
            documents.push(match rules {
                Rules::Files(files) => {
                    let url = format!("rules/{number}-{index}.yaml");
                    self.given.add_text(&url, full_path(&files[index]));
                    Document::File { name, url }
                }
                // What stands in a config has no variables any more, only texts that look so.
                Rules::Inline(_) | Rules::Read(_) => {
                    Document::Text { name, text: escaped(&document.text) }
                }
            });
        }
        documents
    }
}

/// Reads every plugin and its rules; where something is missing or no plugin, says all of it.
fn read(settings: &Settings) -> Result<Vec<(&PluginSources, Parts)>, Wrong> {
    let runtime: Runtime = load::runtime()?;
    let mut read = Vec::new();
    let mut problems = Vec::new();
    for plugin in &settings.plugins {
        match parts(&runtime, plugin, settings.limits) {
            Ok(parts) => read.push((plugin, parts)),
            Err(Wrong(lines)) => problems.extend(lines),
        }
    }
    if problems.is_empty() { Ok(read) } else { Err(Wrong(problems)) }
}

fn modules(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = folder.read_dir().map_err(|error| {
        let found = reason(&error);
        format!("{}: found {found}; expected a folder of plugins", full_path(folder).display())
    })?;
    let mut modules: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    modules.retain(|path| path.extension().is_some_and(|ending| ending == "wasm"));
    modules.sort();
    Ok(modules)
}

/// A manifest may name a plugin as it likes; an address has letters, digits and `-_`.
fn fit(name: &str) -> String {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    name.chars().map(|letter| if fits(letter) { letter } else { '_' }).collect()
}
