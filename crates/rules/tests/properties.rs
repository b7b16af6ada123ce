//! Properties of parsing, merging and printing, over trees and texts at random.

use proptest::prelude::*;
use rules::{Document, Entry, Node, Origin, Problems, Value, merge, parse, print, settings};
use serde_json::{Map, Value as Json};

/// Keys come from a small set, so that overlays meet what stands below them.
fn keys() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-d]", 1 => "\\PC{1,4}", 1 => Just("null".to_owned()), 1 => Just("1".to_owned()), 1 => Just("... a".to_owned())]
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z ]{0,6}",
        "\\PC{0,10}",
        any::<String>(),
        "[-:?\\[\\]{},#&*!|>'\"%@`~ \\n\\t.0-9a]{0,12}",
        prop::sample::select(vec![
            "yes", "on", "null", "~", "1e3", "0x1f", "0o7", ".5", ".inf", "-", "---", "...",
            "... a", "--- a", "a: b", "a #b", "\u{85}", "\u{feff}", "\u{2028}", "\r\n", " a", "a ",
            "\n\n", "01", "=", "<<", "5s",
        ])
        .prop_map(str::to_owned),
    ]
}

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        3 => Just(Json::Null),
        1 => any::<bool>().prop_map(Json::from),
        2 => any::<i64>().prop_map(Json::from),
        1 => prop::num::f64::NORMAL.prop_map(Json::from),
        2 => texts().prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            3 => prop::collection::vec((keys(), inner), 0..5)
                .prop_map(|entries| Json::Object(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn maps() -> impl Strategy<Value = Json> {
    prop::collection::vec((keys(), json()), 0..5)
        .prop_map(|entries| Json::Object(entries.into_iter().collect::<Map<_, _>>()))
}

/// Texts without a value.
const NOTHING: &[&str] =
    &["", "\n", "# a comment\n", "---\n", "---\n# a comment\n...\n", "%YAML 1.2\n---\n"];

fn to_node(json: &Json) -> Node {
    let origin = Origin::new("test", 1);
    let value = match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => match number.as_i64() {
            Some(number) => Value::Integer(number),
            None => Value::Float(number.as_f64().expect("a number")),
        },
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(to_node).collect()),
        Json::Object(members) => Value::Map(
            members
                .iter()
                .map(|(key, value)| Entry {
                    key: key.clone(),
                    origin: origin.clone(),
                    node: to_node(value),
                })
                .collect(),
        ),
    };
    Node::new(value, origin)
}

fn to_json(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::from(*value),
        Value::Integer(value) => Json::from(*value),
        Value::Float(value) => Json::from(*value),
        Value::Text(text) => Json::from(text.clone()),
        Value::List(nodes) => nodes.iter().map(to_json).collect(),
        Value::Map(entries) => Json::Object(
            entries.iter().map(|entry| (entry.key.clone(), to_json(&entry.node))).collect(),
        ),
        Value::Unreadable => Json::from("unreadable, though without a problem"),
    }
}

