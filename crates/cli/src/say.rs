//! Standard output and standard error, to readers who may have left.

use std::borrow::Cow;
use std::fmt::Arguments;
use std::io::Write;

/// Writes a line to standard output.
macro_rules! say {
    ($($text:tt)*) => {
        $crate::say::line(format_args!($($text)*))
    };
}

pub(crate) use say;

/// Writes a line to standard error, if anybody can be told there: what was done stays done.
macro_rules! complain {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

pub(crate) use complain;

/// Returns a text of a plugin as one line that no terminal takes for commands.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() {
            line.extend(letter.escape_default());
        } else {
            line.push(letter);
        }
    }
    Cow::Owned(line)
}

/// Writes a line, or ends the process where nobody reads any more, as in
/// `lapidary inspect --schema … | head`: that is no error of ours.
pub(crate) fn line(text: Arguments<'_>) {
    if writeln!(std::io::stdout(), "{text}").is_err() {
        std::process::exit(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scenario: a plugin writes a second line, and one that a terminal would obey.
    #[test]
    fn a_plugin_says_one_line_at_a_time() {
        assert_eq!(one_line("a\nb: error: c\u{1b}[2J\u{9b}"), "a\\nb: error: c\\u{1b}[2J\\u{9b}");
        assert_eq!(one_line("ein \\ Übel"), "ein \\ Übel");
    }
}
