//! [`Kept`]: the state of a plugin, beside it.

use plugin::{Crash, Entries, Stopped};

use crate::module::Module;

/// The state, as the plugin told it.
#[derive(Debug)]
pub(crate) struct Kept {
    pub entries: Entries,
    /// Whether the instance at work has got them, and has ended no call well since.
    pub is_untried: bool,
    /// How many entries were told that are not kept, and from how many on that is said again.
    pub exceeded: usize,
    pub next_said: usize,
}

impl Kept {
    /// Nothing so far.
    pub fn new(module: &Module) -> Self {
        Kept { entries: none(module), is_untried: false, exceeded: 0, next_said: 1 }
    }

    /// Whether a call may have ended so for all that the instance got right before it.
    pub fn leaves_no_memory(&self, stopped: &Stopped) -> bool {
        self.is_untried && matches!(stopped, Stopped::Crash(Crash::OutOfMemory(_)))
    }
}

/// No entry of such a plugin.
pub(crate) fn none(module: &Module) -> Entries {
    Entries::new(module.manifest.state_version, module.limits.state_bytes)
}
