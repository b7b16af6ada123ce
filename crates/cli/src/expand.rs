//! `${env:NAME}` in a Collector's config.

use serde_json::Value;

/// Replaces `${env:NAME}`, `${NAME}` and `${env:NAME:-default}` in every text
/// of a value, and `$$` by `$`, as the Collector does. A variable that is not
/// set and has no default becomes nothing. Other sources, such as `${file:…}`,
/// are not known here.
pub(crate) fn expand(
    value: &mut Value,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<(), String> {
    match value {
        Value::String(text) => {
            if text.contains('$') {
                *text = expand_text(text, variable)?;
            }
            Ok(())
        }
        Value::Array(list) => list.iter_mut().try_for_each(|value| expand(value, variable)),
        Value::Object(map) => map.values_mut().try_for_each(|value| expand(value, variable)),
        _ => Ok(()),
    }
}

fn expand_text(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        expanded.push_str(&rest[..dollar]);
        rest = &rest[dollar + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            expanded.push('$');
            rest = after;
        } else if let Some((inside, after)) =
            rest.strip_prefix('{').and_then(|rest| rest.split_once('}'))
        {
            let name = inside.strip_prefix("env:").unwrap_or(inside);
            let (name, default) = name.split_once(":-").unwrap_or((name, ""));
            if name.contains(':') {
                return Err(format!("found `${{{inside}}}`; expected `${{env:NAME}}`"));
            }
            expanded.push_str(&variable(name).unwrap_or_else(|| default.into()));
            rest = after;
        } else {
            expanded.push('$');
        }
    }
    expanded.push_str(rest);
    Ok(expanded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> Result<String, String> {
        expand_text(text, &|name| (name == "STAGE").then(|| "production".into()))
    }

    #[test]
    fn variables_stand_where_the_collector_takes_them() {
        assert_eq!(expanded("rules/${env:STAGE}.yaml").unwrap(), "rules/production.yaml");
        assert_eq!(expanded("${STAGE}/${env:REGION:-eu}").unwrap(), "production/eu");
        assert_eq!(expanded("[${env:REGION}]").unwrap(), "[]");
        assert_eq!(expanded("$${env:STAGE} costs 5$").unwrap(), "${env:STAGE} costs 5$");
        assert_eq!(
            expanded("${file:secret}").unwrap_err(),
            "found `${file:secret}`; expected `${env:NAME}`"
        );
    }
}
