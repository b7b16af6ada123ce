//! The recording that a page begins with.

use std::path::Path;

use ::playground::{Given, Recording, Start};

use crate::progress;
use crate::run::at;
use crate::say::complain;

/// Longest recording that a page gets, in bytes: more than one can look at, and a browser holds it
/// several times.
const MAX_BYTES: u64 = 256 << 20;
const URL: &str = "given/spans";

/// Gives the page a recording to begin with, which is read to its end here: what is wrong in it is
/// said in the words of `lapidary run`.
pub(crate) fn give(path: &Path, start: &mut Start, given: &mut Given) -> Result<(), String> {
    if std::fs::metadata(path).is_ok_and(|file| file.len() > MAX_BYTES) {
        return Err(too_long(path));
    }
    // As it is, for it may hold fields that JSON has no names for; all else as JSON, a batch a line.
    let is_protobuf = path.extension().is_some_and(|ending| ending == "binpb");
    let input = progress::open(path).map_err(|error| at(path, &error))?;
    let (mut bytes, mut spans) = (Vec::new(), 0);
    for (index, batch) in input.enumerate() {
        let batch = batch.map_err(|error| at(path, &error))?;
        let here =
            |error: &dyn std::fmt::Display| at(path, &format!("batch {}: {error}", index + 1));
        spans += spans::count(&batch).map_err(|malformed| here(&malformed))?;
        let json = otlp_json::to_json(&batch).map_err(|error| here(&error))?;
        if is_protobuf {
            bytes = batch;
        } else {
            bytes.extend_from_slice(json.as_bytes());
            bytes.push(b'\n');
        }
        if bytes.len() as u64 > MAX_BYTES {
            return Err(too_long(path));
        }
    }
    if spans == 0 {
        complain!("{}", at(path, &"warn: found no span"));
    }
    let name = path.display().to_string();
    start.choose(&Recording { name, url: URL.into(), ours: false });
    given.add_bytes(URL, if is_protobuf { "spans.binpb" } else { "spans.jsonl" }, bytes);
    Ok(())
}

fn too_long(path: &Path) -> String {
    at(
        path,
        &"found more than 256 MiB; expected less for a page; `lapidary run --diff` shows any number",
    )
}
