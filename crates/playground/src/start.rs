//! [`Start`]: what the page begins with, `start.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::Site;

/// Where the page finds it.
const PATH: &str = "start.json";

/// Recordings, plugins and the chain that the page begins with.
///
/// The built page has one of its own, with what it brings along; a command line changes it. What stands
/// there besides stays as it is.
#[derive(Debug, Deserialize, Serialize)]
pub struct Start {
    recordings: Vec<Value>,
    chosen: Option<String>,
    plugins: Vec<Value>,
    chain: Vec<Value>,
    #[serde(default)]
    listen: Option<Listen>,
    /// A page that finds none has no server.
    #[serde(skip_deserializing)]
    variables: BTreeMap<String, Variable>,
    #[serde(flatten)]
    more: Map<String, Value>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Listen {
    /// Where a Collector's exporter sends to.
    endpoint: String,
    /// Where the page fetches what came.
    url: String,
}

/// Spans to look at.
#[derive(Debug, Serialize)]
pub struct Recording {
    /// What they are called.
    pub name: String,
    /// Where the page fetches them.
    pub url: String,
    /// Whether they are made up, so that values may be shown without being asked for.
    pub ours: bool,
}

/// A plugin's file.
#[derive(Debug, Serialize)]
pub struct Plugin {
    /// What it is called; no other plugin of the page is.
    pub name: String,
    /// Where the page fetches it.
    pub url: String,
}

/// A plugin of the chain.
#[derive(Debug, Serialize)]
pub struct Link {
    /// Its name among the plugins.
    pub plugin: String,
    /// Its documents of rules, base first.
    pub rules: Vec<Rules>,
    /// Names of the secrets that it may ask for; their values are the user's to type.
    pub secrets: Vec<String>,
    /// Whether it runs in the shadow.
    pub shadow: bool,
}

/// A document of rules.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Rules {
    /// A file that the page fetches.
    File {
        /// What messages call it.
        name: String,
        /// Where the page fetches it.
        url: String,
    },
    /// Rules that stand in no file of their own.
    Text {
        /// What messages call them.
        name: String,
        /// The rules, as YAML.
        text: String,
    },
}

/// What the page is told of a variable that its files of rules name.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Variable {
    /// Its value.
    Set(String),
    /// There is none of this name.
    Unset,
    /// It holds bytes that are no text.
    NoText,
}

impl Start {
    /// Reads what the built page begins with.
    ///
    /// # Errors
    ///
    /// The page has no such file, or it is another.
    pub fn of(site: &dyn Site) -> Result<Start, String> {
        let file = site.file(PATH).ok_or_else(|| format!("found no {PATH} in the page"))?;
        serde_json::from_slice(&file).map_err(|error| format!("the page's {PATH}: {error}"))
    }

    /// Adds a recording, and begins with it.
    pub fn choose(&mut self, recording: &Recording) {
        self.chosen = Some(recording.name.clone());
        self.recordings.insert(0, json!(recording));
    }

    /// Adds a plugin, in place of one of the same name.
    pub fn offer(&mut self, plugin: &Plugin) {
        self.plugins.retain(|other| other["name"] != plugin.name.as_str());
        self.plugins.push(json!(plugin));
    }

    /// Begins with this chain.
    pub fn chain(&mut self, links: &[Link]) {
        let is_on = |link: &Link| {
            let mut link = json!(link);
            link["on"] = true.into();
            link
        };
        self.chain = links.iter().map(is_on).collect();
    }

    /// Tells of a variable. Of one that is not told of the page says that nobody read it.
    pub fn tell(&mut self, name: String, variable: Variable) {
        self.variables.insert(name, variable);
    }

    /// Tells where spans come in.
    pub fn listen(&mut self, endpoint: String) {
        self.listen = Some(Listen { endpoint, url: "live".into() });
    }

    /// Puts it where the page looks for it.
    pub fn give(&self, given: &mut crate::Given) {
        given.add_bytes(PATH, PATH, json!(self).to_string().into_bytes());
    }
}
