//! The server, while it runs.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use super::client::{Answer, send};
use crate::support::{Folder, text};

/// A built page that is none, but has a file of every kind.
const SITE: [(&str, &str); 7] = [
    ("index.html", "<!doctype html><title>page</title>"),
    ("start.json", START),
    ("assets/page.js", "export {};"),
    ("assets/page.css", "p {}"),
    ("plugins/redact-pii.wasm", "built in"),
    ("rules/redact-pii/base.yaml", "rules: {}"),
    ("recordings/order/spans.jsonl", "{}"),
];

pub const START: &str = r#"{
    "recordings": [{"name": "order", "url": "recordings/order/spans.jsonl", "ours": true}],
    "chosen": "order",
    "plugins": [{"name": "redact-pii", "url": "plugins/redact-pii.wasm"}],
    "chain": [{"plugin": "redact-pii", "on": true, "secrets": [],
               "rules": [{"name": "rules/redact-pii/base.yaml", "url": "rules/redact-pii/base.yaml"}]}],
    "listen": null,
    "more": ["stays"]
}"#;

pub struct Running {
    child: Child,
    /// What it said until it served.
    pub out: String,
    pub page: u16,
    pub listen: u16,
    pub token: String,
    pub cookie: String,
}

/// A folder with the page in it.
pub fn folder(files: &[(&str, &str)]) -> Folder {
    let folder = Folder::new(&[]);
    for (name, text) in SITE.iter().map(|(name, text)| (format!("site/{name}"), text)) {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

impl Running {
    /// Starts the server in a folder, on ports that are free, and signs in.
    pub fn start(folder: &Folder, arguments: &[&str]) -> Running {
        Running::start_in(folder, arguments, &[])
    }

    /// Does as [`start`](Running::start), with variables in its environment.
    pub fn start_in(folder: &Folder, arguments: &[&str], variables: &[(&str, &OsStr)]) -> Running {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lapidary"))
            .args(["playground", "--site", "site", "--port", "0"])
            .args(arguments)
            .current_dir(folder.path())
            .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        while !out.ends_with("Ctrl-C ends it\n") {
            let read = lines.read_line(&mut out).unwrap();
            assert!(read > 0, "it ended: {}", said(&mut child));
        }
        let after = |text: &str, end: char| {
            let (_, rest) = out.split_once(text).unwrap_or_default();
            rest.split(end).next().unwrap_or_default().to_owned()
        };
        let page = after("http://127.0.0.1:", '/').parse().unwrap();
        let token = after("/?token=", '\n');
        let listen = after("endpoint: \"http://127.0.0.1:", '"').parse().unwrap_or_default();
        let mut running =
            Running { child, page, listen, token, cookie: String::new(), out: out.clone() };
        let path = format!("/?token={}", running.token);
        let admitted = running.ask("GET", &path, &[]);
        let cookie = admitted.header("set-cookie").unwrap().split(';').next().unwrap();
        running.cookie = format!("Cookie: {cookie}");
        running
    }

    /// Gets a file of the page with the session's cookie.
    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[&self.cookie])
    }

    /// Asks on the page's port with these headers and no other but `Host`.
    pub fn ask(&self, method: &str, path: &str, headers: &[&str]) -> Answer {
        let host = format!("Host: 127.0.0.1:{}", self.page);
        let line = format!("{method} {path} HTTP/1.1");
        send(self.page, &[&[line.as_str(), &host], headers].concat(), b"")
    }

    /// Sends spans as a Collector does.
    pub fn post(&self, media: &str, body: &[u8]) -> Answer {
        self.post_with(&[&format!("Content-Type: {media}")], body)
    }

    /// Sends spans with these headers, `Host` and `Content-Length`.
    pub fn post_with(&self, headers: &[&str], body: &[u8]) -> Answer {
        let host = format!("Host: 127.0.0.1:{}", self.listen);
        let length = format!("Content-Length: {}", body.len());
        let head = ["POST /v1/traces HTTP/1.1", host.as_str(), &length];
        send(self.listen, &[&head, headers].concat(), body)
    }

    /// Returns the most memory that it ever held, in MiB.
    pub fn peak(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse::<usize>().unwrap() / 1024
    }

    /// Ends it with a signal, and returns its status and what it said on standard error.
    pub fn end(mut self, signal: rustix::process::Signal) -> (Option<i32>, String) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, signal).unwrap();
        let err = said(&mut self.child);
        (self.child.wait().unwrap().code(), err)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns what a process says on standard error until its end.
fn said(child: &mut Child) -> String {
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    err
}

/// The folder's path as messages give it.
pub fn full(folder: &Folder, name: &str) -> String {
    text(&folder.path().canonicalize().unwrap().join(name)).to_owned()
}
