//! What can be written after `lapidary`.

mod playground;
mod test;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use self::playground::Playground;
pub(crate) use test::{NewCase, Test};

/// Runs WebAssembly plugins on OpenTelemetry traces
#[derive(Debug, Parser)]
#[command(version)]
pub struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Send recorded spans through plugins
    Run(Run),
    /// Tell every problem of the rules
    Check(Check),
    /// Serve a page on this machine that shows what a chain does to spans as its rules change
    Playground(Playground),
    /// Compare two sets of rules on the same spans: what leaves, and what is lost
    Compare(Box<Compare>),
    /// Run case folders on the built plugins, or make one of a span that was seen
    Test(Box<Test>),
    /// Show what a plugin's file is, and what it reads and changes by its rules
    Inspect(Inspect),
    /// Write the folder of a new plugin, which builds, passes its case and runs
    New(New),
    /// Make a plugin's file from the core module that rustc wrote; builds call it
    #[command(hide = true)]
    Componentize(Componentize),
    /// Print a script that completes commands and options for a shell
    #[command(hide = true)]
    Completions(Completions),
}

#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// For which shell
    pub shell: clap_complete::Shell,
}

/// Where the plugins and their rules come from.
#[derive(Args, Debug)]
#[group(id = "source", required = true, multiple = true)]
pub(crate) struct Source {
    /// A plugin and its rules, base first; again for the next of the chain
    #[arg(long = "plugin", value_name = "PLUGIN.wasm[=RULES.yaml,…]")]
    pub plugins: Vec<String>,

    /// Take plugins, rules, secrets and limits from a Collector's config
    #[arg(long, value_name = "OTELCOL.yaml", conflicts_with = "plugins")]
    pub config: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Sources {
    #[command(flatten)]
    pub source: Source,

    /// Which processor of the config, where it has several: `lapidary/outside`
    #[arg(long, value_name = "NAME", requires = "config")]
    pub processor: Option<String>,

    /// A secret that the plugins may ask for; encodings are raw, hex and base64
    #[arg(
        long = "secret",
        value_name = "NAME=FILE[,encoding=ENCODING]",
        conflicts_with = "config"
    )]
    pub secrets: Vec<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Run {
    #[command(flatten)]
    pub sources: Sources,

    /// What plugins are told the time is, for all batches: 2026-03-02T09:00:00Z
    #[arg(long, value_name = "RFC3339", conflicts_with = "clock")]
    pub now: Option<String>,

    /// Where plugins get the time from; the config says it where there is one
    #[arg(long, value_enum)]
    pub clock: Option<Clock>,

    /// Write down why: a JSON line for each thing that a plugin did, and the rule that it did it by
    #[arg(long, value_name = "FILE")]
    pub notes: Option<PathBuf>,

    /// How much of why
    #[arg(long, value_enum, default_value_t = Level::Acts, requires = "notes")]
    pub notes_level: Level,

    #[command(flatten)]
    pub look: Look,

    /// Say at the end which rules never acted
    #[arg(long)]
    pub coverage: bool,

    /// Run again whenever the rules, a plugin, the config or the input changes
    #[arg(long)]
    pub watch: bool,

    /// OTLP as .json, .jsonl (a batch a line) or .binpb; `-` for JSON lines
    pub input: PathBuf,

    /// Where the spans go, in the form of the ending; JSON lines on standard
    /// output otherwise, and nowhere with `--diff` or `--why`
    #[arg(short, long)]
    pub output: Option<PathBuf>,
}

/// What is shown of what became of the spans.
#[derive(Args, Debug)]
pub(crate) struct Look {
    /// Show each span that changed or went: what differs, and by which rule
    #[arg(long, group = "looks")]
    pub diff: bool,

    /// Tell of each span that has this attribute or field why it is as it is, or why no rule acted;
    /// `*` stands for any run of characters
    #[arg(long, value_name = "KEY", group = "looks")]
    pub why: Option<String>,

    /// Show only these spans
    #[arg(long, value_enum, requires = "diff")]
    pub only: Option<Only>,

    /// Show only spans of the trace whose id begins so
    #[arg(long, value_name = "ID", requires = "looks")]
    pub trace: Option<String>,

    /// Show only spans of this name; `*` stands for any run of characters
    #[arg(long, value_name = "NAME", requires = "looks")]
    pub span: Option<String>,

    /// Show values and names also where standard output is no terminal
    #[arg(long, requires = "looks")]
    pub values: bool,

    /// Whether to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
}

/// Which spans are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Only {
    /// Spans that go on, changed or not
    Kept,
    /// Spans that do not
    Dropped,
    /// Spans that go on otherwise than they came
    Changed,
    /// Spans to which a plugin in the shadow, or a rule that only reports, would have done something
    Would,
}

