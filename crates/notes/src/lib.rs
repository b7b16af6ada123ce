//! Why a plugin did what it did, for people: which span, which place, which rule.
//!
//! It is its own crate because the command line, the cases and whatever shows notes on a screen must
//! say the same of the same bytes. It knows the notes' form from `spans`, and no host.
//!
//! What it says never holds a value of a span. Of what is noted it gives the key; where the note says
//! that the key itself is masked, `[key]` stands for it.

mod keys;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use plugin::Configured;
use serde::Serialize;
use spans::{Deed, Malformed, Note, Notes, On, Spot, Subject, TextField};

use crate::keys::Keys;

/// One note, resolved. As JSON, what does not fit is left out:
///
/// ```json
/// {"trace_id":"5b8e…","span_id":"eee1…","event":0,"key":"http.url","deed":"masked",
///  "rule":{"path":"detectors.email","document":"base.yaml","line":7}}
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Told {
    /// What it is of, by its number in the batch.
    #[serde(skip)]
    pub of: Subject,
    /// The place in it, as the plugin told it of its view.
    #[serde(skip)]
    pub spot: Spot,
    /// Of the span, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// The same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span_id: Option<String>,
    /// Number of the resource in the batch, where it is of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<u32>,
    /// Number of the scope in the batch, where it is of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<u32>,
    /// Number of the event among those of its span.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<u32>,
    /// Number of the link among those of its span.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<u32>,
    /// Number of the entity among those of its resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entity: Option<u32>,
    /// The field: `name`, `status_message`, `trace_state`, `version`, `schema_url`, `type`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<&'static str>,
    /// The attribute, and the way into it: `customer.name`, `items[0].note`; of a long one the first
    /// 1,024 bytes and `…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What was done, as JSON in the words of `wit/notes.proto`: `left_in_doubt`.
    #[serde(serialize_with = "as_word")]
    pub deed: Deed,
    /// By which rule.
    pub rule: Rule,
}

/// A rule, where it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Rule {
    /// Its place in the merged rules.
    pub path: String,
    /// The document's name; left out where there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub document: String,
    /// Counted from 1; left out where no line leads to it.
    #[serde(skip_serializing_if = "is_none")]
    pub line: u32,
}

/// `rules.gap, base.yaml:19`, without what is not there.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rule { path, document, line } = self;
        match (document.is_empty(), line) {
            (true, _) => f.write_str(path),
            (false, 0) => write!(f, "{path}, {document}"),
            (false, line) => write!(f, "{path}, {document}:{line}"),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_none(line: &u32) -> bool {
    *line == 0
}

/// The notes of one answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Telling {
    /// In the order in which the plugin gave them.
    pub told: Vec<Told>,
    /// How many more there were than an answer may have.
    pub left_out: u32,
}

impl Telling {
    /// What a plugin would have done, where it told of it as done.
    #[must_use]
    pub fn reported(mut self) -> Self {
        for told in &mut self.told {
            told.deed = told.deed.reported();
        }
        self
    }
}

/// Units of a batch, and the view of them that a plugin got.
#[derive(Clone, Debug)]
pub struct Seen<'b> {
    /// An OTLP `TracesData` message.
    pub batch: &'b [u8],
    /// See [`spans::units`].
    pub units: Range<usize>,
    /// What the plugin got of them.
    pub view: &'b [u8],
}

/// Resolves the notes of an answer to a view.
///
/// # Errors
/// Where notes, batch or view cannot be decoded, which nobody checked then.
pub fn tell(notes: &[u8], seen: &Seen<'_>, configured: &Configured) -> Result<Telling, Malformed> {
    if notes.is_empty() {
        return Ok(Telling::default());
    }
    let (mut notes, left_out) = Notes::read(notes)?;
    let keys = Keys::of(&notes, seen.view)?;
    let named: Vec<_> = notes.iter().map(|note| keys.of_note(note)).collect();
    let window = spans::window(seen.batch, &seen.units)?;
    let ids = ids(seen.batch, &window.spans)?;
    let one = |(note, key): (&mut Note, Option<String>)| {
        let ids = (note.of.on.whole() == On::Span).then(|| ids.get(note.of.number as usize));
        note.of.number += window.shown(note.of.on).start as u32;
        one(note, key, ids.flatten(), configured)
    };
    Ok(Telling { told: notes.iter_mut().zip(named).map(one).collect(), left_out })
}

/// Trace id and span id of some spans of a batch, in hexadecimal.
///
/// # Errors
/// Where the batch cannot be decoded.
pub fn ids(batch: &[u8], spans: &Range<usize>) -> Result<Vec<(String, String)>, Malformed> {
    let mut all = Vec::new();
    let mut number = 0;
    spans::read(batch, |_, span| {
        if spans.contains(&number) {
            all.push((id(span.trace_id), id(span.span_id)));
        }
        number += 1;
        Ok(())
    })?;
    Ok(all)
}

/// Bytes of an id that are shown; OTLP's have 16 and 8.
const ID_SHOWN: usize = 32;

/// An id in hexadecimal; of one that is far too long the beginning.
#[must_use]
pub fn id(bytes: &[u8]) -> String {
    match bytes.get(..ID_SHOWN) {
        Some(shown) if shown.len() < bytes.len() => format!("{}…", hex::encode(shown)),
        _ => hex::encode(bytes),
    }
}

