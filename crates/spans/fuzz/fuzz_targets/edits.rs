//! What the property tests of `spans` check of answers and their edits, on inputs that a fuzzer
//! steers.
//!
//! ```text
//! cargo +nightly fuzz run edits --fuzz-dir crates/spans/fuzz -- -max_total_time=240
//! ```
//!
//! The first byte of an input says how a batch is written and what is done to it. The second says
//! how many of the others, in steps of eight, are the choices by which the batch is made; the rest
//! choose the edits, or are the answer.
#![no_main]

// Shared with the property tests. The fuzzer uses nearly all of it.
#[path = "../../tests/edits/aside.rs"]
mod aside;
#[path = "../../tests/edits/choose.rs"]
mod choose;
#[path = "../../tests/properties/generate.rs"]
mod generate;
#[path = "../../tests/edits/hold.rs"]
mod hold;
#[path = "../../tests/edits/model.rs"]
mod model;
#[path = "../../tests/properties/perturb.rs"]
mod perturb;
#[path = "../../tests/edits/plain.rs"]
mod plain;
#[path = "../../tests/edits/plain_apply.rs"]
mod plain_apply;
#[path = "../../tests/edits/proto.rs"]
mod proto;
#[path = "../../tests/edits/sights.rs"]
mod sights;
#[path = "../../tests/edits/strict.rs"]
mod strict;
#[path = "../../tests/properties/tape.rs"]
mod tape;
#[path = "../../tests/edits/through.rs"]
mod through;
#[allow(dead_code)]
#[path = "../../tests/properties/wire.rs"]
mod wire;

use libfuzzer_sys::fuzz_target;
use prost::Message;

use crate::tape::Tape;

fuzz_target!(|data: &[u8]| {
    let Some((&[kind, length], rest)) = data.split_first_chunk() else { return };
    let (batch, edits) = rest.split_at(rest.len().min(usize::from(length) * 8));
    let mut tape = Tape::new(batch);
    let mut batch = generate::traces(&mut tape).encode_to_vec();
    if kind >= 0x80 {
        batch = perturb::rewrite(&batch, &mut tape);
    }
    let mut choices = Tape::new(edits);
    match kind % 5 {
        0 => hold::right_edits(&batch, &mut choices),
        1 => hold::wrong_edits(&batch, &mut choices),
        2 => hold::any_bytes(&batch, edits, &mut tape),
        3 => hold::nothing_panics(&perturb::damage(&batch, &mut tape), edits, &mut choices),
        _ => {
            let (choice, limit) = (choices.number(), choices.below(400));
            through::spans_are_edited(&batch, choice, limit);
            through::texts_are_edited(&batch, choice, limit);
            through::values_are_hashed(&batch, limit);
        }
    }
});
