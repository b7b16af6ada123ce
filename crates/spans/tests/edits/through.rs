//! The way through a view, an answer and an [`Editor`], held against the same edits to prost's
//! structs.

use std::hash::{DefaultHasher, Hasher};

use keys::{KeyPattern, KeyPatterns};
use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::trace::v1::{Span, TracesData};
use prost::Message;
use spans::{
    Carrier, Carriers, Counts, Deep, Editor, Fields, Keep, Malformed, NewValue, Output, Part,
    Parts, Place, Rewritten, Scalar, Selector, SetKey, Sight, SpanEdit, TextEditor, Treatment,
    Unknown, Unsearchable, Verdict, Viewer, Writes,
};

use crate::aside;
use crate::model::{self, ModelEditor};
use crate::proto::Edits;
use crate::wire::{Kind, Role, role, split};

/// What a plugin answers to each view.
type Plugin<'p> = &'p mut dyn FnMut(&[u8]) -> spans::Edits;

/// Hands a batch over in views of about `limit` bytes, and carries the answers out.
fn through(
    batch: &[u8],
    sight: &Sight,
    writes: &Writes,
    limit: usize,
    plugin: Plugin<'_>,
) -> Rewritten {
    let viewer = Viewer::new(sight).expect("a sight");
    let editor = Editor::new(sight, writes).expect("they fit");
    let end = spans::units(batch).expect("a batch");
    let mut answers = Vec::new();
    let mut start = 0;
    while start < end {
        let view = viewer.view(batch, start..end, limit).expect("a batch");
        let edits = plugin(&view.bytes);
        // As any encoder would write it.
        let decoded = Edits::decode(edits.bytes.as_slice()).expect("an answer");
        assert_eq!(decoded.encode_to_vec(), edits.bytes);
        assert_eq!(editor.check(batch, view.units.clone(), &edits.bytes), Ok(()));
        start = view.units.end;
        answers.push((view.units, edits));
    }
    let parts: Vec<Part<'_>> = answers
        .iter()
        .map(|(units, edits)| Part { units: units.clone(), verdict: Verdict::Edit(&edits.bytes) })
        .collect();
    let rewritten = editor.apply(batch, &parts).expect("a batch");
    if let [(_, edits)] = answers.as_slice() {
        let counts = rewritten.counts;
        assert_eq!(edits.spans_changed, counts.spans_changed);
        assert_eq!(edits.spans_dropped, counts.spans_in - counts.spans_out);
    }
    rewritten
}

fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}

/// Holds what came out against what prost's structs were edited to.
fn assert_edited(batch: &[u8], rewritten: &Rewritten, came: &TracesData, goes: &TracesData) {
    let (spans_in, spans_out) = (model::spans(came) as u32, model::spans(goes) as u32);
    let spans_changed = rewritten.counts.spans_changed;
    assert_eq!(rewritten.counts, Counts { spans_in, spans_out, spans_changed });
    let bytes = match &rewritten.output {
        Output::Unchanged => batch,
        Output::Replaced(bytes) => bytes,
        // Resources that had no spans go with the others.
        Output::NothingLeft => return assert!(spans_in > 0 && spans_out == 0),
    };
    let traces = TracesData::decode(bytes).expect("a batch");
    // Encoded, so that NaN equals NaN.
    if traces.encode_to_vec() != goes.encode_to_vec() {
        panic!("another meaning than expected:\n{traces:?}\n{goes:?}");
    }
}

const KEYS: [&str; 5] = ["order_id", "order_status", "db.statement", "k", "stage_duration"];

