//! Reads a secret from a file or the environment, and decodes it.
//!
//! It is its own crate because the command line and the cases must read a key
//! in exactly the way the Collector does: another newline would be another
//! key, and the same person would get two pseudonyms. It does not judge a
//! secret; whether a key is long enough is for the plugin that uses it to say.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use base64::Engine;
use serde::Deserialize;

/// Where a secret is and how it is written there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Path of the file that holds it. Either this or `env`.
    #[serde(default)]
    pub file: Option<PathBuf>,
    /// Name of the environment variable that holds it. Either this or `file`.
    #[serde(default)]
    pub env: Option<String>,
    /// How the bytes are written. Default: `raw`.
    #[serde(default)]
    pub encoding: Encoding,
}

/// How the bytes of a secret are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// As they are.
    #[default]
    Raw,
    /// Two hex digits a byte.
    Hex,
    /// The standard alphabet, padded.
    Base64,
}

impl std::str::FromStr for Encoding {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "raw" => Ok(Encoding::Raw),
            "hex" => Ok(Encoding::Hex),
            "base64" => Ok(Encoding::Base64),
            other => Err(format!("found encoding `{other}`; expected `raw`, `hex` or `base64`")),
        }
    }
}

impl Source {
    /// Returns the bytes of the secret.
    ///
    /// Relative paths start at `folder`. One newline at the end, `\n` or
    /// `\r\n`, is not part of a secret.
    ///
    /// # Errors
    ///
    /// The secret cannot be read, is empty, or is not in its encoding. The text
    /// never holds a part of it.
    ///
    /// ```
    /// use std::path::{Path, PathBuf};
    ///
    /// let source = secrets::Source {
    ///     file: Some("no-such-key".into()),
    ///     env: None,
    ///     encoding: secrets::Encoding::Hex,
    /// };
    /// assert_eq!(
    ///     source.read(Path::new("/etc/lapidary")).unwrap_err(),
    ///     "/etc/lapidary/no-such-key: found no such file; expected a file that holds the secret",
    /// );
    /// ```
    pub fn read(&self, folder: &Path) -> Result<Vec<u8>, String> {
        let (place, bytes) = match (&self.file, &self.env) {
            (Some(file), None) => {
                let path = folder.join(file);
                let place = path.display().to_string();
                let bytes = read_file(&path).map_err(|error| {
                    let found = match error.kind() {
                        ErrorKind::NotFound => "no such file".to_string(),
                        ErrorKind::IsADirectory => "a folder".to_string(),
                        _ => system_words(&error),
                    };
                    format!("{place}: found {found}; expected a file that holds the secret")
                })?;
                (place, bytes)
            }
            (None, Some(name)) => {
                let place = format!("environment variable {name}");
                let Some(text) = std::env::var_os(name) else {
                    return Err(format!("{place}: found none; expected one that holds the secret"));
                };
                (place, text.into_encoded_bytes())
            }
            (Some(_), Some(_)) => return Err("found `file` and `env`; expected one of them".into()),
            (None, None) => {
                return Err("found neither `file` nor `env`; expected one of them".into());
            }
        };
        decode(&bytes, self.encoding).map_err(|problem| format!("{place}: {problem}"))
    }
}

/// How long somebody may take to open the other end of a pipe.
const PATIENCE: Duration = Duration::from_secs(5);

/// Reads a file to its end. A pipe is read, too, as long as its writer takes; but one that nobody opens to
/// write for five seconds is an error: such a wait has no end.
///
/// # Errors
///
/// The file cannot be read, or the pipe has no writer.
pub fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    read_within(path, PATIENCE)
}

fn read_within(path: &Path, patience: Duration) -> io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.file_type().is_fifo() {
        return std::fs::read(path);
    }
    let (sender, opened) = mpsc::channel();
    let named = path.to_owned();
    // To open a pipe is to wait for its other end, and nothing ends that wait: the thread may stay.
    std::thread::spawn(move || sender.send(File::open(named)));
    let no_writer = |_| Err(io::Error::new(ErrorKind::TimedOut, "a pipe that nobody writes to"));
    let mut bytes = Vec::new();
    opened.recv_timeout(patience).unwrap_or_else(no_writer)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Returns what the operating system says, as every host writes it.
