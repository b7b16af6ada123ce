//! Runs every folder of `testdata/hosts` through `lapidary run --config`; their format is told in
//! `testdata/hosts/README.md`. The Collector's processor runs the same folders.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is not as it was made")]

#[path = "hosts/alone.rs"]
mod alone;
#[path = "hosts/compare.rs"]
mod compare;
#[path = "hosts/play.rs"]
mod play;
#[path = "it/support.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

use play::Played;

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let hosts = root.join("testdata/hosts");
    let mut folders: Vec<PathBuf> =
        hosts.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    assert!(!folders.is_empty(), "found no folder in {}", hosts.display());
    let trials = folders.into_iter().map(|folder| {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let root = root.clone();
        Trial::test(name, move || run(&folder, &root).map_err(Failed::from))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

fn run(folder: &Path, root: &Path) -> Result<(), String> {
    let played = play::play(folder, root)?;
    if std::env::var_os("BLESS").is_some_and(|bless| bless == "1") {
        return compare::bless(folder, &played);
    }
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).ok();
    match (played, read("expected.json"), read("error.txt")) {
        (Played::Refused(lines), None, Some(expected)) => compare::lines(&lines, &expected),
        (Played::Ran(ran), Some(expected), None) => compare::ran(&ran, &expected),
        (_, None, None) | (_, Some(_), Some(_)) => {
            Err("expected either `expected.json` or `error.txt`".into())
        }
        (Played::Refused(lines), ..) => Err(format!("refused:\n{}", lines.join("\n"))),
        (Played::Ran(ran), ..) => Err(format!("ran, and was to be refused: {}", ran.text())),
    }
}
