//! Notes by themselves: written and read.

use spans::{Deed, MOST_NOTES, Note, Notes, Noting, On, Spot, Subject, TextField};

/// Scenario: a note of each place, deed and subject, with numbers of one byte and of five.
/// Guarantees: they are read as they were taken, those that the level tells.
#[test]
fn notes_are_read_as_they_were_taken() {
    let spots = [
        Spot::Whole,
        Spot::Field(TextField::Name),
        Spot::Field(TextField::Type),
        Spot::Set(0),
        Spot::Set(300),
        Spot::Value(vec![0]),
        Spot::Value(vec![1, 0, u32::MAX]),
        Spot::Key(vec![200, 3]),
    ];
    let deeds =
        [Deed::Kept, Deed::LeftInDoubt, Deed::LookedAndLeft, Deed::WouldHave, Deed::WouldMask];
    let subjects = [
        Subject::span(0),
        Subject { on: On::Entity, number: u32::MAX, member: 1 },
        Subject { on: On::Scope, number: 127, member: 128 },
    ];
    for level in [Noting::Off, Noting::Acts, Noting::Looked] {
        let (mut notes, mut expected) = (Notes::at(level), Vec::new());
        for (of, spot) in subjects.iter().flat_map(|of| spots.iter().map(move |spot| (*of, spot))) {
            for (deed, rule) in deeds.into_iter().zip([0, 1, 300, u32::MAX, 7]) {
                let borrowed = match spot {
                    Spot::Whole => Spot::Whole,
                    Spot::Field(field) => Spot::Field(*field),
                    Spot::Set(set) => Spot::Set(*set),
                    Spot::Value(path) => Spot::Value(path.as_slice()),
                    Spot::Key(path) => Spot::Key(path.as_slice()),
                };
                notes.add(of, borrowed, deed, rule);
                let told = match deed {
                    Deed::LookedAndLeft | Deed::WouldHave => level == Noting::Looked,
                    _ => level != Noting::Off,
                };
                if told {
                    expected.push(Note { of, spot: spot.clone(), deed, rule });
                }
            }
        }
        assert_eq!(notes.level(), level);
        let bytes = notes.into_bytes();
        assert_eq!(bytes.is_empty(), level == Noting::Off);
        assert_eq!(Notes::read(&bytes), Ok((expected, 0)));
    }
}

/// Scenario: more notes than an answer may have.
/// Guarantees: those above are counted and not written.
#[test]
fn notes_above_the_most_are_counted() {
    for (more, left_out) in [(0, 0), (1, 1), (200, 200)] {
        let mut notes = Notes::at(Noting::Acts);
        for _ in 0..MOST_NOTES + more {
            notes.add(Subject::span(0), Spot::Whole, Deed::Kept, 0);
        }
        let (read, counted) = Notes::read(&notes.into_bytes()).unwrap();
        assert_eq!((read.len(), counted), (MOST_NOTES, left_out));
    }
}

/// Guarantees: each deed has the word and the number that `wit/notes.proto` gives it.
#[test]
fn deeds_are_those_of_the_contract() {
    use Deed as D;
    let contract = include_str!("../../../../wit/notes.proto");
    let deeds = [
        D::Kept,
        D::Dropped,
        D::Masked,
        D::Replaced,
        D::Added,
        D::LeftInDoubt,
        D::LookedAndLeft,
        D::WouldHave,
        D::WouldKeep,
        D::WouldDrop,
        D::WouldMask,
        D::WouldReplace,
        D::WouldAdd,
    ];
    for deed in deeds {
        let line = format!("\n  {} = {};\n", deed.word().to_uppercase(), deed as u32);
        assert!(contract.contains(&line), "{line}");
    }
}

/// Guarantees: what is only reported is told at the level of what is done, and counts as nothing done.
#[test]
fn what_is_only_reported_is_no_deed() {
    let deeds = [Deed::Kept, Deed::Dropped, Deed::Masked, Deed::Replaced, Deed::Added];
    for deed in deeds {
        assert!(!deed.is_reported() && deed.reported().is_reported());
        assert_eq!(deed.reported().reported(), deed.reported());
        assert_eq!(deed.reported().level(), Noting::Acts);
    }
    assert_eq!(Deed::LeftInDoubt.reported(), Deed::LeftInDoubt);
}
