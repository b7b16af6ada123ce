//! What a checked meter is, and [`check`], which reads a core module and says whether it has one.
//!
//! It is its own crate because the build step writes what hosts read, and a page, which can end the
//! worker that a plugin runs in, needs neither. It runs nothing, and it does not ask who made a
//! module: what it finds holds for a module that somebody wrote by hand to deceive.
//!
//! # The form
//!
//! A module has two globals of its own, `$rounds` and `$inside`: mutable, `i32`, 0 at the start, not
//! exported. One function, `$more`, puts what the host gives into the counter:
//!
//! ```wat
//! (func $more
//!   (if (global.get $inside) (then (unreachable)))
//!   (global.set $rounds (call $refill)))
//! ```
//!
//! (An `else` in which nothing stands counts as none.)
//!
//! What takes time *asks* and then *pays*. It asks before it pays, so that the counter, which never
//! is below zero when something is paid, cannot run round; and one refill is enough for any price,
//! so that a host may give one round at a time.
//!
//! ```wat
//! (if (i32.lt_s (global.get $rounds) (i32.const 0)) (then (call $more)))        ;; ask
//! (global.set $rounds (i32.sub (global.get $rounds) (i32.const PRICE)))         ;; pay
//! ```
//!
//! - A function that costs more than [`LEAF`] outside its loops begins so, and one at least of those
//!   that call one another in a circle.
//! - A loop begins so; or it asks, and begins a second loop at once that begins
//!
//!   ```wat
//!   (br_if 1 (i32.lt_s (local.tee $left (global.get $rounds)) (i32.const 0)))
//!   (global.set $rounds (i32.sub (local.get $left) (i32.const PRICE)))
//!   ```
//!
//!   With the call outside, a compiler need not keep the loop's variables in memory because of it.
//! - `memory.grow` stands behind the same with a price of [`GROW_ROUNDS`].
//! - `memory.copy`, `memory.fill` and `memory.init` stand behind `local.tee $length`, an asking, and
//!   a paying with the price `(i32.shr_u (local.get $length) (i32.const 6))`.
//! - What is exported as `cabi_realloc` and `cabi_post_…`, where a component must not call out, sets
//!   the counter to at most [`REALLOC_ROUNDS`] or [`POST_ROUNDS`] and `$inside` to 1, calls one
//!   function, and puts both back:
//!
//!   ```wat
//!   (local.set $saved (global.get $rounds)) (global.set $rounds (i32.const ROUNDS))
//!   (global.set $inside (i32.const 1))
//!   (call $inner (local.get 0) …)
//!   (global.set $inside (i32.const 0)) (global.set $rounds (local.get $saved))
//!   ```
//!
//!   Nothing in the module calls it or holds a reference to it, for each call gives new rounds.
//!
//! Nothing else touches the two globals or calls `$more` or `$refill`. A *price* is what [`rounds`]
//! makes of the instructions that run at most once until the next price: of a function those outside
//! its loops, of a loop those outside the loops in it. A call costs one, and what the function costs
//! outside its loops where that does not pay for itself; one through a table or out of the module
//! costs [`LEAF`], and so may be to any.
//!
//! What is not known counts as no meter: atomics and waiting, tail calls, exceptions, garbage
//! collection, stack switching, bulk changes of tables, 64-bit, shared or several memories, imports
//! of anything but functions. The module is otherwise taken to be valid, for an engine refuses it if
//! it is not.

mod beside;
mod function;
mod module;
mod operators;
mod parts;
mod prices;
mod sequences;

use std::fmt;

pub use beside::check_beside;
pub use module::check;

/// What one round pays for, in instructions.
pub const ROUND: u32 = 64;

/// What a function may cost that does not pay; and so what a call costs to who knows where.
pub const LEAF: u32 = 256;

/// What `memory.grow` costs, in rounds: a host may have to copy all of the memory.
pub const GROW_ROUNDS: u32 = 1 << 15;

/// Copying this many bytes, as a power of two, costs one round.
pub const BYTES_PER_ROUND_LOG2: i32 = 6;

/// The most that one price may be. The function would be far longer than any compiler's; and the
/// counter cannot run round where a price is small.
pub const MAX_PRICE: i32 = 1 << 24;

/// The most rounds that `cabi_realloc` may have: an allocation, with memory that grows.
pub const REALLOC_ROUNDS: i32 = 1 << 17;

/// The most rounds that `cabi_post_…` may have: to free 100,000 lists.
pub const POST_ROUNDS: i32 = 1 << 24;

/// Module and name of the import through which a plugin asks for more rounds.
pub const REFILL: (&str, &str) = ("lapidary:processor/meter@0.2.0", "refill");

/// The price, in rounds, of what costs so many instructions.
pub fn rounds(cost: u32) -> u32 {
    1 + cost / ROUND
}

/// Why a module does not have a checked meter. The Go host says the same in the same words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The function, as the module numbers it, imports first.
    function: Option<u32>,
    what: &'static str,
}

impl Fault {
    const fn of_module(what: &'static str) -> Fault {
        Fault { function: None, what }
    }

    const fn of_function(function: u32, what: &'static str) -> Fault {
        Fault { function: Some(function), what }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.function {
            Some(function) => write!(f, "function {function} {}", self.what),
            None => f.write_str(self.what),
        }
    }
}

const DAMAGED: &str = "the module is damaged";

impl std::error::Error for Fault {}

impl From<wasmparser::BinaryReaderError> for Fault {
    fn from(_: wasmparser::BinaryReaderError) -> Fault {
        // Where it is damaged is the engine's to say, which refuses it.
        Fault::of_module(DAMAGED)
    }
}
