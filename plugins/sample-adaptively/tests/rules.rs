//! The rules: those that are ready, those of the README, and wrong ones.

mod batch;

use batch::{SECOND, TestSpan, TestValue, sampled};
use rules::Document;
use sample_adaptively::Settings;

const BASE: &str = include_str!("../../../rules/sample-adaptively/base.yaml");
const DATABASES: &str = include_str!("../../../rules/sample-adaptively/problematic-databases.yaml");

fn merged(texts: &[&str]) -> String {
    let documents: Vec<Document> = texts.iter().map(|text| Document::new("rules", *text)).collect();
    rules::print(&rules::load(&documents).expect("right YAML"))
}

/// The YAML of the README is the base without its comments.
#[test]
fn the_readme_shows_the_base() {
    let readme = include_str!("../README.md");
    let yaml = readme.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next());
    assert_eq!(merged(&[yaml.expect("YAML in the README")]), merged(&[BASE]));
}

/// Guarantees: what is expected stands in the message, whatever takes its place.
#[test]
fn a_value_of_the_wrong_type_is_told_what_is_expected() {
    let text = "rules:
  one: { match: { name: { a: b }, attributes: 5 }, keep: [5%] }
  two: { match: 5, keep: 5% }
  three: { match: { attributes: { a: { b: c }, d: [{ e: f }] } }, keep: 5% }
  four: { keep: 5% }
otherwise: 5%
";
    let problems =
        rules::read::<Settings>(&[Document::new("base.yaml", text)]).expect_err("wrong rules");
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "base.yaml:2: rules.one.match.name: found a map; expected text (`*` in it stands for any characters), a number, `true` or `false`, or a list of these",
            "base.yaml:2: rules.one.match.attributes: found the number `5`; expected a map by name",
            "base.yaml:2: rules.one.keep: found a list; expected a percentage from `0%` to `100%`",
            "base.yaml:3: rules.two.match: found the number `5`; expected a map",
            "base.yaml:4: rules.three.match.attributes.a: found a map; expected text (`*` in it stands for any characters), a number, `true` or `false`, or a list of these",
            "base.yaml:4: rules.three.match.attributes.d[0]: found a map; expected text (`*` in it stands for any characters), a number, `true` or `false`",
            "base.yaml:5: rules.four.match: found nothing; expected a map of conditions, or a list of such maps",
        ]
    );
}

#[test]
fn every_problem_is_reported_at_once() {
    let text = "\
rules:
  slow:
    match: { longer_than: 5 }
    keep: 100
  sql:
    match:
      - attributes: { db.system: [] }
      - { stauts: error }
    keep: 101%
  all:
    match: {}
    kep: 5%
precision: 15
";
    let problems =
        rules::read::<Settings>(&[Document::new("base.yaml", text)]).expect_err("wrong rules");
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "base.yaml:3: rules.slow.match.longer_than: found the number `5`; expected a duration with its unit; write `5s` for seconds or `5ms` for milliseconds",
            "base.yaml:4: rules.slow.keep: found the number `100`; expected a percentage from `0%` to `100%`; write `100%`",
            "base.yaml:7: rules.sql.match[0].attributes.\"db.system\": found an empty list; expected one entry or more",
            "base.yaml:8: rules.sql.match[1].stauts: found an unknown key; expected one of `attributes`, `kind`, `longer_than`, `name`, `resource`, `status`; did you mean `status`?",
            "base.yaml:9: rules.sql.keep: found the text `101%`; expected a percentage from `0%` to `100%`",
            "base.yaml:12: rules.all.kep: found an unknown key; expected one of `drop`, `keep`, `match`, `report_only`; did you mean `keep`?",
            "base.yaml:11: rules.all.match: found no condition; expected at least one; `otherwise` is for all other spans",
            "base.yaml:1: otherwise: found nothing; expected a percentage from `0%` to `100%`",
            "base.yaml:13: precision: found the number `15`; expected a whole number from 1 to 14",
        ]
    );
}

#[test]
fn shares_that_are_no_percentages_are_refused() {
    for share in
        ["10", "0.1", "-1%", "+1%", "1e1%", ".5%", "5.%", "100.1%", "%", "ten%", "inf%", "[10%]"]
    {
        let text = format!("otherwise: {share}");
        assert!(rules::read::<Settings>(&[Document::new("base.yaml", text)]).is_err(), "{share}");
    }
    for share in ["0%", "100%", "10 %", "0.0000001%", "33.3%"] {
        let text = format!("otherwise: {share}");
        assert!(rules::read::<Settings>(&[Document::new("base.yaml", text)]).is_ok(), "{share}");
    }
}

