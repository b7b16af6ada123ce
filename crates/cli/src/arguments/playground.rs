//! What can be written after `lapidary playground`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::{Source, Sources};

/// What the page begins with; the chain, recording and plugins that it was built with otherwise.
#[derive(Args, Debug)]
pub(crate) struct Playground {
    /// Spans to begin with: OTLP as .json, .jsonl (a batch a line) or .binpb; `-` for JSON lines
    #[arg(value_name = "RECORDING")]
    pub recording: Option<PathBuf>,

    /// A plugin and its rules, base first; again for the next of the chain
    #[arg(long = "plugin", value_name = "PLUGIN.wasm[=RULES.yaml,…]")]
    pub plugins: Vec<String>,

    /// Take plugins and rules from a Collector's config
    #[arg(long, value_name = "OTELCOL.yaml", conflicts_with = "plugins")]
    pub config: Option<PathBuf>,

    /// Which processor of the config, where it has several: `lapidary/outside`
    #[arg(long, value_name = "NAME", requires = "config")]
    pub processor: Option<String>,

    /// A secret that the plugins may ask for: its value is typed in the page, and no file is read
    #[arg(long = "secret", value_name = "NAME[=FILE…]", requires = "plugins")]
    pub secrets: Vec<String>,

    /// Offer the plugins in this folder, in place of those of the same names
    #[arg(long, value_name = "DIR")]
    pub plugins_dir: Option<PathBuf>,

    /// Take spans from a Collector over OTLP/HTTP, too, and keep them in memory only
    #[arg(long, value_name = "ADDR", num_args = 0..=1, default_missing_value = "127.0.0.1:4318",
          value_parser = loopback)]
    pub listen: Option<SocketAddr>,

    /// The page's port on 127.0.0.1; 0 takes one that is free
    #[arg(long, value_name = "N", default_value_t = 8123)]
    pub port: u16,

    /// A built page to serve instead of the one within, read anew at each request
    #[arg(long, value_name = "DIR", hide = true)]
    pub site: Option<PathBuf>,
}

impl Playground {
    /// Returns where the chain comes from, if it is given.
    pub fn sources(&self) -> Option<Sources> {
        if self.plugins.is_empty() && self.config.is_none() {
            return None;
        }
        let source = Source { plugins: self.plugins.clone(), config: self.config.clone() };
        Some(Sources { source, processor: self.processor.clone(), secrets: Vec::new() })
    }
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.replace("localhost:", "127.0.0.1:").parse().map_err(|_| {
        "expected an address and a port, such as 127.0.0.1:4318; a recording stands before `--listen`"
    })?;
    if !address.ip().is_loopback() {
        return Err("expected an address of this machine alone, such as 127.0.0.1:4318: spans that anybody on the network may send are not for this page".into());
    }
    Ok(address)
}
