//! What can be written after `lapidary test`.

use std::path::PathBuf;

use clap::Args;
use keys::KeyPattern;

#[derive(Args, Debug)]
pub(crate) struct Test {
    /// Folders that hold case folders, at any depth
    #[arg(required_unless_present = "new")]
    pub folders: Vec<PathBuf>,

    /// Where the built plugins are
    #[arg(long, value_name = "DIR", default_value = "dist")]
    pub plugins_dir: PathBuf,

    /// Write down what comes out now as what the cases expect; read the difference before you commit it
    #[arg(long)]
    pub bless: bool,

    /// Write the golden corpus there, for other hosts to replay
    #[arg(long, value_name = "DIR")]
    pub golden: Option<PathBuf>,

    /// Say which rules no case made act, by file and line
    #[arg(long)]
    pub coverage: bool,

    /// Fail where fewer of a hundred rules acted
    #[arg(long, value_name = "PERCENT", requires = "coverage",
          value_parser = clap::value_parser!(u8).range(0..=100))]
    pub min: Option<u8>,

    /// Write what passed and failed as JUnit XML, too
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,

    /// Rounds that the meter gives at a time; 1 shows a call into it where a
    /// component must not call out
    #[arg(long, value_name = "N", default_value_t = 100_000,
          value_parser = clap::value_parser!(i32).range(1..))]
    pub rounds: i32,

    #[command(flatten)]
    pub new_case: NewCase,
}

/// A case that is made of a span.
#[derive(Args, Debug)]
#[command(next_help_heading = "A new case")]
pub(crate) struct NewCase {
    /// Write this case folder of a span that was seen, its values made up
    #[arg(long, value_name = "DIR", requires_all = ["from", "span", "case_plugins"],
          conflicts_with_all = ["folders", "bless", "golden", "coverage", "junit"])]
    pub new: Option<PathBuf>,

    /// Where the span was seen: OTLP as .json, .jsonl (a batch a line) or .binpb; `-` for JSON lines
    #[arg(long, value_name = "INPUT", requires = "new")]
    pub from: Option<PathBuf>,

    /// The span, by its id: 16 hexadecimal digits
    #[arg(long, value_name = "ID", requires = "new", value_parser = span_id)]
    pub span: Option<[u8; 8]>,

    /// The trace whose id begins so, where several have such a span
    #[arg(long, value_name = "ID", requires = "new", value_parser = trace_id)]
    pub trace: Option<String>,

    /// A plugin and its rules, base first; those before it in the chain may be named before it
    #[arg(
        long = "plugin",
        value_name = "PLUGIN.wasm[=RULES.yaml,…]",
        requires = "new",
        group = "case_plugins"
    )]
    pub plugins: Vec<String>,

    /// Take plugins, rules and secrets from a Collector's config
    #[arg(long, value_name = "OTELCOL.yaml", requires = "new", group = "case_plugins")]
    pub config: Option<PathBuf>,

    /// Which processor of the config, where it has several: `lapidary/outside`
    #[arg(long, value_name = "NAME", requires = "config")]
    pub processor: Option<String>,

    /// Which plugin of a chain the case is for, which gets the span as it comes to it
    #[arg(long, value_name = "NAME", requires = "new")]
    pub of: Option<String>,

    /// A secret that the plugins may ask for; the case gets another one of its length
    #[arg(
        long = "secret",
        value_name = "NAME=FILE[,encoding=ENCODING]",
        requires = "new",
        conflicts_with = "config"
    )]
    pub secrets: Vec<String>,

    /// Keep the values under this key as they are, and their words wherever they stand; `*` stands for
    /// any run of characters; may be given again
    #[arg(long, value_name = "KEY", requires = "new", value_parser = key_pattern)]
    pub keep: Vec<KeyPattern>,
}

fn span_id(text: &str) -> Result<[u8; 8], String> {
    let mut id = [0; 8];
    hex::decode_to_slice(text, &mut id)
        .map_err(|_| "expected the 16 hexadecimal digits of a span's id".to_owned())?;
    Ok(id)
}

fn trace_id(text: &str) -> Result<String, String> {
    let is_hex = text.bytes().all(|digit| digit.is_ascii_hexdigit());
    if text.is_empty() || text.len() > 32 || !is_hex {
        return Err("expected up to 32 hexadecimal digits of a trace's id".to_owned());
    }
    Ok(text.to_ascii_lowercase())
}

fn key_pattern(text: &str) -> Result<KeyPattern, String> {
    KeyPattern::new(text)
        .map_err(|found| format!("found {found}; expected the key of an attribute"))
}
