//! `spans` held against prost, and against a plain splitter of wire bytes, on batches in every
//! shape.

// Whatever does not hold is a failed test.
#![allow(clippy::panic)]

mod collector;
mod generate;
mod invariants;
mod leaving;
mod lengths;
mod model;
mod perturb;
mod settled;
mod shown;
mod tape;
mod views;
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

    /// Scenario: batches as an encoder writes them.
    /// Guarantees: reading means what prost means; an edit changes what it names and no other
    /// byte; every text is visited under its place.
    #[test]
    fn agrees_with_prost_on_what_encoders_write(bytes in tape(), choice in any::<u64>()) {
        let batch = generate::traces(&mut Tape::new(&bytes.0)).encode_to_vec();
        invariants::hold(&batch, choice);
    }

    /// Scenario: batches as the Collector writes them, every message from its last field to its
    /// first.
    /// Guarantees: as above.
    #[test]
    fn agrees_with_prost_on_what_the_collector_writes(bytes in tape(), choice in any::<u64>()) {
        let batch = generate::traces(&mut Tape::new(&bytes.0)).encode_to_vec();
        invariants::hold(&collector::last_to_first(&batch), choice);
    }

    /// Scenario: the same meaning written in other ways: fields in any order and twice, keys
    /// after values, resources after spans, unknown fields and groups, long varints.
    /// Guarantees: as above, and what OTLP does not know stays, or goes where that was asked.
    #[test]
    fn agrees_with_prost_on_what_no_encoder_writes(bytes in tape(), choice in any::<u64>()) {
        let mut tape = Tape::new(&bytes.0);
        let batch = generate::traces(&mut tape).encode_to_vec();
        invariants::hold(&perturb::rewrite(&batch, &mut tape), choice);
    }

    /// Scenario: batches in every shape, with damage and without.
    /// Guarantees: without what protobuf overrides a batch means the same, and no field that may
    /// stand once stands twice in it; a batch that an encoder wrote stays as it is.
    #[test]
    fn what_protobuf_overrides_is_taken_out(bytes in tape()) {
        let mut tape = Tape::new(&bytes.0);
        let batch = generate::traces(&mut tape).encode_to_vec();
        prop_assert_eq!(spans::settle(&batch), Ok(None));
        prop_assert_eq!(spans::settle(&collector::last_to_first(&batch)), Ok(None));
        let batch = perturb::rewrite(&batch, &mut tape);
        settled::hold(&batch);
        settled::hold(&perturb::damage(&batch, &mut tape));
    }

    /// Scenario: batches with damage.
    /// Guarantees: no panic; what prost refuses is refused, save for texts that are not UTF-8;
    /// what prost takes is taken.
    #[test]
    fn refuses_damage_as_prost_does(bytes in tape(), choice in any::<u64>()) {
        let mut tape = Tape::new(&bytes.0);
        let batch = generate::traces(&mut tape).encode_to_vec();
        let batch = perturb::rewrite(&batch, &mut tape);
        invariants::hold(&perturb::damage(&batch, &mut tape), choice);
    }

    /// Scenario: bytes that never were a batch.
    /// Guarantees: as above.
    #[test]
    fn refuses_any_bytes_as_prost_does(bytes in vec(any::<u8>(), 0..64), choice in any::<u64>()) {
        invariants::hold(&bytes, choice);
    }

    /// Scenario: batches in every shape, as encoders write them, as the Collector does, and as
    /// nobody does; any sight, any part of the batch.
    /// Guarantees: a view is what the sight asks for of what prost reads, byte for byte.
    #[test]
    fn shows_what_a_sight_asks_for(bytes in tape(), choices in vec(any::<u8>(), 0..40)) {
        let mut tape = Tape::new(&bytes.0);
        let batch = generate::traces(&mut tape).encode_to_vec();
        let mut choices = Tape::new(&choices);
        let batch = match choices.below(4) {
            0 => batch,
            1 => collector::last_to_first(&batch),
            _ => perturb::rewrite(&batch, &mut tape),
        };
        views::hold(&batch, &mut choices);
    }

    /// Scenario: batches with damage, and bytes that never were a batch.
    /// Guarantees: no panic; what prost takes can be viewed.
    #[test]
    fn views_of_damage_are_views_or_errors(bytes in tape(), choices in vec(any::<u8>(), 0..40)) {
        let mut tape = Tape::new(&bytes.0);
        let batch = generate::traces(&mut tape).encode_to_vec();
        let batch = perturb::damage(&perturb::rewrite(&batch, &mut tape), &mut tape);
        views::hold(&batch, &mut Tape::new(&choices));
        views::hold(&bytes.0, &mut Tape::new(&choices));
    }
}
