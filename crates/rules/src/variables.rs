//! [`fill`]: `${env:NAME}` in a text of rules, put in before the text is read as YAML.

use std::ffi::OsString;

use crate::parse::Document;
use crate::problem::Problem;
use crate::stand_in::StandIns;

/// How a reference begins. One `$` more before it, and it stands for itself.
const OPEN: &str = "${env:";

/// Shortest value that is told from the words around it, in characters.
const TELLING: usize = 4;

/// What is known of a variable that a text asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Variable {
    /// Its value.
    Set(String),
    /// There is none of this name.
    Unset,
    /// It holds bytes that are no text.
    NoText,
    /// It may be there, and was not looked for: how a problem says why, behind the reference, and what
    /// was expected in its place.
    Unread(&'static str, &'static str),
}

impl From<Option<OsString>> for Variable {
    /// Of what an environment says.
    fn from(found: Option<OsString>) -> Self {
        match found.map(OsString::into_string) {
            Some(Ok(value)) => Variable::Set(value),
            Some(Err(_)) => Variable::NoText,
            None => Variable::Unset,
        }
    }
}

/// A text of rules with its variables in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// What a plugin reads. Each line stands where it stood.
    pub document: Document,
    uses: Vec<Use>,
}

/// A reference, with what stands in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Use {
    line: u32,
    name: String,
    written: String,
    value: String,
}

/// Puts in the values of variables: `${env:NAME}`, or `${env:NAME:-default}` where there may be none.
/// `$${env:` is `${env:`; every other `$` stays, and so does a line that is a comment. A value is put in
/// as it is: what it holds is neither looked through for variables nor quoted.
///
/// # Errors
///
/// A variable that is not set and has no default, or whose value is no text of one line; each.
///
/// ```
/// let rules = rules::Document::new("rules.yaml", "mask: '${env:MASK}'\nmost: ${env:MOST:-5}\n");
/// let filled = rules::fill(&rules, &|name| (name == "MASK").then(|| "[gone]".into())).unwrap();
/// assert_eq!(filled.document.text, "mask: '[gone]'\nmost: 5\n");
///
/// let problems = rules::fill(&rules, &|_| None).unwrap_err();
/// assert_eq!(
///     problems[0].to_string(),
///     "rules.yaml:1: found `${env:MASK}`, which is not set; expected a variable that is set, or a \
///      default, as in `${env:MASK:-default}`"
/// );
/// ```
pub fn fill(
    document: &Document,
    variable: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Filled, Vec<Problem>> {
    fill_from(document, &|name| variable(name).into())
}

/// Does as [`fill`] for who has no environment of its own, or may not look for each name in it.
///
/// # Errors
///
/// As of [`fill`]; and a variable that was not read and has no default.
pub fn fill_from(
    document: &Document,
    variable: &dyn Fn(&str) -> Variable,
) -> Result<Filled, Vec<Problem>> {
    let mut uses = Vec::new();
    let mut problems = Vec::new();
    let text = replaced(&document.text, &mut |line, written| match value(written, variable) {
        Ok((name, value)) => {
            let written = written.to_owned();
            uses.push(Use { line, name, written, value: value.clone() });
            value
        }
        Err((found, expected)) => {
            let (document, path) = (document.name.clone(), String::new());
            let found = format!("`{written}`{found}");
            problems.push(Problem { document, line, path, found, expected });
            String::new()
        }
    });
    if !problems.is_empty() {
        return Err(problems);
    }
    // The longest first: a shorter one may be a part of it.
    uses.sort_by_key(|it| std::cmp::Reverse(it.value.len()));
    Ok(Filled { document: Document::new(&document.name, text), uses })
}

/// Returns the names of the variables that a text asks for, each as often as it does.
pub fn variables_of(document: &Document) -> Vec<String> {
    let mut names = Vec::new();
    replaced(&document.text, &mut |_, written| {
        names.extend(named(written).map(|(name, _)| name.to_owned()));
        String::new()
    });
    names
}

/// Returns a text that [`fill`] makes this one of: each `${env:` of it stands for itself.
pub fn escaped(text: &str) -> String {
    let line = |line: &str| match is_comment(line) {
        true => line.to_owned(),
        false => line.replace(OPEN, &format!("${OPEN}")),
    };
    text.split_inclusive('\n').map(line).collect()
}

/// Returns texts that are YAML although no value is known, and what turns a text made of them into one
/// as written.
pub fn stand_ins(documents: &[Document]) -> (Vec<Document>, StandIns) {
    let mut marks = StandIns::unlike(documents);
    let marked = |document: &Document| {
        let text = replaced(&document.text, &mut |_, written| marks.mark(written));
        Document::new(&document.name, text)
    };
    (documents.iter().map(marked).collect(), marks)
}

/// A text without variables, whatever stands in it.
impl From<Document> for Filled {
    fn from(document: Document) -> Self {
        Filled { document, uses: Vec::new() }
    }
}

impl Filled {
    /// Returns a problem that quotes what the user wrote, and not what was put in its place.
    ///
    /// A value of fewer than four characters is known by its line and its quotes alone, a longer one
    /// wherever it stands.
    #[must_use]
    pub fn as_written(&self, mut problem: Problem) -> Problem {
        if problem.document == self.document.name {
            problem.path = self.text_as_written(&problem.path, problem.line);
            problem.found = self.text_as_written(&problem.found, problem.line);
        }
        problem
    }

    /// Returns a text about a line as [`as_written`](Filled::as_written) does.
    #[must_use]
    pub fn text_as_written(&self, text: &str, line: u32) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let is_quoted = out.ends_with('`');
            let found = self
                .uses
                .iter()
                .find_map(|it| Some((it, it.length_in(rest, is_quoted && line == it.line)?)));
            match found {
                Some((it, length)) => {
                    out.push_str(&it.written);
                    rest = &rest[length..];
                }
                None => {
                    out.push(first);
                    rest = &rest[first.len_utf8()..];
                }
            }
        }
        out
    }
}