/// When colours are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Everywhere
    Always,
    /// Nowhere
    Never,
}

#[derive(Args, Debug)]
pub(crate) struct Compare {
    /// The new chain.
    #[command(flatten)]
    pub sources: Sources,

    #[command(flatten)]
    pub old: Old,

    /// What plugins are told the time is, for all batches: 2026-03-02T09:00:00Z; the latest end of a
    /// span that was seen otherwise
    #[arg(long, value_name = "RFC3339")]
    pub now: Option<String>,

    /// A span that takes longer counts as slow
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = duration)]
    pub slow: std::time::Duration,

    /// Spans that come in a second, to reckon what goes out a day
    #[arg(long, value_name = "N")]
    pub rate: Option<f64>,

    /// Write the document to approve, in the form of the ending: .html, .md or .json; may be given
    /// again
    #[arg(long, value_name = "FILE")]
    pub report: Vec<PathBuf>,

    /// Exit with 1 where something is loosened, or failed, slow or gapped spans are newly lost
    #[arg(long, value_enum, value_delimiter = ',')]
    pub fail_on: Vec<FailOn>,

    /// Loosenings that somebody accepted, by rule and place
    #[arg(long, value_name = "ACCEPTED.yaml")]
    pub accepted: Option<PathBuf>,

    /// OTLP as .json, .jsonl (a batch a line) or .binpb; `-` for JSON lines
    pub input: PathBuf,
}

fn duration(text: &str) -> Result<std::time::Duration, String> {
    rules::parse_duration(text)
        .ok_or_else(|| "expected a duration with its unit, such as `5s`".into())
}

/// The chain to compare with.
#[derive(Args, Debug)]
#[group(id = "old", required = true, multiple = true)]
pub(crate) struct Old {
    /// A plugin and its rules of the old chain, base first; again for the next
    #[arg(long = "old-plugin", value_name = "PLUGIN.wasm[=RULES.yaml,…]")]
    pub old_plugins: Vec<String>,

    /// Take the old chain from a Collector's config
    #[arg(long, value_name = "OTELCOL.yaml", conflicts_with = "old_plugins")]
    pub old_config: Option<PathBuf>,

    /// Take the old rules and config from a git revision of the new ones' files
    #[arg(long, value_name = "REVISION", conflicts_with_all = ["old_plugins", "old_config"])]
    pub since: Option<String>,
}

/// What makes `lapidary compare` fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// More of some value leaves, or something is no longer protected
    Loosened,
    /// Failed, slow or gapped spans are newly lost
    Lost,
}

/// How much of why is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    /// What was done, and what could not be told
    Acts,
    /// Also what was looked at and left, and which other rules fit
    Looked,
}

/// Where the time comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub(crate) enum Clock {
    /// The system's clock
    System,
    /// The latest end of a span that was seen, to play a recording again
    EventTime,
}

#[derive(Args, Debug)]
pub(crate) struct Check {
    #[command(flatten)]
    pub sources: Sources,

    /// Print the merged rules of each plugin as YAML, with the file and line of each value
    #[arg(long)]
    pub print: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Inspect {
    /// The plugin's file; with rules, base first, also what it reads and changes
    #[arg(value_name = "PLUGIN.wasm[=RULES.yaml,…]")]
    pub plugin: String,

    /// A secret that the plugin may ask for; encodings are raw, hex and base64
    #[arg(long = "secret", value_name = "NAME=FILE[,encoding=ENCODING]")]
    pub secrets: Vec<String>,

    /// Print the JSON Schema of the plugin's rules, and nothing else
    #[arg(long)]
    pub schema: bool,

    /// The schema of an overlay: nothing is required, and `null` removes
    #[arg(long, requires = "schema")]
    pub overlay: bool,
}

#[derive(Args, Debug)]
pub(crate) struct New {
    /// The folder, whose name is the plugin's: `late-orders`
    pub folder: PathBuf,

    /// Where the crates come from that it needs: a checkout of Lapidary, or the
    /// address of its repository
    #[arg(
        long,
        value_name = "PATH|URL",
        default_value = "https://github.com/lapidary-dev/lapidary"
    )]
    pub lapidary: String,
}

#[derive(Args, Debug)]
pub(crate) struct Componentize {
    /// The core module
    pub core: PathBuf,

    /// Where to write the plugin's file
    #[arg(short, long)]
    pub output: PathBuf,

    /// Leave the meter out, to test how hosts run such a plugin
    #[arg(long)]
    pub no_meter: bool,

    /// Leave the meter out and say that it is in, to test that hosts do not believe it
    #[arg(long, hide = true, conflicts_with = "no_meter")]
    pub claim_meter: bool,
}
