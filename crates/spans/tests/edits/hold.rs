//! What holds for answers. Both the property tests and the fuzz target check it.

use std::ops::Range;

use opentelemetry_proto::tonic::trace::v1::TracesData;
use prost::Message;
use spans::{Editor, Output, Part, Rewritten, Verdict};

use crate::choose;
use crate::plain::{Plain, Window};
use crate::plain_apply::{Applied, Fate, apply};
use crate::proto::{Action, Edit, Edits};
use crate::sights::{sight, writes};
use crate::tape::Tape;
use crate::wire::split;
use crate::{strict, through};

pub fn right_edits(bytes: &[u8], tape: &mut Tape) {
    let Ok(traces) = TracesData::decode(bytes) else { return };
    let (editor, plain) = contract(tape);
    let parts = parts(tape, &traces);
    let fates: Vec<(Range<usize>, Fate)> = parts
        .into_iter()
        .map(|units| {
            let fate = match tape.below(8) {
                0 => Fate::Leave,
                1 => Fate::Drop,
                _ => Fate::Edit(choose::edits(tape, &plain, &traces, &units)),
            };
            (units, fate)
        })
        .collect();
    let encoded: Vec<Vec<u8>> = fates
        .iter()
        .map(|(_, fate)| match fate {
            Fate::Edit(edits) => edits.encode_to_vec(),
            _ => Vec::new(),
        })
        .collect();
    for ((units, fate), encoded) in fates.iter().zip(&encoded) {
        if let Fate::Edit(edits) = fate {
            assert!(plain.takes(&traces, units, edits), "{edits:?} should be right");
            let checked = editor.check(bytes, units.clone(), encoded);
            assert_eq!(checked, Ok(()), "{edits:?}");
        }
    }
    let parts: Vec<Part<'_>> = fates
        .iter()
        .zip(&encoded)
        .map(|((units, fate), encoded)| Part {
            units: units.clone(),
            verdict: match fate {
                Fate::Edit(_) => Verdict::Edit(encoded),
                Fate::Drop => Verdict::Drop,
                Fate::Leave => Verdict::Leave,
            },
        })
        .collect();
    let rewritten = editor.apply(bytes, &parts).expect("a batch");
    assert_applied(bytes, &rewritten, &apply(&plain, &traces, &fates), &fates);
}

fn contract(tape: &mut Tape) -> (Editor, Plain) {
    let sight = sight(tape);
    let writes = writes(tape, &sight);
    let editor = Editor::new(&sight, &writes).expect("they fit");
    (editor, Plain::new(sight, writes))
}

/// Cuts the units of a batch into parts.
fn parts(tape: &mut Tape, traces: &TracesData) -> Vec<Range<usize>> {
    let units = units(traces);
    let mut parts = Vec::new();
    let mut start = 0;
    while start < units {
        let end = units.min(start + 1 + tape.below(8));
        parts.push(start..end);
        start = end;
    }
    parts
}

fn units(traces: &TracesData) -> usize {
    let scope = |spans: usize| spans.max(1);
    let resources = traces.resource_spans.iter().map(|resource| {
        let scopes = resource.scope_spans.iter().map(|it| scope(it.spans.len()));
        scopes.sum::<usize>().max(1)
    });
    resources.sum()
}

fn assert_applied(
    bytes: &[u8],
    rewritten: &Rewritten,
    expected: &Applied,
    fates: &[(Range<usize>, Fate)],
) {
    assert_eq!(rewritten.counts, expected.counts);
    let out = match &rewritten.output {
        Output::Unchanged => bytes,
        Output::Replaced(out) => out,
        Output::NothingLeft => {
            assert!(rewritten.counts.spans_in > 0 && rewritten.counts.spans_out == 0);
            return;
        }
    };
    let traces = TracesData::decode(out).expect("an edit gave bytes that prost refuses");
    // Encoded, so that NaN equals NaN.
    if traces.encode_to_vec() != expected.traces.encode_to_vec() {
        panic!("another meaning than expected:\n{traces:?}\n{:?}", expected.traces);
    }
    let drops_unknown =
        |fate: &Fate| matches!(fate, Fate::Edit(edits) if edits.drop_unknown_fields);
    if fates.iter().any(|(_, fate)| drops_unknown(fate)) {
        return;
    }
    // By where they were in the batch that came.
    let came = TracesData::decode(bytes).expect("it was decoded before");
    let all = Window::of(&came, &(0..usize::MAX)).spans;
    let before: Vec<_> = all.iter().zip(span_bytes(bytes)).collect();
    let after = span_bytes(out);
    let mut after = after.into_iter();
    for (place, bytes) in before {
        if expected.dropped.contains(place) {
            continue;
        }
        let after = after.next().expect("a span that stays");
        if !expected.touched.contains(place) {
            assert_eq!(after, bytes, "a span without edits has other bytes");
        }
    }
}

