//! Single answers that the properties would meet only by chance.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, TracesData};
use prost::Message;
use spans::{
    Carrier, Carriers, Deep, Editor, Fields, Keep, NewValue, Output, Part, Parts, Place, Selector,
    SetKey, Sight, TextEditor, Treatment, Unfit, Unknown, Unsearchable, Verdict, Viewer, Writes,
};

use crate::proto::{
    Action, Edits, Field, ReplaceValue, Scalar, ScalarValue, SetAttribute, SetField,
};

fn batch(spans: Vec<Span>) -> Vec<u8> {
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
    TracesData { resource_spans }.encode_to_vec()
}

fn span(attributes: Vec<KeyValue>) -> Span {
    Span { attributes, ..Span::default() }
}

fn attribute(key: &str, value: Option<Value>) -> KeyValue {
    let value = value.map(|value| AnyValue { value: Some(value) });
    KeyValue { key: key.into(), value, ..KeyValue::default() }
}

fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, Some(Value::StringValue(value.into())))
}

fn view(batch: &[u8], sight: &Sight) -> Vec<u8> {
    Viewer::new(sight).unwrap().view(batch, 0..usize::MAX, 0).unwrap().bytes
}

fn order_status() -> Writes {
    let key = |key: &str| SetKey { carriers: Carriers::SPAN, key: key.to_owned() };
    let sets = vec![key("order_id"), key("order_status")];
    Writes { drops_spans: true, fields: Fields::TRACE_STATE, sets, ..Writes::default() }
}

fn decoded(edits: &spans::Edits) -> Edits {
    Edits::decode(edits.bytes.as_slice()).unwrap()
}

/// Scenario: one span has what is set already, one is set twice, one is dropped after it was set,
/// one is set to what it has at last.
/// Guarantees: an answer holds what changes, by the last word, and nothing of what is dropped.
#[test]
fn an_answer_holds_what_changes() {
    let spans = (0..4).map(|_| span(vec![text("order_status", "PAID")])).collect();
    let set = |edit: &mut spans::SpanEdit<'_, '_>, status: &str| {
        edit.set_attribute("order_status", NewValue::Text(status))
    };
    let edits = spans::edit(&batch(spans), &order_status(), |index, edit| {
        match index {
            0 => _ = set(edit, "PAID")?,
            1 => {
                edit.set_trace_state("ot=th:8")?;
                set(edit, "SHIPPED")?;
                set(edit, "CLOSED")?;
                edit.set_attribute("order_id", NewValue::Int(17))?;
            }
            2 => {
                set(edit, "SHIPPED")?;
                return Ok(Keep::No);
            }
            _ => {
                set(edit, "SHIPPED")?;
                set(edit, "PAID")?;
                edit.set_trace_state("ot=th:8")?;
                edit.set_trace_state("")?;
            }
        }
        Ok(Keep::Yes)
    })
    .unwrap();
    assert_eq!((edits.spans_changed, edits.spans_dropped), (1, 1));
    let decoded = decoded(&edits);
    assert_eq!(decoded.dropped_spans, [2]);
    let numbers: Vec<u32> = decoded.edits.iter().map(|edit| edit.number).collect();
    assert_eq!(numbers, [1, 1, 1]);
    let Some(Action::SetField(state)) = &decoded.edits[0].action else { panic!("no field") };
    assert_eq!((state.field(), state.text.as_str()), (Field::TraceState, "ot=th:8"));
    let key = |index: usize| match &decoded.edits[index].action {
        Some(Action::SetAttribute(set)) => (set.key, set.value.clone()),
        action => panic!("{action:?}"),
    };
    assert_eq!((key(1).0, key(2).0), (0, 1));
    assert!(format!("{:?}", key(2).1).contains("CLOSED"));
}

/// Scenario: a plugin sets a key that it did not announce.
/// Guarantees: it stops with the key in the message, for that is a bug of the plugin.
#[test]
#[should_panic(expected = "`configure` did not say that `queue` is set on spans")]
fn a_key_that_was_not_announced_is_a_bug() {
    let batch = batch(vec![Span::default()]);
    let _ = spans::edit(&batch, &order_status(), |_, edit| {
        edit.set_attribute("queue", NewValue::Text("prices"))?;
        Ok(Keep::Yes)
    });
}

/// Replaces the values of some keys, searches the others, and notes what it meets.
#[derive(Default)]
struct Notes {
    replaces: &'static str,
    met: Vec<String>,
}

impl TextEditor for Notes {
    fn entry(&mut self, _: Carrier, keys: &[&[u8]]) -> Treatment {
        match keys {
            [.., key] if *key == self.replaces.as_bytes() => Treatment::Replace("***".into()),
            _ => Treatment::Search,
        }
    }

