//! What every plugin's glue needs: the contract in plain Rust, the wasm
//! exports, logging and the panic hook; and the words of whoever runs a plugin.
//!
//! It is its own crate so that only one place knows the generated bindings. A
//! plugin implements [`Plugin`] and names its type in [`export_plugin!`]; the
//! same implementation is called directly by native tests, with a
//! [`RecordingHost`] in the host's place. What the crate `spans` says becomes what
//! the contract says by `From`; its problems are those of the crate `rules`.
//!
//! Who runs a plugin, natively or on wasmtime, does it behind [`Runner`] and
//! [`Instance`].
//!
//! ```
//! use plugin::{Configured, Document, Failure, Host, Manifest, Outcome, Plugin, Problem};
//! use spans::{Sight, Parts, Writes};
//!
//! /// Lets every batch pass.
//! struct PassAll;
//!
//! impl Plugin for PassAll {
//!     fn manifest() -> Manifest {
//!         Manifest::new("pass-all", "0.1.0", "Lets every batch pass.")
//!     }
//!
//!     fn configure(_: &[Document], _: &mut dyn Host) -> Result<Self, Vec<Problem>> {
//!         Ok(PassAll)
//!     }
//!
//!     fn configured(&self) -> Configured {
//!         Configured::new(Sight::Parts(Parts::default()), Writes::default())
//!     }
//!
//!     fn process(&mut self, _: &[u8], _: u64, _: &mut dyn Host) -> Result<Outcome, Failure> {
//!         Ok(Outcome::default())
//!     }
//! }
//!
//! plugin::export_plugin!(PassAll);
//!
//! let mut host = plugin::RecordingHost::default();
//! let mut plugin = PassAll::configure(&[], &mut host)?;
//! let outcome = plugin.process(&[], 1_772_442_000_000_000_000, &mut host);
//! assert_eq!(outcome, Ok(Outcome::default()));
//! # Ok::<(), Vec<Problem>>(())
//! ```

#![deny(missing_docs)]

mod entries;
mod pending;
mod recording;
mod run;
mod series;
mod types;

#[doc(hidden)]
pub mod glue;

pub use entries::{Entries, Exceeded};
pub use pending::Pending;
pub use recording::RecordingHost;
pub use rules::{Document, Place, Problem};
pub use run::{Crash, Instance, Refused, Runner, SharedHost, Stopped};
pub use spans::{Notes, Noting};
pub use types::{
    Changed, Changes, Configured, Counter, Entry, Failure, Level, Manifest, OnFailure, Outcome,
    Sharding,
};

/// The contract that this crate implements, as it stands in the names of a
/// plugin's exports.
pub const CONTRACT: &str = "lapidary:processor@0.2.0";

/// What a host does for a plugin, and all that a plugin can reach.
pub trait Host {
    /// Writes one line to the host's log. May quote rules; never a span's value.
    fn log(&mut self, level: Level, message: &str);

    /// Returns the bytes of a secret, decoded, or nothing where the host's
    /// config does not grant one of that name. Only during
    /// [`Plugin::configure`].
    fn secret(&mut self, name: &str) -> Option<Vec<u8>>;

    /// How many bytes of memory an instance may have, so that [`Plugin::configure`] can refuse limits
    /// under which its state cannot fit. Default: as many as one likes.
    fn memory_limit(&mut self) -> u64 {
        u64::MAX
    }

    /// How much of why it wants to know about the running call. Default: nothing.
    fn noting(&self) -> Noting {
        Noting::Off
    }

    /// Adds to one of the counters that the manifest names. Labels come as key
    /// and value; a value is from the rules, never from a span. What a call adds
    /// counts only once the call has ended, with neither a failure nor a trap.
    fn add_to_counter(&mut self, name: &str, labels: &[(&str, &str)], delta: u64);
}

/// One plugin: what it is, how its rules are read, and what it does to a batch.
///
/// A host calls one method at a time. An implementation never reads a clock,
/// the environment or random numbers: the same calls give the same answers.
pub trait Plugin: Sized {
    /// Says what the plugin is. Always answers the same.
    fn manifest() -> Manifest;

    /// Makes an instance from the rules, base first.
    ///
    /// # Errors
    ///
    /// Every problem that was found, not only the first.
    fn configure(documents: &[Document], host: &mut dyn Host) -> Result<Self, Vec<Problem>>;

    /// Says what follows from its rules, its writes within [`Manifest::changes`].
    /// Asked once, right after [`Plugin::configure`]; the same rules give the same
    /// answer.
    fn configured(&self) -> Configured;

    /// Answers with the edits to a batch, and with notes as far as [`Host::noting`]
    /// asks for them; the edits do not depend on that. `view` is an OTLP `TracesData` message
    /// with what [`Configured::sight`] names, and nothing else. `now_unix_nanos` never
    /// runs backwards.
    ///
    /// # Errors
    ///
    /// The batch cannot be processed. The instance stays good.
    fn process(
        &mut self,
        view: &[u8],
        now_unix_nanos: u64,
        host: &mut dyn Host,
    ) -> Result<Outcome, Failure>;

    /// Called every [`Manifest::tick_interval_millis`], between batches.
    /// Answers with spans that the plugin itself makes. Default: none.
    ///
    /// # Errors
    ///
    /// The text of what went wrong; the instance stays good.
    fn tick(
        &mut self,
        now_unix_nanos: u64,
        host: &mut dyn Host,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let _ = (now_unix_nanos, host);
        Ok(None)
    }

    /// Called once, when the plugin goes for good. Answers with the last spans
    /// it makes. Default: none.
    ///
    /// # Errors
    ///
    /// The text of what went wrong.
    fn flush(
        &mut self,
        now_unix_nanos: u64,
        host: &mut dyn Host,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let _ = (now_unix_nanos, host);
        Ok(None)
    }

    /// Tells what changed of the state since it was asked last: at most about so
    /// many bytes, and one entry at least, where one changed. All that was told is
    /// the state; the same state is told in the same entries. Default: nothing.
    fn changes(&mut self, max_bytes: usize) -> Changed {
        let _ = max_bytes;
        Changed::default()
    }

    /// Takes over entries that an instance of this or an older
    /// [`Manifest::state_version`] told, between two batches and in any pieces;
    /// each takes the place of the one with its key. Answers with how many were
    /// damaged and so left out. Default: takes none.
    ///
    /// # Errors
    ///
    /// Why none can be taken over; then all stays as it was.
    fn load(&mut self, version: u32, entries: &[Entry]) -> Result<u32, String> {
        let _ = version;
        if entries.is_empty() {
            Ok(0)
        } else {
            Err(format!("{} entries, expected none: this plugin keeps no state", entries.len()))
        }
    }
}

/// Makes the wasm exports of a plugin from its type.
///
/// Write it once, in the plugin's `lib.rs`. On anything but `wasm32` it makes
/// nothing, so a native test can link several plugins.
#[macro_export]
macro_rules! export_plugin {
    ($plugin:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            ::std::thread_local! {
                static INSTANCE: ::std::cell::RefCell<::std::option::Option<$plugin>> =
                    const { ::std::cell::RefCell::new(::std::option::Option::None) };
            }

            struct Component;

            impl $crate::glue::Slot for Component {
                type Plugin = $plugin;

                fn with<R>(
                    f: impl ::std::ops::FnOnce(&mut ::std::option::Option<$plugin>) -> R,
                ) -> R {
                    INSTANCE.with_borrow_mut(f)
                }
            }

    $crate::glue::export!(Component with_types_in $crate::glue::bindings);
        };
    };
}