fn parse_one(text: &str) -> Node {
    let mut problems = Problems::new();
    let node = parse(&Document::new("test.yaml", text), &mut problems);
    assert_eq!(problems.into_vec(), [], "of {text:?}");
    node.expect("a value")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// The reference is the `json-patch` crate's merge.
    #[test]
    fn merges_as_rfc_7396_says(base in json(), overlays in prop::collection::vec(json(), 0..4)) {
        let mut expected = base.clone();
        let mut merged = to_node(&base);
        for overlay in &overlays {
            json_patch::merge(&mut expected, overlay);
            merged = merge(merged, to_node(overlay));
        }
        prop_assert_eq!(to_json(&merged), expected);
    }

    /// A base without a value is as good as an empty map, and any document without a value changes
    /// nothing: it is no document, and not `null`, which would take all away.
    #[test]
    fn documents_merge_as_rfc_7396_says_also_over_nothing(
        documents in prop::collection::vec(prop_oneof![2 => maps().prop_map(Some), 1 => Just(None)], 0..5),
        nothings in prop::collection::vec(prop::sample::select(NOTHING), 5),
    ) {
        let mut expected = Json::Object(Map::new());
        for (index, document) in documents.iter().enumerate() {
            match document {
                // Of the base, a `null` stays, for there is nothing yet that it could remove.
                Some(base) if index == 0 => expected = base.clone(),
                Some(overlay) => json_patch::merge(&mut expected, overlay),
                None => {}
            }
        }
        let text = |(document, nothing): (&Option<Json>, &&str)| {
            document.as_ref().map_or((*nothing).to_owned(), Json::to_string)
        };
        let documents: Vec<Document> = documents.iter().zip(&nothings).map(text)
            .map(|text| Document::new("test.yaml", text)).collect();
        let merged = rules::load(&documents).expect("JSON is YAML");
        prop_assert_eq!(to_json(&merged), expected);
    }

    /// Overlays that touch different keys give the same in any order.
    #[test]
    fn order_of_documents_matters_only_where_they_touch_the_same_key(
        base in json(),
        overlays in prop::collection::vec(json(), 2..5),
        order in prop::collection::vec(any::<prop::sample::Index>(), 5),
    ) {
        let documents: Vec<Document> = std::iter::once(format!("{{\"base\":{base}}}"))
            .chain(overlays.iter().enumerate().map(|(index, overlay)| format!("{{\"overlay{index}\":{overlay}}}")))
            .map(|text| Document::new("test.yaml", text))
            .collect();
        let mut shuffled = documents[1..].to_vec();
        for (index, other) in order.iter().enumerate().take(shuffled.len()) {
            let other = other.index(shuffled.len());
            shuffled.swap(index, other);
        }
        shuffled.insert(0, documents[0].clone());
        let straight = rules::load(&documents).expect("JSON is YAML");
        let shuffled = rules::load(&shuffled).expect("JSON is YAML");
        prop_assert_eq!(to_json(&straight), to_json(&shuffled));
    }

    #[test]
    fn reads_json(value in json()) {
        prop_assert_eq!(to_json(&parse_one(&value.to_string())), value);
    }

    #[test]
    fn reads_what_it_prints(value in json()) {
        let node = to_node(&value);
        prop_assert_eq!(parse_one(&print(&node)), node);
    }

    /// Whole numbers beyond 64 bits, infinity and the smallest fractions.
    #[test]
    fn reads_the_floats_it_prints(value in prop::num::f64::ANY.prop_filter("not equal to itself", |value| !value.is_nan())) {
        let node = Node::new(Value::Float(value), Origin::new("test", 1));
        prop_assert_eq!(parse_one(&print(&node)), node);
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        read_anything(&text);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read_anything(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn nothing_that_looks_like_yaml_makes_it_panic(
        text in "([-:?\\[\\]{},#&*!|>'\"%@`~ \\n\\t.0-9a-cé\u{feff}]|\\n  |\\n- |: |\\n---|\\n\\.\\.\\.|!!str |&a |\\*a){0,60}",
    ) {
        read_anything(&text);
    }
}

settings! {
    /// One rule.
    #[derive(Debug)]
    struct Rule {
        /// Required.
        name: String,
        /// A number.
        number: u8 = "1",
        /// Free.
        note: Option<String>,
    }
}

settings! {
    /// Rules.
    #[derive(Debug)]
    struct Rules {
        /// In order.
        rules: Vec<Rule> = "[]",
    }
}

fn read_anything(text: &str) {
    let document = Document::new("test.yaml", text);
    let read = rules::read::<Rules>(std::slice::from_ref(&document));
    if let Err(problems) = &read {
        assert!(!problems.is_empty());
        for problem in problems {
            assert!(!problem.to_string().contains('\n'), "{problem}");
        }
    }
    if let Ok(node) = rules::load(&[document]) {
        assert_eq!(rules::load(&[Document::new("printed", print(&node))]).as_ref(), Ok(&node));
    }
}

#[derive(Clone, Debug)]
enum Mistake {
    None,
    UnknownKey,
    WrongType,
    OutOfRange,
    Missing,
    Duplicate,
    Tag,
    Anchor,
    NotAMap,
}

proptest! {
    /// Every planted mistake is reported, once, with its line and path; what
    /// is right beside it is not.
    #[test]
    fn reports_every_planted_mistake(
        mistakes in prop::collection::vec(
            prop::sample::select(vec![
                Mistake::None, Mistake::UnknownKey, Mistake::WrongType, Mistake::OutOfRange, Mistake::Missing,
                Mistake::Duplicate, Mistake::Tag, Mistake::Anchor, Mistake::NotAMap,
            ]),
            0..30,
        ),
    ) {
        let mut text = String::from("rules:\n");
        let mut expected = Vec::new();
        for (index, mistake) in mistakes.iter().enumerate() {
            let line = 2 + 3 * index;
            let (lines, at, key) = match mistake {
                Mistake::None => ("  - name: a\n    number: 5\n    note: c\n", None, ""),
                Mistake::UnknownKey => ("  - name: a\n    numbr: 5\n    note: c\n", Some(1), ".numbr"),
                Mistake::WrongType => ("  - name: a\n    number: 5\n    note: [c]\n", Some(2), ".note"),
                Mistake::OutOfRange => ("  - name: a\n    number: 256\n    note: c\n", Some(1), ".number"),
                Mistake::Missing => ("  - number: 5\n    note:\n      c\n", Some(0), ".name"),
                Mistake::Duplicate => ("  - name: a\n    number: 5\n    name: c\n", Some(2), ".name"),
                Mistake::Tag => ("  - name: a\n    number: 5\n    note: !x c\n", Some(2), ".note"),
                Mistake::Anchor => ("  - name: a\n    number: &x 5\n    note: c\n", Some(1), ".number"),
                Mistake::NotAMap => ("  - name\n\n\n", Some(0), ""),
            };
            text.push_str(lines);
            // A missing key is not reported beside mistakes of the YAML itself,
            // see `a_missing_key_is_reported_only_when_every_document_was_read`.
            let is_yaml_wrong = mistakes.iter().any(|mistake| matches!(mistake, Mistake::Duplicate | Mistake::Tag | Mistake::Anchor));
            if let Some(at) = at && !(is_yaml_wrong && matches!(mistake, Mistake::Missing)) {
                expected.push(((line + at) as u32, format!("rules[{index}]{key}")));
            }
        }
        if mistakes.is_empty() {
            text.push_str("  []\n");
        }
        let read = rules::read::<Rules>(&[Document::new("test.yaml", text)]);
        let problems = read.err().unwrap_or_default();
        let mut found: Vec<(u32, String)> = problems.into_iter().map(|problem| (problem.line, problem.path)).collect();
        found.sort();
        expected.sort();
        prop_assert_eq!(found, expected);
    }
}
