//! Where a rule stands that overlays changed.

use rules::Document;

/// Scenario: overlays that change, remove and add something in a rule, or name it and change nothing.
/// Guarantees: the rule stands where the last overlay that wrote into it begins to; without one, and
/// where an overlay made it whole, where its name stands.
#[test]
fn a_rule_stands_where_it_was_written_last() {
    let base = "rules:\n  failed:\n    match: { a: x,\n      b: y }\n    keep: all\n";
    let rest = "rules:\n  slow:\n    keep: all\n";
    for (overlays, expected) in [
        (&[][..], "base.yaml:2"),
        (&[rest], "base.yaml:2"),
        (&["rules:\n  failed: {}\n"], "base.yaml:2"),
        (&["rules:\n  failed:\n    keep: none\n"], "first.yaml:3"),
        (&["rules:\n  failed:\n\n    match:\n      b: null\n    keep: none\n"], "first.yaml:5"),
        (&["rules:\n  failed:\n    keep: none\n", rest], "first.yaml:3"),
        (
            &["rules:\n  failed:\n    keep: none\n", "\nrules: { failed: { keep: all } }"],
            "second.yaml:2",
        ),
        (&["rules:\n  failed: null\n", "\nrules:\n  failed:\n    keep: all"], "second.yaml:3"),
    ] {
        let names = ["first.yaml", "second.yaml"];
        let overlays = names.iter().zip(overlays).map(|(name, text)| Document::new(*name, *text));
        let documents: Vec<_> =
            [Document::new("base.yaml", base)].into_iter().chain(overlays).collect();
        let tree = rules::load(&documents).expect("right YAML");
        let rule = tree.get("rules").and_then(|rules| rules.get("failed")).expect("the rule");
        let found = rule.last_written();
        assert_eq!(format!("{}:{}", found.document, found.line), expected, "{documents:?}");
    }
}
