//! [`Played`]: one of two chains that are compared.

use diff::Side;

use crate::chain::{Chain, Went};

/// A chain, and how much went out of it.
#[derive(Debug)]
pub(crate) struct Played {
    pub chain: Chain,
    pub names: Vec<String>,
    pub spans_out: u64,
    pub bytes_out: u64,
}

impl Played {
    pub fn new(chain: Chain) -> Self {
        Played { names: chain.names(), chain, spans_out: 0, bytes_out: 0 }
    }

    pub fn take<'s>(&'s mut self, went: Went<'s>) -> Side<'s> {
        for traces in went.traces {
            self.spans_out += spans::count(traces).unwrap_or_default() as u64;
            self.bytes_out += traces.len() as u64;
        }
        Side { way: went.way, plugins: &self.names }
    }
}
