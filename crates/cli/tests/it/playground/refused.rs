//! What cannot be shown is refused in the words of `lapidary run`.

use std::fs::File;

use super::running::{Running, folder};

const SPANS: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"one"}]}]}]}"#;

/// Runs both commands with the same words; they must say the same.
fn refused(files: &[(&str, &str)], arguments: &[&str]) -> String {
    let folder = folder(files);
    let page = ["playground", "--site", "site", "--port", "0"];
    let playground = folder.run(&[&page, arguments].concat());
    let run = folder.run(&[&["run"], arguments].concat());
    assert_eq!((playground.status, playground.out.as_str()), (1, ""), "{}", playground.err);
    assert_eq!(playground.err, run.err);
    playground.err
}

#[test]
fn what_run_refuses_is_refused_in_its_words() {
    let spans = ("spans.jsonl", SPANS);
    let told = refused(
        &[spans, ("none.wasm", "no module")],
        &["--plugin", "none.wasm=gone.yaml", "--plugin", "lost.wasm", "spans.jsonl"],
    );
    assert_eq!(told.lines().count(), 3, "{told}");
    assert!(told.contains("DIR/gone.yaml: found no such file; expected a file of rules"), "{told}");
    let config = ("otelcol.yaml", "processors:\n  lapidary: { plugins: [{ modul: a.wasm }] }\n");
    let told = refused(&[spans, config], &["--config", "otelcol.yaml", "spans.jsonl"]);
    assert!(told.contains("DIR/otelcol.yaml: processors.lapidary: plugins[0]"), "{told}");
    let told = refused(&[], &["--config", "otelcol.yaml", "spans.jsonl"]);
    assert!(told.contains("expected a Collector's config"), "{told}");
}

#[test]
fn recordings_that_run_refuses_are_refused_in_its_words() {
    let plugin = ["--plugin", "plugin.wasm"];
    let refused = |file: &str, text: &str| {
        refused(&[(file, text), ("rules.yaml", "does: pass")], &[&plugin[..], &[file]].concat())
    };
    assert!(refused("spans.txt", SPANS).contains("expected a file that ends in"));
    assert!(refused("spans.jsonl", "{}\n{\"resourceSpans\":1}").contains("DIR/spans.jsonl: "));
    assert!(refused("spans.binpb", "\u{a}\u{a}").contains("DIR/spans.binpb: batch 1: "));
    assert!(refused("spans.json", "").contains("expected an object with `resourceSpans`"));
}

#[test]
fn rules_that_are_wrong_are_the_pages_to_show() {
    let folder = folder(&[("rules.yaml", "does: nonsense")]);
    let running = Running::start(&folder, &["--plugin", "plugin.wasm=rules.yaml"]);
    assert_eq!(running.get("/rules/0-0.yaml").text(), "does: nonsense");
}

#[test]
fn a_folder_of_plugins_has_plugins_only() {
    let folder = folder(&[]);
    let page = ["playground", "--site", "site", "--port", "0", "--plugins-dir"];
    let ran = folder.run(&[&page[..], &["gone"]].concat());
    let line = "DIR/gone: found no such file; expected a folder of plugins\n";
    assert_eq!((ran.status, ran.err.as_str()), (1, line));
    std::fs::write(folder.path().join("other.wasm"), "no module").unwrap();
    let ran = folder.run(&[&page[..], &["."]].concat());
    let run = folder.run(&["run", "--plugin", "other.wasm", "spans.jsonl"]);
    assert_eq!((ran.status, ran.err), (1, run.err));
}

/// Scenario: a file of one byte more than a page gets, all holes.
#[test]
fn a_recording_that_is_too_long_names_what_takes_it() {
    let folder = folder(&[]);
    let file = File::create(folder.path().join("spans.jsonl")).unwrap();
    file.set_len((256 << 20) + 1).unwrap();
    let ran = folder.run(&["playground", "--site", "site", "--port", "0", "spans.jsonl"]);
    let line = "DIR/spans.jsonl: found more than 256 MiB; expected less for a page; `lapidary run --diff` shows any number\n";
    assert_eq!((ran.status, ran.err.as_str()), (1, line));
}
