//! The `lapidary` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    lapidary::main()
}