    fn text(&mut self, _: Place<'_>, _: &[u8]) -> Option<String> {
        None
    }

    fn unsearchable(&mut self, _: Place<'_>, why: Unsearchable) -> Option<String> {
        self.met.push(format!("{why:?}"));
        None
    }

    fn too_deep(&mut self, _: Place<'_>, deep: Deep<'_>) -> Option<String> {
        self.met.push(format!("deep {}", deep.any_entry(|_| false)));
        None
    }
}

/// Scenario: a view of texts, where a number stands as a value that is hidden, beside an attribute
/// without a value and bytes.
/// Guarantees: what is replaced is replaced, hidden or not; no value stays none; bytes are known as
/// what they are.
#[test]
fn a_hidden_value_is_replaced_and_not_searched() {
    let attributes = vec![
        attribute("a", Some(Value::IntValue(17))),
        attribute("b", None),
        attribute("c", Some(Value::BytesValue(vec![1]))),
    ];
    let view = view(&batch(vec![span(attributes)]), &Sight::Texts);
    let paths = [("a", vec![0]), ("b", vec![]), ("c", vec![2]), ("d", vec![])];
    for (replaces, path) in paths {
        let mut notes = Notes { replaces, ..Notes::default() };
        let edits = spans::edit_texts(&view, Unknown::Keep, &mut notes).unwrap();
        let decoded = decoded(&edits);
        let replaced = decoded.edits.iter().map(|edit| match &edit.action {
            Some(Action::ReplaceValue(replace)) => replace.path.clone(),
            action => panic!("{action:?}"),
        });
        assert_eq!(replaced.collect::<Vec<_>>().concat(), path);
        let expected: &[&str] = if replaces == "c" { &[] } else { &["Bytes"] };
        assert_eq!(notes.met, expected);
    }
}

/// Scenario: a value that is replaced by what it is, under a short key and under a long one.
/// Guarantees: that is no edit.
#[test]
fn what_is_replaced_by_itself_is_no_edit() {
    let long: &'static str = "a".repeat(20_000).leak();
    for key in ["a", long] {
        for (value, is_edit) in [("***", false), ("x", true)] {
            let view = view(&batch(vec![span(vec![text(key, value)])]), &Sight::Everything);
            let mut notes = Notes { replaces: key, ..Notes::default() };
            let edits = spans::edit_texts(&view, Unknown::Keep, &mut notes).unwrap();
            assert_eq!(!edits.bytes.is_empty(), is_edit, "{value} under {key}");
        }
    }
}

/// Scenario: a list under 32 others, of which a view shows only that it stands there.
/// Guarantees: an editor is told that it is too deep, and that any key may be in it; it can be
/// replaced, and nothing else of it is lost before.
#[test]
fn what_is_too_deep_may_hold_any_key() {
    let text = AnyValue { value: Some(Value::StringValue("x".into())) };
    let deep = (0..40).fold(text, |inside, _| AnyValue {
        value: Some(Value::ArrayValue(ArrayValue { values: vec![inside] })),
    });
    let batch = batch(vec![span(vec![attribute("a", deep.value)])]);
    let mut notes = Notes::default();
    let view = view(&batch, &Sight::Texts);
    spans::edit_texts(&view, Unknown::Keep, &mut notes).unwrap();
    assert_eq!(notes.met, ["deep true"]);
}

