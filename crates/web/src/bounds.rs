//! [`Bounds`]: what all instances of a plugin together may make a page keep; and what one answer may.

use ::bounds::{LABEL_BYTES, LINE_BYTES, Shared};
use wasm_bindgen::prelude::*;

use crate::thrown;

/// What all instances of a plugin together may make a page keep.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Bounds(Shared);

#[wasm_bindgen]
impl Bounds {
    /// Nothing is kept so far.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Bounds {
        Bounds::default()
    }

    /// Takes in what time the plugin is told, in nanoseconds since 1970.
    pub fn at(&mut self, now: u64) {
        self.0.at(now);
    }

    /// Asks for another line of the log. Gives what is to be said before it of lines that were left out,
    /// which may be nothing; and `undefined` where it may not be written.
    pub fn admit(&mut self) -> Option<String> {
        let (left_out, is_admitted) = self.0.admit();
        is_admitted.then(|| left_out.unwrap_or_default())
    }

    /// What is to be said of lines that were left out and not spoken of, if anything.
    pub fn rest(&mut self) -> Option<String> {
        self.0.rest()
    }

    /// Takes in that an instance asks for a series; labels come as key, value, key, value.
    ///
    /// # Errors
    /// The plugin would have too many.
    pub fn enter(&mut self, counter: String, labels: Vec<String>) -> Result<(), JsError> {
        let (pairs, _) = labels.as_chunks::<2>();
        let pairs = pairs.iter().cloned().map(|[key, value]| (key, value)).collect();
        self.0.enter(&(counter, pairs)).map_err(thrown)
    }
}

/// How the memory of one instance has grown since its first batch.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Growth(::bounds::Growth);

#[wasm_bindgen]
impl Growth {
    /// No batch came so far.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Growth {
        Growth::default()
    }

    /// A batch is about to be handed over; the memory has so many bytes.
    #[wasm_bindgen(js_name = beginBatch)]
    pub fn begin_batch(&mut self, memory: usize) {
        self.0.begin_batch(memory);
    }

    /// What is said where another instance should go on with less.
    #[must_use]
    pub fn outgrown(&self, memory: usize, limit: usize) -> Option<String> {
        self.0.is_outgrown(memory, limit).then(|| ::bounds::Growth::said(memory))
    }
}

/// The longest line of the log and the longest text of a failure, in bytes.
#[wasm_bindgen(js_name = lineBytes)]
#[must_use]
pub fn line_bytes() -> usize {
    LINE_BYTES
}

/// The longest key or value of a label, in bytes.
#[wasm_bindgen(js_name = labelBytes)]
#[must_use]
pub fn label_bytes() -> usize {
    LABEL_BYTES
}

/// Looks at how many elements the lists of an answer have together.
///
/// # Errors
/// There are too many.
#[wasm_bindgen(js_name = checkElements)]
pub fn check_elements(count: usize) -> Result<(), JsError> {
    ::bounds::elements(count).map_err(thrown)
}

/// Looks at how many labels a series has.
///
/// # Errors
/// There are too many.
#[wasm_bindgen(js_name = checkLabels)]
pub fn check_labels(count: usize) -> Result<(), JsError> {
    ::bounds::labels(count).map_err(thrown)
}

/// Looks at what a call adds to series of its instance, by number; it asked for `known` of them.
///
/// # Errors
/// A series that it never asked for, or more than a call may add.
#[wasm_bindgen(js_name = checkAdditions)]
pub fn check_additions(series: &[u32], deltas: &[u64], known: usize) -> Result<(), JsError> {
    let added: Vec<(u32, u64)> = series.iter().copied().zip(deltas.iter().copied()).collect();
    ::bounds::additions(&added, known).map_err(thrown)
}
