//! `lapidary check`

use rules::{Document, Origin};

use crate::Wrong;
use crate::arguments::Check;
use crate::files::short_path;
use crate::load::{self, load};
use crate::say::say;

/// Loads every plugin with its rules and secrets, as a host would, and says
/// every problem; with `--print`, prints the merged rules as YAML, each value with the file and line that
/// it comes from.
pub(crate) fn check(arguments: &Check) -> Result<(), Wrong> {
    let settings = load::settings(&arguments.sources)?;
    for plugin in load(&settings)? {
        let manifest = &plugin.generation.module().manifest;
        if !arguments.print {
            say!("{} {}: the rules are good", manifest.name, manifest.version);
            continue;
        }
        let documents: Vec<Document> = plugin
            .documents
            .iter()
            .map(|document| Document::new(&document.name, &document.text))
            .collect();
        let merged = rules::load(&documents)
            .map_err(|problems| Wrong(problems.iter().map(ToString::to_string).collect()))?;
        say!("# {} {}", manifest.name, manifest.version);
        for document in &documents {
            say!("# {}", document.name);
        }
        let place = |place: &Origin| match plugin.inline {
            true => short_path(&place.document).to_owned(),
            false => format!("{}:{}", short_path(&place.document), place.line),
        };
        say!("{}", rules::print_with_places(&merged, place).trim_end());
    }
    Ok(())
}
