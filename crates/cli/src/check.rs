//! `lapidary check`

use rules::Origin;

use crate::Wrong;
use crate::arguments::Check;
use crate::files::short_path;
use crate::load::{self, load};
use crate::say::say;

/// Loads every plugin with its rules and secrets, as a host would, and says
/// every problem; with `--print`, prints the merged rules as YAML, each value with the file and line that
/// it comes from. A variable stands there as it is written.
pub(crate) fn check(arguments: &Check) -> Result<(), Wrong> {
    let settings = load::settings(&arguments.sources)?;
    for plugin in load(&settings)? {
        let manifest = &plugin.generation.module().manifest;
        if !arguments.print {
            say!("{} {}: the rules are good", manifest.name, manifest.version);
            continue;
        }
        // What stands in a config has no variables any more, only texts that look so.
        let written = if plugin.inline { Vec::new() } else { plugin.written.clone() };
        let (marked, stand_ins) = rules::stand_ins(&written);
        let documents = if plugin.inline { plugin.documents } else { marked };
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
        let printed = rules::print_with_places(&merged, place);
        say!("{}", stand_ins.restored(printed.trim_end()));
    }
    Ok(())
}
