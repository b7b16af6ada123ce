//! What holds for any bytes. Both the property tests and the fuzz target check it.

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{Span, Status, TracesData};
use prost::Message;
use spans::{
    Attributes, Carrier, Counts, Keep, Malformed, NewValue, Output, Place, Rewritten, Scalar,
    TextEditor, Treatment, Unknown, Unsearchable,
};

use crate::expected::{Edits, Fate, Set, Texts, edited, with_sets};
use crate::generate::KEYS;
use crate::{leaving, model};

/// Checks all of it. `choice` picks spans, values and texts.
pub fn hold(bytes: &[u8], choice: u64) {
    let decoded = TracesData::decode(bytes);
    match (spans::validate(bytes), &decoded) {
        (Err(malformed), Ok(_)) => panic!("prost takes it: {malformed}"),
        (Err(malformed), Err(_)) => {
            assert!(malformed.offset <= malformed.length, "{malformed}");
            assert_eq!(malformed.length, bytes.len(), "{malformed}");
            nothing_panics(bytes, choice);
        }
        (Ok(()), Err(refusal)) => {
            let refusal = refusal.to_string();
            assert!(only_prost_refuses(&refusal) || is_deep(bytes), "prost refuses it: {refusal}");
            dropping_keeps_the_rest(bytes, None, choice);
            texts_are_edited(bytes, None, choice);
            leaving::changes_nothing(bytes, choice);
            nothing_panics(bytes, choice);
        }
        (Ok(()), Ok(traces)) => {
            reading_shows_what_prost_shows(bytes, traces);
            nothing_changes_without_edits(bytes);
            dropping_keeps_the_rest(bytes, Some(traces), choice);
            setting_keeps_the_rest(bytes, traces, choice);
            texts_are_edited(bytes, Some(traces), choice);
            leaving::changes_nothing(bytes, choice);
            slices_join_to_the_whole(bytes, choice);
        }
    }
}

/// `spans` promises nothing of UTF-8, and counts depth otherwise.
fn only_prost_refuses(refusal: &str) -> bool {
    refusal.contains("UTF-8") || refusal.contains("recursion limit")
}

/// Whether there are values that `spans` does not look into.
fn is_deep(bytes: &[u8]) -> bool {
    struct Deep(bool);
    impl TextEditor for Deep {
        fn entry(&mut self, _: Carrier, _: &[&[u8]]) -> Treatment {
            Treatment::Search
        }
        fn text(&mut self, _: Place<'_>, _: &[u8]) -> Option<String> {
            None
        }
        fn unsearchable(&mut self, _: Place<'_>, why: Unsearchable) -> Option<String> {
            self.0 |= why == Unsearchable::TooDeep;
            None
        }
    }
    let mut deep = Deep(false);
    spans::edit_texts(bytes, Unknown::Keep, &mut deep).expect("it was validated");
    deep.0
}

fn nothing_panics(bytes: &[u8], choice: u64) {
    let _ = seen(bytes);
    let _ = spans::count(bytes);
    let _ = spans::slice(bytes, 1..3);
    let _ = spans::rewrite(bytes, |_, _, edit| {
        for set in sets(choice) {
            carry_out(&set, edit)?;
        }
        Ok(if choice.is_multiple_of(3) { Keep::No } else { Keep::Yes })
    });
    let _ = spans::edit_texts(bytes, Unknown::Drop, &mut Editor::new(choice));
}

fn reading_shows_what_prost_shows(bytes: &[u8], traces: &TracesData) {
    let seen = seen(bytes).expect("it was validated");
    let expected = model::seen(traces);
    assert_eq!(seen.len(), expected.len());
    for (seen, mut expected) in seen.into_iter().zip(expected) {
        model::normal(&mut expected.resource);
        model::normal(&mut expected.scope);
        let span = &mut expected.span;
        model::normal(&mut span.attributes);
        span.events.iter_mut().for_each(|event| model::normal(&mut event.attributes));
        span.links.iter_mut().for_each(|link| model::normal(&mut link.attributes));
        // What `spans` does not show.
        span.dropped_attributes_count = 0;
        span.dropped_events_count = 0;
        span.dropped_links_count = 0;
        for event in &mut span.events {
            event.dropped_attributes_count = 0;
        }
        for link in &mut span.links {
            link.dropped_attributes_count = 0;
            link.flags = 0;
            link.trace_state.clear();
        }
        span.status.get_or_insert_default();
        assert_eq!(seen.resource_index, expected.resource_index);
        assert_eq!(seen.scope_name, expected.scope_name);
        // Encoded, so that NaN equals NaN.
        let encoded = |seen: &model::Seen| {
            let attributes = [seen.resource.clone(), seen.scope.clone()].concat();
            (Span { attributes, ..Span::default() }.encode_to_vec(), seen.span.encode_to_vec())
        };
        if encoded(&seen) != encoded(&expected) {
            panic!("read otherwise than expected:\n{seen:?}\n{expected:?}");
        }
    }
}

