//! How a [`KeyPattern`] is read from rules.

use keys::{KeyPattern, NoKey};

use crate::node::Node;
use crate::problems::Problems;
use crate::quoting::quote;
use crate::schema::Schema;
use crate::setting::Setting;

impl Setting for KeyPattern {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let written = String::read(node, problems)?;
        match KeyPattern::new(&written) {
            Ok(pattern) => Some(pattern),
            Err(reason) => {
                problems.add(node, found(&written, reason), Self::expected());
                None
            }
        }
    }

    fn expected() -> String {
        "an attribute's key, such as `operator_id`, or several with `*` for any characters"
            .to_owned()
    }

    fn schema() -> Schema {
        Schema::text().with("minLength", "1")
    }
}

fn found(written: &str, reason: NoKey) -> String {
    let quoted = quote(written);
    match reason {
        NoKey::Empty => "an empty key".to_owned(),
        NoKey::WhiteSpace => {
            format!("the key {quoted} with white space around it or control characters")
        }
        NoKey::EmptyPart => {
            format!("the key {quoted} with nothing before, after or between dots")
        }
    }
}
