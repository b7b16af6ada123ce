//! [`merged`]: rules after their overlays.

use rules::Document;
use serde::Deserialize;
use wasm_bindgen::prelude::*;

use crate::thrown;

#[derive(Deserialize)]
struct Text {
    name: String,
    text: String,
}

/// Merges the documents of one plugin, base first, as `lapidary check --print` does: YAML in which each
/// line says in a comment where its value comes from. A variable stands there as it is written. `documents` is a JSON list of `name` and `text`.
///
/// # Errors
/// What of them is no YAML, a line for each problem.
#[wasm_bindgen]
pub fn merged(documents: &str) -> Result<String, JsError> {
    let texts: Vec<Text> = serde_json::from_str(documents).map_err(thrown)?;
    merge(&texts).map_err(thrown)
}

fn merge(texts: &[Text]) -> Result<String, String> {
    let documents: Vec<_> = texts.iter().map(|it| Document::new(&it.name, &it.text)).collect();
    let (marked, stand_ins) = rules::stand_ins(&documents);
    let node = rules::load(&marked).map_err(|problems| {
        let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
        stand_ins.restored(&lines.join("\n"))
    })?;
    let place = |place: &rules::Origin| format!("{}:{}", place.document, place.line);
    Ok(stand_ins.restored(&rules::print_with_places(&node, place)))
}

#[cfg(test)]
mod tests {
    use super::{Text, merge};

    #[test]
    fn each_value_says_where_it_comes_from() {
        let text = |name: &str, text: &str| Text { name: name.into(), text: text.into() };
        let documents = [text("base.yaml", "a: 1\nb: 2\n"), text("overlay.yaml", "b: 3\n")];
        let expected = "a: 1 # base.yaml:1\nb: 3 # overlay.yaml:1\n";
        assert_eq!(merge(&documents), Ok(expected.to_owned()));
        let documents = [text("base.yaml", "a: [${env:A}, '$${env:A}']\n")];
        let expected =
            "a: # base.yaml:1\n  - ${env:A} # base.yaml:1\n  - '${env:A}' # base.yaml:1\n";
        assert_eq!(merge(&documents), Ok(expected.to_owned()));
        let wrong = merge(&[text("base.yaml", "a: [\n")]).unwrap_err();
        assert!(wrong.starts_with("base.yaml:"), "{wrong}");
    }
}
