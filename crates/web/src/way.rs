//! [`Way`]: what became of a batch on its way through the chain.

use diff::{Step, Traveller, follow};
use notes::Told;
use otlp_json::{Error, TracesData};
use report::Went;
use spans::{Gone, On};
use wasm_bindgen::prelude::*;

use crate::announced::Announced;
use crate::batch::{Decided, Rewritten};
use crate::gone::unpack;
use crate::showing::Showing;
use crate::{details, rows, thrown};

/// All units of a batch.
const ALL: usize = u32::MAX as usize;

/// The steps of one batch, plugin after plugin.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Way {
    steps: Vec<Kept>,
    /// What goes out of the chain.
    out: Vec<Vec<u8>>,
}

/// A step. What a [`Step`] borrows is kept here.
#[derive(Debug)]
pub(crate) struct Kept {
    place: usize,
    came: Vec<u8>,
    went: Vec<u8>,
    gone: Gone,
    told: Vec<Told>,
    /// What the plugin got of what came.
    pub view: Vec<u8>,
    is_shadow: bool,
}

#[wasm_bindgen]
impl Way {
    /// No step so far.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Way {
        Way::default()
    }

    /// Adds what the plugin at this place of the chain made of a batch: `went` went on of it, without
    /// spans of the plugin's own. Of what did not the flags of `Rewritten` tell.
    pub fn step(&mut self, place: usize, came: Vec<u8>, went: Vec<u8>, gone: &[u8]) {
        let gone = unpack(gone);
        let (told, view, is_shadow) = (Vec::new(), Vec::new(), false);
        self.steps.push(Kept { place, came, went, gone, told, view, is_shadow });
    }

    /// Says that the plugin of the last step runs in the shadow: what came to it goes on.
    #[wasm_bindgen(js_name = inShadow)]
    pub fn in_shadow(&mut self) {
        if let Some(step) = self.steps.last_mut() {
            step.is_shadow = true;
        }
    }

    /// Adds to the last step what the plugin told of a part of it: the units from `start` up to `end`.
    ///
    /// # Errors
    /// Where notes or batch cannot be decoded.
    pub fn tell(
        &mut self,
        announced: &Announced,
        start: usize,
        end: usize,
        notes: &[u8],
    ) -> Result<(), JsError> {
        let Some(step) = self.steps.last_mut() else { return Ok(()) };
        let view = announced.look(&step.came, start, end).map_err(thrown)?;
        let telling = announced.told(notes, &step.came, &view).map_err(thrown)?;
        step.told.extend(telling.told);
        Ok(())
    }

    /// Adds a batch that goes out of the chain.
    pub fn goes(&mut self, traces: Vec<u8>) {
        self.out.push(traces);
    }

    /// What came, went and became of each, as JSON; see `web/src/desk/rows.ts`.
    ///
    /// # Errors
    /// A batch holds texts that are not UTF-8.
    pub fn rows(&self, showing: &Showing) -> Result<String, JsError> {
        let steps = self.steps();
        let travellers = follow(&steps).map_err(thrown)?;
        serde_json::to_string(&rows::of(&steps, &travellers, showing)).map_err(thrown)
    }

    /// All about the one that stands at this place among the rows, as JSON; see
    /// `web/src/desk/details.ts`. `announced` are those of the plugins of the steps.
    ///
    /// # Errors
    /// As for `rows`.
    pub fn details(&self, row: usize, showing: &Showing) -> Result<String, JsError> {
        self.with(row, |steps, traveller| json(details::of(steps, traveller, showing)))
    }

    /// What each plugin did about a place of that one, or why it did nothing, as JSON. `place` is as
    /// details have it. The views must have been [remembered](Way::remember).
    ///
    /// # Errors
    /// As for `rows`.
    pub fn why(&self, row: usize, place: &str) -> Result<String, JsError> {
        let views: Vec<&[u8]> = self.steps.iter().map(|step| step.view.as_slice()).collect();
        self.with(row, |steps, traveller| json(details::why(steps, &views, traveller, place)))
    }

    /// The span of this row as it came, alone in its resource and scope: OTLP JSON.
    ///
    /// # Errors
    /// As for `rows`; or the row is of no span.
    pub fn alone(&self, row: usize) -> Result<String, JsError> {
        let steps = self.steps();
        let travellers = follow(&steps).map_err(thrown)?;
        let traveller = travellers.get(row).filter(|it| it.head.on == On::Span);
        let Some((step, number)) = traveller.and_then(|it| it.numbers.first()) else {
            return Err(thrown("found no such span"));
        };
        let batch = otlp_json::decode(steps[*step].came).map_err(thrown)?;
        serde_json::to_string(&only(batch, *number as usize)).map_err(thrown)
    }

    /// Keeps what the plugin of this step got, for `why`.
    ///
    /// # Errors
    /// Where the batch cannot be decoded.
    pub fn remember(&mut self, step: usize, announced: &Announced) -> Result<(), JsError> {
        if let Some(step) = self.steps.get_mut(step) {
            step.view = announced.look(&step.came, 0, ALL).map_err(thrown)?.0.bytes;
        }
        Ok(())
    }
}

