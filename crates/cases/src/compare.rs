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
        return bless(case, played).map(|_| ());
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
        let hint = "`BLESS=1`, or `--bless` of `lapidary test`, writes it";
        format!("{}: found no such file; {hint}:\n{}", path.display(), played.text())
    })?;
    match first_difference(played.text(), &expected) {
        None => Ok(()),
        Some((line, found, expected)) => {
            Err(format!("{}:{line}: found\n  {found}\nexpected\n  {expected}", path.display()))
        }
    }
}

/// Writes what came out as the folder's `expected.json` or `error.txt`, and takes away the other of
/// the two. Says whether anything is another than it was.
///
/// # Errors
///
/// A file cannot be written or removed.
pub fn bless(case: &Case, played: &Played) -> Result<bool, String> {
    let path = case.folder.join(played.file());
    let other = case.folder.join(played.other_file());
    let at = |path: &Path, error: &std::io::Error| format!("{}: {error}", path.display());
    let has_other = other.exists();
    if has_other {
        std::fs::remove_file(&other).map_err(|error| at(&other, &error))?;
    }
    let was = std::fs::read_to_string(&path).ok();
    if was.as_deref() == Some(played.text()) {
        return Ok(has_other);
    }
    std::fs::write(&path, played.text()).map_err(|error| at(&path, &error))?;
    Ok(true)
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
