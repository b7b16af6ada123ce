//! How instances of a generation come by the state that is kept beside them.

use plugin::{Crash, Entries, Exceeded, Host, Instance, Level, Stopped};

use crate::generation::Generation;
use crate::instance::ComponentInstance;
use crate::kept::none;

impl Generation {
    /// Returns an instance that holds the last state: the one there is, or
    /// another where that one crashed.
    pub(crate) fn ready(&mut self) -> Result<&mut ComponentInstance, Stopped> {
        let instance = match self.instance.take() {
            Some(instance) => instance,
            None => {
                let mut instance = self.make()?;
                if let Err(stopped) = self.hand_over(&mut instance) {
                    // It was this generation that told the state. Going on without it forgets
                    // what was kept; not going on would block every span for good.
                    self.go_on_without("cannot be taken over", &stopped);
                    return self.ready();
                }
                instance
            }
        };
        Ok(self.instance.insert(instance))
    }

    /// Makes one call, on an instance without state where the state leaves no memory for it.
    pub(crate) fn attempt<R>(
        &mut self,
        call: impl Fn(&mut ComponentInstance) -> Result<R, Stopped>,
    ) -> Result<R, Stopped> {
        let answer = self.ready().and_then(&call);
        match self.after(answer) {
            Err(stopped) if self.kept.leaves_no_memory(&stopped) => {
                self.attempt_without(stopped, call)
            }
            answer => answer,
        }
    }

    /// Tells whether the state or the call itself takes the memory: by the same call without the
    /// state. Only where that ends well the state goes.
    fn attempt_without<R>(
        &mut self,
        stopped: Stopped,
        call: impl Fn(&mut ComponentInstance) -> Result<R, Stopped>,
    ) -> Result<R, Stopped> {
        let alone = self.make().and_then(|mut instance| Ok((call(&mut instance)?, instance)));
        let Ok((answer, instance)) = alone else { return Err(stopped) };
        self.go_on_without(LEAVES_NO_MEMORY, &stopped);
        self.instance = Some(instance);
        Ok(answer)
    }

    fn go_on_without(&mut self, why: &str, stopped: &Stopped) {
        let count = self.kept.entries.len();
        let text = format!("the state that was kept, {count} entries, {why}");
        self.say(&format!("{text}, the plugin goes on without it"), stopped);
        self.kept.entries = none(&self.module);
        self.kept.is_untried = false;
    }

    /// Hands all entries to a new instance, and takes in what it holds otherwise.
    pub(crate) fn hand_over(&mut self, instance: &mut ComponentInstance) -> Result<(), Stopped> {
        self.kept.is_untried = !self.kept.entries.is_empty();
        if self.kept.entries.is_empty() {
            return Ok(());
        }
        let mut damaged = 0;
        for piece in self.kept.entries.pieces() {
            damaged += instance.load(self.kept.entries.version(), &piece)?;
        }
        if damaged > 0 {
            let text = format!("damaged entries of the state, which are left out: {damaged}");
            self.host.0.log(Level::Error, &text);
        }
        self.take_changes(instance)
    }

    /// Takes in what the last call taught: so a crash costs one call.
    pub(crate) fn save(&mut self) {
        let Some(mut instance) = self.instance.take() else { return };
        let told = self.take_changes(&mut instance);
        self.instance = Some(instance);
        match self.after(told) {
            Ok(()) => self.kept.is_untried = false,
            Err(stopped) => {
                self.say("what changed of the state was not told", &stopped);
                // The call itself had memory enough.
                if self.kept.leaves_no_memory(&stopped) {
                    self.go_on_without(LEAVES_NO_MEMORY, &stopped);
                }
            }
        }
    }

    /// Takes in what changed of the state, to the last.
    fn take_changes(&mut self, instance: &mut ComponentInstance) -> Result<(), Stopped> {
        if !self.module.keeps_state() {
            return Ok(());
        }
        let before = self.kept.exceeded;
        let told = self.take_pieces(instance);
        if self.kept.exceeded > before && self.kept.exceeded >= self.kept.next_said {
            self.say_exceeded();
        }
        told
    }

    fn take_pieces(&mut self, instance: &mut ComponentInstance) -> Result<(), Stopped> {
        // Who tells more than twice what it can hold will not come to an end; what is kept of it is
        // another limit.
        let most = 2 * self.module.limits.memory_bytes / Entries::piece() + 2;
        for _ in 0..most {
            let changed = instance.changes(Entries::piece())?;
            let more = changed.more;
            if let Err(Exceeded { entries }) = self.kept.entries.take(changed) {
                self.kept.exceeded += entries;
            }
            if !more {
                return Ok(());
            }
        }
        Err(Stopped::Crash(Crash::Contract("told changes without end".into())))
    }

    /// Says that some is not kept; again when it is ten times as many.
    fn say_exceeded(&mut self) {
        let mib = self.module.limits.state_bytes >> 20;
        let exceeded = Exceeded { entries: self.kept.exceeded };
        let text = format!("the state takes more than {mib} MiB: {exceeded}");
        self.host.0.log(Level::Warn, &text);
        self.kept.next_said = self.kept.exceeded.saturating_mul(10);
    }

    /// Takes over the state of the generation before, which was at work until
    /// now.
    ///
    /// # Errors
    ///
    /// Why the state cannot be taken over; this generation must then not be
    /// used, and the one before is as it was.
    pub fn take_over(&mut self, before: &mut Generation) -> Result<(), String> {
        let (old, new) = (&before.module.manifest, &self.module.manifest);
        if old.name != new.name || !before.module.keeps_state() || !self.module.keeps_state() {
            let entries = before.kept.entries.len();
            if entries > 0 {
                let name = &old.name;
                let text =
                    format!("the state of plugin `{name}`, {entries} entries, is not taken over");
                self.host.0.log(Level::Warn, &text);
            }
            return Ok(());
        }
        if old.state_version > new.state_version {
            return Err(format!(
                "found state version {}; expected {} or higher, which the running generation has",
                new.state_version, old.state_version
            ));
        }
        self.kept.entries = before.kept.entries.within(self.module.limits.state_bytes);
        let instance = match self.instance.take() {
            Some(instance) => Ok(instance),
            None => self.make(),
        };
        let holding = instance.and_then(|mut instance| {
            self.hand_over(&mut instance)?;
            Ok(instance)
        });
        self.instance = Some(holding.map_err(|stopped| {
            format!("the state of the running generation cannot be taken over: {stopped}")
        })?);
        self.kept.entries.set_version(self.module.manifest.state_version);
        Ok(())
    }
}

const LEAVES_NO_MEMORY: &str = "leaves no memory for a call";
