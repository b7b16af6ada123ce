//! Spans in files.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use prost::Message;

use crate::{Error, MARK, TracesData, to_json, to_protobuf};

/// Batches, one after another, as protobuf bytes.
///
/// The form is told by the file's ending:
///
/// | Ending | Form |
/// | --- | --- |
/// | `.json` | OTLP JSON: one object; several after one another are several batches |
/// | `.jsonl` | one such object a line; empty lines are left out |
/// | `.binpb` | one protobuf message |
/// | `-` for the path | JSON lines on standard input |
pub struct Input {
    batches: Box<dyn Iterator<Item = Result<Vec<u8>, Error>>>,
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Input")
    }
}

impl Input {
    /// Opens a file; nothing is read yet, but the whole of a `.binpb`.
    ///
    /// # Errors
    ///
    /// The file cannot be opened, or its ending is none of those above.
    pub fn open(path: &Path) -> Result<Input, Error> {
        if path.as_os_str() == "-" {
            return Ok(Input::lines(BufReader::new(io::stdin())));
        }
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        match ending {
            "json" => Ok(Input::objects(BufReader::new(open(path)?))),
            "jsonl" => Ok(Input::lines(BufReader::new(open(path)?))),
            "binpb" => Ok(Input::message(std::fs::read(path).map_err(file_error)?)),
            _ => Err(Error::Ending {
                expected: "a file that ends in `.json`, `.jsonl` or `.binpb`, or `-`",
            }),
        }
    }

    /// Gives one protobuf message.
    pub fn message(bytes: Vec<u8>) -> Input {
        Input { batches: Box::new(std::iter::once(Ok(bytes))) }
    }

    /// Reads JSON objects, one a line.
    pub fn lines(reader: impl BufRead + 'static) -> Input {
        let lines = reader.split(b'\n').enumerate();
        let batches = lines.filter_map(|(index, line)| match line {
            Ok(line) if line.trim_ascii().is_empty() => None,
            Ok(line) => Some(read_line(&line, index + 1)),
            Err(error) => Some(Err(file_error(error))),
        });
        Input { batches: Box::new(batches) }
    }

    /// Reads JSON objects, one after another with any white space between.
    ///
    /// There must be one at least: an empty file is no JSON.
    pub fn objects(mut reader: impl BufRead + 'static) -> Input {
        let has_mark = reader.fill_buf().is_ok_and(|start| start.starts_with(MARK.as_bytes()));
        reader.consume(if has_mark { MARK.len() } else { 0 });
        let mut from = serde_json::Deserializer::from_reader(reader);
        from.disable_recursion_limit();
        let mut objects = from.into_iter::<TracesData>();
        let mut has_any = false;
        let batches = std::iter::from_fn(move || match objects.next() {
            None if has_any => None,
            next => {
                has_any = true;
                Some(match next {
                    Some(Ok(traces)) => Ok(traces.encode_to_vec()),
                    Some(Err(error)) => Err(Error::json(&error)),
                    None => Err(Error::Json { line: 1, column: 1, reason: NOTHING.into() }),
                })
            }
        });
        Input { batches: Box::new(batches) }
    }
}

const NOTHING: &str = "found nothing; expected an object with `resourceSpans`";

fn read_line(line: &[u8], number: usize) -> Result<Vec<u8>, Error> {
    let text = str::from_utf8(line).map_err(|error| Error::Json {
        line: number,
        column: error.valid_up_to() + 1,
        reason: "found bytes that are not UTF-8; expected text".into(),
    })?;
    to_protobuf(text).map_err(|error| error.on_line(number))
}

impl Iterator for Input {
    type Item = Result<Vec<u8>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batches.next()
    }
}

/// How batches are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One JSON object with the spans of all batches.
    Object,
    /// One JSON object a batch, each on a line of its own.
    Lines,
    /// One protobuf message with the spans of all batches.
    Protobuf,
}

impl Form {
    /// Returns the form that a file's ending names, as for [`Input`].
    ///
    /// # Errors
    ///
    /// The ending is none of those.
    pub fn of(path: &Path) -> Result<Form, Error> {
        match path.extension().and_then(|ending| ending.to_str()).unwrap_or_default() {
            "json" => Ok(Form::Object),
            "jsonl" => Ok(Form::Lines),
            "binpb" => Ok(Form::Protobuf),
            _ => Err(Error::Ending {
                expected: "a file that ends in `.json`, `.jsonl` or `.binpb`, or `-`",
            }),
        }
    }
}

/// Writes batches down. Who makes it says where to: this neither opens nor replaces a file.
pub struct Output {
    form: Form,
    /// The spans of all batches, where they come in one object at the end.
    all: Vec<u8>,
    to: BufWriter<Box<dyn Write>>,
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output").field("form", &self.form).finish_non_exhaustive()
    }
}

impl Output {
    /// Makes an output in this form.
    pub fn new(form: Form, to: impl Write + 'static) -> Output {
        Output { form, all: Vec::new(), to: BufWriter::new(Box::new(to)) }
    }

    /// Writes one batch. An empty one leaves nothing behind.
    ///
    /// # Errors
    ///
    /// The bytes are not an OTLP `TracesData` message, or cannot be written.
    pub fn write(&mut self, traces: &[u8]) -> Result<(), Error> {
        if traces.is_empty() {
            return Ok(());
        }
        match self.form {
            // Two messages one after the other are one with the fields of both.
            Form::Object => self.all.extend_from_slice(traces),
            Form::Protobuf => self.to.write_all(traces).map_err(file_error)?,
            Form::Lines => writeln!(self.to, "{}", to_json(traces)?).map_err(file_error)?,
        }
        Ok(())
    }

    /// Writes what is still held back. Without this a `.json` stays empty.
    ///
    /// # Errors
    ///
    /// What is held back cannot be written.
    pub fn finish(mut self) -> Result<(), Error> {
        if self.form == Form::Object {
            writeln!(self.to, "{}", to_json(&self.all)?).map_err(file_error)?;
        }
        self.to.flush().map_err(file_error)
    }
}

fn open(path: &Path) -> Result<File, Error> {
    let file = File::open(path).map_err(file_error)?;
    // To open a folder is no error yet, and to read one would be told of as a line of JSON.
    if file.metadata().is_ok_and(|it| it.is_dir()) {
        return Err(file_error(io::ErrorKind::IsADirectory.into()));
    }
    Ok(file)
}

fn file_error(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::NotFound => Error::File("no such file".into()),
        io::ErrorKind::IsADirectory => Error::File("found a folder; expected a file".into()),
        io::ErrorKind::PermissionDenied => Error::File("permission denied".into()),
        _ => Error::File(error.to_string()),
    }
}
