//! What `run` and `check` do with good input.

use crate::support::Folder;

const ONE: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"one","endTimeUnixNano":"1000000000"}]}]}]}"#;
const LATER: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"later","endTimeUnixNano":"9000000000"}]}]}]}"#;

#[test]
fn runs_a_batch_and_sums_up() {
    let folder = Folder::new(&[("in.json", ONE), ("rules.yaml", "does: pass\n")]);
    let ran = folder.run(&["run", "--plugin", "plugin.wasm=rules.yaml", "in.json"]);
    assert_eq!((ran.status, ran.out.as_str()), (0, format!("{ONE}\n").as_str()));
    assert_eq!(
        ran.err,
        "1 batches, 1 spans in, 1 spans out\n\
         misbehaving: 1 in, 1 out, 0 changed, 0 dropped, 0 at fault\n\
         \x20 batches_seen{kind=\"any\"} 1\n"
    );
}

#[test]
fn plugins_stand_in_the_order_they_are_named() {
    let folder = Folder::new(&[
        ("in.jsonl", &format!("{ONE}\n{LATER}\n")),
        ("drop.yaml", "does: drop\nif-contains: one\n"),
        ("fail.yaml", "does: fail\nif-contains: one\n"),
    ]);
    let dropped_first = [
        "run",
        "--plugin",
        "plugin.wasm=drop.yaml",
        "--plugin",
        "plugin.wasm=fail.yaml",
        "in.jsonl",
    ];
    let ran = folder.run(&dropped_first);
    assert_eq!((ran.status, ran.out.as_str()), (0, format!("{LATER}\n").as_str()));
    assert!(ran.err.starts_with("2 batches, 2 spans in, 1 spans out\n"), "{}", ran.err);
}

/// Guarantees: an overlay comes after its base, and a later one wins.
#[test]
fn overlays_follow_their_base() {
    let folder = Folder::new(&[
        ("in.json", ONE),
        ("base.yaml", "does: pass\n"),
        ("overlay.yaml", "does: drop\n"),
    ]);
    let ran = folder.run(&["run", "--plugin", "plugin.wasm=base.yaml,overlay.yaml", "in.json"]);
    assert_eq!((ran.status, ran.out.as_str()), (0, ""));
}

#[test]
fn reads_standard_input_and_writes_every_form() {
    let folder = Folder::new(&[]);
    for (output, expected) in [("out.jsonl", ONE), ("out.json", ONE)] {
        let ran = folder.run_with(&["run", "--plugin", "plugin.wasm", "-", "-o", output], ONE);
        assert_eq!((ran.status, ran.out.as_str()), (0, ""), "{}", ran.err);
        assert_eq!(folder.read(output).trim(), expected);
    }
    let ran = folder.run_with(&["run", "--plugin", "plugin.wasm", "-", "-o", "out.binpb"], ONE);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let ran = folder.run(&["run", "--plugin", "plugin.wasm", "out.binpb"]);
    assert_eq!(ran.out, format!("{ONE}\n"));
}

/// Scenario: a recording is played again; the plugin repeats the last batch at
/// each tick, a second apart, and at the end.
/// Guarantees: the time is that of the spans, so it is the same at every run.
#[test]
fn the_clock_can_follow_the_spans() {
    let folder = Folder::new(&[
        ("in.jsonl", &format!("{ONE}\n{LATER}\n")),
        ("rules.yaml", "tick: repeat\n"),
    ]);
    let arguments = ["run", "--plugin", "plugin.wasm=rules.yaml", "in.jsonl"];
    let followed = folder.run(&[&arguments[..], &["--clock", "event_time"]].concat());
    assert_eq!(followed.out, format!("{ONE}\n{LATER}\n{LATER}\n{LATER}\n"));
    let fixed = folder.run(&[&arguments[..], &["--now", "2026-03-02T09:00:00Z"]].concat());
    assert_eq!(fixed.out, format!("{ONE}\n{LATER}\n{LATER}\n"));
}

/// Guarantees: the Collector's own config gives what the flags give.
#[test]
fn reads_the_very_config_of_the_collector() {
    let config = r#"
receivers: { otlp: { protocols: { grpc: { endpoint: "localhost:4317" } } } }
processors:
  batch:
  lapidary/head:
    plugins: [{ module: plugin.wasm }]
  lapidary/outside:
    clock: event_time
    timeout: 2s
    memory_limit_mib: 64
    max_batch_bytes: 1048576
    instances: 2
    reload_interval: 1s
    plugins:
      - module: plugin.wasm
        rules: [ask.yaml, "${env:LAPIDARY_TEST_UNSET:-repeat}.yaml"]
        secrets: { greeting: { file: key.hex, encoding: hex } }
      - module: plugin.wasm
        rules: { does: pass }
        on_failure: pass
"#;
    let folder = Folder::new(&[
        ("otelcol.yaml", config),
        ("in.jsonl", &format!("{ONE}\n{LATER}\n")),
        ("ask.yaml", "secret: greeting\n"),
        ("repeat.yaml", "tick: repeat\n"),
        ("key.hex", "00ff\n"),
    ]);
    let processor = ["--config", "otelcol.yaml", "--processor", "lapidary/outside"];
    let ran = folder.run(&[&["run", "in.jsonl"], &processor[..]].concat());
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(ran.err.starts_with("misbehaving: warn: on_failure is `pass` where the plugin declares `block`: spans that it cannot process go on as they were\n"), "{}", ran.err);
    assert_eq!(ran.out, format!("{ONE}\n{LATER}\n{LATER}\n{LATER}\n"));
}

#[test]
fn spans_at_fault_are_told_by_their_ids() {
    let poison = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"spanId":"00000000000000aa","name":"ivanov"},{"name":"good"}]}]}]}"#;
    let folder =
        Folder::new(&[("in.json", poison), ("rules.yaml", "does: panic\nif-contains: ivanov\n")]);
    let ran = folder.run(&["run", "--plugin", "plugin.wasm=rules.yaml", "in.json"]);
    assert_eq!(
        (ran.status, ran.out.as_str()),
        (0, "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":\"good\"}]}]}]}\n")
    );
    assert!(
        ran.err.contains("misbehaving: error: panicked at crates/host/fixtures/"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("misbehaving: warn: span `00000000000000aa` of trace ``, 24 bytes, was not passed on: the plugin trapped: "), "{}", ran.err);
    assert!(!ran.err.contains("ivanov"));
}

#[test]
fn empty_batches_pass() {
    let folder =
        Folder::new(&[("in.jsonl", "{}\n{\"resourceSpans\":[]}\n\n"), ("empty.binpb", "")]);
    for input in ["in.jsonl", "empty.binpb"] {
        let ran = folder.run(&["run", "--plugin", "plugin.wasm", input]);
        assert_eq!((ran.status, ran.out.as_str()), (0, ""), "{}", ran.err);
    }
}

#[test]
fn check_says_that_rules_are_good_or_prints_them_merged() {
    let folder = Folder::new(&[("base.yaml", "does: pass\n"), ("overlay.yaml", "does: drop\n")]);
    let plugin = ["check", "--plugin", "plugin.wasm=base.yaml,overlay.yaml"];
    let ran = folder.run(&plugin);
    assert_eq!((ran.status, ran.out.as_str()), (0, "misbehaving 0.1.0: the rules are good\n"));
    let ran = folder.run(&[&plugin[..], &["--print"]].concat());
    let path = folder.path().display();
    assert_eq!(
        ran.out,
        format!(
            "# misbehaving 0.1.0\n# {path}/base.yaml\n# {path}/overlay.yaml\ndoes: drop # overlay.yaml:1\n"
        )
    );
}
