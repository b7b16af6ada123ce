//! [`TraceState`]: what sampling reads from a W3C `tracestate`, and how it
//! writes its threshold into one.
//!
//! A `tracestate` is a list of members, one a vendor: `ot=th:c;rv:…,other=1`.
//! OpenTelemetry's is `ot`, itself a list of sub-keys. Grammar:
//! <https://www.w3.org/TR/trace-context-2/#tracestate-header> and
//! <https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/>.

use crate::threshold::{Randomness, Threshold};

/// W3C: members of one `tracestate`.
const MAX_MEMBERS: usize = 32;

/// W3C: characters that everybody passes on.
const MAX_CHARACTERS: usize = 512;

/// W3C: members longer than this go first where there is no room.
const LONG_MEMBER: usize = 128;

/// W3C and OpenTelemetry: characters of one member's value.
const MAX_VALUE: usize = 256;

/// What sampling reads from a `tracestate`.
///
/// What does not keep to the grammar is as if it were not there. Where `ot` or
/// one of its sub-keys stands twice, which the grammar forbids, the first
/// counts; of two thresholds the higher, for it cannot be too low.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceState<'a> {
    text: &'a [u8],
    /// `rv`: randomness that stands for that of the trace id.
    pub randomness: Option<Randomness>,
    /// The digits of `rv` as they came, empty where there is none.
    rv: &'a [u8],
    /// `th`: what earlier sampling applied.
    pub threshold: Option<Threshold>,
    is_well_formed: bool,
}

impl<'a> TraceState<'a> {
    /// Reads a `tracestate`; an empty one is one without members.
    #[must_use]
    pub fn read(text: &'a [u8]) -> Self {
        let mut state =
            Self { text, randomness: None, rv: b"", threshold: None, is_well_formed: true };
        if text.is_empty() {
            // As good as every span comes without one.
            return state;
        }
        let mut has_ot = false;
        for member in members(text) {
            match member {
                Some((b"ot", value)) => {
                    state.is_well_formed &= !has_ot;
                    has_ot = true;
                    state.read_ot(value);
                }
                Some(_) => {}
                None => state.is_well_formed = false,
            }
        }
        state
    }

    /// Returns whether there is none: no member, and nothing in the place of one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    fn read_ot(&mut self, value: &'a [u8]) {
        for sub_key in sub_keys(value) {
            match sub_key {
                Some((b"th", value)) => {
                    let threshold = Threshold::read(value);
                    self.is_well_formed &= threshold.is_some() && self.threshold.is_none();
                    self.threshold = self.threshold.max(threshold);
                }
                Some((b"rv", value)) => {
                    let randomness = Randomness::read(value);
                    self.is_well_formed &= randomness.is_some() && self.randomness.is_none();
                    if self.randomness.is_none() && randomness.is_some() {
                        (self.randomness, self.rv) = (randomness, value);
                    }
                }
                Some(_) => {}
                None => self.is_well_formed = false,
            }
        }
    }

    /// Returns the `tracestate` with this threshold in place of its own.
    ///
    /// Nothing, where it has this one already and keeps to the grammar. Else
    /// `ot` moves to the front, as W3C asks of whoever changes a member: `rv`
    /// and sub-keys that we do not know stay in it; `th` goes if there is no
    /// threshold. Members of others follow in their order. What does not keep
    /// to the grammar is left out. Where the whole becomes longer than 512
    /// characters or 32 members, members of others go as W3C says: the longest
    /// first, if longer than 128, then from the end.
    #[must_use]
    pub fn with_threshold(&self, threshold: Option<Threshold>) -> Option<String> {
        if threshold == self.threshold && self.is_well_formed {
            return None;
        }
        if self.text.is_empty() {
            // As good as every span comes without one.
            return threshold.map(|threshold| format!("ot=th:{threshold}"));
        }
        let mut list = Vec::new();
        let ot = self.ot_with(threshold);
        if !ot.is_empty() {
            list.push(format!("ot={ot}"));
        }
        let first_other = list.len();
        for (key, value) in members(self.text).flatten().filter(|(key, _)| *key != b"ot") {
            list.push(format!("{}={}", text(key), text(value)));
        }
        shorten(&mut list, first_other);
        Some(list.join(","))
    }

    /// The value of `ot`; sub-keys that we do not know give way, from the end,
    /// where it would become longer than is allowed.
    fn ot_with(&self, threshold: Option<Threshold>) -> String {
        let mut value = String::new();
        let mut add = |key: &str, content: &str| {
            let separator = if value.is_empty() { "" } else { ";" };
            if value.len() + separator.len() + key.len() + 1 + content.len() <= MAX_VALUE {
                value.extend([separator, key, ":", content]);
            }
        };
        if !self.rv.is_empty() {
            add("rv", &text(self.rv));
        }
        if let Some(threshold) = threshold {
            add("th", &threshold.to_string());
        }
        let mut known: Vec<&[u8]> = vec![b"rv", b"th"];
        for (key, content) in members(self.text)
            .flatten()
            .filter(|(key, _)| *key == b"ot")
            .flat_map(|(_, ot)| sub_keys(ot).flatten())
        {
            if !known.contains(&key) {
                known.push(key);
                add(&text(key), &text(content));
            }
        }
        value
    }
}

