//! Dates and times in YAML, as Go's `yaml.v3` takes them.

/// Returns a plain scalar as RFC 3339 where `yaml.v3` takes it for a time: `2026-3-2`,
/// `2026-03-02 10:00:00.5`, `2026-03-02T10:00:00+02:00`.
pub(crate) fn rfc3339(text: &str) -> Option<String> {
    let mut rest = text;
    let year = number(&mut rest, 4, 4)?;
    let month = after(&mut rest, '-').then(|| number(&mut rest, 1, 2)).flatten()?;
    let day = after(&mut rest, '-').then(|| number(&mut rest, 1, 2)).flatten()?;
    if !(1..=12).contains(&month) || !(1..=days_of(year, month)).contains(&day) {
        return None;
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    if rest.is_empty() {
        return Some(format!("{date}T00:00:00Z"));
    }
    let spaced = after(&mut rest, ' ');
    if !spaced && !after(&mut rest, 'T') && !after(&mut rest, 't') {
        return None;
    }
    let time = time(&mut rest)?;
    let zone = if spaced { "Z".into() } else { zone(&mut rest)? };
    rest.is_empty().then(|| format!("{date}T{time}{zone}"))
}

fn time(rest: &mut &str) -> Option<String> {
    let hour = number(rest, 1, 2)?;
    let minute = after(rest, ':').then(|| number(rest, 1, 2)).flatten()?;
    let second = after(rest, ':').then(|| number(rest, 1, 2)).flatten()?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut fraction = String::new();
    if after(rest, '.') || after(rest, ',') {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let digits = rest[..end].get(..9).unwrap_or(&rest[..end]).trim_end_matches('0');
        if end == 0 {
            return None;
        }
        if !digits.is_empty() {
            fraction = format!(".{digits}");
        }
        *rest = &rest[end..];
    }
    Some(format!("{hour:02}:{minute:02}:{second:02}{fraction}"))
}

fn zone(rest: &mut &str) -> Option<String> {
    if after(rest, 'Z') {
        return Some("Z".into());
    }
    let sign = if after(rest, '+') {
        '+'
    } else if after(rest, '-') {
        '-'
    } else {
        return None;
    };
    let hours = number(rest, 2, 2)?;
    let minutes = after(rest, ':').then(|| number(rest, 2, 2)).flatten()?;
    match (hours, minutes) {
        (0, 0) => Some("Z".into()),
        (hours @ 0..=24, 60) => Some(format!("{sign}{:02}:00", hours + 1)),
        (0..=24, 0..=59) => Some(format!("{sign}{hours:02}:{minutes:02}")),
        _ => None,
    }
}

fn after(rest: &mut &str, mark: char) -> bool {
    rest.strip_prefix(mark).is_some_and(|after| {
        *rest = after;
        true
    })
}

fn number(rest: &mut &str, least: usize, most: usize) -> Option<u32> {
    let digits = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (number, after) = rest.split_at(digits);
    *rest = after;
    if digits < least { None } else { number.parse().ok() }
}

fn days_of(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_the_collector_takes_for_a_time() {
        for (written, time) in [
            ("2026-01-01", Some("2026-01-01T00:00:00Z")),
            ("2026-1-2", Some("2026-01-02T00:00:00Z")),
            ("2024-02-29", Some("2024-02-29T00:00:00Z")),
            ("2026-02-29", None),
            ("2026-01-01T10:00:00.500+02:00", Some("2026-01-01T10:00:00.5+02:00")),
            ("2026-01-01t1:2:3Z", Some("2026-01-01T01:02:03Z")),
            ("2026-01-01 10:00:00", Some("2026-01-01T10:00:00Z")),
            ("2026-01-01 10:00:00Z", None),
            ("2026-01-01T10:00:00", None),
            ("2026-01-01T24:00:00Z", None),
            ("26-01-01", None),
            ("2026-01", None),
            ("2026-01-01x", None),
        ] {
            assert_eq!(rfc3339(written).as_deref(), time, "{written}");
        }
    }
}