/// Spans are dropped, and attributes and trace states set.
pub fn spans_are_edited(batch: &[u8], choice: u64, limit: usize) {
    let Ok(traces) = TracesData::decode(batch) else { return };
    let sets = KEYS.map(|key| SetKey { carriers: Carriers::SPAN, key: key.to_owned() });
    let fields = Fields::TRACE_STATE;
    let writes = Writes { drops_spans: true, fields, sets: sets.to_vec(), ..Writes::default() };
    let all = Selector { carriers: Carriers::SPAN, keys: KEYS.map(str::to_owned).to_vec() };
    let parts = Sight::Parts(Parts { fields, keys: vec![all] });
    let (expected, changed) = spans_by_hand(&traces, choice);
    for sight in [Sight::Everything, parts] {
        let mut edited = 0;
        let rewritten = through(batch, &sight, &writes, limit, &mut |view| {
            let edits = spans::rewrite(view, &writes, |_, _, edit| {
                edited += 1;
                visit(mix(choice ^ edited), |set| set.carry_out(edit))
            });
            edits.expect("a view")
        });
        assert_edited(batch, &rewritten, &traces, &expected);
        assert_eq!(rewritten.counts.spans_changed, changed);
        let mut edited = 0;
        let unread = through(batch, &sight, &writes, limit, &mut |view| {
            let edits = spans::edit(view, &writes, |_, edit| {
                edited += 1;
                visit(mix(choice ^ edited), |set| set.carry_out(edit))
            });
            edits.expect("a view")
        });
        assert_eq!(unread, rewritten);
    }
}

/// The same done to prost's structs, and how many spans that stay are others after it.
fn spans_by_hand(traces: &TracesData, choice: u64) -> (TracesData, u32) {
    let mut traces = traces.clone();
    let (mut keeps, mut edited, mut changed) = (Vec::new(), 0, 0);
    for span in model::each_span(&mut traces) {
        edited += 1;
        let mut new = span.clone();
        let mut sets = Vec::new();
        let keep = visit(mix(choice ^ edited), |set| {
            sets.push(set);
            Ok(())
        });
        sets.iter().for_each(|set| set.carry_out_by_hand(&mut new));
        let is_kept = keep == Ok(Keep::Yes);
        changed += u32::from(is_kept && new.encode_to_vec() != span.encode_to_vec());
        keeps.push(is_kept);
        *span = new;
    }
    let mut keeps = keeps.into_iter();
    model::retain(&mut traces, || keeps.next() == Some(true));
    (traces, changed)
}

/// Whatever the view is, nothing panics.
pub fn answers_to_any_view(view: &[u8], choice: u64) {
    let sets = KEYS.map(|key| SetKey { carriers: Carriers::SPAN, key: key.to_owned() });
    let writes = Writes { sets: sets.to_vec(), ..Writes::default() };
    let _ = spans::rewrite(view, &writes, |_, _, edit| visit(choice, |set| set.carry_out(edit)));
    let mut masks = Masks { choice, sees_scalars: true, visits: Vec::new() };
    let _ = spans::edit_texts(view, Unknown::Keep, &mut masks);
}

enum Set {
    Attribute(&'static str, NewValue<'static>),
    TraceState(&'static str),
}

impl Set {
    fn carry_out(self, edit: &mut SpanEdit<'_, '_>) -> Result<(), Malformed> {
        match self {
            Set::Attribute(key, value) => edit.set_attribute(key, value).map(|_| ()),
            Set::TraceState(text) => edit.set_trace_state(text),
        }
    }

