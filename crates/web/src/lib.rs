//! What a page needs of what exists in Rust: OTLP as JSON and as bytes, the core module in a plugin's
//! file, rules with their variables, views of batches and edits to them, notes, what a plugin
//! may make a page keep, what differs, and the report of two sets of rules.
//!
//! It is its own crate because only a page needs wasm-bindgen. It decides nothing: each function hands
//! its bytes to the crate that knows, and gives the answer on. It runs no plugin; `web/src/host` does.
//!
//! Bytes come and go as `Uint8Array`. What has parts comes and goes as JSON text, in which 64-bit
//! integers are text: no value of a span passes through a number of JavaScript, which holds whole ones
//! only up to 2^53. Positions and counts are numbers, for they are never that large.
//!
//! What `#[wasm_bindgen]` writes around these functions takes pointers from JavaScript and is unsafe, under
//! an `allow` of its own; here nothing is, and nothing may be.

#![deny(missing_docs)]

mod announced;
mod batch;
mod bounds;
mod chain;
mod comparing;
mod contract;
mod details;
mod filled;
mod gone;
mod leaving;
mod merged;
mod otlp;
mod plugin_file;
mod reading;
mod rows;
mod showing;
mod way;

pub use announced::Announced;
pub use batch::{Decided, Rewritten, View};
pub use bounds::{
    Bounds, Growth, check_additions, check_elements, check_labels, label_bytes, line_bytes,
};
pub use comparing::{Comparing, sha256};
pub use filled::Filled;
pub use leaving::Leaving;
pub use merged::merged;
pub use otlp::{is_otlp, settle, to_json, to_protobuf, units};
pub use plugin_file::PluginFile;
pub use reading::{Reading, attribute_keys, count_spans, latest_end};
pub use showing::Showing;
pub use way::{Way, unprocessed};

/// What JavaScript catches: an `Error` with this text.
fn thrown(error: impl std::fmt::Display) -> wasm_bindgen::JsError {
    wasm_bindgen::JsError::new(&error.to_string())
}
