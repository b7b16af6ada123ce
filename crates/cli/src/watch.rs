//! `lapidary run --watch`

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use notify::{Event, RecursiveMode, Watcher};

use crate::Wrong;
use crate::arguments::Run;
use crate::files::full_path;
use crate::load;
use crate::say::complain;

/// How long nothing must have changed before it runs again: editors write in several steps.
const STILL: Duration = Duration::from_millis(200);

/// Calls `run`, and again at each change, until somebody ends it. What is wrong is said, and waited out.
pub(crate) fn watch(arguments: &Run, run: impl Fn(&Run) -> Result<(), Wrong>) -> Result<(), Wrong> {
    if arguments.input == Path::new("-") {
        return Err("--watch: found standard input; expected a file that can be read again"
            .to_string()
            .into());
    }
    let mut seen = files(arguments);
    let (to, changes) = channel();
    let mut watcher = notify::recommended_watcher(move |event| {
        // Whoever listens may be about to end.
        let _ = to.send(event);
    })
    .map_err(|error| error.to_string())?;
    let mut folders = BTreeSet::new();
    loop {
        // What is renamed into its place is seen in its folder only.
        for file in &seen {
            let folder = file.parent().unwrap_or(file).to_path_buf();
            if folder.is_dir() && folders.insert(folder.clone()) {
                let watched = watcher.watch(&folder, RecursiveMode::NonRecursive);
                watched.map_err(|error| format!("{}: {error}", folder.display()))?;
            }
        }
        clear();
        if let Err(Wrong(lines)) = run(arguments) {
            lines.iter().for_each(|line| complain!("{line}"));
        }
        complain!("watching {} files", seen.len());
        wait(&changes, &seen);
        seen = files(arguments);
    }
}

/// Waits for a change of one of the files, and until nothing changes any more.
fn wait(changes: &Receiver<notify::Result<Event>>, files: &BTreeSet<PathBuf>) {
    let concerns = |event: notify::Result<Event>| match event {
        Ok(event) => {
            !event.kind.is_access()
                && event.paths.iter().any(|path| files.contains(&full_path(path)))
        }
        Err(_) => true,
    };
    while let Ok(event) = changes.recv() {
        if concerns(event) {
            break;
        }
    }
    while changes.recv_timeout(STILL).is_ok() {}
}

/// The files that decide what a run shows.
fn files(arguments: &Run) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::from([full_path(&arguments.input)]);
    files.extend(arguments.sources.source.config.as_deref().map(full_path));
    // A config that is wrong names none, until it is mended.
    if let Ok(settings) = load::settings(&arguments.sources) {
        files.extend(settings.read.iter().map(|file| full_path(file)));
        for plugin in &settings.plugins {
            files.extend(plugin.files().iter().map(|file| full_path(file)));
        }
    }
    files
}

/// What was shown gives way, on a terminal.
fn clear() {
    let mut out = std::io::stdout();
    if out.is_terminal() {
        let _ = write!(out, "\x1b[2J\x1b[3J\x1b[H").and_then(|()| out.flush());
    }
}
