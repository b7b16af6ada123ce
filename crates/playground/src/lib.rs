//! Serves the playground's page on this machine, and takes live spans for it.
//!
//! It is its own crate so that what stands between a stranger's page and somebody's spans can be read in
//! one place and tested without a browser. It does not know plugins, rules or configs: it is given files
//! under paths ([`Site`], [`Given`]) and what the page begins with ([`Start`]).
//!
//! A [`Server`] has a port for the page and, where it is asked for, one that takes OTLP over HTTP. Both
//! are this machine's alone. Of the page's, `gate` says who is heard and `session` who is let in; what
//! comes in on the other is kept by `live`, in memory, up to a bound.

mod answer;
mod embedded;
mod gate;
mod intake;
mod live;
mod media;
mod page;
mod serve;
mod session;
mod site;
mod start;

pub use embedded::Embedded;
pub use serve::{MAX_KEPT_BYTES, MAX_KEPT_REQUESTS, Server};
pub use site::{Folder, Given, Site};
pub use start::{Link, Plugin, Recording, Rules, Start, Variable};
