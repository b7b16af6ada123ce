//! What time plugins are told.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::arguments;

/// Tells plugins the time; it never runs backwards.
#[derive(Debug)]
pub(crate) struct Clock {
    source: Source,
    latest: u64,
}

#[derive(Debug)]
enum Source {
    Fixed,
    System,
    EventTime,
}

impl Clock {
    /// A clock that stands at `now` (RFC 3339), or one that `source` moves.
    pub fn new(now: Option<&str>, source: arguments::Clock) -> Result<Clock, String> {
        if let Some(text) = now {
            let wrong =
                || format!("--now: found `{text}`; expected a time such as `2026-03-02T09:00:00Z`");
            let time = humantime::parse_rfc3339(text).map_err(|_| wrong())?;
            return Ok(Clock {
                source: Source::Fixed,
                latest: unix_nanos(time).ok_or_else(wrong)?,
            });
        }
        let source = match source {
            arguments::Clock::System => Source::System,
            arguments::Clock::EventTime => Source::EventTime,
        };
        Ok(Clock { source, latest: 0 })
    }

    /// Looks at the ends of a batch's spans, where those are the time.
    pub fn observe(&mut self, batch: &[u8]) {
        if matches!(self.source, Source::EventTime) {
            let mut latest = self.latest;
            // What cannot be decoded is for the plugins to refuse.
            let _ = spans::read(batch, |_, span| {
                latest = latest.max(span.end_time_unix_nano);
                Ok(())
            });
            self.latest = latest;
        }
    }

    /// Nanoseconds since 1970; 0 where the time is that of spans and none was
    /// seen.
    pub fn now(&mut self) -> u64 {
        if matches!(self.source, Source::System) {
            self.latest = self.latest.max(unix_nanos(SystemTime::now()).unwrap_or_default());
        }
        self.latest
    }
}

fn unix_nanos(time: SystemTime) -> Option<u64> {
    u64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_nanos()).ok()
}
