//! Whether a plugin's answer can be right.

use plugin::{Crash, Outcome, Output};

/// Looks at what a plugin says of a batch.
///
/// # Errors
///
/// Bytes that are no OTLP, or counts that are not those of the spans that came and go on.
pub(crate) fn check(traces: &[u8], outcome: &Outcome) -> wasmtime::Result<()> {
    // What came in damaged is for the plugin to refuse.
    let Ok(came) = spans::count(traces) else { return Ok(()) };
    let left = match &outcome.output {
        Output::Unchanged => came,
        Output::NothingLeft => 0,
        Output::Replaced(traces) => spans_of(traces)?,
    };
    let counts = [outcome.counts.spans_in, outcome.counts.spans_out, outcome.counts.spans_dropped];
    let [spans_in, spans_out, dropped] = counts.map(|count| count as usize);
    let changed = outcome.counts.spans_changed as usize;
    if spans_in != came {
        return breach(format!("counted {spans_in} spans in; expected {came}, which it was given"));
    }
    if spans_out != left {
        return breach(format!(
            "counted {spans_out} spans out; expected {left}, which it answered with"
        ));
    }
    if left > came || dropped != came - left {
        let expected = came as i64 - left as i64;
        return breach(format!(
            "counted {dropped} spans as dropped; expected {expected}, for {came} came and {left} go on"
        ));
    }
    if changed > left {
        return breach(format!(
            "counted {changed} spans as changed; expected no more than {left}, which go on"
        ));
    }
    Ok(())
}

/// Looks at spans of a plugin's own making.
///
/// # Errors
///
/// They are no OTLP.
pub(crate) fn check_own(traces: Option<&Vec<u8>>) -> wasmtime::Result<()> {
    traces.map_or(Ok(()), |traces| spans_of(traces).map(drop))
}

fn spans_of(traces: &[u8]) -> wasmtime::Result<usize> {
    let mut spans = 0;
    let read = spans::read(traces, |_, _| {
        spans += 1;
        Ok(())
    });
    // Where it is damaged helps nobody, for nobody else sees these bytes.
    read.map_err(|_| wasmtime::Error::new(contract("answered with bytes that are not OTLP")))?;
    Ok(spans)
}

fn breach(detail: String) -> wasmtime::Result<()> {
    Err(wasmtime::Error::new(contract(&detail)))
}

fn contract(detail: &str) -> Crash {
    Crash::Contract(detail.into())
}
