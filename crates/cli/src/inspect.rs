//! `lapidary inspect`

use std::path::Path;
use std::time::Duration;

use host::Limits;
use host::binary::Metered;
use plugin::{Counter, OnFailure, Sharding};

use crate::Wrong;
use crate::arguments::Inspect;
use crate::load::{load, load_module, runtime};
use crate::say::{one_line, say};
use crate::schema;
use crate::settings::Settings;
use crate::words;

/// Prints what a plugin's file is, or the JSON Schema of its rules; with rules, also what it reads
/// and changes by them.
pub(crate) fn inspect(arguments: &Inspect) -> Result<(), Wrong> {
    let (file, rules) = arguments.plugin.split_once('=').unwrap_or((&arguments.plugin, ""));
    let module = load_module(&runtime()?, Path::new(file), Limits::default())?;
    let manifest = &module.manifest;
    if arguments.schema {
        if arguments.overlay {
            say!("{}", schema::overlay(&manifest.rules_schema)?);
        } else {
            say!("{}", manifest.rules_schema);
        }
        return Ok(());
    }
    let metered = match (module.binary.metered, &module.meter_fault) {
        (Metered::Yes, None) => "yes".into(),
        (Metered::Yes, Some(fault)) => format!("no, though it says so: {fault}"),
        (Metered::No, _) => "no".into(),
        (Metered::Stale, _) => {
            "no, the code was changed after it was metered, or another version did it".into()
        }
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
    say!("name        {}", one_line(&manifest.name));
    say!("version     {}", one_line(&manifest.version));
    say!("about       {}", one_line(&manifest.description));
    say!("contract    {}", module.binary.contract);
    lines("imports", &module.binary.imports);
    say!("metered     {metered}");
    say!("state       {state}");
    say!("on failure  {on_failure}");
    say!("ticks       {ticks}");
    let counter = |it: &Counter| format!("{} {}: {}", it.name, it.unit, it.description);
    lines("counters", &manifest.counters.iter().map(counter).collect::<Vec<_>>());
    if rules.is_empty() {
        lines("changes", &words::changes(manifest.changes));
    } else {
        let settings = Settings::of_plugin(&arguments.plugin, &arguments.secrets)?;
        for plugin in load(&settings)? {
            let configured = plugin.generation.configured();
            lines("reads", &words::reads(configured));
            lines("changes", &words::writes(configured));
            lines("protects", &words::protects(configured));
            lines("rules", &words::rules(configured));
        }
    }
    say!("size        {} bytes", module.size);
    say!("sha256      {}", hex::encode(module.sha256));
    Ok(())
}

fn lines(label: &str, lines: &[String]) {
    for (index, line) in lines.iter().enumerate() {
        say!("{:<12}{}", if index == 0 { label } else { "" }, one_line(line));
    }
}
