//! [`Notes`]: why a plugin answered as it did, as `wit/notes.proto` has it.

mod check;
mod read;

pub use self::check::NoteBounds;
use crate::edit_form::{On, TextField};
use crate::wire::{length_field_len, varint_len, write_varint};

/// How much a host wants to know of why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Noting {
    /// Nothing.
    #[default]
    Off,
    /// What was done, and what could not be told.
    Acts,
    /// Also what was looked at and left.
    Looked,
}

/// What was done at a place. The numbers are those of `Deed` in `wit/notes.proto`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deed {
    /// The span goes on.
    #[default]
    Kept = 0,
    /// The span does not go on.
    Dropped = 1,
    /// A mask stands for what was there, or for a part of it.
    Masked = 2,
    /// Something else stands for what was there.
    Replaced = 3,
    /// The attribute was set, over what stood there, if anything did.
    Added = 4,
    /// It could not be told, so nothing is.
    LeftInDoubt = 5,
    /// It was looked at and is as it was.
    LookedAndLeft = 6,
    /// The rule fits, and another one decided.
    WouldHave = 7,
    /// By a rule that only reports the span would go on.
    WouldKeep = 8,
    /// By a rule that only reports the span would not go on.
    WouldDrop = 9,
    /// By a rule that only reports a mask would stand for what is there, or for a part of it.
    WouldMask = 10,
    /// By a rule that only reports something else would stand for what is there.
    WouldReplace = 11,
    /// By a rule that only reports the attribute would be set.
    WouldAdd = 12,
}

impl Deed {
    const ALL: [Deed; 13] = [
        Deed::Kept,
        Deed::Dropped,
        Deed::Masked,
        Deed::Replaced,
        Deed::Added,
        Deed::LeftInDoubt,
        Deed::LookedAndLeft,
        Deed::WouldHave,
        Deed::WouldKeep,
        Deed::WouldDrop,
        Deed::WouldMask,
        Deed::WouldReplace,
        Deed::WouldAdd,
    ];

    /// The level from which on it is told.
    #[must_use]
    pub fn level(self) -> Noting {
        match self {
            Deed::LookedAndLeft | Deed::WouldHave => Noting::Looked,
            _ => Noting::Acts,
        }
    }

    /// In the words of `wit/notes.proto`: `left_in_doubt`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Deed::Kept => "kept",
            Deed::Dropped => "dropped",
            Deed::Masked => "masked",
            Deed::Replaced => "replaced",
            Deed::Added => "added",
            Deed::LeftInDoubt => "left_in_doubt",
            Deed::LookedAndLeft => "looked_and_left",
            Deed::WouldHave => "would_have",
            Deed::WouldKeep => "would_keep",
            Deed::WouldDrop => "would_drop",
            Deed::WouldMask => "would_mask",
            Deed::WouldReplace => "would_replace",
            Deed::WouldAdd => "would_add",
        }
    }

    /// The same where nothing is done, for the rule only reports.
    #[must_use]
    pub fn reported(self) -> Self {
        match self {
            Deed::Kept => Deed::WouldKeep,
            Deed::Dropped => Deed::WouldDrop,
            Deed::Masked => Deed::WouldMask,
            Deed::Replaced => Deed::WouldReplace,
            Deed::Added => Deed::WouldAdd,
            other => other,
        }
    }

    /// Whether a rule that only reports tells of it.
    #[must_use]
    pub fn is_reported(self) -> bool {
        matches!(
            self,
            Deed::WouldKeep
                | Deed::WouldDrop
                | Deed::WouldMask
                | Deed::WouldReplace
                | Deed::WouldAdd
        )
    }
}

/// What a note is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// A resource, a scope or a span; or a member of one.
    pub on: On,
    /// Of the resource, scope or span, counted through the whole view.
    pub number: u32,
    /// Of the event, link or entity among those around it.
    pub member: u32,
}

impl Default for Subject {
    /// The first span.
    fn default() -> Self {
        Subject::span(0)
    }
}

impl Subject {
    /// A span, by its number in the view.
    #[must_use]
    pub fn span(number: u32) -> Self {
        Subject { on: On::Span, number, member: 0 }
    }
}

/// A place in a resource, scope, span, event, link or entity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Spot<P = Vec<u32>> {
    /// The whole of it.
    #[default]
    Whole,
    /// A field.
    Field(TextField),
    /// An attribute that is set, or might have been: an index into [`Writes::sets`].
    ///
    /// [`Writes::sets`]: crate::Writes::sets
    Set(u32),
    /// The value that a path leads to.
    Value(P),
    /// The key of the entry that a path leads to.
    Key(P),
}

