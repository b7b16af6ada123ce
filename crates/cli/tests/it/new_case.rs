//! `lapidary test --new` and `--bless`, with the built plugins on recorded spans.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Ran, lapidary, text};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Of a recording: each span's trace id, id and JSON.
fn spans(run: &str) -> Vec<(String, String, String)> {
    let path = root().join("testdata/recordings").join(run).join("spans.jsonl");
    let mut all = Vec::new();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let batch: Value = serde_json::from_str(line).unwrap();
        for resource in batch["resourceSpans"].as_array().unwrap() {
            for scope in resource["scopeSpans"].as_array().unwrap() {
                for span in scope["spans"].as_array().unwrap() {
                    let id = |name: &str| span[name].as_str().unwrap().to_owned();
                    let json = format!("{}{span}", resource["resource"]);
                    all.push((id("traceId"), id("spanId"), json));
                }
            }
        }
    }
    all
}

struct Made<'m> {
    folder: &'m Path,
    run: &'m str,
    span: &'m str,
    trace: &'m str,
}

fn new_case(made: &Made<'_>, arguments: &[&str]) -> Ran {
    let input = format!("testdata/recordings/{}/spans.jsonl", made.run);
    let mut all = vec!["test", "--new", text(made.folder), "--from", &input];
    all.extend(["--span", made.span, "--trace", made.trace]);
    all.extend(arguments);
    lapidary(&root(), &all)
}

fn read_all(folder: &Path) -> String {
    let files = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    files.map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

const STRICT: &str = "dist/redact-pii.wasm=rules/redact-pii/strict.yaml";

/// Scenario: cases of spans of every recording that hold something planted, and of some that do not.
/// Guarantees: none of it stands in any file, every case passes, and nearly all that was found is
/// found.
#[test]
fn no_case_holds_what_was_planted() {
    let folder = tempfile::tempdir().unwrap();
    let planted = root().join("testdata/recordings/planted.json");
    let planted = std::fs::read_to_string(planted).unwrap();
    let planted: Vec<BTreeMap<String, String>> = serde_json::from_str(&planted).unwrap();
    let (mut count, mut unlike) = (0, Vec::new());
    let runs: std::collections::BTreeSet<_> = planted.iter().map(|value| &value["run"]).collect();
    for run in runs {
        let of_run = planted.iter().filter(|value| value["run"] == *run);
        let values: Vec<&String> = of_run.map(|value| &value["value"]).collect();
        let has_any = |json: &str| values.iter().any(|value| json.contains(*value));
        let (with, without): (Vec<_>, Vec<_>) =
            spans(run).into_iter().partition(|(_, _, json)| has_any(json));
        assert!(!with.is_empty(), "{run}");
        let chosen = with.iter().step_by(14).chain(without.iter().step_by(150));
        for (trace, span, _) in chosen {
            let folder = folder.path().join(format!("{run}-{trace}-{span}"));
            let made = Made { folder: &folder, run, span, trace };
            let ran = new_case(&made, &["--plugin", STRICT]);
            assert_eq!(ran.status, 0, "{run} {span}: {}", ran.err);
            let all = read_all(&folder) + &ran.out + &ran.err;
            for value in &values {
                assert!(!all.contains(*value), "{run} {span}: something planted is left");
            }
            unlike.extend(ran.err.lines().map(|line| format!("{run} {span}: {line}")));
            count += 1;
        }
    }
    let arguments = ["test", text(folder.path()), "--plugins-dir", "dist"];
    let ran = lapidary(&root(), &arguments);
    assert!(ran.out.ends_with(&format!("{count} passed, 0 failed\n")), "{}", ran.out);
    assert!(count > 25, "{count}");
    assert!(unlike.is_empty(), "of {count} cases:\n{}", unlike.join("\n"));
}

/// The span that changes an order's status, leaves the company, and skipped a status.
fn shipped(folder: &Path) -> Made<'_> {
    let trace = "22bedc759620b1bad5a4fc6d330ef2b9";
    Made { folder, run: "skipped-packaging", span: "6836c568104aed5e", trace }
}

