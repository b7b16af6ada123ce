//! Compares what came out with what stands in the folder.

use std::path::Path;

use serde_json::Value;

use crate::Case;

/// What playing a case gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Played {
    /// The text for `expected.json`.
    Ran(String),
    /// The text for `error.txt`: the problems of `configure`.
    Refused(String),
}

impl Played {
    fn file(&self) -> &'static str {
        match self {
            Played::Ran(_) => "expected.json",
            Played::Refused(_) => "error.txt",
        }
    }

    fn other_file(&self) -> &'static str {
        match self {
            Played::Ran(_) => "error.txt",
            Played::Refused(_) => "expected.json",
        }
    }

    /// The same, but for what was told of why.
    pub(crate) fn without_notes(&self) -> Played {
        let Played::Ran(text) = self else { return self.clone() };
        let mut expected: Value = serde_json::from_str(text).unwrap_or_default();
        for step in expected["steps"].as_array_mut().into_iter().flatten() {
            step.as_object_mut().and_then(|step| step.remove("notes"));
        }
        Played::Ran(expected.to_string())
    }

    fn text(&self) -> &str {
        match self {
            Played::Ran(text) | Played::Refused(text) => text,
        }
    }
}

/// Compares what came out with the folder's `expected.json` or `error.txt`;
/// with `BLESS=1` in the environment it writes the file instead.
///
/// # Errors
///
/// The first line that differs.
pub fn check(case: &Case, played: &Played) -> Result<(), String> {
    let path = case.folder.join(played.file());
    let other = case.folder.join(played.other_file());
    if std::env::var_os("BLESS").is_some_and(|value| value == "1") {
        return bless(&path, &other, played.text());
    }
    if other.exists() {
        return Err(format!(
            "{}: found what belongs into `{}`:\n{}",
            other.display(),
            played.file(),
            played.text()
        ));
    }
    let expected = std::fs::read_to_string(&path).map_err(|_| {
        format!("{}: found no such file; `BLESS=1` writes it:\n{}", path.display(), played.text())
    })?;
    match first_difference(played.text(), &expected) {
        None => Ok(()),
        Some((line, found, expected)) => {
            Err(format!("{}:{line}: found\n  {found}\nexpected\n  {expected}", path.display()))
        }
    }
}

fn bless(path: &Path, other: &Path, text: &str) -> Result<(), String> {
    if other.exists() {
        std::fs::remove_file(other).map_err(|error| format!("{}: {error}", other.display()))?;
    }
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

fn first_difference<'a>(found: &'a str, expected: &'a str) -> Option<(usize, &'a str, &'a str)> {
    if found == expected {
        return None;
    }
    let (mut found, mut expected) = (found.lines(), expected.lines());
    let mut line = 1;
    loop {
        match (found.next(), expected.next()) {
            (Some(one), Some(other)) if one == other => line += 1,
            (None, None) => return Some((line, "another end", "the end as it stands")),
            (one, other) => {
                let end = "(the end)";
                return Some((line, one.unwrap_or(end), other.unwrap_or(end)));
            }
        }
    }
}
