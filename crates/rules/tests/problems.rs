//! What an operator reads when the rules are wrong, word for word.

use std::collections::BTreeMap;
use std::time::Duration;

use rules::{Document, Located, Named, Place, Problems, settings, words};

words! {
    /// What becomes of a value.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Action {
        /// Hides it.
        Mask = "mask",
        /// Takes it away.
        Remove = "remove",
        /// Leaves the last characters.
        KeepLast = "keep-last",
    }
}

settings! {
    /// One detector.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Detector {
        /// What it looks for.
        pub pattern: Located<String>,
        /// What becomes of it.
        pub action: Action = "mask",
        /// How sure it must be.
        pub certainty: f64 where (0.0..=1.0) = "0.5",
    }
}

settings! {
    /// One rule.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Rule {
        /// Attribute key.
        pub match_: String,
        /// First character.
        pub from: u8 = "0",
        /// Last character.
        pub to: u8 = "255",
    }
    check = Rule::check;
}

impl Rule {
    fn check(&self, place: &Place, problems: &mut Problems) {
        if self.from > self.to {
            problems.push(
                place.problem(
                    format!("`from` {} above `to` {}", self.from, self.to),
                    "`from` below",
                ),
            );
        }
    }
}

settings! {
    /// Settings of every kind.
    ///
    /// Second paragraph
    /// of them.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Settings {
        /// Rules, in order.
        pub rules: Vec<Rule> where (1..=3) = "[{match: a}]",
        /// Detectors by name.
        pub detectors: Named<Detector> = "{}",
        /// Limits by name.
        pub limits: BTreeMap<String, u64> = "{}",
        /// How long.
        pub longer_than: Duration where (Duration::from_millis(1)..=Duration::from_secs(3600)) = "5s",
        /// On or off.
        pub enabled: bool = "true",
        /// For people.
        pub note: Option<String>,
        /// What stands there instead.
        pub replacement: String where (1..=10) = "'[masked]'",
    }
}

fn read(texts: &[&str]) -> Result<Settings, Vec<String>> {
    let names = ["base.yaml", "overlay.yaml", "third.yaml"];
    let documents: Vec<Document> =
        names.iter().zip(texts).map(|(name, text)| Document::new(*name, *text)).collect();
    rules::read(&documents).map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

fn problems(texts: &[&str]) -> Vec<String> {
    read(texts).expect_err("something is wrong here")
}

#[test]
fn defaults_are_read_from_an_empty_document() {
    for texts in [&[][..], &[""], &["# nothing but a comment\n"], &["{}"], &["", "\n"]] {
        let settings = read(texts).expect("all have defaults");
        assert_eq!(settings.rules, [Rule { match_: "a".into(), from: 0, to: 255 }]);
        assert_eq!(settings.longer_than, Duration::from_secs(5));
        assert!(settings.enabled);
        assert_eq!(settings.note, None);
        assert_eq!(settings.replacement, "[masked]");
    }
}

/// A detector whose pattern is replaced by an overlay keeps its other settings,
/// and the order of names is that of the base.
#[test]
fn overlays_merge_by_key_and_lists_are_replaced() {
    let settings = read(&[
        "detectors:\n  z: {pattern: a, action: remove}\n  b: {pattern: c}\nrules: [{match: x}, {match: y}]\n",
        "detectors:\n  z: {pattern: d}\n  a: {pattern: e}\nrules: [{match: z}]\n",
        "detectors: {b: null}\nnote: last\n",
    ])
    .expect("right rules");
    let names: Vec<&str> = settings.detectors.0.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["z", "a"]);
    assert_eq!(settings.detectors.0[0].1.pattern.value, "d");
    assert_eq!(settings.detectors.0[0].1.action, Action::Remove);
    assert_eq!(settings.rules.len(), 1);
    assert_eq!(settings.note.as_deref(), Some("last"));
}

#[test]
fn a_located_setting_knows_file_line_and_path_also_from_an_overlay() {
    let settings = read(&[
        "detectors:\n  email:\n    pattern: a\n  phone:\n    pattern: b\n",
        "# production\ndetectors:\n  phone:\n\n    pattern: c\n",
    ])
    .expect("right rules");
    let place = |index: usize| {
        let place = &settings.detectors.0[index].1.pattern.place;
        format!("{}:{} {}", place.document, place.line, place.path)
    };
    assert_eq!(place(0), "base.yaml:3 detectors.email.pattern");
    assert_eq!(place(1), "overlay.yaml:5 detectors.phone.pattern");
}

