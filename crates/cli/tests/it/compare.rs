//! `lapidary compare` with what git has.

use std::process::Command;

use crate::support::Folder;

const SPANS: &str =
    r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"one","status":{"code":2}}]}]}]}"#;

fn git(folder: &Folder, arguments: &[&str]) {
    let who = ["-c", "user.name=Vera", "-c", "user.email=vera@example.com"];
    let mut git = Command::new("git");
    let done = git.arg("-C").arg(folder.path()).args(who).args(arguments).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// Scenario: rules that passed all were committed, and are changed to drop all; once as a file, once
/// inside a Collector's config.
/// Guarantees: the committed rules are the old ones, whatever lies there now, and wrong ones are told
/// with the revision.
#[test]
fn what_git_has_is_the_old_chain() {
    let config = |does: &str| {
        format!(
            "processors:\n  lapidary:\n    plugins:\n      - {{ module: plugin.wasm, rules: {{ does: {does} }} }}\n"
        )
    };
    let folder = Folder::new(&[
        ("spans.json", SPANS),
        ("rules.yaml", "does: pass\n"),
        ("otelcol.yaml", &config("pass")),
    ]);
    git(&folder, &["init", "-q"]);
    git(&folder, &["add", "rules.yaml", "otelcol.yaml"]);
    git(&folder, &["commit", "-qm", "rules"]);
    std::fs::write(folder.path().join("rules.yaml"), "does: drop\n").unwrap();
    std::fs::write(folder.path().join("otelcol.yaml"), config("drop")).unwrap();
    for new in [["--plugin", "plugin.wasm=rules.yaml"], ["--config", "otelcol.yaml"]] {
        let compare = ["compare", "--since", "HEAD", "spans.json", "--fail-on", "lost"];
        let ran = folder.run(&[&compare[..], &new].concat());
        assert_eq!((ran.status, ran.err.as_str()), (1, ""), "{}", ran.out);
        let lost = "  1 span; 1 failed; 0 slow; 0 gapped; old: kept; new: dropped (misbehaving)\n";
        assert!(ran.out.contains(lost), "{}", ran.out);
    }
    std::fs::write(folder.path().join("rules.yaml"), "does: nonsense\n").unwrap();
    git(&folder, &["commit", "-qam", "wrong rules"]);
    std::fs::write(folder.path().join("rules.yaml"), "does: pass\n").unwrap();
    let ran = folder.run(&[
        "compare",
        "--since",
        "HEAD",
        "spans.json",
        "--plugin",
        "plugin.wasm=rules.yaml",
    ]);
    assert_eq!(ran.status, 3);
    assert!(ran.err.starts_with("rules.yaml@HEAD:1: does: found"), "{}", ran.err);
}
