//! What is in sight of a span, and what is read of it.

mod support;

use ::spans::{Fields, Sight};
use enrich_order_status::enrich::Enricher;
use enrich_order_status::settings::Rules;
use support::{Dress, document, enrich, get, rules, span};

/// Guarantees: a name, a kind or links are in sight where a rule looks at them, and not else.
#[test]
fn no_more_is_in_sight_than_the_rules_look_at() {
    let always = Fields::TRACE_ID
        | Fields::SPAN_ID
        | Fields::PARENT_SPAN_ID
        | Fields::SPAN_TIMES
        | Fields::STATUS_CODE;
    let (name, kind, links) = (Fields::SPAN_NAME, Fields::SPAN_KIND, Fields::LINKS);
    let operations = |of: &str| format!("{of}: {{ operations: {{ messaging.operation: [op] }} }}");
    for (messages, more) in [
        ("", Fields::empty()),
        ("publish: { names: [send] }", name),
        ("publish: { kinds: [producer] }", kind),
        (&operations("publish"), Fields::empty()),
        ("consume: { names: [get] }", name | links),
        ("consume: { kinds: [consumer] }", kind | links),
        (&operations("consume"), links),
        ("publish: { names: [send] }, consume: { kinds: [consumer] }", name | kind | links),
    ] {
        let text = format!(
            "lifecycle: {{ first: [A], statuses: {{ A: {{}} }} }}\n\
             read: {{ order_id: [id], new_status: [status] }}\n\
             messages: {{ {messages} }}"
        );
        let rules = Rules::read(&[document("rules.yaml", &text)]).expect("the rules are right");
        let Sight::Parts(parts) = rules.sight() else { unreachable!("it names what it needs") };
        assert_eq!(parts.fields, always | more, "{messages}");
    }
}

/// Scenario: a key stands twice on a span, and one that the rules prefer less stands behind both.
/// Guarantees: the last value under the preferred key counts.
#[test]
fn of_a_key_that_stands_twice_the_last_counts() {
    let mut enricher = Enricher::new(rules(&["read: { order_id: [order_id, other_id] }"]));
    let named = [("o-1", "PACKAGING"), ("o-2", "SHIPPED"), ("o-3", "CLOSED")];
    for (trace, (order, status)) in (1..).zip(named) {
        enrich(&mut enricher, &[span(trace, 1, 5, 9).order(order).change("", status)]);
    }
    let twice = span(9, 1, 20, 21).order("o-1").order("o-2").text("other_id", "o-3");
    assert_eq!(get(&enrich(&mut enricher, &[twice])[0], "order_status"), "SHIPPED");
}

/// Scenario: a calculation that is no operation, below the span that names its order.
/// Guarantees: its length is told.
#[test]
fn a_calculation_need_not_be_an_operation() {
    let mut enricher = Enricher::new(rules(&["calculations: [reckon]"]));
    let batch = [span(1, 1, 5, 20).order("o-1"), span(1, 2, 10, 12).child_of(1).named("reckon")];
    assert_eq!(get(&enrich(&mut enricher, &batch)[1], "calc_duration"), "2");
}