///
/// ```
/// let error = std::io::Error::from_raw_os_error(13);
/// assert_eq!(secrets::system_words(&error), "permission denied");
/// ```
pub fn system_words(error: &std::io::Error) -> String {
    let text = error.to_string();
    let words = text.split(" (os error ").next().unwrap_or(&text);
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Decodes what a file or variable holds; see [`Source::read`].
///
/// # Errors
///
/// The secret is empty, or not in its encoding.
///
/// ```
/// use secrets::{Encoding, decode};
///
/// assert_eq!(decode(b"00ff\r\n", Encoding::Hex), Ok(vec![0, 255]));
/// assert_eq!(decode(b"AP8=\n", Encoding::Base64), Ok(vec![0, 255]));
/// assert_eq!(decode(b"raw\n\n", Encoding::Raw), Ok(b"raw\n".to_vec()));
/// ```
pub fn decode(bytes: &[u8], encoding: Encoding) -> Result<Vec<u8>, String> {
    let text = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let text = text.strip_suffix(b"\r").filter(|_| text.len() < bytes.len()).unwrap_or(text);
    if text.is_empty() {
        return Err("found an empty secret; expected one of 1 byte or more".into());
    }
    match encoding {
        Encoding::Raw => Ok(text.to_vec()),
        Encoding::Hex => hex::decode(text)
            .map_err(|_| "found text that is not hex; expected two hex digits a byte".into()),
        Encoding::Base64 => base64::engine::general_purpose::STANDARD.decode(text).map_err(|_| {
            "found text that is not base64; expected the standard alphabet with padding".into()
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scenario: a key file is not in the encoding that the config names.
    /// Guarantees: the message tells what was expected and nothing of the key.
    #[test]
    fn a_wrong_encoding_does_not_quote_the_secret() {
        assert_eq!(
            decode(b"hunter2", Encoding::Hex).unwrap_err(),
            "found text that is not hex; expected two hex digits a byte"
        );
        assert_eq!(
            decode(b"hunter2", Encoding::Base64).unwrap_err(),
            "found text that is not base64; expected the standard alphabet with padding"
        );
    }

    #[test]
    fn an_empty_secret_is_refused() {
        for empty in [&b""[..], b"\n", b"\r\n"] {
            assert_eq!(
                decode(empty, Encoding::Raw).unwrap_err(),
                "found an empty secret; expected one of 1 byte or more"
            );
        }
    }

    #[test]
    fn only_one_newline_is_taken_off() {
        assert_eq!(decode(b"key\r", Encoding::Raw).unwrap(), b"key\r");
        assert_eq!(decode(b"key\r\n", Encoding::Raw).unwrap(), b"key");
        assert_eq!(decode(b"key\n\n", Encoding::Raw).unwrap(), b"key\n");
    }

    fn pipe(folder: &tempfile::TempDir) -> PathBuf {
        let path = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        path
    }

    #[test]
    fn a_pipe_without_a_writer_is_not_waited_for_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let error = read_within(&pipe(&folder), Duration::from_millis(10)).unwrap_err();
        assert_eq!(system_words(&error), "a pipe that nobody writes to");
    }

    /// Scenario: the writer comes late, and takes longer for the rest than it may take to come.
    #[test]
    fn a_pipe_is_read_to_its_end_however_long_its_writer_takes() {
        use std::io::Write;

        let folder = tempfile::tempdir().unwrap();
        let path = pipe(&folder);
        let to = path.clone();
        let writer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            let mut to = std::fs::OpenOptions::new().write(true).open(to).unwrap();
            for text in ["one ", "two"] {
                std::thread::sleep(Duration::from_millis(600));
                to.write_all(text.as_bytes()).unwrap();
            }
        });
        let read = read_within(&path, Duration::from_secs(1));
        assert_eq!(read.unwrap(), b"one two");
        writer.join().unwrap();
    }

    #[test]
    fn a_variable_that_is_not_set_is_refused() {
        let source = Source {
            file: None,
            env: Some("LAPIDARY_NO_SUCH_SECRET".into()),
            encoding: Encoding::Raw,
        };
        assert_eq!(
            source.read(Path::new("")).unwrap_err(),
            "environment variable LAPIDARY_NO_SUCH_SECRET: found none; expected one that holds the secret"
        );
    }
}
