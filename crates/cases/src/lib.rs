//! Reads case folders, runs them on any runner and compares what comes out.
//!
//! It is its own crate because the same folder is run natively by a plugin's
//! tests and through the built component by `lapidary test`; both must read it
//! and write down what came out in the same way. It does not know wasmtime: a
//! case is played on a [`Runner`](plugin::Runner).
//!
//! # A case folder
//!
//! `case.yaml`, the files it names, and either `expected.json` or `error.txt`:
//!
//! ```yaml
//! about: what the case protects, in one sentence
//! plugin: redact-pii
//! rules: [base.yaml, production.yaml]   # a path or a list of paths, base first
//! secrets: { operator-key-1: { file: key.hex, encoding: hex } }
//! notes: acts                           # or looked: why, too; off where nothing is said
//! steps:
//!   - { batch: input.json, now: 2026-03-02T09:00:00Z }
//!   - { tick: 2026-03-02T09:00:10Z }
//!   - { reload: [other.yaml] }
//!   - { flush: 2026-03-02T09:00:20Z }
//! ```
//!
//! Paths start at the folder. A batch is a `.json`, `.jsonl` or `.binpb` file;
//! one that holds several batches makes as many steps. `reload` hands the
//! state to a new instance with other rules; where these are wrong, the old
//! instance goes on. `error.txt` holds the problems of `configure`, a line
//! each; `expected.json` holds what each step gave, the notes of it where they are asked for, the digest of the exact
//! bytes beside the spans, the state that is left, the sums of the counters
//! and the log.
//!
//! `BLESS=1` in the environment rewrites `expected.json` and `error.txt`, and so does
//! `lapidary test --bless`.

#![deny(missing_docs)]

pub mod any_order;
mod case;
mod compare;
mod contract;
mod coverage;
mod golden;
mod native;
mod play;
mod print;
mod trial;
mod way;

pub use case::{Case, find};
pub use compare::{Played, bless, check};
pub use contract::configured;
pub use coverage::coverage;
pub use golden::Recording;
pub use native::{Native, native};
pub use play::play;
pub use print::pretty;
pub use trial::{Did, Trial};
pub use way::edited;