fn span_bytes(batch: &[u8]) -> Vec<&[u8]> {
    let children =
        |message, number| split(message).into_iter().filter(move |field| field.number == number);
    let mut spans = Vec::new();
    for resource in children(batch, 1) {
        for scope in children(resource.content, 2) {
            spans.extend(children(scope.content, 2).map(|span| span.content));
        }
    }
    spans
}

pub fn wrong_edits(bytes: &[u8], tape: &mut Tape) {
    let Ok(traces) = TracesData::decode(bytes) else { return };
    let (editor, plain) = contract(tape);
    let (other_editor, other) = contract(tape);
    for units in parts(tape, &traces) {
        let mut edits = choose::edits(tape, &plain, &traces, &units);
        // Right by one contract, it may be wrong by another.
        agree(&other_editor, &other, bytes, &traces, &units, &edits.encode_to_vec());
        mutate(&mut edits, tape);
        let mut encoded = edits.encode_to_vec();
        agree(&editor, &plain, bytes, &traces, &units, &encoded);
        damage(&mut encoded, tape);
        agree(&editor, &plain, bytes, &traces, &units, &encoded);
    }
}

pub fn any_bytes(bytes: &[u8], edits: &[u8], tape: &mut Tape) {
    let Ok(traces) = TracesData::decode(bytes) else { return };
    let (editor, plain) = contract(tape);
    for units in parts(tape, &traces) {
        agree(&editor, &plain, bytes, &traces, &units, edits);
    }
}

pub fn nothing_panics(bytes: &[u8], edits: &[u8], tape: &mut Tape) {
    let (editor, _) = contract(tape);
    let units = tape.below(4)..tape.below(12);
    let _ = editor.check(bytes, units.clone(), edits);
    // Nor where nobody checked.
    let _ = editor.apply(bytes, &[Part { units, verdict: Verdict::Edit(edits) }]);
    through::answers_to_any_view(bytes, tape.number());
    through::answers_to_any_view(edits, tape.number());
}

fn agree(
    editor: &Editor,
    plain: &Plain,
    bytes: &[u8],
    traces: &TracesData,
    units: &Range<usize>,
    edits: &[u8],
) {
    let checked = editor.check(bytes, units.clone(), edits);
    let decoded = strict::is_right(edits).then(|| Edits::decode(edits).expect("it is right"));
    let is_taken = decoded.as_ref().is_some_and(|edits| plain.takes(traces, units, edits));
    assert_eq!(checked.is_ok(), is_taken, "{checked:?} {decoded:?}");
    let parts = [Part { units: units.clone(), verdict: Verdict::Edit(edits) }];
    let applied = editor.apply(bytes, &parts);
    if let (true, Some(edits)) = (is_taken, decoded) {
        let fates = [(units.clone(), Fate::Edit(edits))];
        let expected = apply(plain, traces, &fates);
        assert_applied(bytes, &applied.expect("it was checked"), &expected, &fates);
    }
}

/// Changes a little of an answer.
fn mutate(edits: &mut Edits, tape: &mut Tape) {
    for _ in 0..=tape.below(3) {
        let count = edits.edits.len();
        let at = tape.below(count.max(1));
        match tape.below(12) {
            0 => edits.dropped_spans.push(tape.below(6) as u32),
            1 => edits.drop_unknown_fields = !edits.drop_unknown_fields,
            2 if count > 0 => {
                let other = tape.below(count);
                edits.edits.swap(at, other);
            }
            3 if count > 0 => {
                let copy = edits.edits[at].clone();
                edits.edits.insert(at, copy);
            }
            4 if count > 0 => edits.edits[at].number = tape.below(6) as u32,
            5 if count > 0 => edits.edits[at].member = tape.below(4) as u32,
            6 if count > 0 => edits.edits[at].carrier = tape.below(7) as i32,
            7 if count > 0 => edits.edits[at].action = None,
            8.. if count > 0 => mutate_action(&mut edits.edits[at], tape),
            _ => {}
        }
    }
}

fn mutate_action(edit: &mut Edit, tape: &mut Tape) {
    let number = tape.below(5) as u32;
    let path = match &mut edit.action {
        Some(Action::SetField(it)) => return it.field = tape.below(7) as i32,
        Some(Action::SetAttribute(it)) => return it.key = number,
        Some(Action::ReplaceValue(it)) => &mut it.path,
        Some(Action::RenameKey(it)) => &mut it.path,
        Some(Action::RemoveEntry(it)) => &mut it.path,
        None => return,
    };
    match tape.below(3) {
        0 => path.push(number),
        1 => _ = path.pop(),
        _ => {
            if let Some(last) = path.last_mut() {
                *last = number;
            }
        }
    }
}

fn damage(bytes: &mut Vec<u8>, tape: &mut Tape) {
    let at = tape.below(bytes.len() + 1);
    match tape.below(5) {
        0 if at < bytes.len() => bytes[at] = tape.byte(),
        1 if at < bytes.len() => bytes[at] ^= 1 << tape.below(8),
        2 if at < bytes.len() => _ = bytes.remove(at),
        3 => bytes.insert(at, tape.byte()),
        _ => bytes.truncate(at),
    }
}
