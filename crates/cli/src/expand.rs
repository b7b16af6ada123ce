//! `${env:NAME}` and the like in a Collector's config.
//!
//! This is what the Collector's own package `confmap` does (v0.158.0, providers `env`, `file` and
//! `yaml`, and `env` where none is named), its messages included: an operator may look for them.

use std::io::{self, ErrorKind};
use std::path::Path;

use crate::value::{Map, Yaml};
use crate::yaml;

/// Most rounds of expanding a value: what a variable holds is expanded, too.
const MAX_ROUNDS: usize = 1000;

/// Longest text that expanding may come to. A variable that holds itself twice would double for
/// ever.
const MAX_BYTES: usize = 1 << 20;

/// Where the values of variables come from.
#[derive(Clone, Copy)]
pub(crate) struct Variables<'a> {
    /// The environment.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// Reads a file.
    pub file: &'a dyn Fn(&Path) -> io::Result<String>,
}

/// Returns a value with everything in it expanded, and with `$` for `$$`.
///
/// A text that is one `${…}` becomes what that holds, read as YAML; in a longer text it is
/// replaced as it is written. `$NAME` stands for itself.
///
/// # Errors
///
/// What cannot be expanded, in the Collector's words.
pub(crate) fn expand(value: Yaml, variables: Variables<'_>) -> Result<Yaml, String> {
    let mut value = value;
    for _ in 0..MAX_ROUNDS {
        let (expanded, changed) = round(value, variables)?;
        value = expanded;
        if !changed {
            return Ok(unescaped(value));
        }
    }
    Err(TOO_MANY.into())
}

const TOO_MANY: &str = "too many recursive expansions";

fn round(value: Yaml, variables: Variables<'_>) -> Result<(Yaml, bool), String> {
    match value {
        Yaml::Text(text) => expand_text(text, variables),
        Yaml::List(values) => {
            let mut any = false;
            let mut expanded = Vec::with_capacity(values.len());
            for value in values {
                let (value, changed) = round(value, variables)?;
                any |= changed;
                expanded.push(value);
            }
            Ok((Yaml::List(expanded), any))
        }
        Yaml::Map(map) => {
            let mut any = false;
            let mut expanded = Map::new();
            for (key, value) in map {
                let (value, changed) = round(value, variables)?;
                any |= changed;
                expanded.insert(key, value);
            }
            Ok((Yaml::Map(expanded), any))
        }
        Yaml::Expanded(value, original) => {
            let (value, changed) = round(*value, variables)?;
            if matches!(value, Yaml::Expanded(..) | Yaml::Text(_)) {
                return Ok((value, changed));
            }
            // Who reads it decides which of the two is wanted.
            match expand_text(original, variables) {
                Ok((Yaml::Text(original), again)) => {
                    Ok((Yaml::Expanded(Box::new(value), original), changed || again))
                }
                _ => Ok((value, changed)),
            }
        }
        other => Ok((other, false)),
    }
}

fn expand_text(text: String, variables: Variables<'_>) -> Result<(Yaml, bool), String> {
    let Some(reference) = first_reference(&text) else {
        return Ok((Yaml::Text(text), false));
    };
    let (value, written) = retrieve(&reference[2..reference.len() - 1], variables)?;
    if reference.len() == text.len() {
        return Ok((Yaml::Expanded(Box::new(value), written), true));
    }
    let replaced = text.replace(reference, &written);
    if replaced.len() > MAX_BYTES {
        return Err(TOO_MANY.into());
    }
    Ok((Yaml::Text(replaced), true))
}

/// Returns the first `${…}`, the inner one where they are nested. None follows one that is
/// escaped.
fn first_reference(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        let close = rest.find('}')?;
        let Some(open) = rest[..close].rfind("${") else {
            rest = &rest[close + 1..];
            continue;
        };
        let dollars = rest[..open].bytes().rev().take_while(|byte| *byte == b'$').count();
        return (dollars % 2 == 0).then(|| &rest[open..=close]);
    }
}

/// Returns what a reference stands for, as a value and as it is written.
fn retrieve(reference: &str, variables: Variables<'_>) -> Result<(Yaml, String), String> {
    let uri = if reference.contains(':') { reference.into() } else { format!("env:{reference}") };
    let (scheme, rest) = uri.split_once(':').unwrap_or((&uri, ""));
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-'));
    if !is_scheme {
        return Err(format!("invalid uri: {uri:?}"));
    }
    if rest.contains('$') {
        return Err(format!("the uri {uri:?} contains unsupported characters ('$')"));
    }
    match scheme {
        "env" => variable(rest, variables),
        "yaml" => read(rest.into()),
        "file" => {
            let content = (variables.file)(Path::new(rest)).map_err(|error| {
                let why = match error.kind() {
                    ErrorKind::NotFound => format!("open {rest}: no such file or directory"),
                    ErrorKind::IsADirectory => format!("read {rest}: is a directory"),
                    _ => format!("open {rest}: {error}"),
                };
                format!("unable to read the file {uri}: {why}")
            })?;
            read(content)
        }
        _ => Err(format!("scheme {scheme:?} is not supported for uri {uri:?}")),
    }
}

fn variable(reference: &str, variables: Variables<'_>) -> Result<(Yaml, String), String> {
    let (name, default) = match reference.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (reference, None),
    };
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_name {
        return Err(format!(
            "environment variable {name:?} has invalid name: must match regex ^[a-zA-Z_][a-zA-Z0-9_]*$"
        ));
    }
    match ((variables.env)(name), default) {
        (Some(value), _) => read(value),
        // Only an empty default is a text; an empty variable is nothing.
        (None, Some("")) => Ok((Yaml::Text(String::new()), String::new())),
        (None, default) => read(default.unwrap_or_default().into()),
    }
}

