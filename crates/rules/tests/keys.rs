//! Which keys a pattern means, against a plain model that knows no fast way.

use proptest::prelude::*;
use rules::{Document, KeyPattern, KeyPatterns, settings};

/// One character after the other; from `header` on `-` and `_` are one.
fn glob(pattern: &[char], text: &[char], header: usize) -> bool {
    let is_hyphen = |c: &char| ['-', '_'].contains(c);
    match (pattern, text) {
        ([], []) => true,
        (['*', rest @ ..], _) => (0..=text.len())
            .any(|skipped| glob(rest, &text[skipped..], header.saturating_sub(skipped))),
        ([a, pattern @ ..], [b, text @ ..]) => {
            (a == b || header == 0 && is_hyphen(a) && is_hyphen(b))
                && glob(pattern, text, header.saturating_sub(1))
        }
        _ => false,
    }
}

/// Characters of a path before its first name of a header.
fn before_headers(path: &str) -> usize {
    let mut before = 0;
    let segments: Vec<&str> = path.split('.').collect();
    for segment in &segments[..segments.len() - 1] {
        before += segment.chars().count() + 1;
        if ["header", "headers", "metadata"].contains(&&*segment.to_lowercase()) {
            return before;
        }
    }
    usize::MAX
}

fn means(pattern: &str, key: &str, path: &str) -> bool {
    let folded = |text: &str| text.to_lowercase().chars().collect::<Vec<_>>();
    let parents = path.chars().count() - key.chars().count();
    let header = before_headers(path);
    let header = if header == usize::MAX { header } else { header.saturating_sub(parents) };
    glob(&folded(pattern), &folded(key), header)
}

fn expected(patterns: &[String], keys: &[String]) -> Option<usize> {
    let path = keys.join(".");
    let own = keys.last()?;
    patterns.iter().position(|it| means(it, own, &path) || means(it, &path, &path))
}

fn dotted(word: &'static str) -> impl Strategy<Value = String> {
    prop::collection::vec(word, 1..4).prop_map(|words| words.join("."))
}

fn patterns() -> impl Strategy<Value = Vec<String>> {
    let word = "header|Headers|metadata|[aAbk*]{1,3}|[a*][-_][b*]|[иИ*]{1,2}|set[-_]cookie";
    prop::collection::vec(dotted(word), 1..5)
}

fn keys() -> impl Strategy<Value = Vec<String>> {
    let word =
        "header|HEADERS|Metadata|[aAbkK.]{0,3}|[a-b][-_]b|[aA][-_][bB]|[иИ]{1,2}|[Ss]et[-_]Cookie";
    prop::collection::vec(dotted(word), 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_pattern_means_what_the_plain_model_says(patterns in patterns(), keys in keys()) {
        let read: Result<Vec<_>, _> = patterns.iter().map(|it| KeyPattern::new(it)).collect();
        let read = KeyPatterns::new(read.expect("right patterns"));
        let bytes: Vec<&[u8]> = keys.iter().map(String::as_bytes).collect();
        prop_assert_eq!(read.first_match(&bytes), expected(&patterns, &keys));
    }

    /// Guarantees: what a host shows is what a pattern means, and of longer paths no less.
    #[test]
    fn what_is_meant_is_shown(
        patterns in patterns(),
        keys in keys(),
        filler in 0..3_usize,
        at in any::<prop::sample::Index>(),
    ) {
        let mut keys = keys;
        let at = at.index(keys.len());
        keys[at].insert_str(0, &"aKb".repeat(filler * 200));
        let read: Result<Vec<_>, _> = patterns.iter().map(|it| KeyPattern::new(it)).collect();
        let read = KeyPatterns::new(read.expect("right patterns"));
        let bytes: Vec<&[u8]> = keys.iter().map(String::as_bytes).collect();
        let (is_meant, is_shown) = (expected(&patterns, &keys).is_some(), read.may_match(&bytes));
        let is_long = bytes.join(&b'.').len() > keys::LONGEST_PATH;
        prop_assert!(is_shown == is_meant || is_long && is_shown, "{patterns:?} {keys:?}");
    }
}

#[test]
fn longer_patterns_rank_before_shorter_ones_and_all_before_stars() {
    let mut patterns = ["a*", "abc*", "*", "ab", "ИМЯ*", "abcde*"].map(|it| {
        let pattern = KeyPattern::new(it);
        pattern.expect("a right pattern")
    });
    patterns.sort_by_key(|it| (it.rank(), it.written().to_owned()));
    let sorted: Vec<&str> = patterns.iter().map(KeyPattern::written).collect();
    assert_eq!(sorted, ["ab", "abcde*", "abc*", "ИМЯ*", "a*", "*"]);
}

settings! {
    /// Some keys.
    #[derive(Debug)]
    struct Keys {
        /// Patterns.
        keys: Vec<KeyPattern>,
    }
}

/// Protects from rules that are taken and mean nothing.
#[test]
fn a_key_that_can_mean_nothing_is_refused() {
    let text = "keys:\n  - ''\n  - 'operator_id '\n  - .id\n  - a..b\n  - operator_id.\n  - \"a\\tb\"\n  - 5\n  - '*'\n";
    let problems = rules::read::<Keys>(&[Document::new("base.yaml", text)]).expect_err("wrong");
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let expected =
        "an attribute's key, such as `operator_id`, or several with `*` for any characters";
    assert_eq!(
        lines,
        [
            format!("base.yaml:2: keys[0]: found an empty key; expected {expected}"),
            format!(
                "base.yaml:3: keys[1]: found the key `operator_id ` with white space around it or control characters; expected {expected}"
            ),
            format!(
                "base.yaml:4: keys[2]: found the key `.id` with nothing before, after or between dots; expected {expected}"
            ),
            format!(
                "base.yaml:5: keys[3]: found the key `a..b` with nothing before, after or between dots; expected {expected}"
            ),
            format!(
                "base.yaml:6: keys[4]: found the key `operator_id.` with nothing before, after or between dots; expected {expected}"
            ),
            format!(
                "base.yaml:7: keys[5]: found the key `a\\tb` with white space around it or control characters; expected {expected}"
            ),
            "base.yaml:8: keys[6]: found the number `5`; expected text; write `\"5\"`".to_owned(),
        ]
    );
}
