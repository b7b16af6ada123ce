//! What wasmtime makes of `wit/`.
#![allow(missing_docs, clippy::all)]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "traces-plugin",
    imports: { default: trappable },
});
