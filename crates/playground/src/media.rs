//! What a browser is told that a file is.

/// OTLP as protobuf.
pub(crate) const PROTOBUF: &str = "application/x-protobuf";
/// OTLP as JSON.
pub(crate) const JSON: &str = "application/json";
/// Text that is shown and never run.
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";

/// Returns the media type of a file by the ending of its name.
///
/// What is not known is bytes, which a browser neither shows nor runs.
pub(crate) fn of(path: &str) -> &'static str {
    let name = path.rsplit('/').next().unwrap_or_default();
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => JSON,
        "jsonl" => "application/x-ndjson",
        "binpb" => PROTOBUF,
        "yaml" | "yml" | "txt" | "md" => TEXT,
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}