fn seen(bytes: &[u8]) -> Result<Vec<model::Seen>, Malformed> {
    let mut all = Vec::new();
    spans::read(bytes, |origin, span| {
        assert_eq!(
            span.duration_nanos(),
            span.end_time_unix_nano.checked_sub(span.start_time_unix_nano)
        );
        let mut events = Vec::new();
        for event in span.events() {
            let event = event?;
            events.push(Event {
                time_unix_nano: event.time_unix_nano,
                name: model::utf8(event.name),
                attributes: model::attributes(event.attributes())?,
                ..Event::default()
            });
        }
        let mut links = Vec::new();
        for link in span.links() {
            let link = link?;
            links.push(Link {
                trace_id: link.trace_id.to_vec(),
                span_id: link.span_id.to_vec(),
                attributes: model::attributes(link.attributes())?,
                ..Link::default()
            });
        }
        lookups_find_what_a_walk_finds(span.attributes())?;
        lookups_find_what_a_walk_finds(origin.resource.attributes())?;
        let status = Status { message: model::utf8(span.status_message), code: span.status_code };
        all.push(model::Seen {
            resource_index: origin.resource_index,
            resource: model::attributes(origin.resource.attributes())?,
            scope: model::attributes(origin.scope.attributes())?,
            scope_name: model::utf8(origin.scope.name),
            span: Span {
                trace_id: span.trace_id.to_vec(),
                span_id: span.span_id.to_vec(),
                parent_span_id: span.parent_span_id.to_vec(),
                trace_state: model::utf8(span.trace_state),
                flags: span.flags,
                name: model::utf8(span.name),
                kind: span.kind,
                start_time_unix_nano: span.start_time_unix_nano,
                end_time_unix_nano: span.end_time_unix_nano,
                attributes: model::attributes(span.attributes())?,
                events,
                links,
                status: Some(status),
                ..Span::default()
            },
        });
        Ok(())
    })?;
    Ok(all)
}

/// Only for attributes that can be read to the last.
fn lookups_find_what_a_walk_finds(attributes: Attributes<'_>) -> Result<(), Malformed> {
    let all = model::attributes(attributes.clone())?;
    for key in KEYS {
        let expected: Vec<_> = all.iter().filter(|known| known.key == key).cloned().collect();
        let found = attributes.clone().of_keys(|it| it == key.as_bytes());
        let found = found.map(|it| model::key_value(it?)).collect::<Result<Vec<_>, _>>()?;
        // Encoded, so that NaN equals NaN.
        let encoded = |attributes| Span { attributes, ..Span::default() }.encode_to_vec();
        let last = attributes.clone().get(key)?.map(model::any_value).transpose()?;
        let last = last.map(|value| KeyValue {
            key: key.into(),
            value: Some(value),
            ..KeyValue::default()
        });
        assert_eq!(
            encoded(last.into_iter().collect()),
            encoded(expected.last().cloned().into_iter().collect())
        );
        assert_eq!(encoded(found), encoded(expected));
    }
    Ok(())
}

fn nothing_changes_without_edits(bytes: &[u8]) {
    let spans = spans::count(bytes).expect("it was validated") as u32;
    let counts = Counts { spans_in: spans, spans_out: spans, spans_changed: 0 };
    let unchanged = Rewritten { output: Output::Unchanged, counts };
    let same = spans::rewrite(bytes, |_, _, _| Ok(Keep::Yes)).expect("it was validated");
    assert_eq!(same, unchanged);
    let mut editor = Editor { replaced: 0, ..Editor::new(0) };
    let same = spans::edit_texts(bytes, Unknown::Keep, &mut editor).expect("it was validated");
    assert_eq!(same, unchanged);
}

fn dropping_keeps_the_rest(bytes: &[u8], traces: Option<&TracesData>, choice: u64) {
    struct Drops(u64);
    impl Drops {
        fn keeps(&mut self) -> bool {
            self.0 = mix(self.0);
            !self.0.is_multiple_of(3)
        }
    }
    impl Edits for Drops {
        fn span(&mut self, _: &[u8]) -> Fate {
            if self.keeps() { Fate::Same } else { Fate::Dropped }
        }
    }
    let mut drops = Drops(choice);
    let rewritten =
        spans::rewrite(bytes, |_, _, _| Ok(if drops.keeps() { Keep::Yes } else { Keep::No }))
            .expect("it was validated");
    let mut drops = Drops(choice);
    let unread = spans::edit(bytes, |_, _| Ok(if drops.keeps() { Keep::Yes } else { Keep::No }));
    assert_eq!(unread.as_ref(), Ok(&rewritten));
    let out = assert_expected(&rewritten, bytes, edited(bytes, &mut Drops(choice)));
    if let (Some(traces), Some(out)) = (traces, out) {
        let mut expected = traces.clone();
        let mut drops = Drops(choice);
        model::retain(&mut expected, || drops.keeps());
        assert_same_meaning(out, &expected);
    }
}

