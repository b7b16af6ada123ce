//! An editor that keeps what came of each resource, and one that is asked for its reasons: the edits
//! are those of the same editor alone.

use std::collections::{BTreeSet, HashMap};

use prost::Message;
use spans::{
    Carrier, Deed, Noted, Notes, Noting, Place, Reason, SaysWhy, Scalar, Spot, TextEditor,
    TextField, Treatment, Unknown, Unsearchable,
};

use crate::proto::{Action, Edits, Field};

/// A resource that comes again gets the edits that it got before.
pub fn known_resources_are_edited_as_before(
    view: &[u8],
    editor: impl TextEditor,
    edits: &spans::Edits,
) {
    let mut knows = Knows { editor, known: HashMap::new() };
    for _ in 0..2 {
        assert_eq!(&spans::edit_texts(view, Unknown::Keep, &mut knows).expect("a view"), edits);
    }
}

struct Knows<E> {
    editor: E,
    known: HashMap<Vec<u8>, Noted>,
}

impl<E: TextEditor> TextEditor for Knows<E> {
    fn known_resource(&mut self, resource: &[u8]) -> Option<&Noted> {
        self.known.get(resource)
    }

    fn keep_resource(&mut self, resource: &[u8], edits: impl FnOnce() -> Option<Noted>) {
        let before = self.known.insert(resource.to_vec(), edits().expect("they can be told"));
        assert_eq!(before, None, "what is known is not visited");
    }

    fn entry(&mut self, carrier: Carrier, keys: &[&[u8]]) -> Treatment {
        self.editor.entry(carrier, keys)
    }

    fn text(&mut self, place: Place<'_>, text: &[u8]) -> Option<String> {
        self.editor.text(place, text)
    }

    fn scalar(&mut self, place: Place<'_>, value: Scalar) -> Option<String> {
        self.editor.scalar(place, value)
    }

    fn unsearchable(&mut self, place: Place<'_>, why: Unsearchable) -> Option<String> {
        self.editor.unsearchable(place, why)
    }
}

/// What is edited is noted where it stands, and nothing else is noted as edited.
pub fn what_is_edited_is_noted(view: &[u8], editor: impl TextEditor, edits: &spans::Edits) {
    let mut says = Says { editor, reasons: Vec::new() };
    let mut notes = Notes::at(Noting::Looked);
    let noting = spans::edit_texts_noting(view, Unknown::Keep, &mut says, &mut notes);
    assert_eq!(&noting.expect("a view"), edits);
    let (notes, left_out) = Notes::read(&notes.into_bytes()).expect("notes");
    assert!(says.reasons.is_empty() && left_out == 0);
    let done =
        notes.into_iter().filter(|note| (note.deed, note.rule) == (MASKED.deed, MASKED.rule));
    let done: BTreeSet<_> = done
        .map(|note| (note.of.on as i32, note.of.number, note.of.member, format!("{:?}", note.spot)))
        .collect();
    let edits = Edits::decode(edits.bytes.as_slice()).expect("an answer").edits;
    let edited = edits.into_iter().map(|edit| {
        let spot = match edit.action {
            Some(Action::SetField(set)) => Spot::Field(text_field(set.field())),
            Some(Action::ReplaceValue(replace)) => Spot::Value(replace.path),
            Some(Action::RenameKey(rename)) => Spot::Key(rename.path),
            action => panic!("{action:?}"),
        };
        (edit.carrier, edit.number, edit.member, format!("{spot:?}"))
    });
    assert_eq!(done, edited.collect());
}

const MASKED: Reason = Reason { deed: Deed::Masked, rule: 300 };
const LEFT: Reason = Reason { deed: Deed::LookedAndLeft, rule: 0 };

fn text_field(field: Field) -> TextField {
    match field {
        Field::Name => TextField::Name,
        Field::StatusMessage => TextField::StatusMessage,
        Field::TraceState => TextField::TraceState,
        Field::Version => TextField::Version,
        Field::SchemaUrl => TextField::SchemaUrl,
        Field::Type => TextField::Type,
    }
}

/// Has a reason for every answer.
struct Says<E> {
    editor: E,
    reasons: Vec<Reason>,
}

impl<E> Says<E> {
    fn say(&mut self, new: Option<String>) -> Option<String> {
        self.reasons.push(if new.is_some() { MASKED } else { LEFT });
        new
    }
}

impl<E: TextEditor> SaysWhy for Says<E> {
    fn take_reasons(&mut self) -> Vec<Reason> {
        std::mem::take(&mut self.reasons)
    }
}

impl<E: TextEditor> TextEditor for Says<E> {
    fn entry(&mut self, carrier: Carrier, keys: &[&[u8]]) -> Treatment {
        let treatment = self.editor.entry(carrier, keys);
        if matches!(treatment, Treatment::Replace(_)) {
            self.reasons.push(MASKED);
        }
        treatment
    }

    fn text(&mut self, place: Place<'_>, text: &[u8]) -> Option<String> {
        let new = self.editor.text(place, text);
        self.say(new)
    }

    fn scalar(&mut self, place: Place<'_>, value: Scalar) -> Option<String> {
        let new = self.editor.scalar(place, value);
        self.say(new)
    }

    fn unsearchable(&mut self, place: Place<'_>, why: Unsearchable) -> Option<String> {
        let new = self.editor.unsearchable(place, why);
        self.say(new)
    }
}
