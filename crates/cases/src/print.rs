//! JSON for people who read diffs: what fits on a line stands on one.

/// Widest line, indentation included.
const WIDTH: usize = 100;

/// Returns compact JSON text with line breaks and two spaces a level, but with
/// every list and object that fits on one line kept on it.
pub fn pretty(compact: &str) -> String {
    let mut text = String::new();
    write(compact, 0, 0, &mut text);
    text.push('\n');
    text
}

/// `before` is how much of the line is taken by a key.
fn write(value: &str, indent: usize, before: usize, to: &mut String) {
    let members = members(value);
    if members.is_empty() || indent + before + value.chars().count() < WIDTH {
        to.push_str(value);
        return;
    }
    let (open, close) = (&value[..1], &value[value.len() - 1..]);
    to.push_str(open);
    for (index, (key, member)) in members.iter().enumerate() {
        to.push_str(if index == 0 { "\n" } else { ",\n" });
        to.extend(std::iter::repeat_n(' ', indent + 2));
        to.push_str(key);
        if !key.is_empty() {
            to.push(' ');
        }
        write(member, indent + 2, key.chars().count() + 2, to);
    }
    to.push('\n');
    to.extend(std::iter::repeat_n(' ', indent));
    to.push_str(close);
}

/// Cuts a list or object into its members: the key with its colon, empty in a
/// list, and the value. Nothing for anything else.
fn members(value: &str) -> Vec<(&str, &str)> {
    let is_object = value.starts_with('{');
    if value.len() < 3 || !(is_object || value.starts_with('[')) {
        return Vec::new();
    }
    let inside = &value[1..value.len() - 1];
    let mut members = Vec::new();
    let (mut start, mut colon, mut depth) = (0, None, 0_usize);
    let (mut in_text, mut escaped) = (false, false);
    for (place, byte) in inside.bytes().enumerate() {
        if in_text {
            in_text = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        match byte {
            b'"' => in_text = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b':' if depth == 0 && colon.is_none() => colon = Some(place + 1),
            b',' if depth == 0 => {
                members.push(member(inside, start, colon, place));
                (start, colon) = (place + 1, None);
            }
            _ => {}
        }
    }
    members.push(member(inside, start, colon, inside.len()));
    members
}

fn member(inside: &str, start: usize, colon: Option<usize>, end: usize) -> (&str, &str) {
    let value = colon.unwrap_or(start);
    (&inside[start..value], &inside[value..end])
}

#[cfg(test)]
mod tests {
    use super::pretty;

    /// Guarantees: only white space is added, and texts that look like JSON
    /// stay whole.
    #[test]
    fn breaks_only_what_does_not_fit() {
        let long = "x".repeat(60);
        let compact = format!(r#"{{"a":["{{,\"]","{long}","{long}"],"b":{{"c":1}},"d":[]}}"#);
        let expected = format!(
            "{{\n  \"a\": [\n    \"{{,\\\"]\",\n    \"{long}\",\n    \"{long}\"\n  ],\n  \"b\": {{\"c\":1}},\n  \"d\": []\n}}\n"
        );
        assert_eq!(pretty(&compact), expected);
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&pretty(&compact)), value(&compact));
    }
}
