//! Compares what became of a case with what was to become of it.

use std::path::Path;

use serde_json::Value;

use crate::alone::alone;
use crate::play::{Line, Played, Ran};

/// Stands for any text in one line, and alone on a line for any lines.
const ANY: &str = "…";

/// Compares the lines of what was refused.
///
/// # Errors
///
/// Both, where they differ.
pub fn lines(found: &[String], expected: &str) -> Result<(), String> {
    let expected: Vec<&str> = expected.lines().collect();
    if expected == [ANY] && !found.is_empty() {
        return Ok(());
    }
    let same = found.len() == expected.len()
        && found.iter().zip(&expected).all(|(found, expected)| matches(found, expected));
    if same {
        return Ok(());
    }
    Err(format!("found\n{}\nexpected\n{}", found.join("\n"), expected.join("\n")))
}

/// Compares what passed and what was logged, in any order.
///
/// # Errors
///
/// What was found, where it differs.
pub fn ran(found: &Ran, expected: &str) -> Result<(), String> {
    let expected: Ran = serde_json::from_str(expected).map_err(|error| error.to_string())?;
    let mut passes = Vec::new();
    for passed in &expected.passes {
        let bytes = otlp_json::to_protobuf(&passed.to_string());
        passes.extend(alone(&bytes.map_err(|error| error.to_string())?)?);
    }
    passes.sort_by_key(Value::to_string);
    if found.passes == passes && same_log(&found.log, &expected.log) {
        return Ok(());
    }
    Err(format!("found\n{}expected\n{}", found.text(), expected.text()))
}

fn same_log(found: &[Line], expected: &[Line]) -> bool {
    let mut left = found.to_vec();
    for line in expected {
        let place = left.iter().position(|found| {
            found.level == line.level
                && found.plugin == line.plugin
                && matches(&found.message, &line.message)
        });
        match place {
            Some(place) => left.remove(place),
            None => return false,
        };
    }
    left.is_empty()
}

fn matches(found: &str, expected: &str) -> bool {
    let mut parts = expected.split(ANY);
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = found.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}

/// Writes what was found as what is expected.
///
/// # Errors
///
/// A file cannot be written.
pub fn bless(folder: &Path, played: &Played) -> Result<(), String> {
    let (name, other, text) = match played {
        Played::Refused(lines) => ("error.txt", "expected.json", lines.join("\n") + "\n"),
        Played::Ran(ran) => ("expected.json", "error.txt", ran.text()),
    };
    let _ = std::fs::remove_file(folder.join(other));
    std::fs::write(folder.join(name), text).map_err(|error| error.to_string())
}
