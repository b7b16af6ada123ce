//! [`Reading`]: the spans of a file that was dropped on the page.

use std::collections::BTreeSet;
use std::io::{BufReader, Cursor};

use diff::Segment;
use otlp_json::{Form, Input};
use wasm_bindgen::prelude::*;

use crate::otlp::settle;
use crate::thrown;

/// Batches of a file, one after another.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Reading(Input);

#[wasm_bindgen]
impl Reading {
    /// Begins to read. The form is told by the ending of the file's name, as on the command line; where
    /// it has none that is known, by the first byte: OTLP JSON begins with `{`, all else is protobuf.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(bytes: Vec<u8>, name: &str) -> Reading {
        let form = Form::of(name.as_ref()).unwrap_or_else(|_| form_of(&bytes));
        Reading(match form {
            Form::Object => Input::objects(BufReader::new(Cursor::new(bytes))),
            Form::Lines => Input::lines(Cursor::new(bytes)),
            Form::Protobuf => Input::message(bytes),
        })
    }

    /// The next batch, an OTLP `TracesData` message without what protobuf overrides in it; nothing where
    /// there is no more.
    ///
    /// # Errors
    /// Where decoding stopped, and what was expected there.
    #[wasm_bindgen(js_name = next)]
    pub fn next_batch(&mut self) -> Result<Option<Vec<u8>>, JsError> {
        let Some(batch) = self.0.next() else { return Ok(None) };
        settle(batch.map_err(thrown)?).map(Some)
    }
}

fn form_of(bytes: &[u8]) -> Form {
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    match text.trim_ascii_start().first() {
        // Also where it is empty, which is no JSON: that is said then.
        Some(b'{') | None => Form::Object,
        Some(_) => Form::Protobuf,
    }
}

/// The latest end of a span, in nanoseconds since 1970; 0 where there is none.
#[wasm_bindgen(js_name = latestEnd)]
#[must_use]
pub fn latest_end(traces: &[u8]) -> u64 {
    let mut latest = 0;
    // What cannot be decoded is refused before.
    let _ = spans::read(traces, |_, span| {
        latest = latest.max(span.end_time_unix_nano);
        Ok(())
    });
    latest
}

/// Keys of the attributes of a batch, in order, each once.
///
/// # Errors
/// The batch holds texts that are not UTF-8.
#[wasm_bindgen(js_name = attributeKeys)]
pub fn attribute_keys(traces: &[u8]) -> Result<Vec<String>, JsError> {
    let batch = otlp_json::decode(traces).map_err(thrown)?;
    let all = diff::contents(&batch).into_iter().flat_map(|content| content.places);
    let keys: BTreeSet<String> = all
        .filter_map(|(place, _)| match place.way.as_slice() {
            [Segment::Key(key)] => Some(key.clone()),
            _ => None,
        })
        .collect();
    Ok(keys.into_iter().collect())
}

/// How many spans a batch has.
///
/// # Errors
/// Where it cannot be decoded.
#[wasm_bindgen(js_name = countSpans)]
pub fn count_spans(traces: &[u8]) -> Result<usize, JsError> {
    spans::count(traces).map_err(thrown)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str =
        r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a","endTimeUnixNano":"7"}]}]}]}"#;

    fn batches(bytes: &[u8], name: &str) -> usize {
        let mut reading = Reading::new(bytes.to_vec(), name);
        std::iter::from_fn(|| reading.next_batch().ok().flatten()).count()
    }

    #[test]
    fn the_form_is_told_by_the_ending_or_by_the_first_byte() {
        let two = format!("{LINE}\n{LINE}\n");
        assert_eq!(batches(two.as_bytes(), "spans.jsonl"), 2);
        assert_eq!(batches(two.as_bytes(), "pasted"), 2);
        assert_eq!(batches(format!("\u{feff} {LINE}").as_bytes(), ""), 1);
        let bytes = otlp_json::to_protobuf(LINE).unwrap();
        assert_eq!(batches(&bytes, "spans.binpb"), 1);
        assert_eq!(batches(&bytes, "export"), 1);
        assert_eq!(latest_end(&bytes), 7);
    }
}
