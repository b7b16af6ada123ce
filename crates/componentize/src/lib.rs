//! Makes a plugin's `.wasm` file from the core module that rustc wrote: meters
//! it, then wraps it as a component.
//!
//! The core module stands whole inside the component, so that a host without
//! the component model can take it out and call its canonical-ABI exports.
//!
//! It is its own crate so that the tests of a host can make a plugin's file
//! without the command line. It runs nothing.

mod meter;
mod survey;

pub use meter::meter;

use anyhow::{Context, Result};
use binary::Binary;
use wit_component::ComponentEncoder;

/// Returns the component made from `core`, metered.
///
/// # Errors
///
/// `core` is damaged, was not built with the crate `plugin`, is metered
/// already, or imports something that is not in the contract.
pub fn componentize(core: &[u8]) -> Result<Vec<u8>> {
    wrap(&meter(core)?)
}

/// Returns the component made from `core` as it is, which says that it is metered and is not: a
/// host must not believe it. For tests of hosts.
///
/// # Errors
///
/// As for [`componentize`].
pub fn claim(core: &[u8]) -> Result<Vec<u8>> {
    wrap(&meter::seal(core.to_vec())?)
}

/// Returns the component made from `core` as it is, without a meter: a host
/// runs it with a slower limit, and warns. For tests of hosts.
///
/// # Errors
///
/// As for [`componentize`].
pub fn wrap(core: &[u8]) -> Result<Vec<u8>> {
    let component = ComponentEncoder::default()
        .module(core)
        .context("reading the contract that the module was built for")?
        .validate(true)
        .encode()
        .context("wrapping the module as a component")?;
    // A host must find what was written here, whatever the encoder did to it.
    Binary::read(&component)?;
    Ok(component)
}