/// Members that keep to the grammar; nothing in the place of one that does
/// not. Empty members are allowed, and left out.
fn members(text: &[u8]) -> impl Iterator<Item = Option<(&[u8], &[u8])>> {
    text.split(|byte| *byte == b',').map(trim).filter(|member| !member.is_empty()).map(|member| {
        split_at(member, b'=').filter(|(key, value)| is_member_key(key) && is_member_value(value))
    })
}

fn sub_keys(ot: &[u8]) -> impl Iterator<Item = Option<(&[u8], &[u8])>> {
    ot.split(|byte| *byte == b';').map(|member| {
        split_at(member, b':').filter(|(key, value)| {
            key.first().is_some_and(u8::is_ascii_lowercase)
                && key.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
                && value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
        })
    })
}

fn is_member_key(key: &[u8]) -> bool {
    let starts_well =
        key.first().is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let is_key_byte =
        |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-*/@".contains(byte);
    starts_well && key.len() <= 256 && key.iter().all(is_key_byte)
}

fn is_member_value(value: &[u8]) -> bool {
    let is_value_byte = |byte: &u8| matches!(byte, 0x20..=0x7e) && !b",=".contains(byte);
    value.len() <= MAX_VALUE
        && value.iter().all(is_value_byte)
        && value.last().is_some_and(|byte| *byte != b' ')
}

fn trim(member: &[u8]) -> &[u8] {
    let start = member.iter().position(|byte| !b" \t".contains(byte)).unwrap_or(member.len());
    let end = member.iter().rposition(|byte| !b" \t".contains(byte)).map_or(start, |last| last + 1);
    &member[start..end]
}

fn split_at(member: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = member.iter().position(|byte| *byte == separator)?;
    Some((&member[..at], &member[at + 1..]))
}

/// Takes out as many members as there are too many: where the text is too long, first long ones of
/// others, from the end, as W3C says; then whatever stands last.
fn shorten(list: &mut Vec<String>, first_other: usize) {
    let mut length = characters(list);
    let mut index = list.len();
    let mut stays = vec![true; index];
    while length > MAX_CHARACTERS && index > first_other {
        index -= 1;
        if list[index].len() > LONG_MEMBER {
            stays[index] = false;
            length = length.saturating_sub(list[index].len() + 1);
        }
    }
    let mut stays = stays.into_iter();
    list.retain(|_| stays.next() == Some(true));
    while list.len() > MAX_MEMBERS || length > MAX_CHARACTERS {
        let Some(last) = list.pop() else { return };
        length = length.saturating_sub(last.len() + 1);
    }
}

