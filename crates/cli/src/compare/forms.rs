//! [`Form`]: the files that a report can be written as.

use std::path::Path;

use super::report::Report;
use super::{html, text};
use crate::files::full_path;

/// The form of a report's file.
#[derive(Clone, Copy)]
pub(super) enum Form {
    Html,
    Markdown,
    Json,
}

impl Form {
    pub fn of(path: &Path) -> Result<Form, String> {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("html") => Ok(Form::Html),
            Some("md") => Ok(Form::Markdown),
            Some("json") => Ok(Form::Json),
            _ => {
                let full = full_path(path);
                let expected = "expected a file that ends in `.html`, `.md` or `.json`";
                Err(format!("{}: {expected}", full.display()))
            }
        }
    }

    pub fn write(self, report: &Report) -> Result<String, String> {
        match self {
            Form::Html => Ok(html::write(report)),
            Form::Markdown => Ok(text::markdown(report)),
            Form::Json => serde_json::to_string_pretty(report).map_err(|error| error.to_string()),
        }
    }
}
