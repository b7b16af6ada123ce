//! Which value of a rule meets which value of an attribute: every pair of types, as the table of the
//! README says.

mod batch;

use batch::TestValue::{Bool, Bytes, Double, Int, List, Map, None, Text};
use batch::{TestSpan, TestValue, sampled};

/// Values of attributes, by the names that the table below calls them.
const VALUES: &[(&str, TestValue<'_>)] = &[
    ("'504'", Text("504")),
    ("'0504'", Text("0504")),
    ("'504.0'", Text("504.0")),
    ("'5.04e2'", Text("5.04e2")),
    ("' 504'", Text(" 504")),
    ("'504x'", Text("504x")),
    ("504", Int(504)),
    ("504.0", Double(504.0)),
    ("'1.5'", Text("1.5")),
    ("'1.50'", Text("1.50")),
    ("1.5", Double(1.5)),
    ("'1000'", Text("1000")),
    ("1000", Int(1000)),
    ("1000.0", Double(1000.0)),
    ("'-7'", Text("-7")),
    ("-7", Int(-7)),
    ("'0'", Text("0")),
    ("0", Int(0)),
    ("-0.0", Double(-0.0)),
    ("'1'", Text("1")),
    ("1", Int(1)),
    ("'true'", Text("true")),
    ("'True'", Text("True")),
    ("'yes'", Text("yes")),
    ("true", Bool(true)),
    ("'false'", Text("false")),
    ("false", Bool(false)),
    ("''", Text("")),
    ("'info'", Text("info")),
    ("'NaN'", Text("NaN")),
    ("'.nan'", Text(".nan")),
    ("NaN", Double(f64::NAN)),
    ("'Infinity'", Text("Infinity")),
    ("inf", Double(f64::INFINITY)),
    ("-inf", Double(f64::NEG_INFINITY)),
    // 2^53 and the next, which a double cannot hold; 2^64 - 1.
    ("9007199254740992", Int(9_007_199_254_740_992)),
    ("9007199254740993", Int(9_007_199_254_740_993)),
    ("'9007199254740993'", Text("9007199254740993")),
    ("9007199254740992.0", Double(9_007_199_254_740_992.0)),
    ("'18446744073709551615'", Text("18446744073709551615")),
    ("'18446744073709551616'", Text("18446744073709551616")),
    ("18446744073709551616.0", Double(18_446_744_073_709_551_616.0)),
    // 2^100, and the ends of what 128 bits hold.
    ("2^100", Double(1_267_650_600_228_229_401_496_703_205_376.0)),
    ("'2^100'", Text("1267650600228229401496703205376")),
    ("2^127", Double(170_141_183_460_469_231_731_687_303_715_884_105_728.0)),
    ("'2^127 - 1'", Text("170141183460469231731687303715884105727")),
    ("-2^127", Double(-170_141_183_460_469_231_731_687_303_715_884_105_728.0)),
    ("16", Int(16)),
    ("'0x10'", Text("0x10")),
    ("bytes", Bytes(b"504")),
    ("list", List(&Int(504))),
    ("list of text", List(&Text("504"))),
    ("map", Map(&Int(504))),
    ("none", None),
];

/// What a rule says, as YAML, and all of the values above that it meets.
const TABLE: &[(&str, &[&str])] = &[
    // A number, however it is written, meets every number of the same worth and every text of one.
    ("504", &["'504'", "'0504'", "'504.0'", "'5.04e2'", "504", "504.0"]),
    ("0504", &["'504'", "'0504'", "'504.0'", "'5.04e2'", "504", "504.0"]),
    ("504.0", &["'504'", "'0504'", "'504.0'", "'5.04e2'", "504", "504.0"]),
    ("1.5", &["'1.5'", "'1.50'", "1.5"]),
    ("1e3", &["'1000'", "1000", "1000.0"]),
    ("-7", &["'-7'", "-7"]),
    ("0", &["'0'", "0", "-0.0"]),
    ("-0.0", &["'0'", "0", "-0.0"]),
    ("1", &["'1'", "1"]),
    (".nan", &["'NaN'", "'.nan'", "NaN"]),
    (".inf", &["'Infinity'", "inf"]),
    ("-.inf", &["-inf"]),
    ("9007199254740993", &["9007199254740993", "'9007199254740993'"]),
    ("9007199254740992", &["9007199254740992", "9007199254740992.0"]),
    ("18446744073709551615", &["'18446744073709551615'"]),
    ("18446744073709551616", &["'18446744073709551616'", "18446744073709551616.0"]),
    ("1267650600228229401496703205376", &["2^100", "'2^100'"]),
    ("170141183460469231731687303715884105727", &["'2^127 - 1'"]),
    ("-170141183460469231731687303715884105728", &["-2^127"]),
    ("16", &["16", "'0x10'"]),
    // A truth value meets itself and its texts.
    ("true", &["'true'", "'True'", "true"]),
    ("False", &["'false'", "false"]),
    // A text meets the same text; and what it would be without quotes, if that is no text.
    ("'504'", &["'504'", "504", "504.0"]),
    ("'0504'", &["'0504'", "504", "504.0"]),
    ("'504.0'", &["'504.0'", "504", "504.0"]),
    ("'1.5'", &["'1.5'", "1.5"]),
    ("'1e3'", &["1000", "1000.0"]),
    ("'-7'", &["'-7'", "-7"]),
    ("'true'", &["'true'", "true"]),
    ("'True'", &["'True'", "true"]),
    ("'false'", &["'false'", "false"]),
    ("yes", &["'yes'"]),
    ("''", &["''"]),
    ("info", &["'info'"]),
    ("'NaN'", &["'NaN'", "NaN"]),
    ("'Infinity'", &["'Infinity'", "inf"]),
    ("'9007199254740993'", &["9007199254740993", "'9007199254740993'"]),
    // With a star it meets the texts of numbers and truth values, in the shortest decimal form.
    ("'504*'", &["'504'", "'504.0'", "'504x'", "504", "504.0"]),
    ("'*.5'", &["'1.5'", "1.5"]),
    ("'10*0'", &["'1000'", "1000", "1000.0"]),
    ("'t*'", &["'true'", "true"]),
    ("'-*'", &["'-7'", "-7", "-0.0", "-inf", "-2^127"]),
    ("'in*'", &["'info'", "inf"]),
    // One of a list is enough.
    ("[1, yes]", &["'1'", "1", "'yes'"]),
];

fn met(rule: &str) -> Vec<&'static str> {
    let rules = format!(
        "rules: {{one: {{match: {{attributes: {{a: {rule}}}}}, keep: 100%}}}}\notherwise: 0%\n"
    );
    let attributes: Vec<_> = VALUES.iter().map(|(_, value)| [("a", *value)]).collect();
    let spans: Vec<_> = attributes
        .iter()
        .map(|attributes| TestSpan { attributes, ..TestSpan::default() })
        .collect();
    let kept = sampled(&rules, &spans);
    let indices = kept.iter().map(|span| usize::from(span.span_id[7]) - 1);
    indices.map(|index| VALUES[index].0).collect()
}

#[test]
fn every_pair_of_types_meets_as_the_table_says() {
    for (rule, listed) in TABLE {
        let mut expected: Vec<_> = VALUES.iter().map(|(name, _)| *name).collect();
        assert!(listed.iter().all(|name| expected.contains(name)), "{rule}: a name is wrong");
        expected.retain(|name| listed.contains(name));
        assert_eq!(met(rule), expected, "{rule}");
    }
}

/// No value at all is one, too.
#[test]
fn a_star_alone_meets_whatever_is_there() {
    assert_eq!(met("'*'").len(), VALUES.len());
    let without: Vec<_> = met("'**'");
    assert!(!without.iter().any(|name| ["bytes", "list", "map", "none"].contains(name)));
}

/// Never silence: what could meet nothing is a problem.
#[test]
fn what_could_meet_nothing_is_refused() {
    for rule in ["null", "{ b: 1 }", "[[1]]", "[]", "[null]", ""] {
        let text = format!(
            "rules: {{one: {{match: {{attributes: {{a: {rule}}}}}, keep: 100%}}}}\notherwise: 0%\n"
        );
        let read = rules::read::<sample_adaptively::Settings>(&[rules::Document::new("r", text)]);
        assert!(read.is_err(), "{rule}");
    }
}
