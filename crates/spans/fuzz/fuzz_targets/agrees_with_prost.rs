//! What the property tests of `spans` check, on inputs that a fuzzer steers.
//!
//! ```text
//! cargo +nightly fuzz run agrees_with_prost --fuzz-dir crates/spans/fuzz -- -max_total_time=240
//! ```
//!
//! The first byte of an input says what the others are: the batch itself, or the choices by which
//! one is made, written in unusual ways, and damaged.
#![no_main]

// Shared with the property tests. The fuzzer uses all of it.
#[path = "../../tests/properties/collector.rs"]
mod collector;
#[path = "../../tests/properties/generate.rs"]
mod generate;
#[path = "../../tests/properties/invariants.rs"]
mod invariants;
#[path = "../../tests/properties/leaving.rs"]
mod leaving;
#[path = "../../tests/properties/model.rs"]
mod model;
#[path = "../../tests/properties/perturb.rs"]
mod perturb;
#[path = "../../tests/properties/tape.rs"]
mod tape;
#[path = "../../tests/properties/wire.rs"]
mod wire;

use libfuzzer_sys::fuzz_target;
use prost::Message;

use crate::tape::Tape;

fuzz_target!(|data: &[u8]| {
    let Some((&[kind, choice], rest)) = data.split_first_chunk() else { return };
    let choice = u64::from(choice);
    if kind % 4 == 0 {
        invariants::hold(rest, choice);
        return;
    }
    let mut tape = Tape::new(rest);
    let mut batch = generate::traces(&mut tape).encode_to_vec();
    if kind >= 0x80 {
        batch = collector::last_to_first(&batch);
    }
    if kind % 4 > 1 {
        batch = perturb::rewrite(&batch, &mut tape);
    }
    if kind % 4 > 2 {
        batch = perturb::damage(&batch, &mut tape);
    }
    invariants::hold(&batch, choice);
});