    fn carry_out_by_hand(&self, span: &mut Span) {
        match self {
            Set::Attribute(key, value) => model::set_attribute(span, key, value),
            Set::TraceState(text) => span.trace_state = (*text).to_owned(),
        }
    }
}

/// What is done to a span. The trace state and the keys are set in order, some twice, so that what
/// is new comes in the order of edits either way.
fn visit(
    mut choice: u64,
    mut set: impl FnMut(Set) -> Result<(), Malformed>,
) -> Result<Keep, Malformed> {
    let states = ["ot=th:e6", "", "GET /orders"];
    for _ in 0..choice % 3 {
        choice = mix(choice);
        set(Set::TraceState(states[choice as usize % 3]))?;
    }
    for key in KEYS {
        for _ in 0..choice >> 8 & 3 {
            choice = mix(choice);
            let value = match choice >> 16 & 7 {
                0 | 1 => NewValue::Text("SHIPPED"),
                2 => NewValue::Text(""),
                3 => NewValue::Text("GET /orders"),
                4 => NewValue::Bool(choice & 1 == 1),
                5 => NewValue::Int((choice as i64) >> (choice & 63)),
                6 => NewValue::Int(0),
                _ => NewValue::Double(f64::from_bits(mix(choice))),
            };
            set(Set::Attribute(key, value))?;
        }
        choice = mix(choice);
    }
    Ok(if choice >> 32 & 3 == 0 { Keep::No } else { Keep::Yes })
}

/// Every text is visited under its place, and edited.
pub fn texts_are_edited(batch: &[u8], choice: u64, limit: usize) {
    let Ok(traces) = TracesData::decode(batch) else { return };
    for unknown in [Unknown::Keep, Unknown::Drop] {
        let writes = Writes {
            drops_unknown_fields: true,
            fields: Fields::TEXTS,
            replaces: vec![all_keys()],
            renames: vec![all_keys()],
            ..Writes::default()
        };
        for (sight, sees_scalars) in [(Sight::Everything, true), (Sight::Texts, false)] {
            let editor = || Masks { choice, sees_scalars, visits: Vec::new() };
            let (mut expected, mut by_hand) = (traces.clone(), editor());
            model::edit_texts(&mut expected, &mut by_hand);
            let mut masks = editor();
            let rewritten = through(batch, &sight, &writes, limit, &mut |view| {
                let edits = spans::edit_texts(view, unknown, &mut masks).expect("a view");
                if unknown == Unknown::Keep {
                    aside::known_resources_are_edited_as_before(view, editor(), &edits);
                    aside::what_is_edited_is_noted(view, editor(), &edits);
                }
                edits
            });
            assert_edited(batch, &rewritten, &traces, &expected);
            if unknown == Unknown::Drop {
                assert_nothing_unknown(batch, &rewritten);
            }
            // What stands around spans is in every view of some of them.
            masks.visits.sort();
            by_hand.visits.sort();
            if limit > 0 {
                masks.visits.dedup();
                by_hand.visits.dedup();
            }
            assert_eq!(masks.visits, by_hand.visits);
        }
    }
}

/// Every part of the batch had an answer that drops what OTLP does not know.
fn assert_nothing_unknown(batch: &[u8], rewritten: &Rewritten) {
    let bytes = match &rewritten.output {
        Output::Unchanged => batch,
        Output::Replaced(bytes) => bytes,
        Output::NothingLeft => return,
    };
    let has_units = spans::units(batch) != Ok(0);
    assert!(!has_units || !has_unknown(Kind::TracesData, bytes, 0), "{bytes:02x?}");
}

fn has_unknown(kind: Kind, content: &[u8], depth: usize) -> bool {
    split(content).iter().any(|field| match role(kind, field.number) {
        Role::Unknown => true,
        Role::Message(below) => {
            let depth = depth + usize::from(matches!(below, Kind::Array | Kind::Map));
            depth <= 32 && has_unknown(below, field.content, depth)
        }
        _ => false,
    })
}

/// The empty key is one that no pattern means.
fn all_keys() -> Selector {
    Selector { carriers: Carriers::all(), keys: vec!["*".to_owned()] }
}

/// Replaces texts by what their bytes say, some values by their keys, and leaves others.
struct Masks {
    choice: u64,
    sees_scalars: bool,
    visits: Vec<String>,
}

impl Masks {
    fn chosen(&self, bytes: impl AsRef<[u8]>) -> Option<u64> {
        let mut hasher = DefaultHasher::new();
        hasher.write_u64(self.choice);
        hasher.write(bytes.as_ref());
        let hash = hasher.finish();
        hash.is_multiple_of(3).then_some(hash >> 8)
    }
}

impl TextEditor for Masks {
    fn entry(&mut self, carrier: Carrier, keys: &[&[u8]]) -> Treatment {
        self.visits.push(format!("entry {carrier:?} {keys:?}"));
        match self.chosen(keys.concat()).map(|hash| hash % 4) {
            Some(0) => Treatment::Leave,
            // No plugin replaces what it could not tell from its new value.
            Some(1) => Treatment::Replace("***".repeat(60)),
            _ => Treatment::Search,
        }
    }

