//! [`Filled`]: rules with their variables in them, as a plugin of the page gets them.

use std::collections::BTreeMap;

use rules::{Document, Problem, Variable};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use crate::thrown;

/// Why a name that somebody types is not looked for in the environment of a server.
const UNNAMED: Variable = Variable::Unread(
    ", which no file of rules named when `lapidary playground` began, so that it is not read",
    "a variable that such a file names",
);
const NO_SERVER: Variable = Variable::Unread(
    ", for which this page has no environment",
    "`lapidary playground` with a file of rules that names it",
);

#[derive(Deserialize, Serialize)]
struct Text {
    name: String,
    text: String,
}

/// What `lapidary playground` tells of a variable; see `playground::Variable`.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Known {
    Set(String),
    Unset,
    NoText,
}

#[derive(Serialize)]
struct ProblemForm {
    document: String,
    line: u32,
    path: String,
    found: String,
    expected: String,
}

/// The documents of one plugin, base first, with the values of variables in them.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Filled {
    filled: Vec<rules::Filled>,
    problems: Vec<Problem>,
}

#[wasm_bindgen]
impl Filled {
    /// Fills documents, a JSON list of `name` and `text`. `variables` is the JSON map of those that the
    /// page's server told it, or `null` in a page without one:
    ///
    /// ```json
    /// {"STAGE":{"set":"production"},"REGION":"unset","BYTES":"no-text"}
    /// ```
    ///
    /// # Errors
    /// What of it has another form.
    #[wasm_bindgen(constructor)]
    pub fn new(documents: &str, variables: &str) -> Result<Filled, JsError> {
        Filled::read(documents, variables).map_err(thrown)
    }

    /// What is wrong with the variables, as JSON; then there are no documents.
    ///
    /// # Errors
    /// Never: it can be written.
    pub fn problems(&self) -> Result<String, JsError> {
        serde_json::to_string(&self.forms()).map_err(thrown)
    }

    /// What a plugin reads: a JSON list as `new` takes it.
    ///
    /// # Errors
    /// Never: it can be written.
    pub fn documents(&self) -> Result<String, JsError> {
        serde_json::to_string(&self.texts()).map_err(thrown)
    }

    /// A text about a line of a document, with what the user wrote in place of values.
    #[wasm_bindgen(js_name = asWritten)]
    #[must_use]
    pub fn as_written(&self, document: &str, line: u32, text: &str) -> String {
        let of = self.filled.iter().find(|filled| filled.document.name == document);
        of.map_or_else(|| text.to_owned(), |filled| filled.text_as_written(text, line))
    }
}

impl Filled {
    fn read(documents: &str, variables: &str) -> Result<Filled, serde_json::Error> {
        let texts: Vec<Text> = serde_json::from_str(documents)?;
        let known: Option<BTreeMap<String, Known>> = serde_json::from_str(variables)?;
        let mut filled = Filled::default();
        for Text { name, text } in texts {
            match rules::fill_from(&Document::new(name, text), &|name| looked_up(&known, name)) {
                Ok(one) => filled.filled.push(one),
                Err(problems) => filled.problems.extend(problems),
            }
        }
        Ok(filled)
    }

    fn forms(&self) -> Vec<ProblemForm> {
        let form = |problem: &Problem| {
            let Problem { document, line, path, found, expected } = problem.clone();
            ProblemForm { document, line, path, found, expected }
        };
        self.problems.iter().map(form).collect()
    }

    fn texts(&self) -> Vec<Text> {
        let text = |filled: &rules::Filled| {
            let Document { name, text } = filled.document.clone();
            Text { name, text }
        };
        self.filled.iter().map(text).collect()
    }
}

fn looked_up(known: &Option<BTreeMap<String, Known>>, name: &str) -> Variable {
    let Some(known) = known else { return NO_SERVER };
    match known.get(name) {
        Some(Known::Set(value)) => Variable::Set(value.clone()),
        Some(Known::Unset) => Variable::Unset,
        Some(Known::NoText) => Variable::NoText,
        None => UNNAMED,
    }
}

#[cfg(test)]
mod tests {
    use super::Filled;

    const TOLD: &str = r#"{"STAGE":{"set":"production"},"GONE":"unset","BYTES":"no-text"}"#;

    fn filled(text: &str, variables: &str) -> Filled {
        let documents = serde_json::json!([{ "name": "r", "text": text }]).to_string();
        Filled::read(&documents, variables).unwrap()
    }

    fn refused(text: &str, variables: &str) -> Vec<String> {
        filled(text, variables).problems.iter().map(ToString::to_string).collect()
    }

    fn text(text: &str, variables: &str) -> String {
        let filled = filled(text, variables);
        assert!(filled.problems.is_empty(), "{:?}", filled.problems);
        filled.texts().remove(0).text
    }

    #[test]
    fn what_the_server_told_is_put_in_and_quoted_as_written() {
        let rules = "a: ${env:STAGE}\nb: '$${env:STAGE}'\nc: ${env:GONE:-d}\n";
        let filled_in = "a: production\nb: '${env:STAGE}'\nc: d\n";
        assert_eq!(text(rules, TOLD), filled_in);
        let filled = filled(rules, TOLD);
        assert_eq!(filled.as_written("r", 1, "`production` at a"), "`${env:STAGE}` at a");
        assert_eq!(filled.as_written("other", 1, "`production`"), "`production`");
    }

    /// Protects: what somebody types into a page does not read the environment of its server.
    #[test]
    fn a_name_that_no_file_named_is_not_read_and_says_why() {
        let wrong = refused("\na: ${env:AWS_SECRET_ACCESS_KEY}", TOLD);
        let expected = "r:2: found `${env:AWS_SECRET_ACCESS_KEY}`, which no file of rules named when \
            `lapidary playground` began, so that it is not read; expected a variable that such a file \
            names, or a default, as in `${env:AWS_SECRET_ACCESS_KEY:-default}`";
        assert_eq!(wrong, [expected]);
        assert_eq!(text("a: ${env:AWS_SECRET_ACCESS_KEY:-d}", TOLD), "a: d");
    }

    #[test]
    fn a_page_without_a_server_takes_defaults_alone() {
        let wrong = refused("a: ${env:STAGE}", "null");
        let expected = "r:1: found `${env:STAGE}`, for which this page has no environment; expected \
            `lapidary playground` with a file of rules that names it, or a default, as in \
            `${env:STAGE:-default}`";
        assert_eq!(wrong, [expected]);
        assert_eq!(text("a: ${env:STAGE:-d}", "null"), "a: d");
    }

    #[test]
    fn what_is_not_set_or_no_text_is_said_as_by_every_host() {
        let wrong = refused("a: ${env:GONE}\nb: ${env:BYTES}", TOLD);
        assert!(wrong[0].starts_with("r:1: found `${env:GONE}`, which is not set; "), "{wrong:?}");
        assert!(
            wrong[1].contains("`${env:BYTES}`, which holds bytes that are no text"),
            "{wrong:?}"
        );
    }
}
