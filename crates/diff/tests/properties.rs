//! What was done to a span is what is found, place by place.

use std::collections::BTreeSet;

use diff::{What, compare};
use otlp_json::{
    AnyValue, ArrayValue, KeyValue, KeyValueList, ResourceSpans, ScopeSpans, Span, TracesData,
    Value,
};
use proptest::prelude::*;
use spans::Gone;

/// What is done to an entry or element.
#[derive(Clone, Debug)]
enum Deed {
    Leave,
    Replace,
    Remove,
    /// Something inside, where there is an inside.
    Inside(Vec<Deed>),
}

fn any_of(value: Value) -> AnyValue {
    AnyValue { value: Some(value) }
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        "[a-z]{0,3}".prop_map(Value::StringValue),
        any::<i64>().prop_map(Value::IntValue),
        any::<f64>().prop_map(Value::DoubleValue),
        any::<bool>().prop_map(Value::BoolValue),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        let list = prop::collection::vec(inner.clone().prop_map(any_of), 0..4);
        let map = prop::collection::btree_map("[a-z]{1,3}", inner, 0..4);
        prop_oneof![
            list.prop_map(|values| Value::ArrayValue(ArrayValue { values })),
            map.prop_map(|map| Value::KvlistValue(KeyValueList { values: entries(map) })),
        ]
    })
}

fn entries(map: std::collections::BTreeMap<String, Value>) -> Vec<KeyValue> {
    map.into_iter().map(|(key, value)| KeyValue { key, value: Some(any_of(value)) }).collect()
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let leaf =
        prop_oneof![4 => Just(Deed::Leave), 2 => Just(Deed::Replace), 1 => Just(Deed::Remove)];
    let deed = leaf.prop_recursive(3, 20, 4, |inner| {
        prop::collection::vec(inner, 0..4).prop_map(Deed::Inside)
    });
    prop::collection::vec(deed, 0..5)
}

/// Not equal to any that `values` makes.
fn mask() -> AnyValue {
    any_of(Value::StringValue("[masked]".to_owned()))
}

/// Does deeds to a map, and takes down where: `-` where something went, `~` where it is another.
fn do_to_map(map: &mut Vec<KeyValue>, deeds: &[Deed], path: &str, done: &mut BTreeSet<String>) {
    let mut deeds = deeds.iter();
    map.retain_mut(|entry| {
        let dot = if path.is_empty() { "" } else { "." };
        let place = format!("{path}{dot}{}", entry.key);
        match deeds.next() {
            Some(Deed::Remove) => {
                done.insert(format!("-{place}"));
                return false;
            }
            Some(Deed::Replace) => {
                done.insert(format!("~{place}"));
                entry.value = Some(mask());
            }
            Some(Deed::Inside(inside)) => do_inside(&mut entry.value, inside, &place, done),
            Some(Deed::Leave) | None => {}
        }
        true
    });
}

/// Elements keep their number here: what goes from a list is found by what is left.
fn do_inside(
    value: &mut Option<AnyValue>,
    deeds: &[Deed],
    path: &str,
    done: &mut BTreeSet<String>,
) {
    match value.as_mut().and_then(|value| value.value.as_mut()) {
        Some(Value::KvlistValue(map)) => do_to_map(&mut map.values, deeds, path, done),
        Some(Value::ArrayValue(list)) => {
            for (index, (element, deed)) in list.values.iter_mut().zip(deeds).enumerate() {
                let place = format!("{path}[{index}]");
                match deed {
                    Deed::Replace => {
                        done.insert(format!("~{place}"));
                        *element = mask();
                    }
                    Deed::Inside(inside) => {
                        let mut value = Some(element.clone());
                        do_inside(&mut value, inside, &place, done);
                        *element = value.unwrap_or_default();
                    }
                    Deed::Leave | Deed::Remove => {}
                }
            }
        }
        _ => {}
    }
}

fn batch(attributes: Vec<KeyValue>) -> TracesData {
    let span = Span { attributes, ..Span::default() };
    let scope = ScopeSpans { spans: vec![span], ..ScopeSpans::default() };
    let resource = ResourceSpans { scope_spans: vec![scope], ..ResourceSpans::default() };
    TracesData { resource_spans: vec![resource] }
}

proptest! {
    /// Guarantees: each deed is found at its place and nothing else is; not-a-number is itself.
    #[test]
    fn what_was_done_is_found(
        map in prop::collection::btree_map("[a-z]{1,4}", values(), 0..6),
        deeds in deeds(),
        added in prop::collection::btree_set("[A-Z]{1,3}", 0..3),
    ) {
        let came = batch(entries(map));
        let mut attributes = came.resource_spans[0].scope_spans[0].spans[0].attributes.clone();
        let mut done = BTreeSet::new();
        do_to_map(&mut attributes, &deeds, "", &mut done);
        for key in added {
            done.insert(format!("+{key}"));
            attributes.push(KeyValue { key, value: Some(mask()) });
        }
        let units = compare(&came, &batch(attributes), &Gone::default(), &[]);
        let mut found = BTreeSet::new();
        for change in units.iter().flat_map(|unit| &unit.changes) {
            let sign = match &change.what {
                What::Value(None, Some(_)) => '+',
                What::Value(Some(_), None) => '-',
                What::Value(..) => '~',
                What::Key(..) => '?',
            };
            let is_new = found.insert(format!("{sign}{}", change.place.path()));
            prop_assert!(is_new);
        }
        prop_assert_eq!(found, done);
    }
}
