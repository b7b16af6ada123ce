//! [`PluginFile`]: what is told from a plugin's file without running it.

use binary::{Binary, Metered};
use wasm_bindgen::prelude::*;

use crate::thrown;

/// A plugin's file, looked at from outside.
#[wasm_bindgen]
#[derive(Debug)]
pub struct PluginFile(Binary);

#[wasm_bindgen]
impl PluginFile {
    /// Looks at the bytes of a file.
    ///
    /// # Errors
    /// Why the file is no plugin for the contract that this host knows.
    #[wasm_bindgen(constructor)]
    pub fn new(file: &[u8]) -> Result<PluginFile, JsError> {
        Binary::read(file).map(PluginFile).map_err(thrown)
    }

    /// Where the core module begins in the file.
    #[wasm_bindgen(getter)]
    pub fn start(&self) -> usize {
        self.0.core.start
    }

    /// Where it ends.
    #[wasm_bindgen(getter)]
    pub fn end(&self) -> usize {
        self.0.core.end
    }

    /// Whether every loop asks the host for time: `yes`, `no`, or `stale` where the code was changed
    /// afterwards.
    #[wasm_bindgen(getter)]
    pub fn metered(&self) -> String {
        let word = match self.0.metered {
            Metered::Yes => "yes",
            Metered::No => "no",
            Metered::Stale => "stale",
        };
        word.to_owned()
    }

    /// The interfaces that the component imports, in the order of the file.
    #[wasm_bindgen(getter)]
    pub fn imports(&self) -> Vec<String> {
        self.0.imports.clone()
    }
}