fn setting_keeps_the_rest(bytes: &[u8], traces: &TracesData, choice: u64) {
    struct Setting(u64);
    impl Setting {
        fn next(&mut self) -> Vec<Set> {
            self.0 = mix(self.0);
            sets(self.0)
        }
    }
    impl Edits for Setting {
        fn span(&mut self, span: &[u8]) -> Fate {
            with_sets(span, &self.next()).map_or(Fate::Same, Fate::Changed)
        }
    }
    let mut setting = Setting(choice);
    let rewritten = spans::rewrite(bytes, |_, _, edit| {
        for set in setting.next() {
            carry_out(&set, edit)?;
        }
        Ok(Keep::Yes)
    })
    .expect("it was validated");
    let mut setting = Setting(choice);
    let unread = spans::edit(bytes, |_, edit| {
        setting.next().iter().try_for_each(|set| carry_out(set, edit))?;
        Ok(Keep::Yes)
    });
    assert_eq!(unread.as_ref(), Ok(&rewritten));
    let expected = edited(bytes, &mut Setting(choice));
    if let Some(out) = assert_expected(&rewritten, bytes, expected) {
        let mut expected = traces.clone();
        let mut setting = Setting(choice);
        for resource_spans in &mut expected.resource_spans {
            for scope_spans in &mut resource_spans.scope_spans {
                for span in &mut scope_spans.spans {
                    model::set(span, &setting.next());
                }
            }
        }
        assert_same_meaning(out, &expected);
    }
}

/// Up to four sets, some of the same key, some of what stands there already.
fn sets(choice: u64) -> Vec<Set> {
    let count = choice % 5;
    let mut choice = choice;
    (0..count)
        .map(|_| {
            choice = mix(choice);
            let value = match choice >> 8 & 7 {
                0 | 1 => NewValue::Text("SHIPPED"),
                2 => NewValue::Text(""),
                3 => NewValue::Text("GET /orders"),
                4 => NewValue::Bool(choice & 1 == 1),
                5 => NewValue::Int((choice as i64) >> (choice & 63)),
                6 => NewValue::Int(0),
                _ => NewValue::Double(f64::from_bits(mix(choice))),
            };
            match choice >> 16 & 15 {
                0 => Set::TraceState("ot=th:e6"),
                1 => Set::TraceState(""),
                2 => Set::TraceState("GET /orders"),
                3 => Set::Attribute("stage_duration", value),
                index => Set::Attribute(KEYS[index as usize % KEYS.len()], value),
            }
        })
        .collect()
}

fn carry_out(set: &Set, edit: &mut spans::SpanEdit<'_, '_>) -> Result<(), Malformed> {
    match set {
        Set::Attribute(key, value) => edit.set_attribute(key, *value),
        Set::TraceState(text) => edit.set_trace_state(text),
    }
}

fn texts_are_edited(bytes: &[u8], traces: Option<&TracesData>, choice: u64) {
    for (unknown, replaced) in [(Unknown::Keep, 2), (Unknown::Drop, 2), (Unknown::Keep, 16)] {
        let new = || Editor { replaced, ..Editor::new(choice) };
        let (mut editor, mut expecting) = (new(), new());
        let rewritten = spans::edit_texts(bytes, unknown, &mut editor).expect("it was validated");
        let expected = edited(bytes, &mut Texts { editor: &mut expecting, unknown });
        let out = assert_expected(&rewritten, bytes, expected);
        editor.visits.sort();
        expecting.visits.sort();
        assert_eq!(editor.visits, expecting.visits);
        let Some(traces) = traces else { continue };
        let mut modelling = new();
        let mut expected = traces.clone();
        model::edit_texts(&mut expected, &mut modelling);
        if let Some(out) = out {
            assert_same_meaning(out, &expected);
        }
        // Of bytes as prost writes them, prost can say which texts there are.
        if traces.encode_to_vec() == bytes {
            modelling.visits.sort();
            assert_eq!(editor.visits, modelling.visits);
        }
    }
}

/// Replaces texts by what their bytes say, so that it does not matter in which order they come.
struct Editor {
    choice: u64,
    /// Of 16 texts, about so many are replaced.
    replaced: u64,
    visits: Vec<String>,
}

