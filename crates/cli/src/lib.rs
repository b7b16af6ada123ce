//! The `lapidary` command.
//!
//! It is a library beside the binary so that its parts can be tested without
//! starting a process. It decides nothing about a span: it reads and writes
//! files, and leaves the rest to the crate `host` and the plugins.

mod arguments;
mod check;
mod clock;
mod collector_config;
mod compare;
mod component;
mod componentize;
mod coverage;
mod differences;
mod expand;
mod faults;
mod fields;
mod files;
mod in_use;
mod inline;
mod inspect;
mod junit;
mod listen;
mod load;
mod looking;
mod new;
mod new_case;
mod playground;
mod progress;
mod run;
mod say;
mod scalar;
mod schema;
mod settings;
mod shown;
mod sight;
mod sources;
mod test;
mod timestamp;
mod trust;
mod value;
mod watch;
mod why;
mod why_not;
mod words;
mod yaml;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

pub use arguments::Arguments;
use arguments::{Command, Completions};
use say::complain;

/// Runs the command and says how it went: 0, 1 for wrong input or rules, 2 for
/// wrong usage; of `compare` 1 for what `--fail-on` names, 3 where it could not be compared.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Check(arguments) => check::check(&arguments),
        Command::Playground(arguments) => playground::playground(&arguments),
        Command::Compare(arguments) => return compare::main(&arguments),
        Command::Inspect(arguments) => inspect::inspect(&arguments),
        Command::Test(arguments) => test::test(&arguments),
        Command::Componentize(arguments) => componentize::run(&arguments),
        Command::New(arguments) => new::new(&arguments),
        Command::Completions(Completions { shell }) => {
            let mut command = Arguments::command();
            clap_complete::generate(shell, &mut command, "lapidary", &mut std::io::stdout());
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Wrong(lines)) => {
            for line in lines {
                complain!("{line}");
            }
            ExitCode::FAILURE
        }
    }
}

/// What is wrong with input or rules, a line each.
#[derive(Debug)]
struct Wrong(Vec<String>);

impl From<String> for Wrong {
    fn from(line: String) -> Self {
        Wrong(vec![line])
    }
}
