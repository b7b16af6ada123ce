//! What wasmtime makes of `wit/`.

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "traces-plugin",
    imports: { default: trappable },
});
