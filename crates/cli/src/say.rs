//! Standard output, to a reader who may have left.

use std::fmt::Arguments;
use std::io::Write;

/// Writes a line to standard output.
macro_rules! say {
    ($($text:tt)*) => {
        $crate::say::line(format_args!($($text)*))
    };
}

pub(crate) use say;

/// Writes a line, or ends the process where nobody reads any more, as in
/// `lapidary inspect --schema … | head`: that is no error of ours.
pub(crate) fn line(text: Arguments<'_>) {
    if writeln!(std::io::stdout(), "{text}").is_err() {
        std::process::exit(0);
    }
}
