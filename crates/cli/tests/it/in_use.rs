//! No output goes onto a file that is in use.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use crate::support::Folder;

const ONE: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"one"}]}]}]}
"#;
const CONFIG: &str = "processors:
  lapidary:
    clock: event_time
    plugins:
      - { module: plugin.wasm, rules: \"${file:where.yaml}\" }
";

/// What must be there in the end as it was.
const KEPT: [&str; 6] =
    ["x.jsonl", "config.yaml", "where.yaml", "rules.yaml", "accepted.json", "secret.json"];

fn folder() -> Folder {
    let folder = Folder::new(&[
        ("x.jsonl", ONE),
        ("config.yaml", CONFIG),
        ("where.yaml", "rules.yaml"),
        ("rules.yaml", "does: pass\n"),
        ("rules.json", "does: pass\n"),
        ("accepted.json", "accepted: []\n"),
        ("secret.json", "secret"),
    ]);
    symlink("config.yaml", folder.path().join("link.jsonl")).unwrap();
    fs::hard_link(folder.path().join("rules.yaml"), folder.path().join("hard.jsonl")).unwrap();
    folder
}

/// Runs what must be refused, in these words and without a change.
fn refused(folder: &Folder, arguments: &[&str], status: i32, words: &str) {
    let before = KEPT.map(|name| folder.read(name));
    let ran = folder.run(arguments);
    assert_eq!(ran.status, status, "{arguments:?}: {}", ran.err);
    assert!(ran.err.ends_with(&format!("{words}\n")), "{arguments:?}: {}", ran.err);
    assert_eq!(KEPT.map(|name| folder.read(name)), before, "{arguments:?}");
}

#[test]
fn notes_and_spans_do_not_go_onto_what_the_chain_is_made_of() {
    let folder = folder();
    let own =
        |role: &str, what: &str| format!("found the {role}; expected a file of its own for {what}");
    let (read, made) = ("file that a chain is read from", "file that a plugin is made from");
    for (output, role) in [
        ("config.yaml", read),
        ("where.yaml", read),
        ("link.jsonl", read),
        ("rules.yaml", made),
        ("hard.jsonl", made),
        ("plugin.wasm", made),
    ] {
        let run = ["run", "--config", "config.yaml", "x.jsonl"];
        refused(&folder, &[&run[..], &["-o", output]].concat(), 1, &own(role, "spans"));
        let run = [&run[..], &["-o", "o.jsonl", "--notes", output]].concat();
        refused(&folder, &run, 1, &own(role, "notes"));
    }
    let run = ["run", "--plugin", "plugin.wasm", "--secret", "key=secret.json", "x.jsonl"];
    refused(&folder, &[&run[..], &["-o", "secret.json"]].concat(), 1, &own(made, "spans"));
    let words = "-: found no file; expected a file for notes, such as `/dev/stdout`";
    refused(&folder, &[&run[..], &["--notes", "-"]].concat(), 1, words);
    let ran = folder.run(&[&run[..], &["-o", "/dev/null", "--notes", "/dev/null"]].concat());
    assert_eq!(ran.status, 0, "{}", ran.err);
    let ran = folder.run(&[&run[..], &["-o", "o.jsonl", "--notes", "/dev/stdout"]].concat());
    assert_eq!(ran.status, 0, "{}", ran.err);
}

#[test]
fn a_report_does_not_go_onto_what_is_compared() {
    let folder = folder();
    fs::write(folder.path().join("x.json"), ONE).unwrap();
    let own = |role: &str| format!("found the {role}; expected a file of its own for a report");
    let new = ["compare", "--plugin", "plugin.wasm=rules.json", "x.json"];
    let old = ["--old-plugin", "plugin.wasm=rules.yaml", "--accepted", "accepted.json"];
    let compare = [&new[..], &old[..]].concat();
    for (report, role) in [
        ("x.json", "input"),
        ("rules.json", "file that a plugin is made from"),
        ("accepted.json", "file of accepted loosenings"),
    ] {
        refused(&folder, &[&compare[..], &["--report", report]].concat(), 3, &own(role));
    }
    let twice = ["--report", "new.html", "--report", "./new.html"];
    refused(&folder, &[&compare[..], &twice].concat(), 3, &own("file of another report"));
    assert_eq!(folder.read("x.json"), ONE);
}

#[test]
fn a_report_does_not_go_onto_a_case() {
    let folder = folder();
    fs::create_dir_all(folder.path().join("cases/one")).unwrap();
    fs::write(folder.path().join("cases/one/case.yaml"), "plugin: plugin\n").unwrap();
    let test = ["test", "cases", "--plugins-dir", ".", "--junit"];
    for (junit, role) in [("cases/one/case.yaml", "case"), ("plugin.wasm", "plugin")] {
        let words = format!("found the file of a {role}; expected a file of its own for a report");
        refused(&folder, &[&test[..], &[junit]].concat(), 1, &words);
    }
}

/// Scenario: spans go to a pipe, and notes are to go to the same; or to the file that standard error is.
/// Guarantees: both are refused before anything is written.
#[test]
fn notes_do_not_mix_with_what_else_is_written() {
    let folder = folder();
    let run = ["run", "--plugin", "plugin.wasm", "x.jsonl"];
    let own = "expected a file of its own for notes";
    refused(
        &folder,
        &[&run[..], &["--notes", "/dev/stdout"]].concat(),
        1,
        &format!("found the file that standard input or output is; {own}"),
    );
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    refused(
        &folder,
        &[&run[..], &["-o", "pipe", "--notes", "./pipe"]].concat(),
        1,
        &format!("found the output; {own}"),
    );
    let log = folder.path().join("log");
    let ran = Command::new(env!("CARGO_BIN_EXE_lapidary"))
        .args([&run[..], &["-o", "o.jsonl", "--notes", "log"]].concat())
        .current_dir(folder.path())
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::null())
        .stderr(fs::File::create(&log).unwrap())
        .status()
        .unwrap();
    assert_eq!(ran.code(), Some(1));
    let said = format!("found the file that standard error is; {own}\n");
    assert!(folder.read("log").ends_with(&said), "{}", folder.read("log"));
}

/// Scenario: a path goes into a link and out again.
/// Guarantees: messages and notes name the file that was read.
#[test]
fn a_path_behind_a_link_names_what_was_read() {
    let folder = folder();
    fs::create_dir_all(folder.path().join("far/inner")).unwrap();
    symlink("far/inner", folder.path().join("sb")).unwrap();
    fs::write(folder.path().join("far/r.yaml"), "does: sing\n").unwrap();
    let ran = folder.run(&["check", "--plugin", "plugin.wasm=sb/../r.yaml"]);
    assert!(ran.err.contains("/sb/../r.yaml:1: does: found `sing`"), "{}", ran.err);
    let ran = folder.run(&["check", "--plugin", "plugin.wasm=far/inner/../r.yaml"]);
    assert!(ran.err.contains("/far/r.yaml:1: does: found `sing`"), "{}", ran.err);
}
