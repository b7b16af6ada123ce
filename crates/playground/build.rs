//! Writes down the files of the built page, for `src/embedded.rs` to take in.
//!
//! They are those in `dist/playground`, or in the folder that `LAPIDARY_PLAYGROUND` names. Where there
//! are none the list is empty, and the command says so when it is asked for the page.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const ANOTHER: &str = "LAPIDARY_PLAYGROUND";

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-env-changed={ANOTHER}");
    let page = folder()?;
    println!("cargo:rerun-if-changed={}", page.display());
    let mut files = Vec::new();
    if page.join("index.html").is_file() {
        collect(&page, &mut files)?;
    }
    files.sort();
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set"))?;
    let out = Path::new(&out);
    fs::write(out.join("files.rs"), table(&page, &files, &out.join("page"))?)
}

/// Paths begin at the root of the workspace, wherever cargo was called.
fn folder() -> io::Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let Some(named) = env::var_os(ANOTHER).filter(|folder| !folder.is_empty()) else {
        let page = root.join("dist/playground");
        // Cargo builds again and again what watches a folder that is not there.
        let _ = fs::create_dir_all(&page);
        return Ok(page);
    };
    let page = root.join(named);
    if !page.join("index.html").is_file() {
        let wrong = format!("{ANOTHER}: {}: expected the built page", page.display());
        return Err(io::Error::other(wrong));
    }
    Ok(page)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}

/// The files by name, each copied first: the page may be built anew while this crate is compiled.
fn table(page: &Path, files: &[PathBuf], copies: &Path) -> io::Result<String> {
    let _ = fs::remove_dir_all(copies);
    let mut table = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(page).map_err(io::Error::other)?;
        let copy = copies.join(name);
        fs::create_dir_all(copy.parent().unwrap_or(copies))?;
        fs::copy(file, &copy)?;
        let (Some(name), Some(copy)) = (name.to_str(), copy.to_str()) else {
            return Err(io::Error::other(format!("{}: expected a name in UTF-8", file.display())));
        };
        writeln!(table, "    ({name:?}, include_bytes!({copy:?})),").map_err(io::Error::other)?;
    }
    table.push(']');
    Ok(table)
}