/// The trace is one that 10 % drop: what is left was kept by a rule.
#[test]
fn the_overlay_for_databases_keeps_the_problematic_ones() {
    let rules = merged(&[BASE, DATABASES]);
    let all = [1, 2, 3, 0xff].map(|end| {
        let mut id = [0xff; 16];
        id[9] = end;
        id
    });
    for id in &all {
        let fast = TestSpan { trace_id: id, name: "SELECT mes.orders", ..TestSpan::default() };
        let old = [("db.system", TestValue::Text("postgresql"))];
        let new = [("db.system.name", TestValue::Text("postgresql"))];
        let slow = TestSpan { end: fast.start + 6 * SECOND, attributes: &old, ..fast };
        let failed = TestSpan { status: 2, attributes: &new, ..fast };
        let spans = [
            TestSpan { attributes: &old, ..fast },
            TestSpan { attributes: &new, ..fast },
            slow,
            failed,
        ];
        let kept: Vec<u8> = sampled(&rules, &spans).iter().map(|span| span.span_id[7]).collect();
        assert_eq!(kept, [3, 4]);
    }
}

#[test]
fn what_a_rule_drops_no_other_keeps() {
    let rules = "\
rules:
  health: { match: { name: [GET /health, '*/ready'] }, drop: true }
  slow: { match: { longer_than: 5s }, keep: 100% }
  in-server: { match: { status: ok, attributes: { tier: [web, edge-*] } }, keep: 100% }
otherwise: 0%
";
    let slow = TestSpan { end: 2_000 * SECOND, ..TestSpan::default() };
    let web = [("tier", TestValue::Text("web"))];
    let edge = [("tier", TestValue::Text("edge-7"))];
    let core = [("tier", TestValue::Text("core"))];
    let spans = [
        TestSpan { name: "GET /health", ..slow },
        TestSpan { name: "HEAD /ready", ..slow },
        slow,
        TestSpan { status: 1, attributes: &web, ..TestSpan::default() },
        TestSpan { status: 1, attributes: &edge, ..TestSpan::default() },
        TestSpan { status: 1, attributes: &core, ..TestSpan::default() },
        TestSpan { status: 0, attributes: &web, ..TestSpan::default() },
    ];
    let kept: Vec<u8> = sampled(rules, &spans).iter().map(|span| span.span_id[7]).collect();
    assert_eq!(kept, [3, 4, 5]);
}

/// A span that ended before it started is kept where its duration would decide,
/// even by a rule that drops; where another condition fails, nothing is in doubt.
#[test]
fn a_span_that_ended_before_it_started_is_kept_in_doubt() {
    let rules = "rules: {polls: {match: {longer_than: 1m, name: poll}, keep: 0%}}\notherwise: 0%\n";
    let backwards = TestSpan { end: 5, ..TestSpan::default() };
    let spans = [TestSpan { name: "poll", ..backwards }, backwards];
    let kept = sampled(rules, &spans);
    assert_eq!(kept.iter().map(|span| span.span_id[7]).collect::<Vec<_>>(), [1]);
    assert_eq!(kept[0].trace_state, "ot=th:0");
}

/// Doubt counts only where it matters: a rule that is surely more generous decides, and whether a rule
/// matches that says the same as one that surely does is all one.
#[test]
fn doubt_counts_where_the_rule_in_doubt_would_decide() {
    let long = "longer_than: 1m";
    let name = "name: poll";
    for (rules, decided_by) in [
        (
            format!("a: {{match: {{{long}}}, keep: 100%}}, b: {{match: {{{name}}}, keep: 10%}}"),
            "in_doubt",
        ),
        (format!("a: {{match: {{{long}}}, keep: 10%}}, b: {{match: {{{name}}}, keep: 25%}}"), "b"),
        (format!("a: {{match: {{{long}}}, keep: 25%}}, b: {{match: {{{name}}}, keep: 25%}}"), "b"),
        (format!("a: {{match: {{{long}}}, keep: 0%}}"), "in_doubt"),
        (
            format!("a: {{match: {{{long}}}, drop: true}}, b: {{match: {{{name}}}, keep: 100%}}"),
            "in_doubt",
        ),
        (
            format!("a: {{match: {{{long}}}, keep: 100%}}, b: {{match: {{{name}}}, drop: true}}"),
            "b",
        ),
        (format!("a: {{match: [{{{long}}}, {{{name}}}], keep: 25%}}"), "a"),
    ] {
        let text = format!("rules: {{{rules}}}\notherwise: 0%\n");
        let read = rules::read::<Settings>(&[Document::new("base.yaml", text)]);
        let compiled = read.expect("right rules").compile();
        let span = TestSpan { end: 5, name: "poll", ..TestSpan::default() };
        let sampled = sample_adaptively::sample(
            &compiled,
            &batch::encode(&[span]),
            &mut spans::Notes::default(),
        )
        .expect("a batch");
        let deciders: Vec<&str> = sampled.counters().map(|(_, rule, _)| rule).collect();
        assert_eq!(deciders, [decided_by], "{rules}");
    }
}

/// Zipkin and others carry text only.
#[test]
fn a_truth_value_that_came_as_text_is_compared_as_text() {
    let gap = [("gap_detected", TestValue::Text("true"))];
    let no_gap = [("gap_detected", TestValue::Text("false"))];
    let spans = [
        TestSpan { attributes: &gap, ..TestSpan::default() },
        TestSpan { attributes: &no_gap, ..TestSpan::default() },
    ];
    assert_eq!(sampled(BASE, &spans).len(), 1);
}
