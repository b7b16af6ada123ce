//! Plugins with their rules, from JSON.

use plugin::Document;
use report::{Chain, Plugin};
use serde::Deserialize;

use crate::contract::ConfiguredForm;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PluginForm {
    name: String,
    version: String,
    sha256: String,
    configured: ConfiguredForm,
    documents: Vec<DocumentForm>,
    #[serde(default)]
    shadow: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentForm {
    name: String,
    text: String,
}

/// Reads the plugins of a chain, in order.
///
/// # Errors
/// What of it is outside the contract.
pub(crate) fn read(json: &str) -> Result<Chain, String> {
    let forms: Vec<PluginForm> = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let mut chain = Chain::default();
    for PluginForm { name, version, sha256, configured, documents, shadow } in forms {
        let configured = configured.read()?;
        let document = |DocumentForm { name, text }| Document { name, text };
        let documents = documents.into_iter().map(document).collect();
        let is_shadow = shadow;
        chain.0.push(Plugin { name, version, sha256, configured, is_shadow, documents });
    }
    Ok(chain)
}
