//! A rule that only reports decides nothing, and tells what it would.

mod batch;

use std::collections::BTreeMap;

use batch::{SECOND, TestSpan, TestValue, encode};
use plugin::{Configured, Plugin, RecordingHost};
use proptest::prelude::*;
use rules::Document;
use sample_adaptively::{SampleAdaptively, Sampled, Settings, sample};
use spans::{Deed, Notes, Noting};

/// Conditions that meet each other on the spans below, and shares.
const CONDITIONS: [&str; 6] = [
    "longer_than: 5s",
    "longer_than: 1ms",
    "status: error",
    "name: GET*",
    "attributes: { a: '*' }",
    "attributes: { a: x, b: 1 }",
];
const SHARES: [&str; 6] =
    ["keep: 0%", "keep: 10%", "keep: 25%", "keep: 50%", "keep: 100%", "drop: true"];

type Rule = (&'static str, &'static str, bool);

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let condition = prop::sample::select(&CONDITIONS[..]);
    let share = prop::sample::select(&SHARES[..]);
    prop::collection::vec((condition, share, any::<bool>()), 0..7)
}

/// The rules as a document: those of them that are wanted, each as it is or to decide.
fn written(rules: &[Rule], wanted: impl Fn(usize) -> bool, decides: bool) -> String {
    let rules = rules.iter().enumerate().filter(|(number, _)| wanted(*number));
    let line = |(number, (condition, share, report)): (usize, &Rule)| {
        let report = *report && !decides;
        format!("  r{number}: {{ match: {{ {condition} }}, {share}, report_only: {report} }}\n")
    };
    format!(
        "rules:\n  none: {{ match: {{ name: none }}, keep: 100% }}\n{}otherwise: 20%\n",
        rules.map(line).collect::<String>()
    )
}

fn batch_of(seeds: &[[u8; 16]]) -> Vec<u8> {
    let with = [("a", TestValue::Text("x")), ("b", TestValue::Int(1))];
    let spans = seeds.iter().enumerate().map(|(index, trace_id)| {
        let span = TestSpan { trace_id, ..TestSpan::default() };
        let attributes = [&with[..], &with[..1], &[]][index % 3];
        let end = [span.end, span.start + 6 * SECOND, 5][index / 3 % 3];
        let name = ["GET /orders", "POST /orders"][index / 9 % 2];
        TestSpan { attributes, end, name, status: (index % 4) as i32, ..span }
    });
    encode(&spans.collect::<Vec<_>>())
}

/// What rules do to a view: the edits, and of each rule how many spans it kept and dropped.
type Done = (Vec<u8>, BTreeMap<String, (u64, u64)>);

fn done(sampled: Sampled<'_>) -> Done {
    let tallies = sampled.tallies.iter().filter(|it| it.kept + it.dropped > 0);
    let tallies = tallies.map(|it| (it.rule.to_owned(), (it.kept, it.dropped))).collect();
    (sampled.edits.bytes, tallies)
}

fn compiled(text: &str) -> sample_adaptively::Rules {
    let documents = [Document::new("rules.yaml", text)];
    rules::read::<Settings>(&documents).expect("right rules").compile()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Guarantees: with rules that only report all is as without them; and each tells of so many
    /// spans as it would decide about, were it alone to decide beside those that do.
    #[test]
    fn it_decides_nothing_and_tells_what_it_would_decide(
        rules in rules(),
        traces in prop::collection::vec(any::<[u8; 16]>(), 36),
    ) {
        let view = batch_of(&traces);
        let decides = |number: usize| !rules[number].2;
        let (all, deciding) = (written(&rules, |_| true, false), written(&rules, decides, false));
        let (all, deciding) = (compiled(&all), compiled(&deciding));
        prop_assert_eq!(all.configured().protects, deciding.configured().protects);
        prop_assert_eq!(all.writes(), deciding.writes());
        let mut notes = Notes::at(Noting::Acts);
        let sampled = sample(&all, &view, &mut notes).expect("a batch");
        let reported = sampled.reported.clone();
        let without = sample(&deciding, &view, &mut Notes::default()).expect("a batch");
        prop_assert_eq!(done(sampled), done(without));
        let (notes, _) = Notes::read(&notes.into_bytes()).expect("notes");
        let told = |wanted| notes.iter().filter(|note| note.deed == wanted).count() as u64;
        let sum = |would: usize| reported.iter().map(|it| it.spans[would].iter().sum::<u64>()).sum::<u64>();
        prop_assert_eq!([told(Deed::WouldKeep), told(Deed::WouldDrop)], [sum(0), sum(1)]);
        for number in (0..rules.len()).filter(|number| !decides(*number)) {
            let alone = compiled(&written(&rules, |other| decides(other) || other == number, true));
            let sampled = sample(&alone, &view, &mut Notes::default()).expect("a batch");
            let name = format!("r{number}");
            let (_, tallies) = done(sampled);
            let (kept, dropped) = tallies.get(&name).copied().unwrap_or_default();
            let told = reported.iter().find(|it| it.rule == name).expect("a rule that reports");
            let [would_keep, would_drop] = told.spans.map(|of| of.iter().sum::<u64>());
            // What it leaves in doubt is kept, and counted apart where it decides.
            prop_assert!(would_keep >= kept && would_keep - kept <= tallies.get("in_doubt").map_or(0, |it| it.0));
            prop_assert_eq!(would_drop, dropped);
        }
    }
}

/// Scenario: rules that protect something, made to report only.
/// Guarantees: then they protect nothing, so that a swap to them is warned of.
#[test]
fn what_only_reports_protects_nothing() {
    let rules = |report: bool| -> Configured {
        let text = format!(
            "rules: {{ slow: {{ match: {{ longer_than: 5s }}, keep: 100%, report_only: {report} }} }}\notherwise: 10%"
        );
        let rules = [Document::new("rules.yaml", text)];
        let plugin = SampleAdaptively::configure(&rules, &mut RecordingHost::default());
        plugin.expect("right rules").configured()
    };
    assert_eq!(rules(false).loosened(&rules(true)), ["rule slow keeps 100%: longer than 5s"]);
    assert_eq!(rules(true).loosened(&rules(false)), [] as [&str; 0]);
}

/// Scenario: all that decides keeps everything, and a rule that only reports would drop.
/// Guarantees: the plugin does not even say that it drops spans.
#[test]
fn what_only_reports_is_no_reason_to_drop() {
    let text =
        "rules: { all: { match: { name: '*' }, drop: true, report_only: true } }\notherwise: 100%";
    assert!(!compiled(text).writes().drops_spans);
}
