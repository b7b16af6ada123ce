//! Files under paths: [`Site`], which the page itself is, and [`Given`], which is added to it.
//!
//! A path is looked up as it stands in a request, among names that are known: none is put together with
//! a folder, so no `..` in any spelling leads out of one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::media;

/// The files of the built page.
pub trait Site: Send + Sync {
    /// Returns the file under this path, such as `assets/page.js`; none where there is no such file.
    fn file(&self, path: &str) -> Option<Bytes>;
}

/// A page in a folder, read anew at each request: for who builds the page, and for tests.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Makes a site of all files at any depth of this folder. What a link leads to is left out.
    pub fn new(root: PathBuf) -> Folder {
        Folder { root }
    }
}

impl Site for Folder {
    fn file(&self, path: &str) -> Option<Bytes> {
        fs::read(find(&self.root, path)?).ok().map(Bytes::from)
    }
}

/// Goes down by names that stand in the folders, one by one.
fn find(folder: &Path, path: &str) -> Option<PathBuf> {
    let (name, rest) = path.split_once('/').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let mut entries = fs::read_dir(folder).ok()?.flatten();
    let entry = entries.find(|entry| entry.file_name() == name)?;
    let kind = entry.file_type().ok()?;
    match rest {
        Some(rest) if kind.is_dir() => find(&entry.path(), rest),
        None if kind.is_file() => Some(entry.path()),
        _ => None,
    }
}

/// Files that the command line adds to a site, or puts before files of the same path.
#[derive(Debug, Default)]
pub struct Given {
    files: BTreeMap<String, Content>,
}

#[derive(Debug)]
enum Content {
    /// What was read at the start.
    Bytes { media: &'static str, bytes: Bytes },
    /// Text that is read at each request: a page that is loaded again takes what lies there now.
    Text(PathBuf),
}

impl Given {
    /// Adds bytes, whose media type is told by the ending of `like`: `spans.jsonl`.
    pub fn add_bytes(&mut self, path: impl Into<String>, like: &str, bytes: Vec<u8>) {
        let content = Content::Bytes { media: media::of(like), bytes: bytes.into() };
        self.files.insert(path.into(), content);
    }

    /// Adds a file of text, which is read at each request.
    pub fn add_text(&mut self, path: impl Into<String>, file: PathBuf) {
        self.files.insert(path.into(), Content::Text(file));
    }

    /// Returns media type and bytes of what was added under this path.
    pub(crate) fn file(&self, path: &str) -> Option<(&'static str, Bytes)> {
        match self.files.get(path)? {
            Content::Bytes { media, bytes } => Some((media, bytes.clone())),
            Content::Text(file) => Some((media::TEXT, fs::read(file).ok()?.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scenario: beside the site lies a file that must not be read, and in it a link to that.
    /// Guarantees: only files that stand in the folder are found, by their own names.
    #[test]
    fn a_folder_gives_only_what_stands_in_it() {
        let around = tempfile::tempdir().unwrap();
        let root = around.path().join("site");
        fs::create_dir_all(root.join("assets")).unwrap();
        fs::write(around.path().join("secret"), "no").unwrap();
        fs::write(root.join("assets/page.js"), "yes").unwrap();
        std::os::unix::fs::symlink(around.path().join("secret"), root.join("link")).unwrap();
        let site = Folder::new(root);
        assert_eq!(site.file("assets/page.js").unwrap(), "yes");
        let outside = around.path().join("secret").display().to_string();
        for path in ["../secret", "assets/../../secret", "link", "assets", "", "assets//page.js"] {
            assert_eq!(site.file(path), None, "{path}");
        }
        assert_eq!(site.file(&outside), None);
    }
}
