//! [`differences`]: what a plugin changed in a batch, as JSON.

use diff::{Change, Unit, What};
use otlp_json::{AnyValue, TracesData, Value};
use serde::Serialize;
use spans::Output;
use wasm_bindgen::prelude::*;

use crate::announced::Telling;
use crate::batch::Rewritten;
use crate::thrown;

/// Compares a batch that came with what its edits made of it, and joins the notes to the places that
/// differ. The JSON is a list of the resources, scopes and spans that something became of:
///
/// ```json
/// [{"on":"span","number":0,"gone":false,"notes":[],"changes":[
///   {"place":"customer.phone","notes":[0],
///    "was":{"value":{"stringValue":"…"},"form":"text, 16 characters, 3 words, digits"},
///    "is":{"value":{"stringValue":"[phone]"},"form":"text, 7 characters"}}]}]
/// ```
///
/// Values stand as OTLP JSON has them, each beside its form, for those who may not see it; a key that
/// was changed has `key`, what it was and is, in the place of both. Numbers of notes count in `told`.
///
/// # Errors
/// A batch cannot be decoded.
#[wasm_bindgen]
pub fn differences(came: &[u8], rewritten: &Rewritten, told: &Telling) -> Result<String, JsError> {
    let came = otlp_json::decode(came).map_err(thrown)?;
    let went = match &rewritten.0.output {
        Output::Unchanged => came.clone(),
        Output::Replaced(traces) => otlp_json::decode(traces).map_err(thrown)?,
        Output::NothingLeft => TracesData::default(),
    };
    let units = diff::compare(&came, &went, &rewritten.0.gone, &told.0.told);
    let all: Vec<UnitForm<'_>> = units.iter().map(unit).collect();
    serde_json::to_string(&all).map_err(thrown)
}

#[derive(Serialize)]
struct UnitForm<'u> {
    on: &'static str,
    number: u32,
    gone: bool,
    changes: Vec<ChangeForm<'u>>,
    notes: &'u [usize],
}

#[derive(Default, Serialize)]
struct ChangeForm<'u> {
    place: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    was: Option<ValueForm<'u>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is: Option<ValueForm<'u>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<[&'u str; 2]>,
    notes: &'u [usize],
}

#[derive(Serialize)]
struct ValueForm<'u> {
    value: &'u AnyValue,
    form: String,
}

fn unit(unit: &Unit) -> UnitForm<'_> {
    UnitForm {
        on: diff::carrier_word(unit.of.on),
        number: unit.of.number,
        gone: unit.is_gone,
        changes: unit.changes.iter().map(change).collect(),
        notes: &unit.told,
    }
}

fn change(change: &Change) -> ChangeForm<'_> {
    let mut form = ChangeForm {
        place: change.place.to_string(),
        notes: &change.told,
        ..ChangeForm::default()
    };
    match &change.what {
        What::Value(was, is) => {
            form.was = was.as_ref().map(value);
            form.is = is.as_ref().map(value);
        }
        What::Key(was, is) => form.key = Some([was, is]),
    }
    form
}

fn value(value: &AnyValue) -> ValueForm<'_> {
    let content: Option<&Value> = value.value.as_ref();
    ValueForm { value, form: diff::form(content) }
}
