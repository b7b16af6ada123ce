//! Why something could not be read or written.

use std::fmt;

use serde_json::error::Category;

/// Why something could not be read or written: place and what was expected,
/// never a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Text that is not OTLP JSON.
    Json {
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in bytes.
        column: usize,
        /// What is wrong: `found …; expected …` where the text is JSON of another shape.
        reason: String,
    },
    /// Bytes that are not an OTLP `TracesData` message.
    Protobuf {
        /// Length of the message in bytes.
        length: usize,
        /// The field and what is wrong with it.
        reason: String,
    },
    /// A file whose ending names no form that is known.
    Ending {
        /// What was expected.
        expected: &'static str,
    },
    /// The operating system's answer.
    File(String),
}

impl Error {
    /// Says where serde_json stopped and why, without the value that its own
    /// message may quote.
    pub(crate) fn json(error: &serde_json::Error) -> Error {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        let position = format!(" at line {line} column {column}");
        let text = text.strip_suffix(&position).unwrap_or(&text);
        let reason = match error.classify() {
            // Only these two come with texts that are fixed in serde_json.
            Category::Syntax | Category::Eof => {
                format!("found text that is not JSON: {text}")
            }
            Category::Io => "the file could not be read".into(),
            Category::Data => shape(text),
        };
        Error::Json { line, column, reason }
    }

    pub(crate) fn protobuf(length: usize, error: &prost::DecodeError) -> Error {
        // The texts of prost name fields and kinds of damage, never values.
        let text = error.to_string();
        let reason = text.strip_prefix("failed to decode Protobuf message: ").unwrap_or(&text);
        Error::Protobuf { length, reason: reason.into() }
    }

    /// Moves the place to where the text stands in a file.
    pub(crate) fn on_line(self, line: usize) -> Error {
        match self {
            Error::Json { column, reason, .. } => Error::Json { line, column, reason },
            other => other,
        }
    }
}

/// Says what is wrong with text that is JSON of another shape.
fn shape(text: &str) -> String {
    if text.starts_with("found ") {
        // Written here.
        return text.into();
    }
    if let Some(field) = text.strip_prefix("duplicate field ") {
        return format!("found {field} twice; expected it once");
    }
    // What follows the last `expected` is fixed, too; before it, the value is quoted.
    let expected = match text.rsplit_once(", expected ").map(|(_, expected)| expected) {
        Some("a sequence") => "a list",
        Some("a string") => "a text",
        Some("a boolean") => "true or false",
        Some(expected) => expected,
        None => "another",
    };
    format!("found {}; expected {expected}", kind(text))
}

/// Says what kind of value serde found: its messages begin with it.
fn kind(text: &str) -> &'static str {
    const KINDS: [(&str, &str); 8] = [
        ("string", "a text"),
        ("integer", "a number"),
        ("floating point", "a number"),
        ("boolean", "true or false"),
        ("null", "null"),
        ("unit", "null"),
        ("sequence", "a list"),
        ("map", "an object"),
    ];
    let found = text.split_once(": ").map_or("", |(_, found)| found);
    let kind = KINDS.iter().find(|(start, _)| found.starts_with(start));
    kind.map_or("another value", |(_, kind)| *kind)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Json { line, column, reason } => {
                write!(f, "line {line}, column {column}: {reason}")
            }
            Error::Protobuf { length, reason } => {
                write!(f, "decoding an OTLP message of {length} bytes: {reason}")
            }
            Error::Ending { expected } => write!(f, "found another ending; expected {expected}"),
            Error::File(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Error {}
