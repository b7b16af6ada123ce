//! How rules and a plugin's sight call the key of an attribute or of a map entry.
//!
//! It is a crate of its own because two sides must mean the same: the rules that a plugin reads,
//! and the view that a host makes of a batch for it. It knows neither YAML nor OTLP.
//!
//! - [`KeyPattern`] is one pattern. [`KeyPatterns`] finds the one that means a key for rules, and
//!   says for a host whether any may.
//! - [`pattern_of`] is the pattern that means one key.
//! - [`Glob`] is a text with `*` alone.

mod fold;
mod glob;
mod pattern;

pub use glob::Glob;
pub use pattern::{KeyPattern, KeyPatterns, LONGEST_PATH, NoKey, pattern_of};