impl Use {
    /// How much of a text the value is that it begins with: all of it, or what was cut with `…`.
    fn length_in(&self, text: &str, is_quoted_here: bool) -> Option<usize> {
        let telling = |text: &str| text.chars().count() >= TELLING;
        if let Some(after) = text.strip_prefix(&self.value) {
            let is_it = telling(&self.value) || is_quoted_here && after.starts_with('`');
            return (is_it && !self.value.is_empty()).then_some(self.value.len());
        }
        let cut = &text[..text.find("…`")?];
        (telling(cut) && self.value.starts_with(cut)).then_some(cut.len())
    }
}

/// Returns a text with each reference replaced by what `put` makes of it and its line.
fn replaced(text: &str, put: &mut dyn FnMut(u32, &str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    for (line, mut rest) in (1..).zip(text.split_inclusive('\n')) {
        let is_comment = is_comment(rest);
        while let Some(at) = rest.find(OPEN).filter(|_| !is_comment) {
            if let Some(before) = rest[..at].strip_suffix('$') {
                out.push_str(before);
                out.push_str(OPEN);
                rest = &rest[at + OPEN.len()..];
                continue;
            }
            out.push_str(&rest[..at]);
            let end = rest[at..].find('}').map_or(rest.trim_end().len(), |end| at + end + 1);
            out.push_str(&put(line, &rest[at..end]));
            rest = &rest[end..];
        }
        out.push_str(rest);
    }
    out
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

/// Takes a reference apart: its name, and its default.
fn named(written: &str) -> Option<(&str, Option<&str>)> {
    let inside = written.strip_prefix(OPEN)?.strip_suffix('}')?;
    let (name, default) = match inside.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !default.is_some_and(|default| default.contains("${"));
    is_name.then_some((name, default))
}

/// Returns a reference's name and value, or how its problem goes on and what was expected.
fn value(
    written: &str,
    variable: &dyn Fn(&str) -> Variable,
) -> Result<(String, String), (&'static str, String)> {
    let Some((name, default)) = named(written) else {
        let expected = "`${env:NAME}` or `${env:NAME:-default}` with a name of letters, digits and `_` \
                        and no variable in the default; write `$${env:` where it stands for itself";
        return Err(("", expected.into()));
    };
    let value = match (variable(name), default) {
        (Variable::Set(value), _) => value,
        (Variable::NoText, _) => {
            let found = ", which holds bytes that are no text";
            return Err((found, "a variable that holds text".to_owned()));
        }
        (_, Some(default)) => default.to_owned(),
        (Variable::Unset, None) => {
            return Err((", which is not set", or_default("a variable that is set", name)));
        }
        (Variable::Unread(found, expected), None) => {
            return Err((found, or_default(expected, name)));
        }
    };
    if value.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        let found = ", which holds a line break or another control character";
        return Err((found, "a variable of one line".into()));
    }
    Ok((name.to_owned(), value))
}

/// Says what was expected, or that a default would do.
fn or_default(expected: &str, name: &str) -> String {
    format!("{expected}, or a default, as in `${{env:{name}:-default}}`")
}
