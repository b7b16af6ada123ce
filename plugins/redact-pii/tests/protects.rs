//! What the plugin says that it protects, so that a swap that loosens it is warned of.

use plugin::{Plugin, RecordingHost};
use redact_pii::RedactPii;
use rules::Document;

fn protected(rules: &[&str]) -> Vec<String> {
    let rules: Vec<_> = rules.iter().map(|text| Document::new("rules", *text)).collect();
    let configured = RedactPii::configure(&rules, &mut RecordingHost::default());
    configured.map(|plugin| plugin.configured().protects).expect("right rules")
}

const RULES: &str = "\
detectors:
  email: {}
  ticket: { pattern: 'CRM-\\d{6}' }
attributes: { User.*: mask, payment.*: mask, user_id: search }
";

#[test]
fn detectors_patterns_masked_keys_exceptions_and_length_are_protected() {
    let expected = [
        "detector email",
        r"detector ticket, pattern CRM-\d{6}",
        "attributes payment.*",
        "attributes user.*",
        "no key is left",
        "no key is only searched but user_id",
        "values longer than 65536 bytes",
    ];
    assert_eq!(protected(&[RULES]), expected);
}

/// Scenario: overlays that each let something through that was masked.
/// Guarantees: something that was protected no longer is; case, which means nothing, is no change.
#[test]
fn each_way_to_loosen_loses_something() {
    let before = protected(&[RULES]);
    for overlay in [
        "detectors: { email: null }",
        "detectors: { ticket: { pattern: ZZZ } }",
        "attributes: { payment.*: null }",
        "attributes: { user.name: leave }",
        "attributes: { user.name: search }",
        "attributes: { '*': leave }",
        "max_value_bytes: 65537",
    ] {
        let after = protected(&[RULES, overlay]);
        assert!(before.iter().any(|text| !after.contains(text)), "{overlay}");
    }
    assert_eq!(protected(&[&RULES.replace("User", "user")]), before);
}

/// Scenario: other rules whose names and keys hold what stands between names in these texts.
/// Guarantees: no two have the same texts.
#[test]
fn other_rules_have_other_texts() {
    let with = |more: &str| protected(&[RULES, more]);
    assert_ne!(with("attributes: { 'a, b': leave }"), with("attributes: { a: leave, b: leave }"));
    assert_ne!(
        with("detectors: { t: { pattern: 'a, pattern b' } }"),
        with("detectors: { 't, pattern a': { pattern: b } }"),
    );
}

/// Scenario: the key of a header in its two spellings, which are one.
/// Guarantees: nothing is lost from one to the other; elsewhere `-` and `_` are two.
#[test]
fn spellings_of_a_header_are_one() {
    let with = |key: &str| protected(&[RULES, &format!("attributes: {{ {key}: mask }}")]);
    let header = "http.response.header.set-cookie";
    assert_eq!(with(header), with(&header.replace("set-c", "Set_C")));
    assert_ne!(with("order-id"), with("order_id"));
}
