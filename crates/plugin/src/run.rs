//! The words of whoever runs a plugin: as a part of the same program, or as a
//! component on a host.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::{Changed, Configured, Document, Entry, Failure, Host, Level, Noting, Outcome, Problem};

/// What the instances of one plugin talk to: its log, secrets and counters.
///
/// What a call adds to counters comes when it has ended, and never where it
/// failed or crashed: a batch that is tried again counts once.
pub type SharedHost = Arc<Mutex<dyn Host + Send>>;

/// Makes instances of one plugin.
pub trait Runner {
    /// Makes an instance that has read these rules, base first.
    ///
    /// # Errors
    ///
    /// The problems of the rules, or why there is no instance at all.
    fn start(&self, documents: &[Document], host: SharedHost)
    -> Result<Box<dyn Instance>, Refused>;

    /// Version of the entries that its instances tell; 0 where they keep nothing.
    fn state_version(&self) -> u32;
}

/// An instance that has read its rules; the methods are those of the contract.
///
/// After a [`Stopped::Crash`] it must not be used again.
#[expect(clippy::missing_errors_doc, reason = "each fails as `Stopped` says")]
pub trait Instance {
    /// What the plugin reads and changes by its rules.
    fn configured(&self) -> &Configured;

    /// Hands the view of a batch over. The answer's notes are as its host's [`Host::noting`]
    /// asks for them, and within bounds.
    fn process(&mut self, view: &[u8], now_unix_nanos: u64) -> Result<Outcome, Stopped>;

    /// Asks for spans that the plugin itself makes.
    fn tick(&mut self, now_unix_nanos: u64) -> Result<Option<Vec<u8>>, Stopped>;

    /// Asks for the last spans that the plugin makes.
    fn flush(&mut self, now_unix_nanos: u64) -> Result<Option<Vec<u8>>, Stopped>;

    /// Asks for what changed of the state, at most about so many bytes.
    fn changes(&mut self, max_bytes: usize) -> Result<Changed, Stopped>;

    /// Hands over entries that an instance of this version told. Answers with how many were
    /// damaged and so left out.
    fn load(&mut self, version: u32, entries: &[Entry]) -> Result<u32, Stopped>;
}

/// Why there is no instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// What is wrong with the rules or secrets.
    Problems(Vec<Problem>),
    /// The plugin crashed while it read them.
    Stopped(Stopped),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Problems(problems) => {
                for (index, problem) in problems.iter().enumerate() {
                    if index > 0 {
                        f.write_str("\n")?;
                    }
                    problem.fmt(f)?;
                }
                Ok(())
            }
            Refused::Stopped(stopped) => {
                write!(
                    f,
                    "found a plugin that, while it read the rules, {stopped}; expected an answer"
                )
            }
        }
    }
}

impl std::error::Error for Refused {}

/// Why a call gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// The plugin said so; the instance is still good.
    Failure(Failure),
    /// The instance is no longer good.
    Crash(Crash),
}

impl Stopped {
    /// Says what the plugin did, after its name or "the plugin": `failed: …`, `ran longer than 1s`.
    #[must_use]
    pub fn deed(&self) -> String {
        match self {
            Stopped::Failure(failure) => format!("failed: {failure}"),
            Stopped::Crash(crash) => crash.to_string(),
        }
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stopped::Failure(failure) => failure.fmt(f),
            Stopped::Crash(crash) => crash.fmt(f),
        }
    }
}

impl std::error::Error for Stopped {}

/// Why an instance is no longer good. Says nothing of what it was working on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Crash {
    /// The call got as much of the processor as it may have.
    OutOfTime(Duration),
    /// It did not get that much, the first time, in the second, which is all that anybody waits.
    /// That is the machine's fault, not the plugin's.
    Starved(Duration, Duration),
    /// The instance asked for more memory than it may, and could not go on.
    OutOfMemory(usize),
    /// Calls inside the plugin went too deep.
    OutOfStack,
    /// It answered, counted or logged what the contract does not allow.
    Contract(String),
    /// Anything else, in the words of what ran it.
    Trapped(String),
}

impl fmt::Display for Crash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Crash::OutOfTime(timeout) => write!(f, "ran longer than {timeout:?}"),
            Crash::Starved(timeout, longest) => {
                write!(f, "got less than {timeout:?} of the processor in {longest:?}")
            }
            Crash::OutOfMemory(bytes) => {
                write!(f, "asked for more than {} MiB of memory", bytes >> 20)
            }
            Crash::OutOfStack => f.write_str("called itself too deep"),
            Crash::Contract(detail) => write!(f, "broke the contract: {detail}"),
            Crash::Trapped(reason) => write!(f, "trapped: {reason}"),
        }
    }
}

impl std::error::Error for Crash {}

// A panic of one who held it must not stop spans elsewhere.
impl<H: Host + ?Sized> Host for Arc<Mutex<H>> {
    fn log(&mut self, level: Level, message: &str) {
        self.lock().unwrap_or_else(PoisonError::into_inner).log(level, message);
    }

    fn secret(&mut self, name: &str) -> Option<Vec<u8>> {
        self.lock().unwrap_or_else(PoisonError::into_inner).secret(name)
    }

    fn memory_limit(&mut self) -> u64 {
        self.lock().unwrap_or_else(PoisonError::into_inner).memory_limit()
    }

    fn noting(&self) -> Noting {
        self.lock().unwrap_or_else(PoisonError::into_inner).noting()
    }

    fn add_to_counter(&mut self, name: &str, labels: &[(&str, &str)], delta: u64) {
        let mut host = self.lock().unwrap_or_else(PoisonError::into_inner);
        host.add_to_counter(name, labels, delta);
    }
}
