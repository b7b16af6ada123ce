//! Where compiled plugins are kept.

use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use wasmtime::{Cache, CacheConfig};

/// Opens a folder for compiled plugins and makes it where it is missing.
///
/// # Errors
///
/// The folder belongs to somebody else, or others may write to it: what stands
/// there is machine code that would be run.
pub(crate) fn open(folder: &Path) -> Result<Cache, String> {
    let wrong = |problem: String| format!("{}: {problem}", folder.display());
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| wrong(error.to_string()))?;
    let folder: PathBuf = folder.canonicalize().map_err(|error| wrong(error.to_string()))?;
    let metadata = std::fs::metadata(&folder).map_err(|error| wrong(error.to_string()))?;
    let mode = metadata.mode() & 0o777;
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(wrong(format!(
            "found a folder of user {}; expected one of our own for compiled plugins",
            metadata.uid()
        )));
    }
    if mode & 0o022 != 0 {
        return Err(wrong(format!(
            "found a folder that others may write to (mode {mode:o}); expected one for compiled \
             plugins that only its owner may write to"
        )));
    }
    let mut config = CacheConfig::new();
    config.with_directory(folder.clone());
    Cache::new(config).map_err(|error| wrong(error.to_string()))
}