/// Twelve mistakes in three files, one of which does not even parse.
#[test]
fn all_problems_come_at_once() {
    let base = "\
rules:
  - match: 5
    form: 3
  - from: 300
    to: 1
  - {match: a, from: 9, to: 2}
detectors:
  email:
    action: maks
  \"bank card\":
    pattern: [x]
    certainty: 2
longer_than: 5
enabled: yes
note: {a: 1}
";
    let overlay = "limits: {a.b: -1, c: 1.5}\nreplacement: 'far too long a text'\n";
    let broken = "rules: [\n";
    assert_eq!(
        problems(&[base, overlay, broken]),
        [
            "third.yaml:2: found wrong YAML: while parsing a node, did not find expected node content; expected YAML 1.2",
            "base.yaml:3: rules[0].form: found an unknown key; expected one of `from`, `match`, `to`; did you mean `from`?",
            "base.yaml:2: rules[0].match: found the number `5`; expected text; write `\"5\"`",
            "base.yaml:4: rules[1].from: found the number `300`; expected a whole number from 0 to 255",
            "base.yaml:6: rules[2]: found `from` 9 above `to` 2; expected `from` below",
            "base.yaml:9: detectors.email.action: found the text `maks`; expected `mask`, `remove` or `keep-last`; did you mean `mask`?",
            "base.yaml:11: detectors.\"bank card\".pattern: found a list; expected text",
            "base.yaml:12: detectors.\"bank card\".certainty: found the number `2`; expected a number from 0 to 1",
            "overlay.yaml:1: limits.\"a.b\": found the number `-1`; expected a whole number of 0 or more",
            "overlay.yaml:1: limits.c: found the number `1.5`; expected a whole number of 0 or more",
            "base.yaml:13: longer_than: found the number `5`; expected a duration with its unit; write `5s` for seconds or `5ms` for milliseconds",
            "base.yaml:14: enabled: found the text `yes`; expected `true` or `false`",
            "base.yaml:15: note: found a map; expected text",
            "overlay.yaml:2: replacement: found 19 characters; expected text of 1 to 10 characters",
        ]
    );
}

/// A check of a whole struct is left out beside a key of it that nobody knows:
/// it would see a default in place of what was meant. Other structs are checked.
#[test]
fn checks_see_what_was_written() {
    assert_eq!(
        problems(&["rules:\n- {match: a, from: 9, t: 2}\n- {match: a, from: 9, to: 2}\nx: 1\n"]),
        [
            "base.yaml:4: x: found an unknown key; expected one of `detectors`, `enabled`, `limits`, `longer_than`, `note`, `replacement`, `rules`",
            "base.yaml:2: rules[0].t: found an unknown key; expected one of `from`, `match`, `to`; did you mean `to`?",
            "base.yaml:3: rules[1]: found `from` 9 above `to` 2; expected `from` below",
        ]
    );
    // 0 to 255 by default: `from` 9 would be no mistake.
    assert_eq!(problems(&["rules: [{match: a, from: 9, ot: 2}]\n"]).len(), 1);
}

/// What comes after reading is asked too where the settings could be read.
#[test]
fn problems_of_the_last_step_come_with_the_others() {
    let finish = |settings: Settings| -> Result<(), Vec<rules::Problem>> {
        let pattern = &settings.detectors.0[0].1.pattern;
        Err(vec![pattern.problem("an open bracket", "a pattern")])
    };
    let text = "detectors:\n  email:\n    pattern: '['\nnot: 1\n";
    let problems = rules::read_then(&[Document::new("base.yaml", text)], finish).unwrap_err();
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("base.yaml:4: not: found an unknown key"), "{}", lines[0]);
    assert_eq!(
        lines[1],
        "base.yaml:3: detectors.email.pattern: found an open bracket; expected a pattern"
    );
}

