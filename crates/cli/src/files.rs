//! Files, as they are named, read and written.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use tempfile::{Builder, NamedTempFile};

/// Returns the path as messages call it: from the root, without `.` and `..`; but behind a link `..`
/// stays, for it leads out of where the link leads.
pub(crate) fn full_path(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.into());
    let mut full = PathBuf::new();
    for component in absolute.components() {
        match component {
            Component::ParentDir if full.is_symlink() || full.ends_with("..") => full.push(".."),
            Component::ParentDir => {
                full.pop();
            }
            Component::CurDir => {}
            other => full.push(other),
        }
    }
    full
}

/// Returns a full path as screens show it: from the folder at hand, where it lies in there.
pub(crate) fn short_path(full: &str) -> &str {
    static HERE: LazyLock<String> =
        LazyLock::new(|| format!("{}/", full_path(Path::new(".")).display()));
    full.strip_prefix(HERE.as_str()).unwrap_or(full)
}

/// Reads a file; the message gives its full path.
pub(crate) fn read_file(path: &Path, what: &str) -> Result<Vec<u8>, String> {
    secrets::read_file(path).map_err(|error| {
        let found = reason(&error);
        format!("{}: found {found}; expected {what}", full_path(path).display())
    })
}

/// Reads a file of text; the message gives its full path.
pub(crate) fn read_text(path: &Path, what: &str) -> Result<String, String> {
    String::from_utf8(read_file(path, what)?).map_err(|_| {
        format!("{}: found bytes that are no text; expected YAML", full_path(path).display())
    })
}

/// Writes a file whole, or leaves it as it was. Folders that are missing are made.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> Result<(), String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        std::fs::create_dir_all(folder)
            .map_err(|error| format!("{}: {}", full_path(folder).display(), reason(&error)))?;
    }
    let draft = Draft::new(path)?;
    let mut file = draft.writer()?;
    file.write_all(content).map_err(|error| draft.at(&error))?;
    draft.keep()
}

/// A file that is being written. Only [`keep`](Draft::keep) lets others see it, whole; until then,
/// and where it is dropped, what stood under its path stays as it was.
///
/// A path that is no file, such as a pipe or `/dev/null`, is written to at once.
#[derive(Debug)]
pub(crate) struct Draft {
    path: PathBuf,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// Goes to its readers as it is written.
    Direct(File),
    /// Has no name yet, so nothing is left of it however this process ends.
    Nameless { file: File, target: PathBuf },
    /// For systems that know no files without a name.
    Named { file: NamedTempFile, target: PathBuf },
}

impl Draft {
    /// Begins a file that will stand under `path`, or where a link there leads.
    pub fn new(path: &Path) -> Result<Draft, String> {
        let wrong = |error: io::Error| {
            let why = match error.kind() {
                ErrorKind::NotFound => "no such file or folder".into(),
                _ => reason(&error),
            };
            format!("{}: {why}", full_path(path).display())
        };
        let content = match std::fs::metadata(path) {
            Ok(old) if old.is_dir() => {
                let full = full_path(path);
                return Err(format!("{}: found a folder; expected a file", full.display()));
            }
            Ok(old) if !old.is_file() => {
                Content::Direct(OpenOptions::new().write(true).open(path).map_err(wrong)?)
            }
            Ok(old) => {
                // Who may not write to a file must not replace it either.
                OpenOptions::new().write(true).open(path).map_err(wrong)?;
                let target = path.canonicalize().map_err(wrong)?;
                let content = begin(target).map_err(wrong)?;
                let file = content.file();
                // Whose it was can only be kept by root; whoever may read it can always be.
                let _ = std::os::unix::fs::fchown(file, Some(old.uid()), Some(old.gid()));
                file.set_permissions(PermissionsExt::from_mode(old.mode() & 0o7777))
                    .map_err(wrong)?;
                content
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                begin(end_of_links(path)).map_err(wrong)?
            }
            Err(error) => return Err(wrong(error)),
        };
        Ok(Draft { path: path.into(), content })
    }

    /// Says whether there is no file under the path, but a pipe or a device.
    pub fn is_direct(&self) -> bool {
        matches!(self.content, Content::Direct(_))
    }

    /// Returns what to write to.
    pub fn writer(&self) -> Result<File, String> {
        self.content.file().try_clone().map_err(|error| self.at(&error))
    }

    /// Lets others see the file. It must be whole: buffers flushed.
    pub fn keep(self) -> Result<(), String> {
        let path = self.path;
        let kept = match self.content {
            Content::Direct(_) => Ok(()),
            Content::Named { file, target } => settle(file, &target),
            Content::Nameless { file, target } => named(&file, &target),
        };
        kept.map_err(|error| format!("{}: {}", full_path(&path).display(), reason(&error)))
    }