impl Way {
    /// Hands the way on to who makes a report of it.
    pub(crate) fn with_went<R>(&self, look: impl FnOnce(Went<'_>) -> R) -> R {
        look(Went { way: &self.steps(), traces: &self.out })
    }

    /// What was decided, with a step behind the last that changes nothing: what went is what came there.
    fn with(
        &self,
        row: usize,
        tell: impl Fn(&[Step<'_>], &Traveller) -> Result<String, JsError>,
    ) -> Result<String, JsError> {
        let mut steps = self.steps();
        let (last, nothing) = (self.steps.last(), Gone::default());
        if let Some(Kept { place, came, went, is_shadow, .. }) = last {
            let place = place + 1;
            let on = if *is_shadow { came } else { went };
            steps.push(Step {
                place,
                came: on,
                went: on,
                gone: &nothing,
                told: &[],
                is_shadow: false,
            });
        }
        let travellers = follow(&steps).map_err(thrown)?;
        let Some(traveller) = travellers.get(row) else {
            return Err(thrown("found no such row"));
        };
        tell(&steps, traveller)
    }

    fn steps(&self) -> Vec<Step<'_>> {
        self.steps.iter().map(step).collect()
    }
}

fn json(told: Result<impl serde::Serialize, Error>) -> Result<String, JsError> {
    serde_json::to_string(&told.map_err(thrown)?).map_err(thrown)
}

fn step(kept: &Kept) -> Step<'_> {
    let Kept { place, came, went, gone, told, is_shadow, .. } = kept;
    Step { place: *place, came, went, gone, told, is_shadow: *is_shadow }
}

/// What becomes of a batch that a plugin could not process, by its failure policy: with `blocks` its
/// spans do not go on, else they do as they came.
///
/// # Errors
/// Where the batch cannot be decoded.
#[wasm_bindgen]
pub fn unprocessed(announced: &Announced, came: &[u8], blocks: bool) -> Result<Rewritten, JsError> {
    let mut decided = Decided::new();
    if blocks {
        decided.drop_spans(0, ALL);
    } else {
        decided.leave(0, ALL);
    }
    announced.apply(came, &decided)
}

/// A batch without all spans but the one of this number.
fn only(mut batch: TracesData, number: usize) -> TracesData {
    let mut at = 0;
    for resource in &mut batch.resource_spans {
        for scope in &mut resource.scope_spans {
            scope.spans.retain(|_| {
                at += 1;
                at - 1 == number
            });
        }
        resource.scope_spans.retain(|scope| !scope.spans.is_empty());
    }
    batch.resource_spans.retain(|resource| !resource.scope_spans.is_empty());
    batch
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scenario: a plugin in the shadow would drop a span and rename another.
    /// Guarantees: the rows say that nothing became of them, and the details what would have.
    #[test]
    fn what_would_be_in_the_shadow_did_not_come_to_pass() {
        let batch = |names: &[&str]| {
            let spans: Vec<_> =
                names.iter().map(|name| format!(r#"{{"name":"{name}"}}"#)).collect();
            let spans = spans.join(",");
            let json = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#);
            otlp_json::to_protobuf(&json).unwrap()
        };
        let of = |is_shadow: bool| {
            let mut way = Way::new();
            way.step(0, batch(&["a", "b"]), batch(&["c"]), &[]);
            way.steps[0].gone.spans = vec![false, true];
            if is_shadow {
                way.in_shadow();
            }
            let steps = way.steps();
            let rows = rows::of(&steps, &follow(&steps).unwrap(), &Showing::new(true));
            let told = |row: usize| {
                let details = |steps: &[Step<'_>], it: &Traveller| {
                    json(details::of(steps, it, &Showing::new(true)))
                };
                way.with(row, details).unwrap_or_default()
            };
            let rows = serde_json::to_string(&rows).unwrap();
            (rows, told(2), told(3))
        };
        let (rows, changed, dropped) = of(true);
        assert!(rows.contains(r#""changes":0"#) && !rows.contains(r#""gone""#), "{rows}");
        assert!(
            changed.contains(r#""shadow":true"#) && changed.contains(r#""is":"\"c\"""#),
            "{changed}"
        );
        assert!(dropped.contains(r#""gone":true"#), "{dropped}");
        assert_eq!(dropped.matches(r#""value":"\"b\"""#).count(), 2, "{dropped}");
        let (rows, _, dropped) = of(false);
        assert!(rows.contains(r#""changes":1"#) && rows.contains(r#""gone":0"#), "{rows}");
        assert_eq!(dropped.matches(r#""value":"\"b\"""#).count(), 1, "{dropped}");
    }

    #[test]
    fn one_span_stands_alone_in_its_resource() {
        let span = |name: &str| format!(r#"{{"name":"{name}"}}"#);
        let scope =
            |spans: &[String]| format!(r#"{{"scopeSpans":[{{"spans":[{}]}}]}}"#, spans.join(","));
        let [one, other] = [scope(&[span("a")]), scope(&[span("b"), span("c")])];
        let batch =
            otlp_json::to_protobuf(&format!(r#"{{"resourceSpans":[{one},{other}]}}"#)).unwrap();
        let alone = only(otlp_json::decode(&batch).unwrap(), 2);
        assert_eq!(alone.resource_spans.len(), 1);
        assert_eq!(alone.resource_spans[0].scope_spans[0].spans[0].name, "c");
    }
}
