//! [`Problem`]: one thing that is wrong with the rules, and [`Place`]: where.

use std::fmt;
use std::sync::Arc;

/// One thing that is wrong with the rules. Its text is one line:
///
/// ```
/// let problem = rules::Problem {
///     document: "rules/redact-pii/base.yaml".into(),
///     line: 12,
///     path: "detectors.email.pattern".into(),
///     found: "an unclosed group at byte 5".into(),
///     expected: "a regular expression".into(),
/// };
/// assert_eq!(
///     problem.to_string(),
///     "rules/redact-pii/base.yaml:12: detectors.email.pattern: \
///      found an unclosed group at byte 5; expected a regular expression"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Name of the document; empty where no document is at fault.
    pub document: String,
    /// Counted from 1; 0 where no line is at fault.
    pub line: u32,
    /// Where in the rules: `rules[2].pattern`. Empty for the document itself.
    pub path: String,
    /// What stands there.
    pub found: String,
    /// What should stand there.
    pub expected: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_somewhere = place(f, &self.document, self.line, &self.path)?;
        let then = if is_somewhere { ": " } else { "" };
        write!(f, "{then}found {}; expected {}", self.found, self.expected)
    }
}

impl std::error::Error for Problem {}

/// Writes what is known of a place. Says whether anything is.
fn place(
    f: &mut fmt::Formatter<'_>,
    document: &str,
    line: u32,
    path: &str,
) -> Result<bool, fmt::Error> {
    match (document.is_empty(), line) {
        (true, 0) => {}
        (true, line) => write!(f, "line {line}")?,
        (false, 0) => f.write_str(document)?,
        (false, line) => write!(f, "{document}:{line}")?,
    }
    let is_somewhere = !document.is_empty() || line > 0;
    if path.is_empty() {
        return Ok(is_somewhere);
    }
    write!(f, "{}{path}", if is_somewhere { ": " } else { "" })?;
    Ok(true)
}

/// Where a value was written: `rules/redact-pii/base.yaml:12: detectors.email`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Name of the document.
    pub document: Arc<str>,
    /// Counted from 1.
    pub line: u32,
    /// `rules[2].pattern`
    pub path: String,
}

impl Place {
    /// A problem with what stands here.
    #[must_use]
    pub fn problem(&self, found: impl Into<String>, expected: impl Into<String>) -> Problem {
        Problem {
            document: self.document.to_string(),
            line: self.line,
            path: self.path.clone(),
            found: found.into(),
            expected: expected.into(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        place(f, &self.document, self.line, &self.path).map(|_| ())
    }
}
