//! Cases on a plugin that is called directly.

use std::any::Any;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use plugin::{Document, Outcome, Plugin};

use crate::runner::{Instance, Refused, Runner, SharedHost, Stopped};
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
    fn configure(
        &mut self,
        documents: &[Document],
        mut host: SharedHost,
    ) -> Result<Box<dyn Instance>, Refused> {
        let plugin = caught(|| P::configure(documents, &mut host)).map_err(Refused::Trap)?;
        let plugin = plugin.map_err(Refused::Problems)?;
        Ok(Box::new(NativeInstance { plugin, host }))
    }
}

struct NativeInstance<P> {
    plugin: P,
    host: SharedHost,
}

impl<P: Plugin> Instance for NativeInstance<P> {
    fn process(&mut self, traces: &[u8], now: u64) -> Result<Outcome, Stopped> {
        caught(|| self.plugin.process(traces, now, &mut self.host))
            .map_err(Stopped::Trap)?
            .map_err(Stopped::Failure)
    }

    fn tick(&mut self, now: u64) -> Result<Option<Vec<u8>>, Stopped> {
        caught(|| self.plugin.tick(now, &mut self.host))
            .map_err(Stopped::Trap)?
            .map_err(Stopped::Failure)
    }

    fn flush(&mut self, now: u64) -> Result<Option<Vec<u8>>, Stopped> {
        caught(|| self.plugin.flush(now, &mut self.host))
            .map_err(Stopped::Trap)?
            .map_err(Stopped::Failure)
    }

    fn snapshot(&mut self) -> Result<Vec<u8>, Stopped> {
        caught(|| self.plugin.snapshot()).map_err(Stopped::Trap)
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), Stopped> {
        caught(|| self.plugin.restore(state))
            .map_err(Stopped::Trap)?
            .map_err(|text| Stopped::Failure(plugin::Failure::Other(text)))
    }
}

/// A panic in a plugin is what a trap is in a component.
fn caught<R>(f: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|payload| panic_text(payload.as_ref()))
}

fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_string());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    format!("the plugin panicked: {}", text.unwrap_or_default())
}

/// Runs every case below `testdata` of a plugin natively; each folder is a
/// test of its own. For a test target with `harness = false`:
///
/// ```no_run
/// # struct RedactPii;
/// # impl plugin::Plugin for RedactPii {
/// #     fn manifest() -> plugin::Manifest { plugin::Manifest::new("", "", "") }
/// #     fn configure(_: &[plugin::Document], _: &mut dyn plugin::Host) -> Result<Self, Vec<plugin::Problem>> { Ok(RedactPii) }
/// #     fn process(&mut self, _: &[u8], _: u64, _: &mut dyn plugin::Host) -> Result<plugin::Outcome, plugin::Failure> {
/// #         Err(plugin::Failure::Other(String::new()))
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
    let played: Played = play(&case, &mut Native::<P>::default())?;
    check(&case, &played)
}