    fn text(&mut self, place: Place<'_>, text: &[u8]) -> Option<String> {
        self.visits.push(format!("text {place:?} {text:?}"));
        let hash = self.chosen(text).filter(|_| !text.is_empty())?;
        Some(match hash % 3 {
            // An empty one would leave no field, and the field was left there before.
            0 => "-".into(),
            1 => format!("*{hash}"),
            _ => format!("{}{}", String::from_utf8_lossy(text), "я".repeat(70)),
        })
    }

    fn scalar(&mut self, place: Place<'_>, value: Scalar) -> Option<String> {
        if self.sees_scalars {
            self.visits.push(format!("scalar {place:?} {value:?}"));
        }
        let chosen = self.chosen(format!("{value:?}")).filter(|_| self.sees_scalars);
        chosen.map(|_| "op_k1".into())
    }

    fn unsearchable(&mut self, place: Place<'_>, why: Unsearchable) -> Option<String> {
        self.visits.push(format!("unsearchable {place:?} {why:?}"));
        self.chosen(format!("{place:?}{why:?}")).map(|_| "[masked]".into())
    }
}

impl ModelEditor for Masks {}

/// Values under some keys give way, however deep, with only those keys in sight.
pub fn values_are_hashed(batch: &[u8], limit: usize) {
    const PATTERNS: [&str; 3] = ["order_id", "db.*", "order_status.k"];
    let Ok(traces) = TracesData::decode(batch) else { return };
    let selector =
        Selector { carriers: Carriers::all(), keys: PATTERNS.map(str::to_owned).to_vec() };
    let sight = Sight::Parts(Parts { keys: vec![selector.clone()], ..Parts::default() });
    let writes = Writes { replaces: vec![selector], ..Writes::default() };
    let patterns = PATTERNS.map(|pattern| KeyPattern::new(pattern).expect("a pattern"));
    let mut hashes = Hashes(KeyPatterns::new(patterns.to_vec()));
    let mut expected = traces.clone();
    model::edit_texts(&mut expected, &mut hashes);
    let rewritten = through(batch, &sight, &writes, limit, &mut |view| {
        spans::edit_texts(view, Unknown::Keep, &mut hashes).expect("a view")
    });
    assert_edited(batch, &rewritten, &traces, &expected);
}

struct Hashes(KeyPatterns);

impl Hashes {
    fn is_meant(&self, place: Place<'_>) -> bool {
        let Place::Value(_, keys) = place else { return false };
        (1..=keys.len()).any(|length| self.0.first_match(&keys[..length]).is_some())
    }
}

impl TextEditor for Hashes {
    fn entry(&mut self, _: Carrier, _: &[&[u8]]) -> Treatment {
        Treatment::Search
    }

    fn text(&mut self, place: Place<'_>, text: &[u8]) -> Option<String> {
        let is_left = text.is_empty() || text.starts_with(b"op_");
        (!is_left && self.is_meant(place)).then(|| format!("op_{}", text.len()))
    }

    fn scalar(&mut self, place: Place<'_>, value: Scalar) -> Option<String> {
        self.is_meant(place).then(|| format!("op_{value:?}"))
    }

    fn unsearchable(&mut self, place: Place<'_>, _: Unsearchable) -> Option<String> {
        self.is_meant(place).then(|| "op_unreadable".to_owned())
    }

    fn too_deep(&mut self, place: Place<'_>, deep: Deep<'_>) -> Option<String> {
        let is_meant =
            self.is_meant(place) || deep.any_entry(|keys| self.0.first_match(keys).is_some());
        is_meant.then(|| "op_unreadable".to_owned())
    }
}

impl ModelEditor for Hashes {
    fn deep(&mut self, place: Place<'_>, keys: &[&[u8]], value: &AnyValue) -> Option<String> {
        let is_meant = self.is_meant(place)
            || model::any_entry(keys, value, &mut |keys| self.0.first_match(keys).is_some());
        is_meant.then(|| "op_unreadable".to_owned())
    }
}
