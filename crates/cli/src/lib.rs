//! The `lapidary` command, and the step that makes components.
//!
//! It is a library beside the binary so that its parts can be tested without
//! starting a process. It decides nothing about a span: it reads and writes
//! files, and leaves the rest to the crate `host` and the plugins.

pub mod componentize;
