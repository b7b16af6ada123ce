//! [`Form`]: what a report can be written as.

use crate::report::Report;
use crate::{html, text};

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A page without a script.
    Html,
    /// Tables in Markdown.
    Markdown,
    /// The report's own fields.
    Json,
    /// What differs, as lines for a terminal.
    Text,
}

impl Form {
    /// The form that goes with the ending of a file's name: `html`, `md`, `json`, `txt`.
    #[must_use]
    pub fn of(ending: &str) -> Option<Form> {
        match ending {
            "html" => Some(Form::Html),
            "md" => Some(Form::Markdown),
            "json" => Some(Form::Json),
            "txt" => Some(Form::Text),
            _ => None,
        }
    }

    /// Writes a report in this form.
    ///
    /// # Errors
    /// Never: a report can be written as JSON.
    pub fn write(self, report: &Report) -> Result<String, serde_json::Error> {
        match self {
            Form::Html => Ok(html::write(report)),
            Form::Markdown => Ok(text::markdown(report)),
            Form::Json => serde_json::to_string_pretty(report),
            Form::Text => Ok(text::write(report)),
        }
    }
}