fn characters(list: &[String]) -> usize {
    list.iter().map(|member| member.len() + 1).sum::<usize>().saturating_sub(1)
}

/// What keeps to the grammar is ASCII.
fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with(text: &str, threshold: &str) -> Option<String> {
        TraceState::read(text.as_bytes()).with_threshold(Threshold::read(threshold.as_bytes()))
    }

    fn changed(text: &str, threshold: &str) -> String {
        with(text, threshold).expect("it changes")
    }

    #[test]
    fn the_threshold_stands_in_ot_and_ot_stands_first() {
        assert_eq!(changed("", "e666"), "ot=th:e666");
        assert_eq!(changed("vendor=1", "e666"), "ot=th:e666,vendor=1");
        assert_eq!(changed("a=1,ot=th:8,b=2", "e666"), "ot=th:e666,a=1,b=2");
        assert_eq!(changed(" a=1 ,\tb=2,, c=3", "0"), "ot=th:0,a=1,b=2,c=3");
    }

    #[test]
    fn other_sub_keys_and_randomness_stay() {
        assert_eq!(
            changed("ot=x1:Y.z_-;rv:0123456789abcd;th:8;e:", "c"),
            "ot=rv:0123456789abcd;th:c;x1:Y.z_-;e:"
        );
        for rv in ["0123456789ABCD", "FD70A3D70A3D71", "fD70a3D70A3d71"] {
            assert_eq!(changed(&format!("ot=rv:{rv}"), "c"), format!("ot=rv:{rv};th:c"));
        }
    }

    #[test]
    fn a_threshold_that_is_there_already_changes_nothing() {
        for text in ["ot=th:c", "a=1,ot=th:c", "a=1, ot=x:y;th:c000 ,b=2", "ot=th:C,1key@v=x"] {
            assert_eq!(with(text, "c"), None, "{text}");
        }
        assert_eq!(with("", ""), None);
        assert_eq!(with("a=1", ""), None);
        assert!(TraceState::read(b"").is_empty() && !TraceState::read(b",").is_empty());
    }

    /// Guarantees: the right threshold does not save what breaks the grammar.
    #[test]
    fn what_breaks_the_grammar_is_mended_beside_the_right_threshold() {
        for (text, mended) in [
            ("ot=th:c,ot=k:v", "ot=th:c;k:v"),
            ("ot=th:c;th:c", "ot=th:c"),
            ("ot=th:xyz;th:c", "ot=th:c"),
            ("ot=rv:12;th:c", "ot=th:c"),
            ("ot=rv:00000000000001;rv:00000000000001;th:c", "ot=rv:00000000000001;th:c"),
            ("ot=th:c;kK:v", "ot=th:c"),
            ("ot=th:c;k:v!", "ot=th:c"),
            ("ot=th:c,a", "ot=th:c"),
        ] {
            assert_eq!(with(text, "c").as_deref(), Some(mended), "{text}");
        }
    }

    #[test]
    fn no_threshold_erases_the_one_that_is_there() {
        assert_eq!(changed("a=1,ot=th:c", ""), "a=1");
        assert_eq!(changed("ot=th:c", ""), "");
        assert_eq!(changed("a=1,ot=th:c;k:v", ""), "ot=k:v,a=1");
    }

    #[test]
    fn what_does_not_keep_to_the_grammar_is_left_out() {
        assert_eq!(changed("no value,a=1,=x,B=2,k=\u{7f},ok=3", "c"), "ot=th:c,a=1,ok=3");
        assert_eq!(changed("ot=th:c,Bad=1", "c"), "ot=th:c");
        assert_eq!(changed("ot=th:xyz;k:v", "c"), "ot=th:c;k:v");
        assert_eq!(changed("ot=th:c;;K:v;k", "c"), "ot=th:c");
        assert_eq!(changed("ot=rv:12;th:8", "c"), "ot=th:c");
        assert_eq!(changed("ot=,a=1", "c"), "ot=th:c,a=1");
        assert_eq!(changed("a=1\u{e9},b=2", "c"), "ot=th:c,b=2");
    }

    #[test]
    fn of_what_stands_twice_the_first_counts_and_the_higher_threshold() {
        let state = TraceState::read(b"ot=th:8;rv:00000000000001,ot=th:c;rv:00000000000002;k:v");
        assert_eq!(state.threshold, Threshold::read(b"c"));
        assert_eq!(state.randomness, Randomness::read(b"00000000000001"));
        assert_eq!(changed("ot=th:8;a:1,ot=th:c;a:2;b:3", "c"), "ot=th:c;a:1;b:3");
    }

    #[test]
    fn the_last_of_too_many_members_goes() {
        let members: Vec<String> = (0..32).map(|index| format!("k{index}=v")).collect();
        let expected = format!("ot=th:c,{}", members[..31].join(","));
        assert_eq!(changed(&members.join(","), "c"), expected);
    }

    #[test]
    fn long_members_give_way_first_where_there_is_no_room() {
        let long = format!("long={}", "x".repeat(200));
        let other = format!("other={}", "y".repeat(120));
        let text = format!("{other},{long},a=1,{other}2,b=2,{other}3");
        assert_eq!(changed(&text, "c"), format!("ot=th:c,{other},a=1,{other}2,b=2,{other}3"));
        let text = format!("{other},{long},{other}2,{other}3,{other}4,b=2");
        assert_eq!(changed(&text, "c"), format!("ot=th:c,{other},{other}2,{other}3"));
    }

    #[test]
    fn sub_keys_give_way_where_ot_would_be_too_long() {
        let text = format!("ot=a:{};b:1;c:{}", "x".repeat(240), "y".repeat(7));
        assert_eq!(text.len() - 3, 256);
        assert_eq!(changed(&text, "e666"), format!("ot=th:e666;a:{};b:1", "x".repeat(240)));
        let with_own = |length: usize| changed(&format!("ot=a:{}", "x".repeat(length)), "e666");
        assert_eq!(with_own(246), format!("ot=th:e666;a:{}", "x".repeat(246)));
        assert_eq!(with_own(247), "ot=th:e666");
    }

    /// Guarantees: a member of 128 characters is not a long one.
    #[test]
    fn a_member_of_128_characters_stays_as_long_as_a_shorter_one() {
        let member = |key: &str, length: usize| format!("{key}={}", "x".repeat(length - 2));
        let text = [member("a", 128), member("b", 130), member("c", 128), member("d", 140)];
        let expected = ["ot=th:c".to_owned(), member("a", 128), member("b", 130), member("c", 128)];
        assert_eq!(changed(&text.join(","), "c"), expected.join(","));
    }

    /// One member after the other, plainly.
    fn shorten_plainly(list: &mut Vec<String>, first_other: usize) {
        while list.len() > MAX_MEMBERS || characters(list) > MAX_CHARACTERS {
            let is_long = |member: &String| member.len() > LONG_MEMBER;
            let last_long = list.iter().skip(first_other).rposition(is_long);
            match last_long.filter(|_| characters(list) > MAX_CHARACTERS) {
                Some(index) => _ = list.remove(first_other + index),
                None => _ = list.pop(),
            }
        }
    }

    proptest! {
        #[test]
        fn members_go_as_they_would_one_by_one(
            lengths in prop::collection::vec(prop_oneof![3..40_usize, 100..600_usize], 0..60),
            has_own in any::<bool>(),
        ) {
            let list: Vec<String> = lengths.iter().map(|length| "x".repeat(*length)).collect();
            let first_other = usize::from(has_own).min(list.len());
            let (mut one, mut other) = (list.clone(), list);
            shorten(&mut one, first_other);
            shorten_plainly(&mut other, first_other);
            prop_assert_eq!(one, other);
        }
    }
}
