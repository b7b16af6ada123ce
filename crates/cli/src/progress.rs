//! A bar on standard error while a long input is read.

use std::fs::File;
use std::io::{BufReader, IsTerminal};
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use otlp_json::{Error, Input};

/// Nothing is shown of what is over sooner.
const PATIENCE: Duration = Duration::from_secs(1);

/// Opens an input; where standard error is a terminal, a bar shows how far it was read once that takes
/// longer than a second: share, rate and the time that is left.
pub(crate) fn open(path: &Path) -> Result<Input, Error> {
    let ending = path.extension().and_then(|ending| ending.to_str());
    let is_read_bit_by_bit = matches!(ending, Some("json" | "jsonl"));
    let file = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file);
    let length = file.map(|file| file.len());
    let (true, true, Some(length)) = (std::io::stderr().is_terminal(), is_read_bit_by_bit, length)
    else {
        return Input::open(path);
    };
    let Ok(file) = File::open(path) else { return Input::open(path) };
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
    let style = "{percent:>3} % {wide_bar} {binary_bytes_per_sec}, {eta} left";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    let begun = Instant::now();
    let file = bar.wrap_read(file);
    let reader = BufReader::new(Patient { file, bar, begun });
    Ok(if ending == Some("json") { Input::objects(reader) } else { Input::lines(reader) })
}

/// Shows the bar once it took long enough, and takes it away at the end.
struct Patient<R> {
    file: R,
    bar: ProgressBar,
    begun: Instant,
}

impl<R: std::io::Read> std::io::Read for Patient<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.bar.is_hidden() && self.begun.elapsed() > PATIENCE {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        let read = self.file.read(buffer)?;
        if read == 0 && !buffer.is_empty() {
            self.bar.finish_and_clear();
        }
        Ok(read)
    }
}