/// Scenario: each plugin of a config, of which the last is granted a key.
/// Guarantees: the case is of the span as it comes to the plugin; another key stands for the key, other
/// values for the values, but not for statuses, and what somebody keeps; the rules stay where they are.
#[test]
fn a_case_is_for_one_plugin_of_a_chain() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    std::fs::write(&key, "0123456789abcdef0123456789abcdef").unwrap();
    let secret = format!("operator-key-1={}", text(&key));
    let chain = [
        "--plugin",
        "dist/enrich-order-status.wasm=rules/enrich-order-status/base.yaml",
        "--plugin",
        "dist/sample-adaptively.wasm=rules/sample-adaptively/base.yaml",
        "--plugin",
        "dist/hash-operator-id.wasm=rules/hash-operator-id/base.yaml",
        "--secret",
        &secret,
        "--keep",
        "order_id",
    ];
    let plugins = [
        ("enrich-order-status", "acts: lifecycle"),
        ("sample-adaptively", "acts: rules.gap"),
        ("hash-operator-id", "acts: attributes"),
    ];
    for (plugin, acts) in plugins {
        let case = folder.path().join("cases").join(plugin);
        let ran = new_case(&shipped(&case), &[&chain[..], &["--of", plugin]].concat());
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{plugin}");
        let spans = std::fs::read_to_string(case.join("spans.json")).unwrap();
        assert!(
            spans.contains("ALX-261121-f843c615fd") && spans.contains("\"SHIPPED\""),
            "{spans}"
        );
        assert!(!spans.contains("operator-23") && !spans.contains("Савелий"), "{spans}");
        assert_eq!(spans.contains("gap_detected"), plugin != "enrich-order-status", "{spans}");
        let case = std::fs::read_to_string(case.join("case.yaml")).unwrap();
        assert!(case.contains(&format!("rules/{plugin}/base.yaml")), "{case}");
        assert!(plugin == "enrich-order-status" || ran.out.contains(acts), "{}", ran.out);
    }
    let secret = folder.path().join("cases/hash-operator-id/secret-1.hex");
    let secret = std::fs::read_to_string(secret).unwrap();
    assert!(secret.len() == 64 && !secret.contains("30313233"), "{secret}");
    let cases = folder.path().join("cases");
    let ran = lapidary(&root(), &["test", text(&cases), "--plugins-dir", "dist"]);
    assert!(ran.out.ends_with("3 passed, 0 failed\n"), "{}", ran.out);
}

/// Scenario: the rules of a case change, then do not.
/// Guarantees: `--bless` writes what comes out, once, and the case passes again.
#[test]
fn a_case_is_blessed() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules.yaml");
    std::fs::write(&rules, "attributes: { customer.*: mask }\n").unwrap();
    let case = folder.path().join("case");
    let plugin = format!("dist/redact-pii.wasm={}", text(&rules));
    let ran = new_case(&shipped(&case), &["--plugin", &plugin]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    let written = std::fs::read_to_string(case.join("case.yaml")).unwrap();
    assert!(written.contains("rules:\n  - '../rules.yaml'\n"), "{written}");
    let test = |arguments: &[&str]| {
        let all = ["test", text(&case), "--plugins-dir", "dist"];
        lapidary(&root(), &[&all[..], arguments].concat())
    };
    assert_eq!(test(&[]).out, "ok    redact-pii/case\n1 passed, 0 failed\n");
    std::fs::write(&rules, "attributes: { customer.*: mask, delivery.*: mask }\n").unwrap();
    assert_eq!(test(&[]).status, 1);
    let wrote = "wrote redact-pii/case\n1 written, 0 as they were, 0 failed\n";
    assert_eq!(test(&["--bless"]).out, wrote);
    let same = "ok    redact-pii/case\n0 written, 1 as they were, 0 failed\n";
    assert_eq!(test(&["--bless"]).out, same);
    assert_eq!(test(&[]).status, 0);
    std::fs::write(&rules, "attributes: { customer.*: hide }\n").unwrap();
    assert_eq!(test(&["--bless"]).out, wrote);
    assert!(!case.join("expected.json").exists() && case.join("error.txt").exists());
}

/// Guarantees: rules that stand in a config are written beside the case.
#[test]
fn a_case_has_the_rules_of_a_config() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("otelcol.yaml");
    let plugin = "{ module: dist/redact-pii.wasm, rules: { attributes: { customer.*: mask } } }";
    let text_of = format!("processors: {{ lapidary: {{ plugins: [{plugin}] }} }}\n");
    std::fs::write(&config, text_of).unwrap();
    let case = folder.path().join("case");
    let ran = new_case(&shipped(&case), &["--config", text(&config)]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    let written = std::fs::read_to_string(case.join("rules.yaml")).unwrap();
    assert_eq!(written, "attributes:\n  customer.*: mask\n");
    let ran = lapidary(&root(), &["test", text(&case), "--plugins-dir", "dist"]);
    assert_eq!(ran.status, 0, "{}", ran.out);
}
