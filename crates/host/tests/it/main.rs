//! The host with a plugin that misbehaves in every way.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is not as it was made")]

mod chain;
mod files;
mod limits;
mod shadow;
mod state;
mod support;
mod time;
