//! What one call of a plugin may use, and what is said where it is too much.

use std::time::Duration;

use bounds::Growth;
use plugin::Crash;
use wasmtime::{ResourceLimiter, Trap, UpdateDeadline};

use crate::budget::{Budget, Clock};

/// What one instance of a plugin may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most that one call gets of the processor, 1 s by default; on the wall it may
    /// take twenty times as long. What comes before the first batch may take ten
    /// times as much: starting, `describe`, `configure` and `load`.
    pub timeout: Duration,
    /// Most memory of one instance in bytes, 128 MiB by default.
    pub memory_bytes: usize,
    /// Most bytes of a plugin's state that are kept beside it, 256 MiB by default.
    pub state_bytes: usize,
    /// Loop heads and function entries between two looks at the clock, 250,000
    /// by default. 1 is for tests: every call to the meter is then made.
    pub rounds: i32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            timeout: Duration::from_secs(1),
            memory_bytes: 128 << 20,
            state_bytes: 256 << 20,
            rounds: 250_000,
        }
    }
}

/// How often the clock of a module without a meter strikes.
pub(crate) const EPOCH: Duration = Duration::from_millis(10);

/// Most elements of one table. A plugin needs one for each function that it
/// calls through a pointer.
const TABLE_ELEMENTS: usize = 100_000;

/// What a call has used so far.
#[derive(Debug)]
pub(crate) struct Use {
    limits: Limits,
    clock: Clock,
    budget: Budget,
    memory_refused: bool,
    /// How large the memory is.
    memory: usize,
    growth: Growth,
}

impl Use {
    pub(crate) fn new(limits: Limits, clock: Clock) -> Self {
        Use {
            limits,
            clock,
            budget: Budget::begin(clock, limits.timeout),
            memory_refused: false,
            memory: 0,
            growth: Growth::default(),
        }
    }

    /// A batch is about to be handed over.
    pub(crate) fn begin_batch(&mut self) {
        self.growth.begin_batch(self.memory);
    }

    /// How large the memory is, where another instance should go on with less.
    pub(crate) fn outgrown(&self) -> Option<usize> {
        let is_outgrown = self.growth.is_outgrown(self.memory, self.limits.memory_bytes);
        is_outgrown.then_some(self.memory)
    }

    /// Most bytes of memory.
    pub(crate) fn memory_limit(&self) -> u64 {
        self.limits.memory_bytes as u64
    }

    /// Starts the clock of one call.
    pub(crate) fn begin(&mut self, timeout: Duration) {
        self.budget = Budget::begin(self.clock, timeout);
    }

    /// Answers the meter: the rounds to go on for.
    pub(crate) fn refill(&mut self) -> wasmtime::Result<i32> {
        self.check_time()?;
        // The contract promises one at least; with none a plugin would ask for ever.
        Ok(self.limits.rounds.max(1))
    }

    /// Ends a call that takes too long.
    pub(crate) fn check_time(&mut self) -> wasmtime::Result<()> {
        self.budget.check().map_err(wasmtime::Error::new)
    }

    /// Answers the clock that strikes in a module without a meter.
    pub(crate) fn strike(&mut self) -> wasmtime::Result<UpdateDeadline> {
        self.check_time()?;
        Ok(UpdateDeadline::Continue(1))
    }

    /// Says in our words why a call ended without an answer.
    pub(crate) fn crash(&self, error: &wasmtime::Error) -> Crash {
        if let Some(crash) = error.downcast_ref::<Crash>() {
            return crash.clone();
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::StackOverflow) => Crash::OutOfStack,
            // Rust ends in `unreachable` when an allocation fails.
            Some(Trap::UnreachableCodeReached) if self.memory_refused => {
                Crash::OutOfMemory(self.limits.memory_bytes)
            }
            Some(trap) => {
                let text = trap.to_string();
                Crash::Trapped(text.strip_prefix("wasm trap: ").unwrap_or(&text).into())
            }
            None => Crash::Trapped(error.to_string()),
        }
    }
}

impl ResourceLimiter for Use {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let allowed = desired <= self.limits.memory_bytes;
        self.memory_refused |= !allowed;
        if allowed {
            self.memory = desired;
        }
        Ok(allowed)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS)
    }
}
