//! Whether bytes are an answer to the letter of the contract: protobuf in the shortest form, with
//! nothing in it that `wit/edits.proto` does not name. Plainly, by a table.

/// What a field holds.
#[derive(Clone, Copy, PartialEq)]
enum Holds {
    Bool,
    /// A number below this.
    Below(u64),
    Any,
    Fixed,
    Text,
    Packed,
    Message(&'static Form),
}

/// A message: its fields, of which those in `one_of` exclude one another and one is needed.
#[derive(PartialEq)]
struct Form {
    fields: &'static [(u64, Holds)],
    one_of: &'static [u64],
    /// Fields that must be there.
    needed: &'static [u64],
    repeated: &'static [u64],
}

const NUMBER: Holds = Holds::Below(1 << 32);

static EDITS: Form = Form {
    fields: &[(1, Holds::Bool), (2, Holds::Packed), (3, Holds::Message(&EDIT))],
    one_of: &[],
    needed: &[],
    repeated: &[3],
};

static EDIT: Form = Form {
    fields: &[
        (1, Holds::Below(6)),
        (2, NUMBER),
        (3, NUMBER),
        (4, Holds::Message(&SET_FIELD)),
        (5, Holds::Message(&SET_ATTRIBUTE)),
        (6, Holds::Message(&REPLACE_VALUE)),
        (7, Holds::Message(&RENAME_KEY)),
        (8, Holds::Message(&REMOVE_ENTRY)),
    ],
    one_of: &[4, 5, 6, 7, 8],
    needed: &[],
    repeated: &[],
};

static SET_FIELD: Form = plain(&[(1, Holds::Below(6)), (2, Holds::Text)], &[]);
static SET_ATTRIBUTE: Form = plain(&[(1, NUMBER), (2, Holds::Message(&SCALAR))], &[2]);
static REPLACE_VALUE: Form = plain(&[(1, Holds::Packed), (2, Holds::Message(&SCALAR))], &[2]);
static RENAME_KEY: Form = plain(&[(1, Holds::Packed), (2, Holds::Text)], &[]);
static REMOVE_ENTRY: Form = plain(&[(1, Holds::Packed)], &[]);

static SCALAR: Form = Form {
    fields: &[(1, Holds::Text), (2, Holds::Bool), (3, Holds::Any), (4, Holds::Fixed)],
    one_of: &[1, 2, 3, 4],
    needed: &[],
    repeated: &[],
};

const fn plain(fields: &'static [(u64, Holds)], needed: &'static [u64]) -> Form {
    Form { fields, one_of: &[], needed, repeated: &[] }
}

pub fn is_right(bytes: &[u8]) -> bool {
    message(&EDITS, bytes).is_some()
}

fn message(form: &Form, mut bytes: &[u8]) -> Option<()> {
    let mut met: Vec<u64> = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        let number = tag >> 3;
        let (_, holds) = form.fields.iter().find(|(it, _)| *it == number)?;
        // In `Edits`, edits come last.
        if met.contains(&number) && !form.repeated.contains(&number)
            || std::ptr::eq(form, &EDITS) && met.contains(&3) && number != 3
        {
            return None;
        }
        met.push(number);
        field(*holds, tag & 7, &mut bytes)?;
    }
    let chosen = met.iter().filter(|number| form.one_of.contains(number)).count();
    let is_one = form.one_of.is_empty() || chosen == 1;
    (is_one && form.needed.iter().all(|number| met.contains(number))).then_some(())
}

fn field(holds: Holds, wire_type: u64, bytes: &mut &[u8]) -> Option<()> {
    match (holds, wire_type) {
        (Holds::Bool, 0) => (varint(bytes)? < 2).then_some(()),
        (Holds::Below(bound), 0) => (varint(bytes)? < bound).then_some(()),
        (Holds::Any, 0) => varint(bytes).map(drop),
        (Holds::Fixed, 1) => {
            *bytes = bytes.get(8..)?;
            Some(())
        }
        (Holds::Text | Holds::Packed | Holds::Message(_), 2) => {
            let length = usize::try_from(varint(bytes)?).ok()?;
            let (mut content, rest) = bytes.split_at_checked(length)?;
            *bytes = rest;
            match holds {
                Holds::Message(form) => message(form, content),
                Holds::Text => String::from_utf8(content.to_vec()).ok().map(drop),
                _ => {
                    let has_some = !content.is_empty();
                    while !content.is_empty() {
                        u32::try_from(varint(&mut content)?).ok()?;
                    }
                    has_some.then_some(())
                }
            }
        }
        _ => None,
    }
}

/// A varint that is not longer than it must be.
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let length = bytes.iter().position(|byte| *byte < 0x80)? + 1;
    let (varint, rest) = bytes.split_at(length);
    *bytes = rest;
    let mut value: u128 = 0;
    for (index, byte) in varint.iter().enumerate().take(11) {
        value |= u128::from(byte & 0x7f) << (7 * index);
    }
    let is_shortest = length == 1 || varint[length - 1] != 0;
    (length <= 10 && is_shortest).then_some(value).and_then(|value| u64::try_from(value).ok())
}
