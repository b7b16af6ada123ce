//! Cases on a plugin that is called directly.

use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use plugin::{
    Changed, Configured, Crash, Document, Entry, Failure, Host, Instance, Level, Noting, Outcome,
    Pending, Plugin, Refused, Runner, SharedHost, Stopped,
};

use crate::{Case, Played, check, find, play};

/// Makes instances of a plugin that is linked into this program.
#[derive(Debug)]
pub struct Native<P>(PhantomData<P>);

impl<P> Default for Native<P> {
    fn default() -> Self {
        Native(PhantomData)
    }
}

impl<P: Plugin + 'static> Runner for Native<P> {
    fn start(
        &self,
        documents: &[Document],
        host: SharedHost,
    ) -> Result<Box<dyn Instance>, Refused> {
        let mut host = CallHost { host, pending: Pending::default() };
        let plugin = caught(|| P::configure(documents, &mut host)).map_err(Refused::Stopped)?;
        // Problems are an answer too: nothing is tried again after them.
        host.commit();
        let plugin = plugin.map_err(Refused::Problems)?;
        let configured = caught(|| plugin.configured()).map_err(Refused::Stopped)?;
        Ok(Box::new(NativeInstance { plugin, configured, host }))
    }

    fn state_version(&self) -> u32 {
        P::manifest().state_version
    }
}

/// The host of a case; what a call adds to counters waits for its end.
struct CallHost {
    host: SharedHost,
    pending: Pending,
}

impl CallHost {
    fn commit(&mut self) {
        self.pending.commit(&mut self.host);
    }
}

impl Host for CallHost {
    fn log(&mut self, level: Level, message: &str) {
        self.host.log(level, message);
    }

    fn secret(&mut self, name: &str) -> Option<Vec<u8>> {
        self.host.secret(name)
    }

    fn memory_limit(&mut self) -> u64 {
        self.host.memory_limit()
    }

    fn noting(&self) -> Noting {
        self.host.noting()
    }

    fn add_to_counter(&mut self, name: &str, labels: &[(&str, &str)], delta: u64) {
        self.pending.add(name, labels, delta);
    }
}

struct NativeInstance<P> {
    plugin: P,
    configured: Configured,
    host: CallHost,
}

impl<P: Plugin> NativeInstance<P> {
    /// Makes one call, and commits what it added where it ends with an answer.
    fn call<R>(
        &mut self,
        f: impl FnOnce(&mut P, &mut CallHost) -> Result<R, Failure>,
    ) -> Result<R, Stopped> {
        let ended = caught(|| f(&mut self.plugin, &mut self.host));
        let answer = ended.and_then(|answer| answer.map_err(Stopped::Failure));
        match answer {
            Ok(_) => self.host.commit(),
            Err(_) => self.host.pending.clear(),
        }
        answer
    }
}

impl<P: Plugin> Instance for NativeInstance<P> {
    fn configured(&self) -> &Configured {
        &self.configured
    }

    fn process(&mut self, view: &[u8], now: u64) -> Result<Outcome, Stopped> {
        self.call(|plugin, host| plugin.process(view, now, host))
    }

    fn tick(&mut self, now: u64) -> Result<Option<Vec<u8>>, Stopped> {
        self.call(|plugin, host| plugin.tick(now, host))
    }

    fn flush(&mut self, now: u64) -> Result<Option<Vec<u8>>, Stopped> {
        self.call(|plugin, host| plugin.flush(now, host))
    }

    fn changes(&mut self, max_bytes: usize) -> Result<Changed, Stopped> {
        self.call(|plugin, _| Ok(plugin.changes(max_bytes)))
    }

    fn load(&mut self, version: u32, entries: &[Entry]) -> Result<u32, Stopped> {
        self.call(|plugin, _| plugin.load(version, entries).map_err(Failure))
    }
}

/// A panic in a plugin is what a trap is in a component.
fn caught<R>(f: impl FnOnce() -> R) -> Result<R, Stopped> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|payload| {
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_string());
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
        let text = format!("the plugin panicked: {}", text.unwrap_or_default());
        Stopped::Crash(Crash::Trapped(text))
    })
}

/// Runs every case below `testdata` of a plugin natively; each folder is a
/// test of its own. For a test target with `harness = false`:
///
/// ```no_run
/// # struct RedactPii;
/// # impl plugin::Plugin for RedactPii {
/// #     fn manifest() -> plugin::Manifest { plugin::Manifest::new("", "", "") }
/// #     fn configure(_: &[plugin::Document], _: &mut dyn plugin::Host) -> Result<Self, Vec<plugin::Problem>> { Ok(RedactPii) }
/// #     fn configured(&self) -> plugin::Configured { plugin::Configured::new(spans::Sight::Everything, spans::Writes::default()) }
/// #     fn process(&mut self, _: &[u8], _: u64, _: &mut dyn plugin::Host) -> Result<plugin::Outcome, plugin::Failure> {
/// #         Err(plugin::Failure(String::new()))
/// #     }
/// # }
/// fn main() -> std::process::ExitCode {
///     cases::native::<RedactPii>(env!("CARGO_MANIFEST_DIR"))
/// }
/// ```
pub fn native<P: Plugin + 'static>(plugin_folder: &str) -> ExitCode {
    let testdata = Path::new(plugin_folder).join("testdata");
    let folders = match find(&testdata) {
        Ok(folders) if !folders.is_empty() => folders,
        Ok(_) => {
            eprintln!("{}: found no case; expected one or more", testdata.display());
            return ExitCode::FAILURE;
        }
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::FAILURE;
        }
    };
    let trials = folders.into_iter().map(|folder| {
        let name = folder.strip_prefix(&testdata).unwrap_or(&folder).display().to_string();
        Trial::test(name, move || run::<P>(&folder).map_err(Failed::from))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

fn run<P: Plugin + 'static>(folder: &Path) -> Result<(), String> {
    let case = Case::load(folder)?;
    let name = P::manifest().name;
    if case.plugin != name {
        return Err(format!("plugin: found `{}`; expected `{name}`", case.plugin));
    }
    let played: Played = play(&case, &Native::<P>::default())?;
    check(&case, &played)?;
    // Whether somebody asks why changes nothing but what is told.
    let noting = if case.noting == Noting::Off { Noting::Looked } else { Noting::Off };
    let other = play(&Case { noting, ..case }, &Native::<P>::default())?;
    if played.without_notes() == other.without_notes() {
        return Ok(());
    }
    Err(format!("found another outcome with notes `{noting:?}`:\n{other:?}"))
}