/// While one document does not parse, nobody knows what it would have held.
#[test]
fn a_missing_key_is_reported_only_when_every_document_was_read() {
    let base = "detectors:\n  email:\n    action: mask\nrules: []\n";
    assert_eq!(
        problems(&[base]),
        [
            "base.yaml:4: rules: found 0 entries; expected a list with 1 to 3 entries",
            "base.yaml:2: detectors.email.pattern: found nothing; expected text",
        ]
    );
    assert_eq!(
        problems(&[base, "a: b: c"]),
        [
            "overlay.yaml:1: found wrong YAML: mapping values are not allowed in this context; expected YAML 1.2",
            "base.yaml:4: rules: found 0 entries; expected a list with 1 to 3 entries",
        ]
    );
}

#[test]
fn wrong_yaml_names_the_line() {
    for (text, expected) in [
        (
            "note: 'open\n",
            "base.yaml:1: found wrong YAML: while scanning a quoted scalar, found unexpected end of stream; expected YAML 1.2",
        ),
        (
            "a: 1\n b: 2\n",
            "base.yaml:2: found wrong YAML: mapping values are not allowed in this context; expected YAML 1.2",
        ),
        (
            "note: a\n\tb: c\n",
            "base.yaml:1: found wrong YAML: while scanning a plain scalar, found a tab; expected YAML 1.2",
        ),
        (
            "note: \"\\q\"\n",
            "base.yaml:1: found wrong YAML: while parsing a quoted scalar, found unknown escape character; expected YAML 1.2",
        ),
    ] {
        assert_eq!(problems(&[text]), [expected], "{text}");
    }
}

#[test]
fn yaml_that_can_be_read_but_is_refused() {
    for (text, expected) in [
        (
            "note: a\nnote: b\n",
            "base.yaml:2: note: found the same key again; expected each key once; it stands on line 1 too",
        ),
        (
            "limits:\n  a: 1\n  b: 2\n  a: 3\n",
            "base.yaml:4: limits.a: found the same key again; expected each key once; it stands on line 2 too",
        ),
        (
            "note: &n a\n",
            "base.yaml:1: note: found an anchor; expected no anchor; anchors and aliases are not supported",
        ),
        (
            "note: a\n---\nnote: b\n",
            "base.yaml:2: found a second YAML document; expected one document in a text; give overlays as texts of their own",
        ),
        (
            "note: !secret a\n",
            "base.yaml:1: note: found the tag `!secret`; expected a value without a tag",
        ),
        (
            "note: !!int a\n",
            "base.yaml:1: note: found the tag `!!int`; expected a value without a tag",
        ),
        (
            "limits: !ordered {a: 1}\n",
            "base.yaml:1: limits: found the tag `!ordered`; expected a value without a tag",
        ),
        ("[a, b]: c\n", "base.yaml:1: found a list as a key; expected text as a key"),
        ("- a\n", "base.yaml:1: found a list; expected a map of settings"),
        ("null\n", "base.yaml:1: found nothing (null); expected a map of settings"),
        ("5\n", "base.yaml:1: found the number `5`; expected a map of settings"),
        ("note:\n", "replaced"),
    ] {
        match read(&[text]) {
            Err(problems) => assert_eq!(problems, [expected], "{text}"),
            Ok(settings) => assert_eq!((expected, settings.note), ("replaced", None), "{text}"),
        }
    }
    assert_eq!(
        problems(&["note: &n a\nreplacement: *n\n"]),
        [
            "base.yaml:1: note: found an anchor; expected no anchor; anchors and aliases are not supported",
            "base.yaml:2: replacement: found an alias; expected the value written out; anchors and aliases are not supported",
        ]
    );
}

#[test]
fn known_tags_say_what_is_there_already() {
    let settings = read(&["note: !!str 5\nlimits: !!map {a: !!int 3}\nenabled: !!bool false\n"]);
    let settings = settings.expect("tags of the core schema");
    assert_eq!(settings.note.as_deref(), Some("5"));
    assert_eq!(settings.limits["a"], 3);
    assert!(!settings.enabled);
}

