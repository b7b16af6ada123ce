//! Answers of plugins: what is taken, and what comes of it, held against a plain way over prost's
//! structs.

// Whatever does not hold is a failed test.
#![allow(clippy::panic, clippy::unwrap_used)]

mod aside;
mod choose;
mod depth;
mod examples;
// Shared with the other property tests. Nothing here uses all of it.
#[allow(dead_code)]
#[path = "../properties/collector.rs"]
mod collector;
#[allow(dead_code)]
#[path = "../properties/generate.rs"]
mod generate;
mod hold;
mod model;
mod notes;
#[allow(dead_code)]
#[path = "../properties/perturb.rs"]
mod perturb;
mod plain;
mod plain_apply;
mod proto;
mod sights;
mod strict;
#[allow(dead_code)]
#[path = "../properties/tape.rs"]
mod tape;
mod through;
#[allow(dead_code)]
#[path = "../properties/wire.rs"]
mod wire;

use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message;

use crate::tape::Tape;

/// Bytes that a failure prints in hexadecimal.
#[derive(Clone)]
struct Hex(Vec<u8>);

impl std::fmt::Debug for Hex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn tape() -> impl Strategy<Value = Hex> {
    prop_oneof![vec(any::<u8>(), 0..200), vec(any::<u8>(), 0..3000)].prop_map(Hex)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 500,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Scenario: any edits that a contract allows, to any parts of a batch.
    /// Guarantees: they are taken, they do what they say and nothing else, and spans without edits
    /// keep their very bytes.
    #[test]
    fn right_edits_do_what_they_say(bytes in tape(), edits in tape()) {
        let batch = generate::traces(&mut Tape::new(&bytes.0)).encode_to_vec();
        hold::right_edits(&batch, &mut Tape::new(&edits.0));
    }

    /// Scenario: the same on a batch that no encoder writes: fields twice and in any order, values
    /// in several pieces.
    /// Guarantees: as above.
    #[test]
    fn right_edits_do_what_they_say_however_the_batch_is_written(bytes in tape(), edits in tape()) {
        let mut tape = Tape::new(&bytes.0);
        let batch = generate::traces(&mut tape).encode_to_vec();
        hold::right_edits(&perturb::rewrite(&batch, &mut tape), &mut Tape::new(&edits.0));
    }

    /// Scenario: answers with something wrong in them.
    /// Guarantees: what is taken is what is right; nothing panics.
    #[test]
    fn wrong_edits_are_refused(bytes in tape(), edits in tape()) {
        let batch = generate::traces(&mut Tape::new(&bytes.0)).encode_to_vec();
        hold::wrong_edits(&batch, &mut Tape::new(&edits.0));
    }

    /// Scenario: bytes that never were an answer, and a batch that is none.
    /// Guarantees: as above.
    #[test]
    fn any_bytes_are_taken_or_refused(bytes in tape(), edits in vec(any::<u8>(), 0..40)) {
        let mut tape = Tape::new(&bytes.0);
        let batch = generate::traces(&mut tape).encode_to_vec();
        hold::any_bytes(&batch, &edits, &mut tape);
        let damaged = perturb::damage(&batch, &mut tape);
        hold::nothing_panics(&damaged, &edits, &mut tape);
    }

    /// Scenario: plugins answer to views of batches as an encoder writes them, whole and in parts.
    /// Guarantees: what comes out is what the same edits make of prost's structs; every text is
    /// visited under its place.
    #[test]
    fn answers_come_to_edits_by_hand(bytes in tape(), choice in any::<u64>(), limit in limits()) {
        let batch = generate::traces(&mut Tape::new(&bytes.0)).encode_to_vec();
        through::spans_are_edited(&batch, choice, limit);
        through::texts_are_edited(&batch, choice, limit);
        through::values_are_hashed(&batch, limit);
        let batch = collector::last_to_first(&batch);
        through::spans_are_edited(&batch, choice, limit);
        through::texts_are_edited(&batch, choice, limit);
        through::values_are_hashed(&batch, limit);
    }

    /// Scenario: the same on batches that no encoder writes.
    /// Guarantees: as above.
    #[test]
    fn answers_come_to_edits_by_hand_however_the_batch_is_written(
        bytes in tape(),
        choice in any::<u64>(),
        limit in limits(),
    ) {
        let mut tape = Tape::new(&bytes.0);
        let batch = generate::traces(&mut tape).encode_to_vec();
        let batch = perturb::rewrite(&batch, &mut tape);
        through::spans_are_edited(&batch, choice, limit);
        through::texts_are_edited(&batch, choice, limit);
        through::values_are_hashed(&batch, limit);
    }
}

/// How long a view may be.
fn limits() -> impl Strategy<Value = usize> {
    prop_oneof![Just(0), 1..200_usize]
}
