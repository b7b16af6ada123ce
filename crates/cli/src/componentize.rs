//! `lapidary componentize`

use crate::Wrong;
use crate::arguments::Componentize;
use crate::files::{full_path, read_file, write_whole};

/// Makes a plugin's file from the core module that rustc wrote.
pub(crate) fn run(arguments: &Componentize) -> Result<(), Wrong> {
    let core = read_file(&arguments.core, "a core module")?;
    let make = match arguments {
        Componentize { no_meter: true, .. } => componentize::wrap,
        Componentize { claim_meter: true, .. } => componentize::claim,
        _ => componentize::componentize,
    };
    let full = full_path(&arguments.core);
    let component = make(&core).map_err(|error| format!("{}: {error:#}", full.display()))?;
    Ok(write_whole(&arguments.output, &component)?)
}
