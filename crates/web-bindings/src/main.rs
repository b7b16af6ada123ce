//! Writes what a page needs to use the WebAssembly of `crates/web`: the module itself, without what
//! only this step reads, and the JavaScript and TypeScript around it.
//!
//! It is its own crate because wasm-bindgen wants this step of the very version that the module was
//! built with: so one `Cargo.lock` names both, and nothing has to be installed.
//!
//! ```text
//! web-bindings target/wasm32-unknown-unknown/web/web.wasm web/src/rust
//! ```

#![deny(missing_docs)]

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [module, folder] = arguments.as_slice() else {
        bail!("found {} arguments; expected a module and a folder", arguments.len());
    };
    Bindgen::new()
        .input_path(module)
        .remove_name_section(true)
        .remove_producers_section(true)
        // So that a bundler finds the module and takes it along.
        .omit_default_module_path(false)
        .web(true)
        .and_then(|it| it.typescript(true).generate(folder))
        .with_context(|| format!("{}", module.display()))
}
