//! Runs every folder of `testdata/screens` on the built plugins; their format is told in
//! `testdata/screens/README.md`.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is not as it was made")]

#[path = "it/support.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[expect(dead_code, reason = "for who reads the folder")]
    about: String,
    arguments: Vec<String>,
}

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let screens = root.join("testdata/screens");
    let mut folders: Vec<PathBuf> =
        screens.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.join("case.yaml").is_file());
    folders.sort();
    assert!(!folders.is_empty(), "found no folder in {}", screens.display());
    let trials = folders.into_iter().map(|folder| {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let root = root.clone();
        Trial::test(name, move || run(&folder, &root).map_err(Failed::from))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

fn run(folder: &Path, root: &Path) -> Result<(), String> {
    let case = std::fs::read_to_string(folder.join("case.yaml")).unwrap();
    let case: Case = serde_saphyr::from_str(&case).map_err(|error| error.to_string())?;
    let arguments: Vec<&str> = case.arguments.iter().map(String::as_str).collect();
    let ran = support::lapidary(root, &arguments);
    let status = if ran.status == 0 { String::new() } else { format!("{}\n", ran.status) };
    let root = support::text(root);
    let files = [
        ("out.txt", ran.out.replace(root, "ROOT")),
        ("err.txt", ran.err.replace(root, "ROOT")),
        ("status.txt", status),
    ];
    let is_blessed = std::env::var_os("BLESS").is_some_and(|bless| bless == "1");
    let mut wrong = Vec::new();
    for (name, found) in files {
        let path = folder.join(name);
        if is_blessed {
            bless(&path, &found);
        } else if std::fs::read_to_string(&path).unwrap_or_default() != found {
            wrong.push(format!("{name} is another; found:\n{found}"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// What is empty has no file.
fn bless(path: &Path, text: &str) {
    if text.is_empty() {
        let _ = std::fs::remove_file(path);
    } else {
        std::fs::write(path, text).unwrap();
    }
}
