//! What is one in keys: upper and lower case, and in headers `-` and `_`.

use std::borrow::Cow;

/// Segments of a key after which `-` and `_` are one: names of headers have both spellings.
const HEADERS: [&[u8]; 3] = [b"header", b"headers", b"metadata"];

/// A key without the difference of upper and lower case. What is not UTF-8 stays.
///
/// No character becomes an ASCII one that was none, so that ASCII in a key can be looked for as
/// bytes.
pub(crate) fn without_case(key: &[u8]) -> Cow<'_, [u8]> {
    if key.is_ascii() {
        let is_folded = !key.iter().any(u8::is_ascii_uppercase);
        return if is_folded { key.into() } else { key.to_ascii_lowercase().into() };
    }
    let mut folded = Vec::with_capacity(key.len());
    for chunk in key.utf8_chunks() {
        for c in chunk.valid().chars() {
            folded.extend_from_slice(fold(c).encode_utf8(&mut [0; 4]).as_bytes());
        }
        folded.extend_from_slice(chunk.invalid());
    }
    folded.into()
}

/// A folded key with `_` for every `-`.
pub(crate) fn without_hyphens(key: &[u8]) -> Cow<'_, [u8]> {
    if key.contains(&b'-') {
        key.iter().map(|byte| if *byte == b'-' { b'_' } else { *byte }).collect()
    } else {
        Cow::Borrowed(key)
    }
}

/// Where names of headers begin in a key, or in the keys down to it joined by dots: behind the first
/// segment such as `header`, `headers`, `metadata` or `request_headers`.
pub(crate) fn headers_from(path: &[u8]) -> Option<usize> {
    let mut start = 0;
    for dot in memchr::memchr_iter(b'.', path) {
        if is_header_segment(&path[start..dot]) {
            return Some(dot + 1);
        }
        start = dot + 1;
    }
    None
}

fn is_header_segment(segment: &[u8]) -> bool {
    HEADERS.iter().any(|word| {
        let at = segment.len().checked_sub(word.len());
        at.map(|at| segment.split_at(at)).is_some_and(|(before, end)| {
            end.eq_ignore_ascii_case(word)
                && before.last().is_none_or(|byte| matches!(byte, b'_' | b'-'))
        })
    })
}

/// Lower case by way of upper case, for there are characters with two lower cases, such as sigma.
fn fold(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let lower = only(c.to_lowercase()).unwrap_or(c);
    let upper = only(lower.to_uppercase()).unwrap_or(lower);
    let folded = only(upper.to_lowercase()).unwrap_or(upper);
    if folded.is_ascii() { c } else { folded }
}

/// The character, if it is one alone.
fn only(mut characters: impl Iterator<Item = char>) -> Option<char> {
    characters.next().filter(|_| characters.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::{headers_from, without_case};

    #[test]
    fn case_is_that_of_unicode() {
        for (a, b) in [
            ("Customer.Name", "customer.name"),
            ("Клиент.Имя", "КЛИЕНТ.ИМЯ"),
            ("Straẞe", "straße"),
            ("ΟΔΟΣ", "οδος"),
            ("Ünïcode", "üNÏCODE"),
        ] {
            assert_eq!(without_case(a.as_bytes()), without_case(b.as_bytes()), "{a} {b}");
        }
        for (a, b) in [("\u{212a}ey", "key"), ("u\u{17f}er", "user"), ("\u{131}d", "id")] {
            assert_ne!(without_case(a.as_bytes()), without_case(b.as_bytes()), "{a} {b}");
        }
        assert_eq!(without_case(b"A\xffB\xd0")[..], b"a\xffb\xd0"[..]);
    }

    #[test]
    fn a_header_stands_below_a_segment_that_says_so() {
        for (key, name) in [
            ("http.request.header.x-id", "x-id"),
            ("HTTP.Response.Header.Set-Cookie", "Set-Cookie"),
            ("rpc.grpc.request.metadata.x_id", "x_id"),
            ("headers.x", "x"),
            ("http.request_headers.x", "x"),
            ("a.header.b.headers.c", "b.headers.c"),
        ] {
            let from = headers_from(key.as_bytes());
            assert_eq!(from.map(|from| &key[from..]), Some(name), "{key}");
        }
        for key in ["http.request.header", "header", "order-id", "subheader.x", "a.header-x.b", ""]
        {
            assert_eq!(headers_from(key.as_bytes()), None, "{key}");
        }
    }
}