fn one(
    note: &Note,
    key: Option<String>,
    ids: Option<&(String, String)>,
    configured: &Configured,
) -> Told {
    let Note { of, spot, deed, rule } = note;
    let mut told = Told {
        of: *of,
        spot: spot.clone(),
        trace_id: ids.map(|(trace_id, _)| trace_id.clone()),
        span_id: ids.map(|(_, span_id)| span_id.clone()),
        key,
        deed: *deed,
        rule: rule_of(*rule, configured),
        ..Told::default()
    };
    match of.on.whole() {
        On::Resource => told.resource = Some(of.number),
        On::Scope => told.scope = Some(of.number),
        _ => {}
    }
    match of.on {
        On::Event => told.event = Some(of.member),
        On::Link => told.link = Some(of.member),
        On::Entity => told.entity = Some(of.member),
        On::Span | On::Resource | On::Scope => {}
    }
    match spot {
        Spot::Field(field) => told.field = Some(word(*field)),
        Spot::Set(set) => {
            told.key = configured.writes.sets.get(*set as usize).map(|set| set.key.clone());
        }
        Spot::Whole | Spot::Value(_) | Spot::Key(_) => {}
    }
    told
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn as_word<S: serde::Serializer>(deed: &Deed, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(deed.word())
}

fn rule_of(rule: u32, configured: &Configured) -> Rule {
    configured.rules.get(rule as usize).map_or_else(Rule::default, |place| Rule {
        path: place.path.clone(),
        document: place.document.to_string(),
        line: place.line,
    })
}

fn word(field: TextField) -> &'static str {
    match field {
        TextField::Name => "name",
        TextField::StatusMessage => "status_message",
        TextField::TraceState => "trace_state",
        TextField::Version => "version",
        TextField::SchemaUrl => "schema_url",
        TextField::Type => "type",
    }
}

/// Whether a note says that a key is not what it was, or would not be.
fn hides_key(note: &Note) -> bool {
    let deed = note.deed.reported();
    matches!(note.spot, Spot::Key(_)) && matches!(deed, Deed::WouldMask | Deed::WouldReplace)
}

/// A way into an attribute, as [`Told::key`] has it.
#[must_use]
pub fn shown_way(way: &str) -> Cow<'_, str> {
    match way.get(..way.floor_char_boundary(keys::LONGEST)) {
        Some(shown) if shown.len() < way.len() => Cow::Owned(format!("{shown}…")),
        _ => Cow::Borrowed(way),
    }
}

#[cfg(test)]
mod tests {
    use plugin::Configured;
    use serde_json::json;
    use spans::{Deed, Notes, Noting, On, Sight, Spot, Subject, Viewer, Writes};

    use super::{Seen, id, tell};

    #[test]
    fn an_id_of_any_length_is_shown_short() {
        assert_eq!(id(&[]), "");
        assert_eq!(id(&[0xab; 32]), "ab".repeat(32));
        assert_eq!(id(&[0xab; 300_000]), "ab".repeat(32) + "…");
    }

    /// Scenario: a batch goes to a plugin in parts, and the second shows the second resource alone.
    /// Guarantees: a note of it names the resource, the scope and the span as the batch counts them.
    #[test]
    fn what_a_part_calls_first_is_told_by_its_number_in_the_batch() {
        let of_span = |name: u8| [0x12, 5, 0x12, 3, 0x12, 1, name];
        let batch: Vec<u8> = [1, 2]
            .into_iter()
            .flat_map(|name| [0x0a, 7].into_iter().chain(of_span(name)))
            .collect();
        let viewer = Viewer::new(&Sight::Everything).unwrap();
        let view = viewer.view(&batch, 1..2, 0).unwrap();
        let mut notes = Notes::at(Noting::Acts);
        for on in [On::Resource, On::Scope, On::Span] {
            notes.add(Subject { on, number: 0, member: 0 }, Spot::Whole, Deed::Kept, 0);
        }
        let seen = Seen { batch: &batch, units: view.units, view: &view.bytes };
        let configured = Configured::new(Sight::Everything, Writes::default());
        let told = tell(&notes.into_bytes(), &seen, &configured).unwrap().told;
        assert_eq!((told[0].resource, told[1].scope), (Some(1), Some(1)));
        assert_eq!((told[2].of.number, told[2].span_id.as_deref()), (1, Some("02")));
    }

    /// Scenario: paths in no order, one inside another, one that leads nowhere, a key that is hidden, and
    /// a key longer than what is told.
    #[test]
    fn each_path_is_told_by_its_keys() {
        let text = |value: &str| json!({"stringValue": value});
        let long = "k".repeat(3000);
        let map = json!({"kvlistValue": {"values": [
            {"key": "x", "value": text("1")}, {"key": long, "value": text("2")}]}});
        let list = json!({"arrayValue": {"values": [text("0"), map]}});
        let batch = json!({"resourceSpans": [{"scopeSpans": [{"spans": [{"attributes": [
            {"key": "a", "value": text("v")}, {"key": "anna", "value": list}]}]}]}]});
        let batch = otlp_json::to_protobuf(&batch.to_string()).unwrap();
        let mut notes = Notes::at(Noting::Acts);
        let span = Subject::span(0);
        let paths: [&[u32]; 6] = [&[1, 1, 1], &[1, 1, 0], &[1], &[0], &[1, 7], &[1, 1]];
        for path in paths {
            notes.add(span, Spot::Value(path), Deed::Masked, 0);
        }
        notes.add(span, Spot::Key(&[1]), Deed::Masked, 0);
        let seen = Seen { batch: &batch, units: 0..usize::MAX, view: &batch };
        let configured = Configured::new(Sight::Everything, Writes::default());
        let told = tell(&notes.into_bytes(), &seen, &configured).unwrap().told;
        let keys: Vec<_> = told.iter().map(|told| told.key.clone().unwrap_or_default()).collect();
        let way = "[key][1].";
        let cut = format!("{way}{}…", "k".repeat(1024 - way.len()));
        assert_eq!(keys, [&cut, "[key][1].x", "[key]", "a", "", "[key][1]", "[key]"]);
        assert_eq!(super::shown_way(&format!("{way}{long}")), cut);
    }
}
