//! `lapidary inspect`

use std::time::Duration;

use host::Limits;
use host::binary::Metered;
use plugin::{OnFailure, Sharding};

use crate::Wrong;
use crate::arguments::Inspect;
use crate::load::{load_module, runtime};

/// Prints what a plugin's file is, or the JSON Schema of its rules.
pub(crate) fn inspect(arguments: &Inspect) -> Result<(), Wrong> {
    let module = load_module(&runtime()?, &arguments.plugin, Limits::default())?;
    let manifest = &module.manifest;
    if arguments.schema {
        println!("{}", manifest.rules_schema);
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
    println!("name        {}", manifest.name);
    println!("version     {}", manifest.version);
    println!("about       {}", manifest.description);
    println!("contract    {}", module.binary.contract);
    for (index, import) in module.binary.imports.iter().enumerate() {
        println!("{}{import}", if index == 0 { "imports     " } else { "            " });
    }
    println!("metered     {metered}");
    println!("state       {state}");
    println!("on failure  {on_failure}");
    println!("ticks       {ticks}");
    for (index, counter) in manifest.counters.iter().enumerate() {
        let label = if index == 0 { "counters    " } else { "            " };
        println!("{label}{} {}: {}", counter.name, counter.unit, counter.description);
    }
    println!("size        {} bytes", module.size);
    println!("sha256      {}", hex::encode(module.sha256));
    Ok(())
}