    pub fn at(&self, error: &io::Error) -> String {
        format!("{}: {}", full_path(&self.path).display(), reason(error))
    }
}

impl Content {
    fn file(&self) -> &File {
        match self {
            Content::Direct(file) | Content::Nameless { file, .. } => file,
            Content::Named { file, .. } => file.as_file(),
        }
    }
}

/// Says whether both paths lead to one place, where a file is or will be.
pub(crate) fn is_same_place(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| {
        let end = end_of_links(path);
        let folder = folder_of(&end).canonicalize().ok()?;
        Some(folder.join(end.file_name()?))
    };
    place(one).is_some_and(|one| place(other) == Some(one))
}

fn begin(target: PathBuf) -> io::Result<Content> {
    let folder = folder_of(&target);
    #[cfg(target_os = "linux")]
    if let Ok(file) = OpenOptions::new()
        .read(true)
        .write(true)
        .mode(0o666)
        .custom_flags(rustix::fs::OFlags::TMPFILE.bits() as i32)
        .open(folder)
    {
        return Ok(Content::Nameless { file, target });
    }
    let file = beside().permissions(PermissionsExt::from_mode(0o666)).tempfile_in(folder)?;
    Ok(Content::Named { file, target })
}

/// Gives a file without a name one beside its target, and then that of its target.
fn named(file: &File, target: &Path) -> io::Result<()> {
    use std::os::fd::AsRawFd;

    let itself = format!("/proc/self/fd/{}", file.as_raw_fd());
    let linked = beside().make_in(folder_of(target), |path| {
        let follow = rustix::fs::AtFlags::SYMLINK_FOLLOW;
        Ok(rustix::fs::linkat(rustix::fs::CWD, &itself, rustix::fs::CWD, path, follow)?)
    });
    match linked {
        Ok(linked) => {
            let (_, path) = linked.into_parts();
            settle(NamedTempFile::from_parts(file.try_clone()?, path), target)
        }
        // Where there is no `/proc`, what was written must not be lost.
        Err(_) => copied(file, target),
    }
}

fn copied(file: &File, target: &Path) -> io::Result<()> {
    let mut whole = file.try_clone()?;
    whole.rewind()?;
    let mut copy = beside().tempfile_in(folder_of(target))?;
    io::copy(&mut whole, copy.as_file_mut())?;
    copy.as_file().set_permissions(file.metadata()?.permissions())?;
    settle(copy, target)
}

fn settle(file: NamedTempFile, target: &Path) -> io::Result<()> {
    match file.persist(target) {
        Ok(_) => Ok(()),
        // A file that is mounted into a container has a name that cannot be given away.
        Err(failed) if matches!(failed.error.kind(), ErrorKind::ResourceBusy) => {
            let mut whole = File::open(failed.file.path())?;
            io::copy(&mut whole, &mut File::create(target)?)?;
            Ok(())
        }
        Err(failed) => Err(failed.error),
    }
}

fn beside() -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder.prefix(".lapidary-");
    builder
}

/// Follows links to the place where a file that does not exist yet will stand.
fn end_of_links(path: &Path) -> PathBuf {
    let mut path = path.to_path_buf();
    // As many as Linux follows.
    for _ in 0..40 {
        match std::fs::read_link(&path) {
            Ok(link) => path = folder_of(&path).join(link),
            Err(_) => break,
        }
    }
    path
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Returns what an operating system's error comes down to.
pub(crate) fn reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "no such file".into(),
        ErrorKind::IsADirectory => "a folder".into(),
        _ => secrets::system_words(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Guarantees: however a file gets its name, it is whole, has its mode, and nothing else is left.
    #[test]
    fn a_draft_becomes_a_file_in_either_way() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out");
        for give in [named, copied] {
            let mut file = tempfile::tempfile_in(&folder).unwrap();
            if let Content::Nameless { file: nameless, .. } = begin(target.clone()).unwrap() {
                file = nameless;
            }
            file.write_all(b"whole").unwrap();
            file.set_permissions(PermissionsExt::from_mode(0o640)).unwrap();
            give(&file, &target).unwrap();
            assert_eq!(std::fs::read(&target).unwrap(), b"whole");
            assert_eq!(std::fs::metadata(&target).unwrap().mode() & 0o777, 0o640);
            assert_eq!(folder.path().read_dir().unwrap().count(), 1);
            std::fs::remove_file(&target).unwrap();
        }
    }

    #[test]
    fn a_full_path_has_no_dots() {
        assert_eq!(full_path(Path::new("/a/./b/../c.yaml")), PathBuf::from("/a/c.yaml"));
    }
}