/// Reads what a variable or file holds. What is no YAML is text.
fn read(written: String) -> Result<(Yaml, String), String> {
    match yaml::parse(&written) {
        // With its quotes, if it has any: so does the Collector.
        Ok(Yaml::Text(_)) | Err(_) => Ok((Yaml::Text(written.clone()), written)),
        Ok(Yaml::Integer(value)) if value > i64::MAX.into() => {
            Err("unsupported type=uint64 for retrieved config, ensure that values are wrapped in quotes".into())
        }
        Ok(value) => Ok((value, written)),
    }
}

fn unescaped(value: Yaml) -> Yaml {
    match value {
        Yaml::Text(text) => Yaml::Text(text.replace("$$", "$")),
        Yaml::List(values) => Yaml::List(values.into_iter().map(unescaped).collect()),
        Yaml::Map(map) => {
            Yaml::Map(map.into_iter().map(|(key, value)| (key, unescaped(value))).collect())
        }
        Yaml::Expanded(value, original) => {
            Yaml::Expanded(Box::new(unescaped(*value)), original.replace("$$", "$"))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(name: &str) -> Option<String> {
        let value = match name {
            "STAGE" => "production",
            "MIB" => "64",
            "EMPTY" => "",
            "ONE" => "1.0",
            "LIST" => "[a, '${env:MIB}']",
            // A brace ends a plain text inside a list, so this is no YAML.
            "NO_LIST" => "[a, ${env:MIB}]",
            "ESCAPED" => "a$$b",
            "INSIDE" => "x${env:MIB}",
            "ITSELF" => "${env:ITSELF}",
            "TWICE" => "${env:TWICE}${env:TWICE}",
            "BROKEN" => "{a",
            "QUOTED" => "'q'",
            _ => return None,
        };
        Some(value.into())
    }

    fn expanded(text: &str) -> Result<Yaml, String> {
        let variables = Variables { env: &variables, file: &|path| std::fs::read_to_string(path) };
        expand(Yaml::Text(text.into()), variables)
    }

    fn text(text: &str) -> Yaml {
        Yaml::Text(text.into())
    }

    fn both(value: Yaml, original: &str) -> Yaml {
        Yaml::Expanded(Box::new(value), original.into())
    }

    /// Guarantees: what confmap gave for each text.
    #[test]
    fn every_form_is_what_the_collector_makes_of_it() {
        for (written, value) in [
            ("rules/${env:STAGE}.yaml", text("rules/production.yaml")),
            ("${STAGE}/${env:REGION:-eu}", text("production/eu")),
            ("[${env:REGION}]", text("[]")),
            ("${env:MIB}", both(Yaml::Integer(64), "64")),
            ("${env:ONE}", both(Yaml::Float(1.0), "1.0")),
            ("${env:EMPTY}", both(Yaml::Null, "")),
            ("${env:UNSET}", both(Yaml::Null, "")),
            ("${env:UNSET:-}", text("")),
            ("${env:UNSET:-7}", both(Yaml::Integer(7), "7")),
            ("${env:EMPTY:-7}", both(Yaml::Null, "")),
            ("${env:UNSET:-${env:MIB}}", both(Yaml::Integer(64), "64")),
            ("${env:${env:UNSET:-MIB}}", both(Yaml::Integer(64), "64")),
            ("${env:INSIDE}", text("x64")),
            ("${env:BROKEN}", text("{a")),
            ("${env:QUOTED}", text("'q'")),
            ("${env:NO_LIST}", text("[a, 64]")),
            ("${yaml:[1]}", both(Yaml::List(vec![Yaml::Integer(1)]), "[1]")),
            ("a$NAME $5 $$X", text("a$NAME $5 $X")),
            ("$${env:STAGE}", text("${env:STAGE}")),
            ("$$${env:STAGE}", text("$production")),
            ("$${env:STAGE} ${env:STAGE}", text("${env:STAGE} ${env:STAGE}")),
            ("$$$$", text("$$")),
            ("${env:ESCAPED}", text("a$b")),
            ("${", text("${")),
            ("} ${MIB}x", text("} 64x")),
        ] {
            assert_eq!(expanded(written), Ok(value), "{written}");
        }
        let list = Yaml::List(vec![text("a"), both(Yaml::Integer(64), "64")]);
        assert_eq!(expanded("${env:LIST}"), Ok(both(list, "[a, '64']")));
    }

    #[test]
    fn what_cannot_be_expanded_is_told_in_the_words_of_the_collector() {
        for (written, words) in [
            (
                "${env:1A}",
                "environment variable \"1A\" has invalid name: must match regex ^[a-zA-Z_][a-zA-Z0-9_]*$",
            ),
            ("${http:x}", "scheme \"http\" is not supported for uri \"http:x\""),
            ("${a:b}", "invalid uri: \"a:b\""),
            ("${env:$A}", "the uri \"env:$A\" contains unsupported characters ('$')"),
            (
                "${file:none.yaml}",
                "unable to read the file file:none.yaml: open none.yaml: no such file or directory",
            ),
            ("${env:ITSELF}", TOO_MANY),
            ("x${env:TWICE}", TOO_MANY),
            (
                "${env:UNSET:-18446744073709551615}",
                "unsupported type=uint64 for retrieved config, ensure that values are wrapped in quotes",
            ),
        ] {
            assert_eq!(expanded(written), Err(words.into()), "{written}");
        }
    }
}
