//! [`View`] and [`Rewritten`]: what a plugin gets of a batch, and what its edits make of it.

use std::ops::Range;

use spans::{Output, Part, Verdict};
use wasm_bindgen::prelude::*;

/// What is shown of a batch, or of a part of it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct View(pub(crate) spans::View);

#[wasm_bindgen]
impl View {
    /// OTLP `TracesData`.
    #[wasm_bindgen(getter)]
    pub fn bytes(&self) -> Vec<u8> {
        self.0.bytes.clone()
    }

    /// Spans in it.
    #[wasm_bindgen(getter)]
    pub fn spans(&self) -> usize {
        self.0.spans
    }

    /// The first unit of the batch that is in it.
    #[wasm_bindgen(getter)]
    pub fn start(&self) -> usize {
        self.0.units.start
    }

    /// The unit behind its last.
    #[wasm_bindgen(getter)]
    pub fn end(&self) -> usize {
        self.0.units.end
    }
}

/// What becomes of the parts of a batch, in order.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Decided(Vec<(Range<usize>, Decision)>);

#[derive(Debug)]
enum Decision {
    Edit(Vec<u8>),
    Drop,
    Leave,
}

#[wasm_bindgen]
impl Decided {
    /// Nothing is decided so far.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Decided {
        Decided::default()
    }

    /// These edits, which were checked, are carried out on these units.
    pub fn edit(&mut self, start: usize, end: usize, edits: Vec<u8>) {
        self.0.push((start..end, Decision::Edit(edits)));
    }

    /// The spans of these units do not go on.
    #[wasm_bindgen(js_name = dropSpans)]
    pub fn drop_spans(&mut self, start: usize, end: usize) {
        self.0.push((start..end, Decision::Drop));
    }

    /// These units stay as they are.
    pub fn leave(&mut self, start: usize, end: usize) {
        self.0.push((start..end, Decision::Leave));
    }
}

impl Decided {
    pub(crate) fn parts(&self) -> Vec<Part<'_>> {
        self.0.iter().map(part).collect()
    }
}

fn part((units, decision): &(Range<usize>, Decision)) -> Part<'_> {
    let verdict = match decision {
        Decision::Edit(edits) => Verdict::Edit(edits),
        Decision::Drop => Verdict::Drop,
        Decision::Leave => Verdict::Leave,
    };
    Part { units: units.clone(), verdict }
}

/// What edits made of a batch.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Rewritten(pub(crate) spans::Rewritten);

#[wasm_bindgen]
impl Rewritten {
    /// `unchanged`, `replaced` or `nothing left`.
    #[wasm_bindgen(getter)]
    pub fn output(&self) -> String {
        let word = match self.0.output {
            Output::Unchanged => "unchanged",
            Output::Replaced(_) => "replaced",
            Output::NothingLeft => "nothing left",
        };
        word.to_owned()
    }

    /// The batch, where it was replaced.
    #[wasm_bindgen(getter)]
    pub fn traces(&self) -> Option<Vec<u8>> {
        match &self.0.output {
            Output::Replaced(traces) => Some(traces.clone()),
            Output::Unchanged | Output::NothingLeft => None,
        }
    }

    /// Spans in the batch that came.
    #[wasm_bindgen(getter, js_name = spansIn)]
    pub fn spans_in(&self) -> u32 {
        self.0.counts.spans_in
    }

    /// Spans in the batch that goes.
    #[wasm_bindgen(getter, js_name = spansOut)]
    pub fn spans_out(&self) -> u32 {
        self.0.counts.spans_out
    }

    /// Spans that go with another content.
    #[wasm_bindgen(getter, js_name = spansChanged)]
    pub fn spans_changed(&self) -> u32 {
        self.0.counts.spans_changed
    }

    /// What of the batch that came does not go, for `Way.step`.
    #[wasm_bindgen(getter)]
    pub fn gone(&self) -> Vec<u8> {
        crate::gone::pack(&self.0.gone)
    }
}
