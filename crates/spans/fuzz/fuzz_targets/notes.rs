//! Notes as a plugin may write them, read by us and by prost.
//!
//! ```text
//! cargo +nightly fuzz run notes --fuzz-dir crates/spans/fuzz -- -max_total_time=240
//! ```
//!
//! What prost refuses is refused. What is read says what prost reads, is the same once it is written
//! anew, and can be checked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prost::Message;
use spans::{Note, NoteBounds, Notes, Noting, On, Spot};

mod proto {
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Notes {
        #[prost(message, repeated, tag = "1")]
        pub notes: Vec<Note>,
        #[prost(uint32, tag = "2")]
        pub left_out: u32,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Note {
        #[prost(int32, tag = "1")]
        pub carrier: i32,
        #[prost(uint32, tag = "2")]
        pub number: u32,
        #[prost(uint32, tag = "3")]
        pub member: u32,
        #[prost(oneof = "Place", tags = "4, 5, 6, 7")]
        pub place: Option<Place>,
        #[prost(int32, tag = "8")]
        pub deed: i32,
        #[prost(uint32, tag = "9")]
        pub rule: u32,
    }

    #[derive(Clone, PartialEq, prost::Oneof)]
    pub enum Place {
        #[prost(int32, tag = "4")]
        Field(i32),
        #[prost(uint32, tag = "5")]
        Set(u32),
        #[prost(message, tag = "6")]
        Value(Path),
        #[prost(message, tag = "7")]
        Key(Path),
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Path {
        #[prost(uint32, repeated, tag = "1")]
        pub positions: Vec<u32>,
    }
}

fn as_proto(note: &Note) -> proto::Note {
    let path = |positions: &[u32]| proto::Path { positions: positions.to_vec() };
    let place = match &note.spot {
        Spot::Whole => None,
        Spot::Field(field) => Some(proto::Place::Field(*field as i32)),
        Spot::Set(set) => Some(proto::Place::Set(*set)),
        Spot::Value(positions) => Some(proto::Place::Value(path(positions))),
        Spot::Key(positions) => Some(proto::Place::Key(path(positions))),
    };
    let of = note.of;
    proto::Note {
        carrier: of.on as i32,
        number: of.number,
        member: of.member,
        place,
        deed: note.deed as i32,
        rule: note.rule,
    }
}

/// Written again, at the level at which all is told.
fn written(notes: &[Note]) -> Vec<u8> {
    let mut all = Notes::at(Noting::Looked);
    for Note { of, spot, deed, rule } in notes {
        let spot = match spot {
            Spot::Whole => Spot::Whole,
            Spot::Field(field) => Spot::Field(*field),
            Spot::Set(set) => Spot::Set(*set),
            Spot::Value(path) => Spot::Value(path.as_slice()),
            Spot::Key(path) => Spot::Key(path.as_slice()),
        };
        all.add(*of, spot, *deed, *rule);
    }
    all.into_bytes()
}

fuzz_target!(|data: &[u8]| {
    let ours = Notes::read(data);
    let theirs = proto::Notes::decode(data);
    for level in [Noting::Off, Noting::Acts, Noting::Looked] {
        // One resource, one scope, two spans.
        let view = b"\x0a\x06\x12\x04\x12\x00\x12\x00";
        let bounds = NoteBounds { view, rules: 2, sets: 1 };
        let checked = Notes::check(data, level, &bounds);
        if checked.is_ok() && !data.is_empty() {
            let (notes, _) = ours.as_ref().unwrap();
            let most = |on: On| if on.whole() == On::Span { 2 } else { 1 };
            assert!(notes.iter().all(|note| note.of.number < most(note.of.on) && note.rule < 2));
        }
    }
    let Ok((notes, left_out)) = ours else { return };
    let Ok(theirs) = theirs else { panic!("prost refuses what is read") };
    let as_read: Vec<_> = notes.iter().map(as_proto).collect();
    assert_eq!(left_out, theirs.left_out);
    assert_eq!(as_read[..], theirs.notes[..as_read.len()]);
    assert_eq!(Notes::read(&written(&notes)).unwrap().0, notes);
});
