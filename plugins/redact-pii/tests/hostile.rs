//! Texts made to take long: the time is in proportion to their length.

use std::time::{Duration, Instant};

use redact_pii::detect::{Detectors, Kind};

/// Bytes of a text.
const LENGTH: usize = 64 * 1024;

/// What a search of that may take, without optimisation and on a machine with other work. In proportion
/// to the length it takes a fraction of it, and to its square minutes.
const LIMIT: Duration = Duration::from_secs(3);

#[test]
fn no_text_makes_the_search_for_addresses_slow() {
    for piece in [
        "@",
        "a@",
        "a@b.ru,",
        "a@b.ru:",
        "://a@b.ru:",
        "x",
        "!",
        "a!",
        "\\",
        "\\@",
        "\"@b.ru",
        "\"a\".",
        "\\\"a\\\"@b.ru",
        "\"a b\".@",
        ")@b.ru",
        "a)@b.ru",
        "(",
        "%25",
        "25",
        "%2525@",
        "%40",
        "a@b.",
        "a@[1.2",
        "a@(",
        "ru.",
        "яя.",
        "&#64;",
        "&",
        "&amp;",
        "\\u0040",
        "\\\\u",
        "\\\\\\u",
        "%D0",
        "%D0%B8@",
        "\u{200b}@",
        "\u{200b}",
        "＠",
        "a=b&c@d.ru",
        "ruя",
        "ru-",
        "ru1",
        "%5C",
        "%5Cu",
        "%26",
        "a@b.rux@",
        "a@2x.app@",
        "\\\\n@b.ru",
        "\"\\\\n@b.ru",
        "a'\\",
        "a=b.ru@c.ru",
        "a=",
        "s://a:b/c@d.ru",
        "&eacute;",
        "&#64",
        "\\u{40}",
        "%61@b.ru",
        "a@[a b ",
        "}",
        "’",
    ] {
        let pieces = piece.repeat(LENGTH / piece.len());
        for text in
            [format!("a@{pieces}"), format!("{pieces}@b.ru"), format!("a@b.{pieces} c@d.ru")]
        {
            let start = Instant::now();
            Detectors::new(&[Kind::Email]).search(&text);
            assert!(start.elapsed() < LIMIT, "{piece} takes {:?}", start.elapsed());
        }
    }
}
