//! The command, and the plugin that misbehaves.

#![allow(dead_code, reason = "two test binaries share it, and each needs a part")]

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

/// The core module of the plugin, as rustc wrote it.
pub static CORE: LazyLock<PathBuf> =
    LazyLock::new(|| fixtures::misbehaving(env!("CARGO_TARGET_TMPDIR")).unwrap());

/// The folder with the built plugin.
static PLUGINS: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugins");
    let output = folder.join("misbehaving.wasm");
    let made = lapidary(Path::new("."), &["componentize", text(&CORE), "-o", text(&output)]);
    assert_eq!((made.status, made.err.as_str()), (0, ""));
    folder
});

pub struct Ran {
    pub status: i32,
    pub out: String,
    pub err: String,
}

/// A folder that the command works in, with the plugin in it.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new(files: &[(&str, &str)]) -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        std::fs::copy(PLUGINS.join("misbehaving.wasm"), folder.path().join("plugin.wasm")).unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// Runs the command; the folder's path becomes `DIR` in what it says.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "")
    }

    pub fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        let mut ran = lapidary_with(self.path(), arguments, input);
        let path = self.path().canonicalize().unwrap();
        for path in [text(&path), text(self.path())] {
            ran.err = ran.err.replace(path, "DIR");
        }
        ran
    }
}

pub fn plugins() -> &'static Path {
    &PLUGINS
}

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

pub fn lapidary(folder: &Path, arguments: &[&str]) -> Ran {
    lapidary_with(folder, arguments, "")
}

/// Runs the command with these environment variables besides.
pub fn lapidary_in(folder: &Path, arguments: &[&str], env: &BTreeMap<String, String>) -> Ran {
    start(folder, arguments, "", env)
}

fn lapidary_with(folder: &Path, arguments: &[&str], input: &str) -> Ran {
    start(folder, arguments, input, &BTreeMap::new())
}

fn start(folder: &Path, arguments: &[&str], input: &str, env: &BTreeMap<String, String>) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lapidary"))
        .args(arguments)
        .current_dir(folder)
        .envs(env)
        // Compiled plugins are shared between the tests, not with the user.
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .env_remove("BLESS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Whoever refuses its config does not read what is there for it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    Ran {
        status: status.code().unwrap(),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}
