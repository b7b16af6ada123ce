//! What `lapidary test` writes for others to read, and completions.

use std::path::Path;

use crate::support::{Folder, plugins, text};

const INPUT: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"one"}]}]}]}"#;
const CASE: &str = "\
about: a case that fails
plugin: misbehaving
rules: [rules.yaml]
steps: [{ batch: in.json, now: 2026-03-02T09:00:00Z }]
";

/// Scenario: one case fails, others pass.
/// Guarantees: all stand in the file, with what is wrong; the file is there although a case failed.
#[test]
fn junit_has_a_test_for_each_case() {
    let files = [
        ("case.yaml", CASE),
        ("rules.yaml", "does: pass\n"),
        ("in.json", INPUT),
        ("expected.json", "{}\n"),
    ];
    let folder = Folder::new(&files);
    let good = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/fixtures/misbehaving/testdata");
    let ran = folder.run(&[
        "test",
        ".",
        text(&good),
        "--plugins-dir",
        text(plugins()),
        "--junit",
        "out/junit.xml",
    ]);
    assert_eq!(ran.status, 1);
    let (_, counts) = ran.out.trim_end().rsplit_once('\n').unwrap();
    let passed: usize = counts.strip_suffix(" passed, 1 failed").unwrap().parse().unwrap();
    let junit = folder.read("out/junit.xml");
    let sums = format!(
        "<testsuites name=\"lapidary\" tests=\"{}\" skipped=\"0\" failures=\"1\"",
        passed + 1
    );
    assert!(passed > 0 && junit.contains(&sums), "{junit}");
    assert_eq!(junit.matches("<testcase name=\"misbehaving/").count(), passed);
    assert!(junit.contains("<testcase name=\".\"") && junit.contains("<failure"), "{junit}");
}

#[test]
fn shells_can_complete_commands_and_options() {
    for shell in ["bash", "zsh", "fish"] {
        let ran = Folder::new(&[]).run(&["completions", shell]);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""));
        assert!(ran.out.contains("lapidary") && ran.out.contains("coverage"), "{shell}");
    }
}
