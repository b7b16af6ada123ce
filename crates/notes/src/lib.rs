//! Why a plugin did what it did, for people: which span, which place, which rule.
//!
//! It is its own crate because the command line, the cases and whatever shows notes on a screen must
//! say the same of the same bytes. It knows the notes' form from `spans`, and no host.
//!
//! What it says never holds a value of a span. Of what is noted it gives the key; where the note says
//! that the key itself is masked, `[key]` stands for it.

mod keys;

use plugin::Configured;
use serde::Serialize;
use spans::{Deed, Malformed, Note, Notes, On, Spot, TextField};

use crate::keys::Keys;

/// One note, resolved. As JSON, what does not fit is left out:
///
/// ```json
/// {"trace_id":"5b8e…","span_id":"eee1…","event":0,"key":"http.url","deed":"masked",
///  "rule":{"path":"detectors.email","document":"base.yaml","line":7}}
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Told {
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
    /// The attribute, and the way into it: `customer.name`, `items[0].note`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What was done, in the words of `wit/notes.proto`: `left_in_doubt`.
    pub deed: &'static str,
    /// By which rule.
    pub rule: Rule,
}

/// A rule, where it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
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

/// Resolves the notes of an answer. `view` is what the plugin got, `ids` the view of the same spans
/// that holds their ids.
///
/// # Errors
/// Where notes or views cannot be decoded, which nobody checked then.
pub fn tell(
    notes: &[u8],
    view: &[u8],
    ids: &[u8],
    configured: &Configured,
) -> Result<Telling, Malformed> {
    if notes.is_empty() {
        return Ok(Telling::default());
    }
    let (notes, left_out) = Notes::read(notes)?;
    let ids = spans_of(ids)?;
    let keys = Keys::of(&notes, view)?;
    let told = notes.iter().map(|note| one(note, &ids, &keys, configured)).collect();
    Ok(Telling { told, left_out })
}

/// Trace id and span id of each span.
fn spans_of(ids: &[u8]) -> Result<Vec<(String, String)>, Malformed> {
    let mut all = Vec::new();
    spans::read(ids, |_, span| {
        all.push((id(span.trace_id), id(span.span_id)));
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

fn one(note: &Note, ids: &[(String, String)], keys: &Keys, configured: &Configured) -> Told {
    let Note { of, spot, deed, rule } = note;
    let mut told = Told { deed: deed.word(), rule: rule_of(*rule, configured), ..Told::default() };
    match of.on.whole() {
        On::Resource => told.resource = Some(of.number),
        On::Scope => told.scope = Some(of.number),
        _ => {
            let ids = ids.get(of.number as usize);
            told.trace_id = ids.map(|(trace_id, _)| trace_id.clone());
            told.span_id = ids.map(|(_, span_id)| span_id.clone());
        }
    }
    match of.on {
        On::Event => told.event = Some(of.member),
        On::Link => told.link = Some(of.member),
        On::Entity => told.entity = Some(of.member),
        On::Span | On::Resource | On::Scope => {}
    }
    match spot {
        Spot::Whole => {}
        Spot::Field(field) => told.field = Some(word(*field)),
        Spot::Set(set) => {
            told.key = configured.writes.sets.get(*set as usize).map(|set| set.key.clone());
        }
        Spot::Value(path) | Spot::Key(path) => told.key = keys.get(*of, path),
    }
    told
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

/// Whether a note says that a key is not what it was.
fn hides_key(note: &Note) -> bool {
    matches!(note.spot, Spot::Key(_)) && matches!(note.deed, Deed::Masked | Deed::Replaced)
}

#[cfg(test)]
mod tests {
    use super::id;

    #[test]
    fn an_id_of_any_length_is_shown_short() {
        assert_eq!(id(&[]), "");
        assert_eq!(id(&[0xab; 32]), "ab".repeat(32));
        assert_eq!(id(&[0xab; 300_000]), "ab".repeat(32) + "…");
    }
}