impl Editor {
    fn new(choice: u64) -> Self {
        Editor { choice, replaced: 8, visits: Vec::new() }
    }

    fn chosen(&self, bytes: impl AsRef<[u8]>) -> Option<u64> {
        let seed = mix(self.choice);
        let hash = bytes.as_ref().iter().fold(seed, |hash, byte| mix(hash ^ u64::from(*byte)));
        (hash % 16 < self.replaced).then_some(hash >> 8)
    }
}

impl TextEditor for Editor {
    fn entry(&mut self, carrier: Carrier, keys: &[&[u8]]) -> Treatment {
        self.visits.push(format!("entry {carrier:?} {keys:?}"));
        match self.chosen(keys.concat()).map(|hash| hash % 4) {
            Some(0) => Treatment::Leave,
            Some(1) => Treatment::Replace("***".repeat(60)),
            Some(2) => Treatment::Replace(String::new()),
            _ => Treatment::Search,
        }
    }

    fn text(&mut self, place: Place<'_>, text: &[u8]) -> Option<String> {
        self.visits.push(format!("text {place:?} {text:?}"));
        if text.is_empty() {
            // prost does not tell an empty text from none.
            return None;
        }
        match self.chosen(text)? % 4 {
            0 => Some(String::new()),
            1 => Some("*".into()),
            2 => Some(format!("{}{}", model::utf8(text), "я".repeat(70))),
            _ => Some(model::utf8(text)),
        }
    }

    fn scalar(&mut self, place: Place<'_>, value: Scalar) -> Option<String> {
        self.visits.push(format!("scalar {place:?} {value:?}"));
        self.chosen(format!("{value:?}")).map(|_| "op_k1".into())
    }

    fn unsearchable(&mut self, place: Place<'_>, why: Unsearchable) -> Option<String> {
        self.visits.push(format!("unsearchable {place:?} {why:?}"));
        self.chosen(format!("{place:?}")).map(|_| "[masked]".into())
    }
}

fn slices_join_to_the_whole(bytes: &[u8], choice: u64) {
    let whole = span_bytes(bytes);
    assert_eq!(spans::count(bytes).expect("it was validated"), whole.len());
    let mut joined = Vec::new();
    let (mut start, mut choice) = (0, choice);
    while start < whole.len() {
        choice = mix(choice);
        let end = whole.len().min(start + 1 + choice as usize % 4);
        let slice = spans::slice(bytes, start..end).expect("it was validated");
        assert_eq!(slice.counts.spans_out as usize, end - start);
        joined.extend(match &slice.output {
            Output::Unchanged => span_bytes(bytes),
            Output::Replaced(slice) => span_bytes(slice),
            Output::NothingLeft => panic!("a slice with spans holds nothing"),
        });
        start = end;
    }
    assert_eq!(joined, whole);
    let empty = spans::slice(bytes, 0..0).expect("it was validated").output;
    assert_eq!(empty == Output::NothingLeft, !whole.is_empty());
}

fn span_bytes(bytes: &[u8]) -> Vec<Vec<u8>> {
    struct Spans(Vec<Vec<u8>>);
    impl Edits for Spans {
        fn span(&mut self, span: &[u8]) -> Fate {
            self.0.push(span.to_vec());
            Fate::Same
        }
    }
    let mut spans = Spans(Vec::new());
    edited(bytes, &mut spans);
    spans.0
}

/// Gives the bytes that go, if any.
fn assert_expected<'r>(
    rewritten: &'r Rewritten,
    bytes: &'r [u8],
    (expected, counts): (Option<Vec<u8>>, Counts),
) -> Option<&'r [u8]> {
    assert_eq!(rewritten.counts, counts);
    match (&rewritten.output, expected) {
        (Output::Unchanged, None) => Some(bytes),
        (Output::NothingLeft, Some(_)) => {
            assert!(counts.spans_in > 0 && counts.spans_out == 0);
            None
        }
        (Output::Replaced(out), Some(expected)) => {
            if *out != expected {
                panic!("other bytes than expected:\n{}\n{}", hex(out), hex(&expected));
            }
            Some(out)
        }
        (output, expected) => panic!(
            "{output:?}, where {:?} was expected of {}",
            expected.as_deref().map(hex),
            hex(bytes)
        ),
    }
}

fn assert_same_meaning(bytes: &[u8], expected: &TracesData) {
    let traces = TracesData::decode(bytes).expect("an edit gave bytes that prost refuses");
    // Encoded, so that NaN equals NaN.
    if traces.encode_to_vec() != expected.encode_to_vec() {
        panic!("another meaning than expected:\n{traces:?}\n{expected:?}");
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}
