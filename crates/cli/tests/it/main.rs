//! The command, as a user types it.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is not as it was made")]

mod compare;
mod files;
mod in_use;
mod inputs;
mod new_case;
mod outputs;
mod playground;
mod run;
mod support;
mod test;
mod watch;
