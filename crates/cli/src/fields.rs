//! One map of a Collector's config, read key by key, with every problem of it.
//!
//! The words are those of the Collector's processor, which judges the same texts.

use std::time::Duration;

use crate::component;
use crate::scalar;
use crate::value::{Map, Yaml};

/// The keys of a map that nobody asked for yet.
pub(crate) struct Fields<'a> {
    /// Path of the map, with a `.` behind it where it is not empty.
    at: String,
    map: Map,
    known: Vec<&'static str>,
    problems: &'a mut Vec<String>,
}

/// Whether what stands somewhere may be quoted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quoted {
    Yes,
    /// It may be a secret that was written in the wrong place.
    No,
}

impl<'a> Fields<'a> {
    pub fn new(at: String, map: Map, problems: &'a mut Vec<String>) -> Fields<'a> {
        Fields { at, map, known: Vec::new(), problems }
    }

    /// Returns what stands under a key; nothing where the key is not there, which is the default.
    ///
    /// A key without a value, and a variable that is not set, is the zero of what is wanted: for
    /// every component of the Collector, and so here.
    pub fn take(&mut self, key: &'static str) -> Option<Yaml> {
        self.known.push(key);
        self.map.remove(key)
    }

    pub fn text(&mut self, key: &'static str, expected: &str, quoted: Quoted) -> Option<String> {
        match self.take(key)? {
            Yaml::Text(text) | Yaml::Expanded(_, text) => Some(text),
            Yaml::Null => Some(String::new()),
            other => {
                self.wrong(key, found(&other, quoted), expected);
                None
            }
        }
    }

    /// Reads one of a few words. An empty variable is an empty text.
    pub fn word<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&str, T)],
        expected: &str,
        quoted: Quoted,
    ) -> Option<T> {
        let text = self.text(key, expected, quoted)?;
        let known = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if known.is_none() {
            let text = if text.is_empty() { Yaml::Null } else { Yaml::Text(text) };
            self.wrong(key, found(&text, quoted), expected);
        }
        known
    }

    /// Reads a whole number. A float that is whole is one.
    pub fn whole(
        &mut self,
        key: &'static str,
        least: i128,
        most: i128,
        expected: &str,
    ) -> Option<i128> {
        let value = plain(self.take(key)?);
        let number = match value {
            Yaml::Null => Some(0),
            Yaml::Integer(number) => Some(number),
            Yaml::Float(number) if number.fract() == 0.0 => Some(number as i128),
            _ => None,
        };
        let number = number.filter(|number| (least..=most).contains(number));
        if number.is_none() {
            let found = if value == Yaml::Null { "0".into() } else { found(&value, Quoted::Yes) };
            self.wrong(key, found, expected);
        }
        number
    }

    /// Reads `true` or `false`.
    pub fn truth(&mut self, key: &'static str) -> Option<bool> {
        match plain(self.take(key)?) {
            Yaml::Null => Some(false),
            Yaml::Bool(truth) => Some(truth),
            other => {
                self.wrong(key, found(&other, Quoted::Yes), "`true` or `false`");
                None
            }
        }
    }

    /// Reads a duration as Go writes it, of no less than `least`.
    pub fn duration(
        &mut self,
        key: &'static str,
        least: Duration,
        expected: &str,
    ) -> Option<Duration> {
        let value = plain(self.take(key)?);
        let (read, below_zero) = match &value {
            Yaml::Null | Yaml::Integer(0) => (Some(Duration::ZERO), false),
            Yaml::Text(text) => match text.strip_prefix('-').map(rules::parse_go_duration) {
                None => (rules::parse_go_duration(text), false),
                Some(read) => (read, read.is_some_and(|read| !read.is_zero())),
            },
            _ => (None, false),
        };
        let Some(duration) = read else {
            self.wrong(key, found(&value, Quoted::Yes), "a duration such as `500ms` or `1m30s`");
            return None;
        };
        if !below_zero && duration >= least {
            return Some(duration);
        }
        let sign = if below_zero { "-" } else { "" };
        self.wrong(key, format!("{sign}{}", go_text(duration)), expected);
        None
    }

    /// Checks the name of a component, if there is one, as the Collector does.
    pub fn component(&mut self, key: &'static str, expected: &str) {
        let Some(text) = self.text(key, expected, Quoted::Yes) else { return };
        if !text.is_empty() && !component::is_name(&text) {
            self.wrong(key, found(&Yaml::Text(text), Quoted::Yes), expected);
        }
    }

    /// Reads a SHA-256 in hexadecimal.
    pub fn digest(&mut self, key: &'static str) -> Option<String> {
        let expected = "64 hexadecimal digits";
        let text = self.text(key, expected, Quoted::Yes).filter(|text| !text.is_empty())?;
        if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Some(text);
        }
        self.wrong(key, found(&Yaml::Text(text), Quoted::Yes), expected);
        None
    }

    pub fn wrong(&mut self, key: &str, found: impl std::fmt::Display, expected: &str) {
        self.problems.push(format!("{}{key}: found {found}; expected {expected}", self.at));
    }

    /// Tells of the map itself.
    pub fn wrong_itself(&mut self, found: impl std::fmt::Display, expected: &str) {
        let at = self.at.trim_end_matches('.');
        self.problems.push(format!("{at}: found {found}; expected {expected}"));
    }

    /// How many problems there are so far, those of other maps among them.
    pub fn problems(&self) -> usize {
        self.problems.len()
    }

    /// Reads what stands below a key, with the problems of it among those of this map.
    pub fn below(&mut self, key: &str, map: Map) -> Fields<'_> {
        Fields::new(format!("{}{key}.", self.at), map, self.problems)
    }

    /// Tells of the keys that nobody asked for.
    pub fn finish(mut self) {
        let known: Vec<String> = self.known.iter().map(|key| format!("`{key}`")).collect();
        let expected = format!("one of {}", known.join(", "));
        for key in std::mem::take(&mut self.map).into_keys() {
            if !self.known.contains(&key.as_str()) {
                self.wrong(&key, "an unknown key", &expected);
            }
        }
    }
}