/// What was done at one place, and by which rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it is of.
    pub of: Subject,
    /// The place in it.
    pub spot: Spot,
    /// What was done.
    pub deed: Deed,
    /// Index into the table of rules.
    pub rule: u32,
}

/// Most notes of one answer; more are counted.
pub const MOST_NOTES: usize = 16_384;

/// Takes notes at some level, and writes each at once.
///
/// ```
/// use spans::{Deed, Subject, Notes, Noting, Spot};
///
/// let mut notes = Notes::at(Noting::Acts);
/// notes.add(Subject::span(3), Spot::Whole, Deed::Dropped, 1);
/// notes.add(Subject::span(4), Spot::Whole, Deed::LookedAndLeft, 1);
/// let (read, left_out) = Notes::read(&notes.into_bytes())?;
/// assert_eq!((read.len(), left_out), (1, 0));
/// assert_eq!((read[0].of, read[0].deed), (Subject::span(3), Deed::Dropped));
/// # Ok::<(), spans::Malformed>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Notes {
    level: Noting,
    bytes: Vec<u8>,
    count: usize,
    left_out: u32,
}

impl Notes {
    /// Takes notes that are told at this level, and drops others.
    #[must_use]
    pub fn at(level: Noting) -> Self {
        Notes { level, ..Notes::default() }
    }

    /// The level.
    #[must_use]
    pub fn level(&self) -> Noting {
        self.level
    }

    /// Takes a note.
    pub fn add(&mut self, of: Subject, spot: Spot<&[u32]>, deed: Deed, rule: u32) {
        if deed.level() > self.level {
            return;
        }
        if self.count == MOST_NOTES {
            self.left_out = self.left_out.saturating_add(1);
            return;
        }
        self.count += 1;
        self.write(of, &spot, deed, rule);
    }

    /// The message `Notes`; no bytes where there is none.
    #[must_use]
    pub fn into_bytes(mut self) -> Vec<u8> {
        if self.left_out > 0 {
            self.bytes.push(2 << 3);
            write_varint(&mut self.bytes, u64::from(self.left_out));
        }
        self.bytes
    }

    fn write(&mut self, of: Subject, spot: &Spot<&[u32]>, deed: Deed, rule: u32) {
        let subject = [(1, of.on as u32), (2, of.number), (3, of.member)];
        let deed = [(8, deed as u32), (9, rule)];
        let numbers = subject.iter().chain(&deed);
        let numbers_len: usize = numbers.map(|(_, number)| number_len(*number)).sum();
        self.bytes.push(1 << 3 | 2);
        write_varint(&mut self.bytes, (numbers_len + spot_len(spot)) as u64);
        for (field, number) in subject.into_iter().filter(|(_, number)| *number != 0) {
            self.number(field, number);
        }
        self.spot(spot);
        for (field, number) in deed.into_iter().filter(|(_, number)| *number != 0) {
            self.number(field, number);
        }
    }

    fn spot(&mut self, spot: &Spot<&[u32]>) {
        match spot {
            Spot::Whole => {}
            Spot::Field(field) => self.number(4, *field as u32),
            Spot::Set(set) => self.number(5, *set),
            Spot::Value(path) => self.path(6, path),
            Spot::Key(path) => self.path(7, path),
        }
    }

    fn number(&mut self, field: u8, number: u32) {
        self.bytes.push(field << 3);
        write_varint(&mut self.bytes, u64::from(number));
    }

    fn path(&mut self, field: u8, path: &[u32]) {
        self.bytes.push(field << 3 | 2);
        write_varint(&mut self.bytes, length_field_len(packed_len(path)) as u64);
        self.bytes.push(1 << 3 | 2);
        write_varint(&mut self.bytes, packed_len(path) as u64);
        for position in path {
            write_varint(&mut self.bytes, u64::from(*position));
        }
    }
}

/// 0 is left out.
fn number_len(number: u32) -> usize {
    if number == 0 { 0 } else { 1 + varint(number) }
}

fn spot_len(spot: &Spot<&[u32]>) -> usize {
    match spot {
        Spot::Whole => 0,
        Spot::Field(field) => 1 + varint(*field as u32),
        Spot::Set(set) => 1 + varint(*set),
        Spot::Value(path) | Spot::Key(path) => length_field_len(length_field_len(packed_len(path))),
    }
}

fn packed_len(path: &[u32]) -> usize {
    path.iter().map(|position| varint(*position)).sum()
}

fn varint(number: u32) -> usize {
    varint_len(u64::from(number))
}
