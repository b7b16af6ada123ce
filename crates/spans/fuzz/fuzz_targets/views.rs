//! What the property tests of views check, on inputs that a fuzzer steers.
//!
//! ```text
//! cargo +nightly fuzz run views --fuzz-dir crates/spans/fuzz -- -max_total_time=240
//! ```
//!
//! The first bytes of an input choose a sight, and where views begin and end. The others are the batch
//! itself, or the choices by which one is made, written in unusual ways, and damaged.
#![no_main]

// Shared with the property tests.
#[path = "../../tests/properties/collector.rs"]
mod collector;
#[path = "../../tests/properties/generate.rs"]
mod generate;
#[path = "../../tests/properties/perturb.rs"]
mod perturb;
#[path = "../../tests/properties/shown.rs"]
mod shown;
#[path = "../../tests/properties/tape.rs"]
mod tape;
#[path = "../../tests/properties/views.rs"]
mod views;
// Nothing is edited here, so some of it stays unused.
#[allow(dead_code)]
#[path = "../../tests/properties/wire.rs"]
mod wire;

use libfuzzer_sys::fuzz_target;
use prost::Message;

use crate::tape::Tape;

/// Choices of a sight, and of parts of a batch.
const CHOICES: usize = 24;

fuzz_target!(|data: &[u8]| {
    let Some((&kind, data)) = data.split_first() else { return };
    let Some((choices, rest)) = data.split_first_chunk::<CHOICES>() else { return };
    let mut choices = Tape::new(choices);
    if kind % 4 == 0 {
        views::hold(rest, &mut choices);
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
    views::hold(&batch, &mut choices);
});
