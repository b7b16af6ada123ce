//! The `lapidary` command.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use lapidary::componentize;

#[derive(Parser)]
#[command(version, about = "Runs WebAssembly plugins on OpenTelemetry traces")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a plugin's component from the core module that rustc wrote
    Componentize {
        /// The core module
        core: PathBuf,
        /// Where to write the component
        #[arg(short, long)]
        output: PathBuf,
        /// Leave the meter out, to test how hosts run such a plugin
        #[arg(long)]
        no_meter: bool,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lapidary: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Componentize { core, output, no_meter } => {
            let bytes = std::fs::read(&core).with_context(|| core.display().to_string())?;
            let make = if no_meter { componentize::wrap } else { componentize::componentize };
            let component = make(&bytes).with_context(|| core.display().to_string())?;
            if let Some(folder) = output.parent() {
                std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
            }
            std::fs::write(&output, component).with_context(|| output.display().to_string())
        }
    }
}