/// Returns a value without how it came there.
pub(crate) fn plain(value: Yaml) -> Yaml {
    match value {
        Yaml::Expanded(value, _) => plain(*value),
        Yaml::List(values) => Yaml::List(values.into_iter().map(plain).collect()),
        Yaml::Map(map) => {
            Yaml::Map(map.into_iter().map(|(key, value)| (key, plain(value))).collect())
        }
        other => other,
    }
}

/// Returns how messages call a value.
pub(crate) fn found(value: &Yaml, quoted: Quoted) -> String {
    match value {
        Yaml::Null => "nothing".into(),
        Yaml::List(_) => "a list".into(),
        Yaml::Map(_) => "a map".into(),
        Yaml::Expanded(value, _) => found(value, quoted),
        Yaml::Text(text) if text.is_empty() => "an empty text".into(),
        Yaml::Text(_) if quoted == Quoted::No => "a text".into(),
        Yaml::Bool(_) if quoted == Quoted::No => "true or false".into(),
        Yaml::Time(_) if quoted == Quoted::No => "a time".into(),
        Yaml::Integer(_) | Yaml::Float(_) if quoted == Quoted::No => "a number".into(),
        Yaml::Text(text) | Yaml::Time(text) => format!("`{text}`"),
        number => scalar::text(number),
    }
}

/// As Go writes a duration: `1m30s`, `1.5s`, `300ms`.
pub(crate) fn go_text(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    if nanos == 0 {
        return "0s".into();
    }
    if nanos < 1_000_000_000 {
        return format!("{duration:?}");
    }
    let (hours, minutes) = (nanos / 3_600_000_000_000, nanos / 60_000_000_000 % 60);
    let seconds = Duration::from_nanos((nanos % 60_000_000_000) as u64);
    let seconds =
        if seconds.as_nanos() == 0 { "0s".into() } else { format!("{}s", seconds.as_secs_f64()) };
    match (hours, minutes) {
        (0, 0) => seconds,
        (0, minutes) => format!("{minutes}m{seconds}"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(value: Yaml) -> Result<Option<i128>, Vec<String>> {
        let mut problems = Vec::new();
        let map = Map::from([("mib".to_owned(), value)]);
        let mut fields = Fields::new("plugins[0].".into(), map, &mut problems);
        let number = fields.whole("mib", 1, 4096, "a number");
        fields.finish();
        if problems.is_empty() { Ok(number) } else { Err(problems) }
    }

    #[test]
    fn whole_numbers_have_ranges() {
        let expanded = |value, text: &str| Yaml::Expanded(Box::new(value), text.into());
        for (value, number) in [
            (Yaml::Integer(1), 1),
            (Yaml::Integer(4096), 4096),
            (Yaml::Float(64.0), 64),
            (expanded(Yaml::Integer(16), "0x10"), 16),
        ] {
            assert_eq!(whole(value), Ok(Some(number)));
        }
        for (value, found) in [
            (Yaml::Integer(0), "0"),
            (Yaml::Integer(4097), "4097"),
            (Yaml::Float(1.5), "1.5"),
            (Yaml::Float(f64::NAN), "NaN"),
            (Yaml::Null, "0"),
            (expanded(Yaml::Null, ""), "0"),
            (Yaml::Text("64".into()), "`64`"),
        ] {
            let line = format!("plugins[0].mib: found {found}; expected a number");
            assert_eq!(whole(value), Err(vec![line]));
        }
    }

    #[test]
    fn durations_are_written_as_go_writes_them() {
        for (nanos, written) in [
            (0, "0s"),
            (1, "1ns"),
            (1_500, "1.5µs"),
            (300_000_000, "300ms"),
            (1_500_000_000, "1.5s"),
            (90_000_000_000, "1m30s"),
            (60_000_000_000, "1m0s"),
            (3_600_000_000_000, "1h0m0s"),
            (3_661_500_000_000, "1h1m1.5s"),
        ] {
            assert_eq!(go_text(Duration::from_nanos(nanos)), written);
        }
    }
}