/// Scenario: an editor that drops unknown fields, and a batch with one in a span and one in a scope,
/// handed over in two parts of which one had no answer.
/// Guarantees: an answer says so even where the view needs no edit; the fields go where it does.
#[test]
fn unknown_fields_go_where_an_answer_says_so() {
    let edits = spans::edit_texts(&[], Unknown::Drop, &mut Notes::default()).unwrap();
    assert_eq!(decoded(&edits), Edits { drop_unknown_fields: true, ..Edits::default() });
    let writes = Writes { drops_unknown_fields: true, ..Writes::default() };
    let editor = Editor::new(&Sight::Texts, &writes).unwrap();
    let unknown = [0xb8, 0x3e, 1];
    let field = |tag: u8, content: &[u8]| [&[tag, content.len() as u8], content].concat();
    let scope = |first: &[u8], second: &[u8], own: &[u8]| {
        let spans = [field(0x12, first), field(0x12, second)].concat();
        field(0x0a, &field(0x12, &[&spans, own].concat()))
    };
    let batch = scope(&unknown, &unknown, &unknown);
    let part = |units, verdict| Part { units, verdict };
    let answered = |units| part(units, Verdict::Edit(&edits.bytes));
    let apply = |parts: &[Part<'_>]| match editor.apply(&batch, parts).unwrap().output {
        spans::Output::Replaced(bytes) => bytes,
        output => panic!("{output:?}"),
    };
    assert_eq!(apply(&[answered(0..2)]), scope(&[], &[], &[]));
    let leave = part(0..1, Verdict::Leave);
    assert_eq!(apply(&[leave, answered(1..2)]), scope(&unknown, &[], &[]));
    let two = [batch.clone(), batch.clone()].concat();
    let [left, first, second] =
        [0..2, 0..2, 2..4].map(|units| part(units, Verdict::Edit(&edits.bytes)));
    let left = Part { verdict: Verdict::Leave, ..left };
    let cleaned = scope(&[], &[], &[]);
    for (parts, expected) in [
        ([left.clone(), second.clone()], [batch.clone(), cleaned.clone()]),
        ([first, Part { verdict: Verdict::Leave, ..second }], [cleaned, batch.clone()]),
    ] {
        let Output::Replaced(bytes) = editor.apply(&two, &parts).unwrap().output else {
            panic!("nothing went");
        };
        assert_eq!(bytes, expected.concat());
    }
    let left = part(1..3, Verdict::Leave);
    let Output::Replaced(bytes) =
        editor.apply(&two, &[answered(0..1), left, answered(3..4)]).unwrap().output
    else {
        panic!("nothing went");
    };
    assert_eq!(bytes, [scope(&[], &unknown, &[]), scope(&unknown, &[], &[])].concat());
}

/// What comes of a batch where the value at `path` in the first span is replaced.
fn replaced(batch: &[u8], sight: &Sight, keys: &[&str], path: Vec<u32>) -> Result<Vec<u8>, String> {
    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
    let writes =
        Writes { replaces: vec![Selector { carriers: Carriers::SPAN, keys }], ..Writes::default() };
    let editor = Editor::new(sight, &writes).unwrap();
    let value = Some(Scalar { value: Some(ScalarValue::Text("new".into())) });
    let action = Some(Action::ReplaceValue(ReplaceValue { path, value }));
    let edit = crate::proto::Edit { action, ..Default::default() };
    let edits = Edits { edits: vec![edit], ..Edits::default() }.encode_to_vec();
    editor.check(batch, 0..1, &edits).map_err(|refusal| refusal.to_string())?;
    let part = Part { units: 0..1, verdict: Verdict::Edit(&edits) };
    match editor.apply(batch, &[part]).unwrap().output {
        Output::Replaced(bytes) => Ok(bytes),
        output => panic!("{output:?}"),
    }
}

fn entry(key: &str, value: KeyValue) -> KeyValue {
    attribute(key, Some(Value::KvlistValue(KeyValueList { values: vec![value] })))
}

/// Scenario: a plugin may replace what stands in a map, and replaces the map.
/// Guarantees: that is refused.
#[test]
fn what_stands_around_the_announced_is_not_replaced() {
    let whole = batch(vec![span(vec![entry("a", text("b", "x"))])]);
    let expected = batch(vec![span(vec![entry("a", text("b", "new"))])]);
    for sight in [Sight::Everything, Sight::Texts] {
        assert_eq!(replaced(&whole, &sight, &["a.b"], vec![0, 0]), Ok(expected.clone()));
        for path in [vec![], vec![0]] {
            assert!(replaced(&whole, &sight, &["a.b"], path).is_err());
        }
    }
}

/// Scenario: 40 maps in one another, of which a view shows 33, the last one empty; what may be
/// replaced stands in the innermost.
/// Guarantees: the last that is shown may be replaced, and nothing around it or in it; where the
/// innermost may not be replaced, neither may that.
#[test]
fn a_map_that_is_shown_empty_is_replaced_for_what_may_be_in_it() {
    let deep = |innermost: KeyValue, maps: usize| {
        batch(vec![span(vec![(0..maps).fold(innermost, |inside, _| entry("a", inside))])])
    };
    let whole = deep(text("secret", "x"), 40);
    let key = format!("{}secret", "a.".repeat(40));
    let parts = Selector { carriers: Carriers::SPAN, keys: vec![key.clone()] };
    let parts = Sight::Parts(Parts { keys: vec![parts], ..Parts::default() });
    for sight in [Sight::Everything, Sight::Texts, parts] {
        let replaced = |path: usize, key: &str| replaced(&whole, &sight, &[key], vec![0; path]);
        assert_eq!(replaced(33, &key), Ok(deep(text("a", "new"), 32)), "{sight:?}");
        assert!(replaced(32, &key).is_err() && replaced(34, &key).is_err(), "{sight:?}");
    }
    let replaced = |path: usize, key: &str| replaced(&whole, &Sight::Texts, &[key], vec![0; path]);
    assert!(replaced(33, "a.secret").is_err());
    assert!(replaced(33, "a").is_ok() && replaced(34, "a").is_err());
}

