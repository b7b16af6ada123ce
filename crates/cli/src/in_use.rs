//! [`InUse`]: files that a command reads or writes, onto which no output may go.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::Stat;

use crate::files::{full_path, is_same_place};
use crate::settings::Settings;

/// The files in use: whoever replaces one takes it from under whoever reads or writes it.
#[derive(Debug, Default)]
pub(crate) struct InUse {
    /// With what each is.
    files: Vec<(PathBuf, &'static str)>,
    /// Whether the command itself writes to standard output.
    writes_stdout: bool,
    /// Whether it reads standard input, of which no output may take the place.
    reads_stdin: bool,
}

impl InUse {
    /// What a chain is made of.
    pub fn by(settings: &Settings) -> Self {
        let mut in_use = InUse::default();
        in_use.add_chain(settings);
        in_use
    }

    /// Adds what a chain is made of.
    pub fn add_chain(&mut self, settings: &Settings) {
        settings.read.iter().for_each(|file| self.add(file, "file that a chain is read from"));
        for plugin in &settings.plugins {
            plugin.files().iter().for_each(|file| {
                self.add(file, "file that a plugin is made from");
            });
        }
    }

    /// Adds a file; `-` is none.
    pub fn add(&mut self, path: &Path, role: &'static str) {
        if path != Path::new("-") {
            self.files.push((path.into(), role));
        }
    }

    /// Adds what spans are read from.
    pub fn add_input(&mut self, path: &Path) {
        self.reads_stdin = true;
        self.add(path, "input");
    }

    /// Adds a folder with all that is below.
    pub fn add_folder(&mut self, folder: &Path, role: &'static str) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => self.add_folder(&entry.path(), role),
                _ => self.add(&entry.path(), role),
            }
        }
    }

    /// The command itself writes to standard output.
    pub fn add_stdout(&mut self) {
        self.writes_stdout = true;
    }

    /// Refuses a path where one of these files is, or will be; `what` is to go there.
    pub fn keep_off(&self, path: &Path, what: &str) -> Result<(), String> {
        if path == Path::new("-") {
            let expected = format!("expected a file for {what}, such as `/dev/stdout`");
            return Err(format!("-: found no file; {expected}"));
        }
        let Some(role) = self.role_of(path) else { return Ok(()) };
        let path = full_path(path);
        Err(format!("{}: found the {role}; expected a file of its own for {what}", path.display()))
    }

    fn role_of(&self, path: &Path) -> Option<&'static str> {
        let there = std::fs::metadata(path).ok();
        if let Some(there) = &there {
            if is_null(there) {
                return None;
            }
            if let Some(role) = self.stream_at(there) {
                return Some(role);
            }
        }
        let is_here = |file: &Path| {
            let known = std::fs::metadata(file).ok();
            let is_one = there.as_ref().zip(known).is_some_and(|(a, b)| id(a) == id(&b));
            is_one || is_same_place(path, file)
        };
        self.files.iter().find(|(file, _)| is_here(file)).map(|(_, role)| *role)
    }

    /// A file that is a stream is lost to it once it is replaced. What is no file is written to as it
    /// is, and only must not be mixed with what the command itself writes.
    fn stream_at(&self, there: &Metadata) -> Option<&'static str> {
        let is = |stream: rustix::io::Result<Stat>| {
            stream.is_ok_and(|stream| (stream.st_dev, stream.st_ino) == id(there))
        };
        let is_file = there.is_file();
        if is_file && self.reads_stdin && is(rustix::fs::fstat(std::io::stdin()))
            || (is_file || self.writes_stdout) && is(rustix::fs::fstat(std::io::stdout()))
        {
            return Some("file that standard input or output is");
        }
        (is_file && is(rustix::fs::fstat(std::io::stderr())))
            .then_some("file that standard error is")
    }
}

fn id(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}

/// Whether what is written there is gone in any case.
fn is_null(file: &Metadata) -> bool {
    std::fs::metadata("/dev/null").is_ok_and(|null| id(&null) == id(file))
}
