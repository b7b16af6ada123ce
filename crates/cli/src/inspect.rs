//! `lapidary inspect`

use std::time::Duration;

use host::Limits;
use host::binary::Metered;
use plugin::{OnFailure, Sharding};

use crate::Wrong;
use crate::arguments::Inspect;
use crate::load::{load_module, runtime};
use crate::say::say;

/// Prints what a plugin's file is, or the JSON Schema of its rules.
pub(crate) fn inspect(arguments: &Inspect) -> Result<(), Wrong> {
    let module = load_module(&runtime()?, &arguments.plugin, Limits::default())?;
    let manifest = &module.manifest;
    if arguments.schema {
        say!("{}", manifest.rules_schema);
        return Ok(());
    }
    let metered = match module.binary.metered {
        Metered::Yes => "yes",
        Metered::No => "no",
        Metered::Stale => "no, the code was changed after it was metered",
    };
    let state = match (manifest.sharding, manifest.state_version) {
        (Sharding::None, 0) => "none".into(),
        (Sharding::None, version) => format!("version {version}"),
        (Sharding::Single, version) => format!("version {version}, in one instance"),
    };
    let on_failure = match manifest.on_failure {
        OnFailure::Block => "block: a span that it cannot process does not pass",
        OnFailure::Pass => "pass: a span that it cannot process goes on as it was",
    };
    let ticks = match manifest.tick_interval_millis {
        0 => "never".into(),
        millis => format!("every {:?}", Duration::from_millis(millis.into())),
    };
    say!("name        {}", manifest.name);
    say!("version     {}", manifest.version);
    say!("about       {}", manifest.description);
    say!("contract    {}", module.binary.contract);
    for (index, import) in module.binary.imports.iter().enumerate() {
        say!("{}{import}", if index == 0 { "imports     " } else { "            " });
    }
    say!("metered     {metered}");
    say!("state       {state}");
    say!("on failure  {on_failure}");
    say!("ticks       {ticks}");
    for (index, counter) in manifest.counters.iter().enumerate() {
        let label = if index == 0 { "counters    " } else { "            " };
        say!("{label}{} {}: {}", counter.name, counter.unit, counter.description);
    }
    say!("size        {} bytes", module.size);
    say!("sha256      {}", hex::encode(module.sha256));
    Ok(())
}
