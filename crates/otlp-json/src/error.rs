//! Why something could not be read or written.

use std::fmt;

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
        /// What is wrong: `expected …` where the text is JSON of another shape.
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
            serde_json::error::Category::Syntax | serde_json::error::Category::Eof => text.into(),
            serde_json::error::Category::Io => "the file could not be read".into(),
            // What follows the last `expected` was written here, not found there.
            serde_json::error::Category::Data => match text.rsplit_once(", expected ") {
                Some((_, expected)) => format!("expected {expected}"),
                None if text.starts_with("duplicate field `") => text.into(),
                None => "expected another kind of value".into(),
            },
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

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Json { line, column, reason } => {
                write!(f, "line {line}, column {column}: {reason}")
            }
            Error::Protobuf { length, reason } => {
                write!(f, "decoding an OTLP message of {length} bytes: {reason}")
            }
            Error::Ending { expected } => write!(f, "expected {expected}"),
            Error::File(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Error {}