#[test]
fn too_long_and_too_deep_are_refused() {
    let long = format!("note: {}\n", "a".repeat(rules::MAX_DOCUMENT_BYTES));
    assert_eq!(
        problems(&[&long]),
        ["base.yaml:1: found 1048583 bytes; expected 1048576 bytes at most"]
    );
    let deep = format!("a: {}", "[".repeat(rules::MAX_DEPTH));
    let expected = format!(
        "base.yaml:1: a{}: found lists and maps nested too deep; expected 64 levels at most",
        "[0]".repeat(rules::MAX_DEPTH - 1)
    );
    assert_eq!(problems(&[&deep]), [expected]);
    let deep = (0..100).map(|level| format!("{}a:\n", " ".repeat(level))).collect::<String>();
    assert_eq!(problems(&[&deep]).len(), 1);
}

#[test]
fn more_problems_than_are_kept_are_counted() {
    let text: String = (0..1_500).map(|index| format!("unknown{index}: 1\n")).collect();
    let problems = problems(&[&text]);
    assert_eq!(problems.len(), 1_001);
    assert_eq!(
        problems[1_000],
        "found 500 more problems; expected 1000 at most; mend those above first"
    );
}

/// Text that is quoted in a message stays on one line and is cut.
#[test]
fn a_message_is_one_line() {
    let lines = problems(
        &["enabled: \"a\\nb\\e\"\nlimits: {a: \"".to_owned() + &"я".repeat(200) + "\"}\n"]
            .each_ref()
            .map(String::as_str),
    );
    assert_eq!(
        lines[0],
        format!(
            "base.yaml:2: limits.a: found the text `{}…`; expected a whole number of 0 or more",
            "я".repeat(80)
        )
    );
    assert_eq!(
        lines[1],
        "base.yaml:1: enabled: found the text `a\\nb\\u{1b}`; expected `true` or `false`"
    );
}

#[test]
fn json_is_read_like_yaml() {
    let settings =
        read(&[r#"{"note":"a","rules":[{"match":"x"}],"limits":{"a":1},"enabled":false}"#]);
    let settings = settings.expect("JSON is YAML");
    assert_eq!((settings.note.as_deref(), settings.rules[0].match_.as_str()), (Some("a"), "x"));
}

#[test]
fn the_json_schema_says_what_the_doc_comments_say() {
    let schema: serde_json::Value =
        serde_json::from_str(&rules::schema::<Settings>()).expect("JSON text");
    assert_eq!(
        schema,
        serde_json::json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "description": "Settings of every kind.\n\nSecond paragraph of them.",
            "additionalProperties": false,
            "properties": {
                "rules": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 3,
                    "description": "Rules, in order.",
                    "default": [{"match": "a"}],
                    "items": {
                        "type": "object",
                        "description": "One rule.",
                        "additionalProperties": false,
                        "required": ["match"],
                        "properties": {
                            "match": {"type": "string", "description": "Attribute key."},
                            "from": {"type": "integer", "minimum": 0, "maximum": 255, "default": 0, "description": "First character."},
                            "to": {"type": "integer", "minimum": 0, "maximum": 255, "default": 255, "description": "Last character."},
                        },
                    },
                },
                "detectors": {
                    "type": "object",
                    "description": "Detectors by name.",
                    "default": {},
                    "additionalProperties": {
                        "type": "object",
                        "description": "One detector.",
                        "additionalProperties": false,
                        "required": ["pattern"],
                        "properties": {
                            "pattern": {"type": "string", "description": "What it looks for."},
                            "action": {
                                "oneOf": [
                                    {"const": "mask", "description": "Hides it."},
                                    {"const": "remove", "description": "Takes it away."},
                                    {"const": "keep-last", "description": "Leaves the last characters."},
                                ],
                                "description": "What becomes of it.",
                                "default": "mask",
                            },
                            "certainty": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.5, "description": "How sure it must be."},
                        },
                    },
                },
                "limits": {
                    "type": "object",
                    "description": "Limits by name.",
                    "default": {},
                    "additionalProperties": {"type": "integer", "minimum": 0, "maximum": u64::MAX},
                },
                "longer_than": {
                    "anyOf": [
                        {"type": "string", "pattern": "^[+]?(0|(([0-9]+\\.?[0-9]*|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h|d))+)$"},
                        {"const": 0},
                    ],
                    "description": "How long.",
                    "default": "5s",
                },
                "enabled": {"type": "boolean", "description": "On or off.", "default": true},
                "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "description": "For people."},
                "replacement": {"type": "string", "minLength": 1, "maxLength": 10, "default": "[masked]", "description": "What stands there instead."},
            },
        })
    );
}
