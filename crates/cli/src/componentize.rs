//! `lapidary componentize`

use crate::Wrong;
use crate::arguments::Componentize;
use crate::load::read_file;
use crate::settings::full_path;

/// Makes a plugin's file from the core module that rustc wrote.
pub(crate) fn run(arguments: &Componentize) -> Result<(), Wrong> {
    let core = read_file(&arguments.core, "a core module")?;
    let make = if arguments.no_meter { componentize::wrap } else { componentize::componentize };
    let full = full_path(&arguments.core);
    let component = make(&core).map_err(|error| format!("{}: {error:#}", full.display()))?;
    let output = &arguments.output;
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty());
    let made = folder.map_or(Ok(()), std::fs::create_dir_all);
    made.and_then(|()| std::fs::write(output, component))
        .map_err(|error| format!("{}: {error}", full_path(output).display()).into())
}
