//! What a plugin says of itself, from JSON: the records of `wit/types.wit` as the golden corpus has
//! them (`crates/cases/src/contract.rs`), which is how `web/src/host` lifts them.

use plugin::{Configured, Place};
use serde::Deserialize;
use spans::{Carriers, Fields, Parts, Selector, SetKey, Sight, Writes};

/// Reads what `configure` answered with.
///
/// # Errors
/// What is no such record.
pub fn configured(json: &str) -> Result<Configured, String> {
    let form: ConfiguredForm = serde_json::from_str(json).map_err(|error| error.to_string())?;
    form.read()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfiguredForm {
    sight: SightForm,
    writes: WritesForm,
    rules: Vec<RuleForm>,
    protects: Vec<String>,
}

impl ConfiguredForm {
    pub(crate) fn read(self) -> Result<Configured, String> {
        let rules = self.rules.into_iter().map(|RuleForm { path, document, line }| Place {
            document: document.into(),
            line,
            path,
        });
        Ok(Configured {
            sight: self.sight.read()?,
            writes: self.writes.read()?,
            rules: rules.collect(),
            protects: self.protects,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleForm {
    path: String,
    document: String,
    line: u32,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum SightForm {
    Whole(Whole),
    Parts { fields: Vec<String>, keys: Vec<SelectorForm> },
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Whole {
    Everything,
    Texts,
}

impl SightForm {
    fn read(self) -> Result<Sight, String> {
        Ok(match self {
            SightForm::Whole(Whole::Everything) => Sight::Everything,
            SightForm::Whole(Whole::Texts) => Sight::Texts,
            SightForm::Parts { fields, keys } => {
                Sight::Parts(Parts { fields: read_fields(&fields)?, keys: selectors(keys)? })
            }
        })
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct WritesForm {
    drops_spans: bool,
    makes_spans: bool,
    drops_unknown_fields: bool,
    fields: Vec<String>,
    sets: Vec<SetKeyForm>,
    replaces: Vec<SelectorForm>,
    renames: Vec<SelectorForm>,
    removes: Vec<SelectorForm>,
}

impl WritesForm {
    fn read(self) -> Result<Writes, String> {
        let set = |SetKeyForm { carriers, key }| Ok(SetKey { carriers: on(&carriers)?, key });
        Ok(Writes {
            drops_spans: self.drops_spans,
            makes_spans: self.makes_spans,
            drops_unknown_fields: self.drops_unknown_fields,
            fields: read_fields(&self.fields)?,
            sets: self.sets.into_iter().map(set).collect::<Result<_, String>>()?,
            replaces: selectors(self.replaces)?,
            renames: selectors(self.renames)?,
            removes: selectors(self.removes)?,
        })
    }
}

#[derive(Deserialize)]
struct SelectorForm {
    carriers: Vec<String>,
    keys: Vec<String>,
}

#[derive(Deserialize)]
struct SetKeyForm {
    carriers: Vec<String>,
    key: String,
}

fn selectors(forms: Vec<SelectorForm>) -> Result<Vec<Selector>, String> {
    let selector =
        |SelectorForm { carriers, keys }| Ok(Selector { carriers: on(&carriers)?, keys });
    forms.into_iter().map(selector).collect()
}

/// `trace-id`, as the contract spells it.
fn read_fields(names: &[String]) -> Result<Fields, String> {
    let field = |name: &String| Fields::from_name(&name.to_uppercase().replace('-', "_"));
    names.iter().map(|name| field(name).ok_or_else(|| unknown("field", name))).collect()
}

fn on(names: &[String]) -> Result<Carriers, String> {
    let carrier = |name: &String| Carriers::from_name(&name.to_uppercase());
    names.iter().map(|name| carrier(name).ok_or_else(|| unknown("carrier", name))).collect()
}

fn unknown(what: &str, name: &str) -> String {
    format!("found {what} `{name}`; expected one of the contract's")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_plugin_says_of_itself_is_read_as_the_golden_corpus_has_it() {
        let json = r#"{
            "sight": {"fields": ["trace-id", "status-code"], "keys": [{"carriers": ["span", "link"], "keys": ["order.*"]}]},
            "writes": {"drops_spans": true, "fields": ["span-name"], "sets": [{"carriers": ["span"], "key": "order.status"}]},
            "rules": [{"path": "rules[0]", "document": "base.yaml", "line": 3}],
            "protects": ["detector phone"]
        }"#;
        let configured = configured(json).unwrap();
        let keys = vec!["order.*".to_owned()];
        let key = Selector { carriers: Carriers::SPAN | Carriers::LINK, keys };
        let fields = Fields::TRACE_ID | Fields::STATUS_CODE;
        assert_eq!(configured.sight, Sight::Parts(Parts { fields, keys: vec![key] }));
        assert!(configured.writes.drops_spans && !configured.writes.makes_spans);
        assert_eq!(configured.writes.fields, Fields::SPAN_NAME);
        assert_eq!(configured.writes.sets[0].key, "order.status");
        assert_eq!(configured.rules[0].line, 3);
        assert_eq!(configured.protects, ["detector phone"]);
    }

    #[test]
    fn a_word_that_the_contract_does_not_have_is_refused() {
        let json = r#"{"sight": {"fields": ["trace-ids"], "keys": []}, "writes": {}, "rules": [], "protects": []}"#;
        let refused = configured(json).unwrap_err();
        assert_eq!(refused, "found field `trace-ids`; expected one of the contract's");
    }
}