/// Scenario: a list, a number in its place, and a list in place of that, all in one value.
/// Guarantees: an edit goes into the last.
#[test]
fn an_edit_goes_into_the_value_that_counts() {
    let list = |texts: &[&str]| {
        let value = |text: &&str| AnyValue { value: Some(Value::StringValue((*text).to_owned())) };
        let values = texts.iter().map(value).collect();
        AnyValue { value: Some(Value::ArrayValue(ArrayValue { values })) }.encode_to_vec()
    };
    let value = [list(&["x"]), vec![0x18, 7], list(&["y"]), list(&["z"])].concat();
    let wrap = |value: &[u8]| {
        let attribute = [&[0x0a, 1, b'a', 0x12, value.len() as u8], value].concat();
        [9, 2, 2, 1].iter().fold(attribute, |inside, number| {
            [&[number << 3 | 2, inside.len() as u8], inside.as_slice()].concat()
        })
    };
    for (position, expected) in [(0, ["new", "z"]), (1, ["y", "new"])] {
        let replaced = replaced(&wrap(&value), &Sight::Everything, &["a"], vec![0, position]);
        let decode = |bytes: &[u8]| TracesData::decode(bytes).unwrap();
        assert_eq!(decode(&replaced.unwrap()), decode(&wrap(&list(&expected))));
    }
}

/// Scenario: answers with edits of spans that they drop, the first and a later one.
/// Guarantees: either is refused.
#[test]
fn a_span_that_is_dropped_is_not_edited() {
    let batch = batch(vec![Span::default(), Span::default(), Span::default()]);
    let editor = Editor::new(&Sight::Everything, &order_status()).unwrap();
    for (number, is_taken) in [(0, false), (1, true), (2, false)] {
        let state = SetField { field: Field::TraceState.into(), text: "ot=th:8".into() };
        let action = Some(Action::SetField(state));
        let edit = crate::proto::Edit { number, action, ..Default::default() };
        let edits = Edits { dropped_spans: vec![0, 2], edits: vec![edit], ..Edits::default() };
        let checked = editor.check(&batch, 0..3, &edits.encode_to_vec());
        assert_eq!(checked.is_ok(), is_taken, "{number}: {checked:?}");
    }
}

/// Scenario: an attribute is set to a number that is written with ten bytes.
/// Guarantees: the last of them has room for one bit, as 64 bits need.
#[test]
fn a_number_of_more_than_64_bits_is_refused() {
    let batch = batch(vec![Span::default()]);
    let editor = Editor::new(&Sight::Everything, &order_status()).unwrap();
    let set = SetAttribute { key: 0, value: Some(Scalar { value: Some(ScalarValue::Int(-1)) }) };
    let action = Some(Action::SetAttribute(set));
    let edit = crate::proto::Edit { action, ..Default::default() };
    let mut edits = Edits { edits: vec![edit], ..Edits::default() }.encode_to_vec();
    assert_eq!(editor.check(&batch, 0..1, &edits), Ok(()));
    assert_eq!(edits.pop(), Some(1));
    edits.push(3);
    assert!(editor.check(&batch, 0..1, &edits).is_err());
}

/// Scenario: contracts that do not fit.
/// Guarantees: each says what is wrong with it.
#[test]
fn a_contract_that_does_not_fit_is_refused() {
    let selector = |key: &str| Selector { carriers: Carriers::SPAN, keys: vec![key.to_owned()] };
    let parts = Sight::Parts(Parts { keys: vec![selector("order_*")], ..Parts::default() });
    let refused = |sight: &Sight, writes: &Writes| match Editor::new(sight, writes) {
        Ok(_) => panic!("it is taken"),
        Err(unfit) => unfit,
    };
    assert!(Editor::new(&parts, &order_status()).is_ok());
    let mut writes = order_status();
    writes.sets[1].carriers |= Carriers::LINK;
    let unfit = refused(&parts, &writes);
    let key = "order_status".to_owned();
    assert_eq!(unfit, Unfit::SetOutOfSight { key, carrier: Carrier::Link });
    assert_eq!(unfit.to_string(), "`order_status` is set on every link, and is not in sight there");
    assert!(Editor::new(&Sight::Texts, &writes).is_ok());
    let writes = Writes { removes: vec![selector("a..b")], ..Writes::default() };
    assert_eq!(refused(&parts, &writes).to_string(), "`a..b` can mean no key");
    let fields = Fields::TRACE_STATE | Fields::SPAN_KIND;
    let unfit = refused(&parts, &Writes { fields, ..Writes::default() });
    assert_eq!(unfit.to_string(), "span-kind cannot be written");
}
