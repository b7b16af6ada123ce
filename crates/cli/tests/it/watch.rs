//! `lapidary run --watch`: a real process, real files, changed while it runs.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use crate::support::Folder;

const SPANS: &str =
    r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"one"},{"name":"two"}]}]}]}"#;

/// Lines as they come, until one holds a text.
fn until(lines: &Receiver<String>, text: &str) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    while !seen.last().is_some_and(|line| line.contains(text)) {
        let line = lines.recv_timeout(Duration::from_secs(60));
        assert!(line.is_ok(), "no `{text}` after {seen:?}");
        seen.extend(line);
    }
    seen
}

/// Scenario: rules are overwritten, made wrong, mended by a rename, and the input changes.
/// Guarantees: each change is run by itself; wrong rules are told and waited out.
#[test]
fn each_change_of_rules_or_input_is_run() {
    let folder = Folder::new(&[("spans.json", SPANS), ("rules.yaml", "does: pass\n")]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_lapidary"))
        .args([
            "run",
            "--plugin",
            "plugin.wasm=rules.yaml",
            "spans.json",
            "-o",
            "out.json",
            "--watch",
        ])
        .current_dir(folder.path())
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (to, lines) = channel();
    let errors = BufReader::new(child.stderr.take().unwrap());
    let reader = thread::spawn(move || {
        errors.lines().map_while(Result::ok).for_each(|line| _ = to.send(line));
    });
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let ran = |out: &str| {
        let seen = until(&lines, "watching");
        assert!(seen[0].contains(out), "{seen:?}");
    };
    ran("2 spans in, 2 spans out");
    write("rules.yaml", "does: drop\n");
    ran("2 spans in, 0 spans out");
    write("rules.yaml", "does: nonsense\n");
    ran("rules.yaml:1: does: found");
    write("new.yaml", "does: pass\n");
    std::fs::rename(folder.path().join("new.yaml"), folder.path().join("rules.yaml")).unwrap();
    ran("2 spans in, 2 spans out");
    write("spans.json", r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"one"}]}]}]}"#);
    ran("1 spans in, 1 spans out");
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap();
}

#[test]
fn what_can_be_read_once_only_is_not_watched() {
    let ran = Folder::new(&[]).run(&["run", "--plugin", "plugin.wasm", "-", "--watch"]);
    let refused = "--watch: found standard input; expected a file that can be read again\n";
    assert_eq!((ran.status, ran.err.as_str()), (1, refused));
}
